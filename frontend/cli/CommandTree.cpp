// Reads the description that the parser of arguments has.
#include "frontend/cli/CommandTree.h"

#include <CLI/CLI.hpp>

namespace tl::cli {
namespace {

/// `TEXT:{a,b}` ends with the choices.
std::vector<std::string> choicesIn(const std::string &type) {
  std::vector<std::string> choices;
  const std::size_t begin = type.find('{'), end = type.find('}', begin);
  if (begin == std::string::npos || end == std::string::npos)
    return choices;
  std::string word;
  for (char letter : type.substr(begin + 1, end - begin - 1) + ",") {
    if (letter != ',') {
      word += letter;
      continue;
    }
    choices.push_back(word.substr(0, word.find("->")));
    word.clear();
  }
  return choices;
}

OptionDescription describe(const CLI::Option &option) {
  OptionDescription described;
  for (const std::string &name : option.get_snames())
    described.names.push_back("-" + name);
  for (const std::string &name : option.get_lnames())
    described.names.push_back("--" + name);
  if (described.names.empty())
    described.names.push_back(option.get_name());
  described.summary = option.get_description();
  if (option.get_items_expected_max() == 0)
    return described;
  const std::string type = option.get_type_name();
  described.choices = choicesIn(type);
  described.value = type.substr(0, type.find_first_of(":{ "));
  if (described.value.empty())
    described.value = "VALUE";
  described.standard = option.get_default_str();
  return described;
}

} // namespace

std::vector<VerbDescription> describeVerbs(const CLI::App &app) {
  std::vector<VerbDescription> verbs;
  for (const CLI::App *verb : app.get_subcommands([](const CLI::App *) { return true; })) {
    VerbDescription described{verb->get_name(), verb->get_description(), verb->get_footer(), {}, {}};
    for (const CLI::Option *option : verb->get_options())
      (option->get_positional() ? described.operands : described.options).push_back(describe(*option));
    verbs.push_back(std::move(described));
  }
  return verbs;
}

} // namespace tl::cli
