// Text as JSON.
#pragma once

#include <string>
#include <string_view>

namespace tl::runtime {

/// Appends `text` as a JSON string. Bytes that are not UTF-8 become U+FFFD, so that the result always is.
void appendJsonText(std::string_view text, std::string &out);

} // namespace tl::runtime
