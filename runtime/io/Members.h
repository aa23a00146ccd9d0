// The names of the arrays in files that hold several.
#pragma once

#include "runtime/core/Result.h"

#include <span>
#include <string>
#include <string_view>

namespace tl::runtime {

/// The Data error for a member that is not there or, when `wanted` is empty, was not named; lists the first
/// of `names`.
Error unknownMember(std::string_view path, std::string_view wanted, std::span<const std::string> names);

/// The first of `names` that occurs again.
const std::string *firstDuplicate(std::span<const std::string> names);

} // namespace tl::runtime
