// What the compiler says of a text, and the program it makes of it.
#pragma once

#include "frontend/driver/Compiler.h"
#include "frontend/lsp/Text.h"

#include <memory>

namespace tl::lsp {

/// One version of a document, checked. Immutable once made; shared between the thread that checks and the one
/// that answers.
struct Analysis {
  std::int64_t version = 0;
  std::shared_ptr<const Text> text;
  std::shared_ptr<runtime::CancelToken> cancel; ///< of the compilation, which refers to it
  std::vector<llvm::lsp::Diagnostic> diagnostics;
  /// Edits that repair what a diagnostic speaks of, in the order of `diagnostics`; most have none.
  std::vector<std::optional<source::Fix>> fixes;
  std::unique_ptr<driver::Compilation> compilation; ///< none: the text alone is wrong already
  bool hasSizes = false;                            ///< the data was read, so extents are known
};

/// A text to be checked.
struct Request {
  llvm::lsp::URIForFile uri;
  std::int64_t version = 0;
  std::shared_ptr<const Text> text;
};

/// Checks `request` under `options`, which say nothing of the program itself. Data is read when there is
/// little of it. Null when `cancel` was asked for.
std::shared_ptr<const Analysis> analyze(const Request &request, const driver::Options &options,
                                        std::shared_ptr<runtime::CancelToken> cancel);

} // namespace tl::lsp
