// The ops of `tl`.
#pragma once

#include "ir/tl/Evaluator.h"
#include "ir/tl/TlDialect.h"

#include "mlir/IR/AffineMap.h"
#include "mlir/IR/BuiltinAttributeInterfaces.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/RegionKindInterface.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include <optional>

#include "ir/tl/TlInterfaces.h.inc"

#define GET_OP_CLASSES
#include "ir/tl/TlOps.h.inc"

namespace tl::ir {

/// Whether `kind` gives where the winner is: argmax, argmin. That is the position of the yield or, without
/// one, the index.
bool givesPosition(Projection kind);
/// Whether `kind` takes the elements of a row in their order: cumsum, cumprod, sort, rank, order.
bool isOrdered(Normalization kind);
/// Whether `kind` gives integers, places in a row: rank, order.
bool givesPlaces(Normalization kind);

/// A C function of the program.
struct CFunction {
  llvm::StringRef name, library, symbol;
};
/// The function that is the derivative of the function of `op` by a parameter; nothing when none is known.
std::optional<CFunction> partialOf(ExternalOp op, unsigned parameter);

} // namespace tl::ir
