// The characters of a source text as ANTLR wants them.
#pragma once

#include <memory>
#include <string_view>

namespace antlr4 {
class CharStream;
}

namespace tl::parse {

/// Decodes while it reads; positions are byte offsets, so that tokens need no mapping back. The text outlives
/// it.
std::unique_ptr<antlr4::CharStream> makeUtf8Stream(std::string_view text);

} // namespace tl::parse
