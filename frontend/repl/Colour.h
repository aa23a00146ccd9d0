// Programs in colour at a terminal.
#pragma once

#include <string>
#include <string_view>

namespace tl::repl {

/// `text` with the escapes that colour its words; nothing else is changed.
std::string coloured(std::string_view text);

} // namespace tl::repl
