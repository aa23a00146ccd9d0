// Checking that text is well-formed UTF-8.
#pragma once

#include <cstddef>
#include <string_view>

namespace tl::runtime {

/// What some editors put before the first character; not part of the text.
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// The bytes of the longest well-formed prefix of `text`, its size when all is well. Overlong forms,
/// surrogates and code points above U+10FFFF are malformed.
std::size_t validUtf8Prefix(std::string_view text);

} // namespace tl::runtime
