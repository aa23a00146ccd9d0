// What stands in the body of a comprehension or of a projection.
#pragma once

#include "passes/plan/Interval.h"

#include "ir/tl/TlOps.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallBitVector.h"

#include <optional>

namespace tl::passes {

using VariableSet = llvm::SmallBitVector;

/// Where an op looks into a tensor or relation.
struct Place {
  mlir::AffineMap map;
  mlir::OperandRange indices;
};

Place placeOf(ir::AtOp at);
Place placeOf(ir::LiteralOp literal);
Place placeOf(ir::TestOp test);
/// Of the yield of a comprehension.
Place placeOf(ir::YieldOp yield);

/// Some coordinate is c * variable + k, k the same in a whole call: different values of the variable lie in
/// different places.
bool hasOwnAxis(mlir::AffineMap map, mlir::ValueRange indices, mlir::Value variable);

/// Whether a projection of this kind over nothing drops the assignment around it.
bool dropsWhenEmpty(ir::Projection kind);

/// A condition that an index value lies in a range.
struct RangeCondition {
  mlir::Value index;
  Interval interval;
};

/// The condition of `where`, if it compares an index value with an integer constant.
std::optional<RangeCondition> rangeConditionOf(ir::WhereOp where);

/// The positions of the scan whose step takes `index`, if it is one.
std::optional<Interval> scanRange(mlir::Value index);

/// The range a variable declares, if it declares one.
std::optional<Interval> declaredRange(ir::IndexOp variable);

/// The variables of one block and which declarations wait for which. Variables are numbered in source order;
/// those of enclosing blocks count as known.
class Scope {
public:
  explicit Scope(mlir::Block &block);

  unsigned size() const { return indexes.size(); }
  ir::IndexOp variable(unsigned number) const { return indexes[number]; }
  /// Everything but variables and the yield, in source order.
  llvm::ArrayRef<mlir::Operation *> declarations() const { return others; }
  ir::YieldOp yield() const;

  bool owns(mlir::Operation *op) const { return op && op->getBlock() == &block; }
  /// The number of a value that is a variable of this scope.
  std::optional<unsigned> number(mlir::Value value) const;

  VariableSet none() const { return VariableSet(indexes.size()); }
  /// The variables that a declaration, those nested in it included, depends on.
  const VariableSet &needs(mlir::Operation *declaration) const;
  VariableSet needs(mlir::Value value) const;

private:
  mlir::Block &block;
  llvm::SmallVector<ir::IndexOp> indexes;
  llvm::SmallVector<mlir::Operation *> others;
  llvm::DenseMap<mlir::Value, unsigned> numbers;
  llvm::DenseMap<mlir::Operation *, VariableSet> needed;
};

/// a is a subset of b.
inline bool isSubset(const VariableSet &a, const VariableSet &b) {
  return !a.test(b);
}

} // namespace tl::passes
