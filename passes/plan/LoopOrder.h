// In which order the loops of a kernel are nested.
#pragma once

#include "passes/plan/LiteralOrder.h"

#include <variant>

namespace tl::passes {

/// One loop: over rows, or over the range of a variable (by number).
using Loop = std::variant<Walk, unsigned>;

/// The loops of a scope, outermost first. With `accumulates`, those in `inner` only combine values, so their
/// result is held in a register and combined once.
struct LoopPlan {
  llvm::SmallVector<Loop> outer;
  llvm::SmallVector<Loop> inner;
  bool accumulates = false;
};

/// The range of a variable without the values at its ends for which every assignment is dropped, because an
/// element read or written would lie outside its tensor.
Interval usefulRange(const Scope &scope, unsigned variable, mlir::ArrayRef<std::int64_t> resultExtents);

/// Elements from one value of a variable to the next in a row-major tensor; none when that is no constant.
std::optional<std::int64_t> strideAlong(const Scope &scope, const Place &place,
                                        mlir::ArrayRef<std::int64_t> extents, unsigned variable);

/// Literals first, then result variables in the order of the result's axes, then the others, best stride
/// innermost. Where the last axis of a dense result is contiguous in what is read and a reduction is not,
/// that axis goes innermost and partial results are kept in the result itself.
LoopPlan orderComprehension(const Scope &scope, ir::ComprehensionOpInterface op);
LoopPlan orderProjection(const Scope &scope);

/// Whether a contraction of these accesses runs best with `last`, a result variable, innermost: `last` is
/// contiguous or absent in everything read, and not all reductions are.
bool prefersResultInnermost(const Scope &scope, unsigned last, mlir::ArrayRef<unsigned> reductions);

} // namespace tl::passes
