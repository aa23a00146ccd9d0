// The table of derivatives of the scalar primitives.
#pragma once

#include "passes/derive/ScalarBuilder.h"

#include "runtime/Primitives.h"

namespace tl::passes {

/// One use of a primitive: operands, result, and the cotangent of the result.
struct PrimitiveUse {
  runtime::Primitive primitive;
  mlir::ValueRange operands;
  mlir::Value result;
  mlir::Value cotangent;
};

/// Whether the result changes with operand `position` anywhere but in steps. What is constant between steps
/// has derivative 0: comparisons, logic, step, sign, floor, ceil, round, floordiv.
bool isDifferentiable(runtime::Primitive primitive, unsigned position);

/// The cotangent of operand `position`, which is differentiable. At a kink the first operand that attains the
/// value has the whole cotangent; relu and abs have derivative 0 at 0. Not for `where`, which chooses.
mlir::Value cotangentOfOperand(ScalarBuilder &scalars, const PrimitiveUse &use, unsigned position);

} // namespace tl::passes
