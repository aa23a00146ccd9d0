// How many rows relations are taken to have.
#pragma once

#include "mlir/IR/Value.h"

#include "llvm/ADT/StringRef.h"

namespace tl::passes {

/// The attribute of a `tl.read`, or of another op that gives a relation, that says how many rows it has.
/// Without it a relation counts as one of all possible rows. Results never depend on it.
constexpr llvm::StringLiteral kRows = "plan.rows";

/// How many rows `relation` is taken to have.
double estimatedRows(mlir::Value relation);

/// How many different cells a column of a relation of so many rows can hold; `bound` is -1 when unknown.
double estimatedCells(double rows, std::int64_t bound);

} // namespace tl::passes
