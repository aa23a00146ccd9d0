// Commands by their first letters, all else as in a program.
#include "frontend/repl/Complete.h"

#include "frontend/names/Complete.h"

namespace tl::repl {

std::vector<std::string> commandNames() {
  return {"drop",  "explain", "help", "list",  "load", "mem",  "plan", "plot", "quit",
          "reset", "save",    "set",  "shape", "time", "type", "undo", "why"};
}

std::vector<Completion> complete(const Pieces &pieces, std::string_view before) {
  std::vector<Completion> completions;
  std::size_t blank = before.find(' ');
  if (before.starts_with(':') && blank == std::string_view::npos) {
    for (const std::string &command : commandNames())
      if (command.starts_with(before.substr(1)) && command.size() >= before.size())
        completions.push_back({command.substr(before.size() - 1), command});
    return completions;
  }
  if (before.starts_with(':'))
    before.remove_prefix(blank + 1);
  std::string text = pieces.text() + std::string(before);
  names::Completions found = names::complete(text, text.size());
  for (const names::Candidate &candidate : found.candidates)
    completions.push_back({candidate.word.substr(text.size() - found.begin), candidate.word});
  return completions;
}

} // namespace tl::repl
