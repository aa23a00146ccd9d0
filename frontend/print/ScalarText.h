// Scalars and places inside one equation as text.
#pragma once

#include "ir/tl/TlOps.h"

#include "llvm/ADT/DenseMap.h"

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace tl::print {

/// The text of what stands in the body of one equation. Index variables have names of their own in the whole
/// equation; what drops assignments is collected as guards.
class ScalarText {
public:
  /// `nameOf` gives the name of a tensor; it is told of every tensor that is read.
  explicit ScalarText(std::function<std::string(mlir::Value)> nameOf) : nameOf(std::move(nameOf)) {}

  /// Names the variables of `block`, notes its conditions and literals, and gives the text of its yielded
  /// value with the positive literals as factors; empty for an equation of a relation.
  std::string body(mlir::Block &block);
  std::string scalar(mlir::Value value);
  std::string place(mlir::AffineMap map, mlir::OperandRange operands);
  /// The place that an equation writes to, of a tensor of these extents or of a relation (none); adds the
  /// variables on the left side to `left`. What lies outside the extents is left out.
  std::string target(mlir::AffineMap map, mlir::OperandRange operands, llvm::ArrayRef<std::int64_t> extents,
                     std::set<std::string> &left);
  /// The name of an index variable or of the position of a scan.
  std::string variable(mlir::Value index);
  /// The variables that `block` declares, without those in `except`, as `i,j`.
  std::string variables(mlir::Block &block, const std::set<std::string> &except);

  std::vector<std::string> ranges;   ///< of variables that no plain use bounds
  std::vector<std::string> guards;   ///< what else drops an assignment of the equation
  std::vector<std::string> literals; ///< of the equation itself, for a rule
  std::string unprintable;

private:
  std::string fail(const std::string &what);
  std::string coordinate(mlir::AffineExpr expr, mlir::OperandRange operands, bool isFactor);
  std::string apply(ir::ApplyOp op);
  std::string project(ir::ProjectOp op);
  std::string restricted(ir::Projection kind, std::string value, const std::vector<std::string> &conditions);
  std::string number(ir::NumberOp op);
  std::string cast(ir::CastOp op);
  std::string condition(mlir::Value value, bool isNegated);
  void addCondition(mlir::Value value);
  void addRange(mlir::Value index, std::int64_t lower, std::int64_t upper);
  bool isImplied(mlir::Value index, std::int64_t lower, std::int64_t upper);

  std::function<std::string(mlir::Value)> nameOf;
  llvm::DenseMap<mlir::Value, std::string> names;
  std::set<std::string> used;
  bool isInGuard = false; ///< a condition of the equation is being written
};

} // namespace tl::print
