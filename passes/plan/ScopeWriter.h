// Writes the body of a kernel, one scope inside the other.
#pragma once

#include "passes/plan/KernelArguments.h"
#include "passes/plan/LiteralOrder.h"
#include "passes/plan/LoopOrder.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallPtrSet.h"

#include <utility>

namespace tl::passes {

/// What all scopes of one kernel share.
struct KernelState {
  mlir::OpBuilder builder;
  KernelArguments arguments;
  mlir::IRMapping values;                            ///< from tl to the kernel
  llvm::DenseMap<mlir::Value, Interval> intervals{}; ///< of index values at this place, as far as known
};

/// Writes the loops of one scope and, at the shallowest depth at which its operands are known, every
/// declaration. Conditions come before what they guard, loads that need no test after the conditions of their
/// depth.
class ScopeWriter {
public:
  ScopeWriter(KernelState &kernel, mlir::Block &block);

  /// The whole body of a kernel: loops, then what is yielded combined into the destination.
  void writeComprehension(ir::ComprehensionOpInterface op);

private:
  /// A cell that must equal an argument of its literal, tested when the argument is known.
  struct Check {
    mlir::Value cell;
    mlir::AffineExpr argument;
    mlir::OperandRange indices;
    VariableSet needs;
    bool done = false;
  };

  // Loops.
  void markWalked(const LoopPlan &loops);
  void open(llvm::ArrayRef<Loop> loops);
  void openRange(unsigned variable);
  void openRows(ir::LiteralOp literal);
  void openIntersection(const Walk &walk);
  void useAsIndex(mlir::Value value, unsigned variable, Interval known, mlir::Location location);
  mlir::Block &createRowLoop(ir::LiteralOp literal, llvm::ArrayRef<Column> columns);
  void generate(ir::LiteralOp literal, unsigned position, const Column &column, mlir::Value cell);
  void openDivisible(mlir::Location location, mlir::AffineExpr expression, mlir::ValueRange operands,
                     std::int64_t divisor);
  void bind(unsigned variable, mlir::Value value, Interval interval);
  void openIf(mlir::Value condition, mlir::Location location);

  // Declarations.
  void writeReady();
  bool isReady(mlir::Operation *op) const;
  bool isTest(mlir::Operation *op) const;
  void write(mlir::Operation *op);
  void writeWhere(ir::WhereOp where);
  void writeLiteral(ir::LiteralOp literal);
  void writeAt(ir::AtOp at);
  void writeDefaultedAt(ir::AtOp at);
  void writeProject(ir::ProjectOp project);
  bool writeInline(ir::ProjectOp project);
  void contribute(ir::ProjectOp project);
  mlir::Value positionOf(ir::YieldOp yield);
  bool canDrop() const;
  mlir::Value valueOf(mlir::Value outer);

  // Places.
  llvm::SmallVector<mlir::Value> operandsOf(mlir::OperandRange indices);
  llvm::SmallVector<mlir::Value> operandsOf(mlir::AffineExpr expression, mlir::OperandRange indices);
  Interval intervalOf(mlir::Value index) const;
  llvm::SmallVector<Interval> intervalsOf(mlir::OperandRange indices) const;
  bool isInside(mlir::Operation *op, const Place &place, llvm::ArrayRef<std::int64_t> extents) const;
  bool isInside(ir::AtOp at) const;
  void testKnownAxes(mlir::Operation *op, const Place &place, llvm::ArrayRef<std::int64_t> extents);
  void refine(const Place &place, llvm::ArrayRef<std::int64_t> extents);
  void refine(mlir::Value index, Interval interval);
  mlir::Value affine(mlir::Location location, mlir::AffineExpr expression, mlir::ValueRange operands);
  mlir::Value compare(mlir::Location location, llvm::StringRef primitive, mlir::Value lhs, mlir::Value rhs);
  mlir::Value compare(mlir::Location location, llvm::StringRef primitive, mlir::Value lhs, std::int64_t rhs);
  void openInsideRange(mlir::Location location, mlir::Value value, Interval known, Interval wanted);

  // Results.
  void accumulate(ir::ComprehensionOpInterface op, const LoopPlan &loops);
  void combine(ir::ComprehensionOpInterface op, const LoopPlan &loops);
  void store(ir::ComprehensionOpInterface op, mlir::Value value, bool isFresh);
  void insert(ir::ComprehensionOpInterface op);

  KernelState &kernel;
  mlir::OpBuilder &builder;
  Scope scope;
  VariableSet bound;
  llvm::SmallPtrSet<mlir::Operation *, 16> written;
  llvm::SmallVector<Check> checks;
  llvm::DenseSet<std::pair<mlir::Operation *, unsigned>>
      testedAxes; ///< of places whose other axes were unknown
  bool hasDenseResult = false;
  llvm::SmallVector<std::int64_t> resultExtents; ///< empty when the result's extents restrict no range
  bool isConditional = false;                    ///< some assignment, or all, may be dropped
};

} // namespace tl::passes
