// Spellings, and names that are taken.
#include "frontend/lsp/Rename.h"

#include "frontend/sema/Functions.h"

#include <algorithm>
#include <cctype>

namespace tl::lsp {
namespace {

using names::NameKind;
using names::Occurrence;

bool isSpelledLike(std::string_view text, bool isUpper) {
  auto byte = [](char one) { return static_cast<unsigned char>(one); };
  if (text.empty() || (isUpper ? !std::isupper(byte(text[0])) : !std::islower(byte(text[0]))))
    return false;
  std::size_t end = text.find_last_not_of('\'') + 1; // primes end a name
  return std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end),
                     [&](char one) { return one == '_' || (std::isalnum(byte(one)) && byte(one) < 0x80); });
}

} // namespace

std::string renameObstacle(const names::NameIndex &names, const Occurrence &one) {
  std::string name(names.name(one));
  if (one.kind == NameKind::Module)
    return "'" + name + "' is a file; rename the file";
  if (one.kind != NameKind::Function && one.kind != NameKind::Option)
    return "";
  std::vector<const Occurrence *> same = names.same(one);
  if (std::ranges::any_of(same, &Occurrence::isDefinition))
    return "";
  if (one.kind == NameKind::Function && sema::findFunction(name))
    return "'" + name + "' is a function of the language";
  return "'" + name + "' is defined in another file";
}

std::string renameObstacle(const names::NameIndex &names, const Occurrence &one, std::string_view spelling) {
  if (std::string message = renameObstacle(names, one); !message.empty())
    return message;
  std::string text(spelling);
  if (spelling == names.name(one))
    return "";
  std::vector<const Occurrence *> same = names.same(one);
  const bool isAlwaysQuoted = std::ranges::all_of(same, &Occurrence::isQuoted);
  const bool isUpper = one.kind == NameKind::Tensor;
  if (isAlwaysQuoted) {
    if (text.find_first_of("\"\\\r\n") != std::string::npos)
      return "'" + text + "' cannot stand in quotes as it is";
  } else if (!isSpelledLike(spelling, isUpper)) {
    return "'" + text + "' is not spelled like " +
           (isUpper
                ? "a tensor or symbol: an upper-case letter, then letters, digits, '_' and primes at the end"
                : "an index or function: a lower-case letter, then letters, digits, '_' and primes at the end");
  }
  if (text == "not" || text == "true" || text == "false")
    return "'" + text + "' is a word of the language";
  if (one.kind == NameKind::Function && sema::findFunction(text))
    return "'" + text + "' is a function of the language";
  if (names.isTaken(one, spelling))
    return "'" + text + "' is the name of something else here";
  return "";
}

} // namespace tl::lsp
