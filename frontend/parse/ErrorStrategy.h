// How the generated parser meets a syntax error.
#pragma once

#include "frontend/source/Diagnostic.h"

#include <cstdint>
#include <memory>
#include <string_view>

namespace antlr4 {
class ANTLRErrorStrategy;
}

namespace tl::parse {

/// Reports the first error of a statement and gives the statement up; inside the block of a definition
/// parsing goes on at the next statement. It never inserts or deletes tokens.
std::shared_ptr<antlr4::ANTLRErrorStrategy> makeErrorStrategy(std::string_view text, std::uint32_t file,
                                                              source::DiagnosticEngine &diagnostics);

} // namespace tl::parse
