// The manual page, for man.
#include "frontend/cli/CommandTree.h"

namespace tl::cli {
namespace {

/// Text as roff reads it: no line of it is a command, and a dash is a dash.
std::string roff(const std::string &text) {
  std::string result;
  bool isLineStart = true;
  for (char letter : text) {
    if (isLineStart && (letter == '.' || letter == '\''))
      result += "\\&";
    if (letter == '\\')
      result += "\\e";
    else if (letter == '-')
      result += "\\-";
    else
      result += letter;
    isLineStart = letter == '\n';
  }
  return result;
}

void addOption(const OptionDescription &option, std::string &page) {
  page += ".TP\n";
  std::string names;
  for (const std::string &name : option.names)
    names += (names.empty() ? "\\fB" : ", \\fB") + roff(name) + "\\fR";
  if (!option.value.empty())
    names += " \\fI" + roff(option.value) + "\\fR";
  page += names + "\n" + roff(option.summary);
  if (!option.choices.empty() && option.choices.size() < 8) {
    page += " (one of";
    for (const std::string &choice : option.choices)
      page += " " + roff(choice);
    page += ")";
  }
  if (!option.standard.empty())
    page += "; default: " + roff(option.standard);
  page += "\n";
}

void addVerb(const VerbDescription &verb, std::string &page) {
  page += ".SS \\fBtl " + roff(verb.name) + "\\fR [\\fIOPTIONS\\fR]";
  for (const OptionDescription &operand : verb.operands)
    page += " \\fI" + roff(operand.names.front()) + "\\fR";
  page += "\n" + roff(verb.summary) + "\n";
  for (const OptionDescription &operand : verb.operands)
    addOption({operand.names, operand.summary, "", operand.choices, ""}, page);
  for (const OptionDescription &option : verb.options)
    addOption(option, page);
  if (!verb.footer.empty())
    page += ".PP\n.nf\n" + roff(verb.footer) + "\n.fi\n";
}

} // namespace

std::string manualPage(const std::vector<VerbDescription> &verbs, const std::string &version) {
  std::string page =
      ".TH TL 1 \"\" \"tl " + version +
      "\" \"User Commands\"\n"
      ".SH NAME\ntl \\- compiler, runtime and library of Tensor Logic\n"
      ".SH SYNOPSIS\n\\fBtl\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR] \\fIFILE\\fR\n.br\n"
      "\\fBtl\\fR \\fIFILE.tl\\fR\n"
      ".SH DESCRIPTION\ntl runs programs in Tensor Logic: rules, tensors and learning in one language.\n"
      "Data go to standard output and messages to standard error.\n.SH COMMANDS\n";
  for (const VerbDescription &verb : verbs)
    addVerb(verb, page);
  page += ".SH EXIT STATUS\n";
  static constexpr const char *kCodes[][2] = {{"0", "success"},
                                              {"1", "the program is wrong"},
                                              {"2", "the command line is wrong"},
                                              {"3", "a file is missing or malformed"},
                                              {"4", "a limit was hit"},
                                              {"5", "a check failed"},
                                              {"70", "a bug in tl"},
                                              {"130", "interrupted"}};
  for (const auto &[code, meaning] : kCodes)
    page += std::string(".TP\n\\fB") + code + "\\fR\n" + meaning + "\n";
  page +=
      ".SH ENVIRONMENT\n.TP\n\\fBTL_STDLIB\\fR\nfolder of the modules std.*\n.TP\n\\fBCC\\fR\nthe C compiler "
      "that tl build links with\n.TP\n\\fBNO_COLOR\\fR\nno colour on terminals\n";
  return page;
}

} // namespace tl::cli
