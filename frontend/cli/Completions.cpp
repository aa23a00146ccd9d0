// Scripts that complete verbs, options and values in a shell.
#include "frontend/cli/CommandTree.h"

#include <array>

namespace tl::cli {
namespace {

std::string joined(const std::vector<std::string> &words, const std::string &between) {
  std::string text;
  for (const std::string &word : words)
    text += (text.empty() ? "" : between) + word;
  return text;
}

/// A word in single quotes, as all three shells read them.
std::string quoted(const std::string &text, bool isFish) {
  std::string result = "'";
  for (char letter : text)
    result += letter == '\'' ? std::string(isFish ? "\\'" : "'\\''") : std::string(1, letter);
  return result + "'";
}

std::string bashCase(const VerbDescription &verb) {
  std::string text = "    " + verb.name + ")\n      case \"$previous\" in\n", words;
  for (const OptionDescription &option : verb.options) {
    words += " " + joined(option.names, " ");
    if (option.value.empty())
      continue;
    text += "        " + joined(option.names, "|") + ") ";
    text += option.choices.empty()
                ? "COMPREPLY=($(compgen -f -- \"$word\"))"
                : "COMPREPLY=($(compgen -W " + quoted(joined(option.choices, " "), false) + " -- \"$word\"))";
    text += "; return ;;\n";
  }
  text += "      esac\n      options=" + quoted(words.substr(words.empty() ? 0 : 1), false) + "\n";
  for (const OptionDescription &operand : verb.operands)
    if (!operand.choices.empty())
      text += "      operands=" + quoted(joined(operand.choices, " "), false) + "\n";
  return text + "      ;;\n";
}

std::string bashScript(const std::vector<VerbDescription> &verbs) {
  std::vector<std::string> names;
  std::string cases;
  for (const VerbDescription &verb : verbs) {
    names.push_back(verb.name);
    cases += bashCase(verb);
  }
  return "# Completions of tl for bash.\n_tl() {\n"
         "  local word=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"${COMP_WORDS[COMP_CWORD-1]}\" options= operands=\n"
         "  COMPREPLY=()\n"
         "  if [ \"$COMP_CWORD\" = 1 ]; then\n    COMPREPLY=($(compgen -W " +
         quoted(joined(names, " ") + " --help --version", false) +
         " -- \"$word\") $(compgen -f -X '!*.tl' -- \"$word\") $(compgen -d -- \"$word\"))\n    return\n  fi\n"
         "  case \"${COMP_WORDS[1]}\" in\n" +
         cases +
         "  esac\n"
         "  if [[ \"$word\" == -* ]]; then COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
         "  elif [ -n \"$operands\" ]; then COMPREPLY=($(compgen -W \"$operands\" -- \"$word\"))\n"
         "  else COMPREPLY=($(compgen -f -- \"$word\"))\n  fi\n}\n"
         "complete -o filenames -F _tl tl\n";
}

/// What stands in the brackets of _arguments must not end them.
std::string zshText(const std::string &text) {
  std::string result;
  for (char letter : text)
    result += letter == '[' || letter == ']' || letter == ':' || letter == '\\' ? std::string("\\") + letter
                                                                                : std::string(1, letter);
  return result;
}

std::string zshValues(const OptionDescription &option) {
  return option.choices.empty() ? "_files" : "(" + joined(option.choices, " ") + ")";
}

std::string zshCase(const VerbDescription &verb) {
  std::string text = "    " + verb.name + ")\n      _arguments";
  for (const OptionDescription &option : verb.options)
    for (const std::string &name : option.names)
      text += " \\\n        " +
              quoted("*" + name + "[" + zshText(option.summary) + "]" +
                         (option.value.empty() ? "" : ":" + zshText(option.value) + ":" + zshValues(option)),
                     false);
  for (const OptionDescription &operand : verb.operands)
    text += " \\\n        " + quoted("*:" + zshText(operand.names.front()) + ":" + zshValues(operand), false);
  return text + "\n      ;;\n";
}

std::string zshScript(const std::vector<VerbDescription> &verbs) {
  std::string names, cases;
  for (const VerbDescription &verb : verbs) {
    names += "    " + quoted(verb.name + ":" + zshText(verb.summary), false) + "\n";
    cases += zshCase(verb);
  }
  return "#compdef tl\n# Completions of tl for zsh.\n_tl() {\n  local -a verbs\n  verbs=(\n" + names +
         "  )\n  if (( CURRENT == 2 )); then\n    _describe command verbs\n    _files -g '*.tl'\n    return\n  fi\n"
         "  local verb=$words[2]\n  shift words\n  (( CURRENT-- ))\n  case $verb in\n" +
         cases + "  esac\n}\nif [ \"$funcstack[1]\" = _tl ]; then _tl \"$@\"; else compdef _tl tl; fi\n";
}

std::string fishOption(const std::string &verb, const OptionDescription &option) {
  std::string text = "complete -c tl -n " + quoted("__fish_seen_subcommand_from " + verb, true);
  for (const std::string &name : option.names)
    text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  if (!option.choices.empty())
    text += " -x -a " + quoted(joined(option.choices, " "), true);
  else if (!option.value.empty())
    text += " -r";
  return text + " -d " + quoted(option.summary, true) + "\n";
}

std::string fishScript(const std::vector<VerbDescription> &verbs) {
  std::string text = "# Completions of tl for fish.\n";
  for (const VerbDescription &verb : verbs)
    text += "complete -c tl -n __fish_use_subcommand -a " + verb.name + " -d " + quoted(verb.summary, true) +
            "\n";
  for (const VerbDescription &verb : verbs) {
    for (const OptionDescription &option : verb.options)
      text += fishOption(verb.name, option);
    for (const OptionDescription &operand : verb.operands)
      if (!operand.choices.empty())
        text += "complete -c tl -f -n " + quoted("__fish_seen_subcommand_from " + verb.name, true) + " -a " +
                quoted(joined(operand.choices, " "), true) + "\n";
  }
  return text;
}

struct Shell {
  const char *name;
  std::string (*script)(const std::vector<VerbDescription> &verbs);
};

constexpr std::array<Shell, 3> kShells{{{"bash", bashScript}, {"zsh", zshScript}, {"fish", fishScript}}};

} // namespace

std::vector<std::string> shells() {
  std::vector<std::string> names;
  for (const Shell &shell : kShells)
    names.emplace_back(shell.name);
  return names;
}

std::string completionScript(const std::string &shell, const std::vector<VerbDescription> &verbs) {
  for (const Shell &known : kShells)
    if (shell == known.name)
      return known.script(verbs);
  return "";
}

} // namespace tl::cli
