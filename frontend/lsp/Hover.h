// What a name stands for.
#pragma once

#include "frontend/lsp/Analysis.h"
#include "frontend/names/NameIndex.h"

namespace tl::lsp {

/// The header of a definition in `text`, with the lines of `///` above it, as Markdown.
std::string definitionText(const names::NameIndex &text, const names::Occurrence &definition);

/// What the analysed program says of the name: type and shape, and of the equation around it every sum, as
/// `tl explain` shows them. Markdown; empty when it says nothing.
std::string hover(const Analysis &analysis, const names::NameIndex &names, const names::Occurrence &one);

/// What a function of the language does, in one line; empty when it is none.
std::string functionText(std::string_view name);

} // namespace tl::lsp
