// Linear algebra: operands as tensors of matrices, then one op over all of them.
#include "frontend/emit/Emitter.h"

#include "ir/tl/TlTypes.h"

namespace tl::emit {

using sema::Expr;
using sema::IndexExpr;
using sema::VariableId;

namespace {

/// What the program calls the matrix.
std::string subjectOf(const sema::TypedProgram &program, const Expr &operand) {
  std::string subject;
  std::size_t tensors = 0;
  sema::walk(operand, [&](const Expr &part) {
    if (part.kind != Expr::Kind::Element)
      return;
    ++tensors;
    subject = program.tensors[part.tensor].name;
  });
  return tensors == 1 ? subject : "the matrix";
}

std::vector<VariableId> variablesOf(llvm::ArrayRef<IndexExpr> indices) {
  std::vector<VariableId> variables;
  for (const IndexExpr &index : indices)
    variables.push_back(*index.plainVariable());
  return variables;
}

} // namespace

/// Those that an enclosing scan's step does not fix.
std::vector<VariableId> Emitter::unbound(const EquationScope &scope,
                                         const std::vector<VariableId> &variables) {
  std::vector<VariableId> left;
  for (VariableId variable : variables)
    if (!scope.variables.count(variable))
      left.push_back(variable);
  return left;
}

/// One argument over `axes`, those that count matrices first. A matrix whose guards or whose place in a scan
/// leave it out is absent, so that nobody asks whether it is singular.
mlir::Value Emitter::matrixOperand(EquationScope &scope, const Expr &expr, const Expr &operand,
                                   const std::vector<VariableId> &axes) {
  const sema::Equation &equation = scope.equation;
  mlir::Location place = location(operand.range);
  std::vector<VariableId> batch = variablesOf(llvm::ArrayRef(expr.indices).take_front(expr.matrix.batch));
  std::vector<const sema::Guard *> kept;
  for (const sema::Guard &guard : equation.guards)
    if (llvm::all_of(sema::freeVariables(guard), [&](VariableId id) {
          return llvm::is_contained(batch, id) || scope.variables.count(id);
        }))
      kept.push_back(&guard);
  bool isPartial = !kept.empty() || !scope.conditions.empty();
  llvm::SmallVector<std::int64_t> shape;
  for (VariableId axis : axes) {
    const sema::Variable &variable = equation.variables[axis];
    shape.push_back(std::max<std::int64_t>(0, variable.upper.value_or(0)));
    isPartial = isPartial || variable.lower.value_or(0) != 0;
  }
  const auto dense = mlir::RankedTensorType::get(shape, scope.realType);
  mlir::Type type = dense;
  if (isPartial)
    type = ir::PartialType::get(&context, dense);
  const sema::Monoid monoid = isPartial ? sema::Monoid::Max : sema::Monoid::Add;
  mlir::Operation *op = open(true, monoid, empty(monoid, type, place), place);
  auto outer = scope.variables;
  declare(scope, axes);
  conditions(scope);
  guards(scope, kept);
  mlir::Value value = convert(scalar(scope, operand), scope.realType, place);
  llvm::SmallVector<mlir::Value> operands;
  for (VariableId axis : axes)
    operands.push_back(scope.variables.at(axis).value);
  ir::YieldOp::create(builder, place, value, operands,
                      mlir::AffineMapAttr::get(builder.getMultiDimIdentityMap(operands.size())));
  close(op);
  scope.variables = std::move(outer);
  return op->getResult(0);
}

mlir::Operation *Emitter::matrixOp(EquationScope &scope, const Expr &expr) {
  for (const sema::ExprPtr &operand : expr.operands)
    materialize(scope, *operand);
  const std::vector<VariableId> batch =
      unbound(scope, variablesOf(llvm::ArrayRef(expr.indices).take_front(expr.matrix.batch)));
  std::vector<VariableId> axes = batch;
  axes.insert(axes.end(), expr.variables.begin(), expr.variables.end());
  mlir::Value matrix = matrixOperand(scope, expr, *expr.operands[0], axes), right;
  llvm::SmallVector<std::int64_t> shape(ir::denseType(matrix.getType()).getShape());
  const std::int64_t columns = shape.pop_back_val(), rows = shape.pop_back_val(),
                     rank = std::min(rows, columns);
  llvm::SmallVector<mlir::Type> types;
  auto give = [&](std::initializer_list<std::int64_t> extents) {
    llvm::SmallVector<std::int64_t> whole(shape);
    whole.append(extents);
    types.push_back(mlir::RankedTensorType::get(whole, scope.realType));
  };
  const ir::MatrixFunction function = *ir::symbolizeMatrixFunction(expr.function);
  switch (function) {
  case ir::MatrixFunction::Solve: {
    const bool hasRows = sema::freeVariables(*expr.operands[1]).count(expr.variables[0]) != 0;
    axes = batch;
    axes.push_back(expr.variables[hasRows ? 0 : 1]);
    llvm::append_range(
        axes, unbound(scope, variablesOf(llvm::ArrayRef(expr.indices).drop_front(expr.matrix.batch + 1))));
    right = matrixOperand(scope, expr, *expr.operands[1], axes);
    types.push_back(ir::denseType(right.getType()));
    break;
  }
  case ir::MatrixFunction::Inverse:
  case ir::MatrixFunction::Cholesky:
    give({rows, rows});
    break;
  case ir::MatrixFunction::Eigh:
    give({rows});
    give({rows, rows});
    break;
  case ir::MatrixFunction::Svd:
    give({rows, rank});
    give({rank});
    give({rank, columns});
    break;
  }
  return ir::MatrixOp::create(builder, location(expr.range), types, function,
                              subjectOf(program, *expr.operands[0]), matrix, right);
}

/// Results of one statement come from one op, outside scans, where every equation has steps of its own.
Materialized Emitter::matrix(EquationScope &scope, const Expr &expr) {
  mlir::Operation *op = nullptr;
  if (expr.matrix.statement && scans.empty()) {
    mlir::Operation *&shared = sharedMatrices[{*expr.matrix.statement, scope.realType.getAsOpaquePointer(),
                                               builder.getInsertionBlock()}];
    if (!shared)
      shared = matrixOp(scope, expr);
    op = shared;
  } else {
    op = matrixOp(scope, expr);
  }
  const bool isOnly = op->getNumResults() == 1;
  return {op->getResult(isOnly ? 0 : expr.matrix.result), unbound(scope, variablesOf(expr.indices))};
}

} // namespace tl::emit
