// Names by their first letters.
#include "frontend/repl/Complete.h"

#include "frontend/sema/Functions.h"

#include <cctype>
#include <set>

namespace tl::repl {
namespace {

bool isNameByte(char byte) {
  return std::isalnum(static_cast<unsigned char>(byte)) || byte == '_' || byte == '\'';
}

std::size_t beginOfWord(std::string_view text) {
  std::size_t begin = text.size();
  while (begin > 0 && isNameByte(text[begin - 1]))
    --begin;
  return begin;
}

/// The tensor whose indices the end of `text` is among, and the position there.
struct Enclosing {
  std::string tensor;
  std::size_t position = 0;
};

Enclosing enclosing(std::string_view text) {
  std::size_t position = 0;
  int depth = 0;
  for (std::size_t at = text.size(); at-- > 0;) {
    char byte = text[at];
    depth += byte == ')' || byte == ']';
    position += depth == 0 && byte == ',';
    if (byte != '(' && byte != '[')
      continue;
    if (depth-- > 0)
      continue;
    std::size_t begin = beginOfWord(text.substr(0, at));
    std::string name(text.substr(begin, at - begin));
    bool isTensor = !name.empty() && std::isupper(static_cast<unsigned char>(name[0]));
    return isTensor ? Enclosing{name, position} : Enclosing{};
  }
  return {};
}

/// The index names that `tensor` has at `position` anywhere in `text`.
void addIndexNames(std::string_view text, const Enclosing &place, std::set<std::string> &names) {
  for (std::size_t at = text.find(place.tensor); at != std::string_view::npos;
       at = text.find(place.tensor, at + 1)) {
    std::size_t open = at + place.tensor.size();
    bool isWhole = (at == 0 || !isNameByte(text[at - 1])) && open < text.size() &&
                   (text[open] == '[' || text[open] == '(');
    if (!isWhole)
      continue;
    std::size_t end = std::min(text.find_first_of(")]", open), text.size()), begin = open + 1;
    for (std::size_t position = 0; position < place.position && begin < end; ++position)
      begin = std::min(text.find(',', begin), end) + 1;
    std::string index(text.substr(std::min(begin, end),
                                  std::min(text.find_first_of(",)]:", begin), end) - std::min(begin, end)));
    index.erase(0, index.find_first_not_of(" *"));
    index.erase(index.find_last_not_of(" .") + 1);
    bool isName = !index.empty() && std::islower(static_cast<unsigned char>(index[0]));
    for (char byte : index)
      isName = isName && isNameByte(byte);
    if (isName)
      names.insert(index);
  }
}

void addLowerWords(std::string_view text, std::set<std::string> &names) {
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && isNameByte(text[end]))
      ++end;
    bool isCall = end < text.size() && text[end] == '(';
    if (end > at && std::islower(static_cast<unsigned char>(text[at])) && !isCall)
      names.emplace(text.substr(at, end - at));
    at = std::max(end, at + 1);
  }
}

} // namespace

std::vector<std::string> commandNames() {
  return {"drop",  "explain", "help", "list",  "load", "mem",  "plan", "quit",
          "reset", "save",    "set",  "shape", "time", "type", "undo"};
}

std::vector<Completion> complete(const Pieces &pieces, std::string_view before) {
  std::size_t begin = beginOfWord(before);
  std::string_view word = before.substr(begin);
  std::set<std::string> names;
  Enclosing place = enclosing(before);
  if (before.starts_with(':') && before.find(' ') == std::string_view::npos) {
    for (const std::string &command : commandNames())
      names.insert(command);
  } else if (!place.tensor.empty() && !(word.size() && std::isupper(static_cast<unsigned char>(word[0])))) {
    addIndexNames(pieces.text(), place, names);
    addLowerWords(before.substr(0, begin), names);
  } else {
    for (const Piece &piece : pieces.all())
      names.insert(piece.name);
    for (const std::string &function : sema::functionNames())
      names.insert(function + "(");
    for (const char *keyword :
         {"domain ", "tensor ", "param ", "const ", "def ", "import ", "learn ", "embed ", "not "})
      names.insert(keyword);
  }
  std::vector<Completion> completions;
  for (const std::string &name : names)
    if (name.starts_with(word) && name.size() > word.size())
      completions.push_back({name.substr(word.size()), name});
  return completions;
}

} // namespace tl::repl
