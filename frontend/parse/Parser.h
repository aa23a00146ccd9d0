// Text to syntax tree.
#pragma once

#include "frontend/ast/Ast.h"
#include "frontend/source/Diagnostic.h"

#include <optional>

namespace tl::parse {

/// Parses file `file`. Ground facts take a fast path (one `ast::FactBlock` per relation and run), everything
/// else goes through the grammar. Reports what is wrong and goes on at the next statement; empty when there
/// was an error.
std::optional<ast::Program> parse(const source::SourceManager &sources, std::uint32_t file,
                                  source::DiagnosticEngine &diagnostics);

} // namespace tl::parse
