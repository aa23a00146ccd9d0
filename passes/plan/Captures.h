// What a projection takes from the equation around it, and its copy as an equation of its own.
#pragma once

#include "ir/tl/TlOps.h"

#include "llvm/ADT/SetVector.h"

#include <optional>

namespace tl::passes {

/// The variables, and the scalars computed from them in the order in which they are defined. Not `isClosed`
/// when one of those is a projection itself.
struct Captures {
  llvm::SetVector<mlir::Value> variables;
  llvm::SetVector<mlir::Value> scalars;
  bool isClosed = true;
};

Captures capturesOf(ir::ProjectOp project, mlir::Operation *comprehension);

/// How the assignments of a projection combine as an equation; none for those that are more than a
/// combination.
std::optional<ir::Monoid> monoidOf(ir::Projection kind);

/// A variable with a range that no positive literal generates.
bool isDenseVariable(mlir::Value variable);

/// Fills `body` with what `project` declares, over its own and the captured variables. It yields at
/// `positions`, values from outside of the equation, and then at the captured variables.
void copyProjection(ir::ProjectOp project, const Captures &captures, mlir::Block &body,
                    mlir::ValueRange positions);

} // namespace tl::passes
