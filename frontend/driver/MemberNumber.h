// The numbers of a family's members: `{l}`, `{2*l+1}`, `{l+(l+3)/7}`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tl::driver {

/// What stands in braces in the name of a member: an expression of one index and whole numbers, with the
/// operators that index positions have.
struct MemberNumber {
  std::string text;
  std::string index;

  /// The number for a value of the index; none where it does not fit 64 bits. Division by 0 gives 0.
  std::optional<std::int64_t> at(std::int64_t value) const;
};

/// Nothing when the text is no such expression, or names two indices or none.
std::optional<MemberNumber> parseMemberNumber(std::string_view text);

} // namespace tl::driver
