// Finding where a value stops being finite.
#pragma once

#include "backend/Executable.h"
#include "frontend/source/SourceManager.h"

#include <vector>

namespace tl::driver {

/// Whether no element is infinite or NaN; absent elements are.
bool allFinite(const runtime::Tensor &tensor);

/// A tensor that is handed out to be looked at.
struct WatchedTensor {
  std::string name; ///< empty for a derivative and for a part of an equation
  source::SourceRange range;
};

/// Hands out every tensor of real numbers that the module reads or computes, besides what it hands out. Before it
/// is compiled, as that may rewrite it.
std::vector<WatchedTensor> watchTensors(mlir::ModuleOp module, const source::SourceManager &sources);

/// The first of `watched` that is not finite: the error that says so, and its place.
struct NotFinite {
  runtime::Error error;
  source::SourceRange range;
};
std::optional<NotFinite> firstNotFinite(const std::vector<WatchedTensor> &watched, const backend::Answers &answers,
                                        const std::string &when);

} // namespace tl::driver
