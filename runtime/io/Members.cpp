// Messages about member names.
#include "runtime/io/Members.h"

#include <algorithm>
#include <unordered_set>

namespace tl::runtime {
namespace {

/// Names listed before the message says how many more there are.
constexpr std::size_t kListedNames = 6;

} // namespace

Error unknownMember(std::string_view path, std::string_view wanted, std::span<const std::string> names) {
  std::string message = "'" + std::string(path) + "'";
  message += wanted.empty() ? " needs the name of an array, as in '" + std::string(path) + ":NAME'"
                            : " has no array '" + std::string(wanted) + "'";
  message += names.empty() ? "; it holds none" : "; it holds";
  for (std::size_t position = 0; position < std::min(names.size(), kListedNames); ++position)
    message += (position ? ", '" : " '") + names[position] + "'";
  if (names.size() > kListedNames)
    message += " and " + std::to_string(names.size() - kListedNames) + " more";
  return {ErrorKind::Data, message};
}

const std::string *firstDuplicate(std::span<const std::string> names) {
  std::unordered_set<std::string_view> seen;
  for (const std::string &name : names)
    if (!seen.insert(name).second)
      return &name;
  return nullptr;
}

} // namespace tl::runtime
