// Functions along indices: softmax, cumsum, topk and the like.
#include "frontend/emit/Emitter.h"

#include "frontend/sema/Functions.h"
#include "ir/tl/TlTypes.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tl::emit {

using sema::Expr;
using sema::IndexExpr;
using sema::Monoid;
using sema::VariableId;

namespace {

/// Those that are read where `expr` stands: not the ones inside the argument of another.
void findNormalizations(const Expr &expr, std::vector<const Expr *> &into) {
  for (const IndexExpr &index : expr.indices)
    if (index.value)
      findNormalizations(*index.value, into);
  if (expr.kind == Expr::Kind::IndexValue && expr.index.value)
    findNormalizations(*expr.index.value, into);
  const bool isFunction = expr.kind == Expr::Kind::Normalize;
  const bool isWhole = expr.kind == Expr::Kind::Matrix || expr.kind == Expr::Kind::External;
  if (isFunction || isWhole)
    into.push_back(&expr);
  if (isWhole)
    return;
  for (std::size_t operand = isFunction ? 1 : 0; operand < expr.operands.size(); ++operand)
    findNormalizations(*expr.operands[operand], into);
}

void findNormalizations(const sema::Guard &guard, std::vector<const Expr *> &into) {
  if (guard.expr)
    findNormalizations(*guard.expr, into);
  if (guard.binding.value)
    findNormalizations(*guard.binding.value, into);
  for (const sema::Guard &part : guard.parts)
    findNormalizations(part, into);
}

bool isNormalized(const sema::Guard &guard) {
  bool found = false;
  sema::walkGuard(guard, [&](const Expr &expr) { found = found || expr.kind == Expr::Kind::Normalize; });
  return found;
}

/// The guards that say which assignments take part in `expr`. What the equation makes of its normalised
/// values, such as `P(i) = topk(X[i], 2)`, is not among them.
std::vector<const sema::Guard *> masks(const sema::Equation &equation, const Expr &expr) {
  std::set<VariableId> nested;
  addProjected(*expr.operands[0], nested);
  std::vector<const sema::Guard *> list = guardsOutside(equation, nested, nullptr);
  std::erase_if(list, [](const sema::Guard *guard) { return isNormalized(*guard); });
  return list;
}

/// What is computed once: the argument's own variables, those of the function, and left ones of guards, in
/// the order of the left side, so that a whole equation needs no copy; then those that a projection around
/// the function binds.
std::vector<VariableId> axesOf(const EquationScope &scope, const Expr &expr,
                               const std::vector<const sema::Guard *> &masks) {
  const sema::Equation &equation = scope.equation;
  std::set<VariableId> mentioned = sema::freeVariables(*expr.operands[0]);
  mentioned.insert(expr.variables.begin(), expr.variables.end());
  if (expr.function == "sample")
    mentioned.merge(sema::freeVariables(*expr.operands[1]));
  for (const sema::Guard *guard : masks)
    for (VariableId id : sema::freeVariables(*guard))
      if (equation.variables[id].isOnLeft)
        mentioned.insert(id);
  std::erase_if(mentioned, [&](VariableId id) { return scope.variables.count(id) != 0; });
  std::vector<VariableId> axes;
  for (const IndexExpr &index : equation.head)
    for (const sema::AffineTerm &term : index.terms)
      if (mentioned.erase(term.variable))
        axes.push_back(term.variable);
  axes.insert(axes.end(), mentioned.begin(), mentioned.end());
  return axes;
}

/// topk and its relatives are orders, cut off at a place.
ir::Normalization kindOf(const std::string &function) {
  return sema::isSelecting(function) ? ir::Normalization::Order : *ir::symbolizeNormalization(function);
}

/// The last place that a selection takes, where it is known.
double lastPlace(const Expr &expr) {
  if (expr.function != "topk")
    return 1;
  const Expr &count = *expr.operands[1];
  return count.kind == Expr::Kind::Number ? std::max(0.0, std::floor(count.number))
                                          : std::numeric_limits<double>::infinity();
}

} // namespace

void Emitter::normalizations(EquationScope &scope) {
  std::vector<const Expr *> found;
  for (const IndexExpr &index : scope.equation.head)
    if (index.value)
      findNormalizations(*index.value, found);
  for (const sema::Term &term : scope.equation.terms) {
    if (term.value)
      findNormalizations(*term.value, found);
    for (const sema::Guard &literal : term.literals)
      findNormalizations(literal, found);
  }
  for (const sema::Guard &guard : scope.equation.guards)
    findNormalizations(guard, found);
  materialize(scope, found);
}

void Emitter::materialize(EquationScope &scope, const Expr &expr) {
  std::vector<const Expr *> found;
  findNormalizations(expr, found);
  materialize(scope, found);
}

/// Matrices and C functions first: a guard that says what takes part in a function may mention one.
void Emitter::materialize(EquationScope &scope, const std::vector<const Expr *> &found) {
  for (const Expr *expr : found)
    if (expr->kind == Expr::Kind::Matrix)
      scope.materialized[expr] = matrix(scope, *expr);
    else if (expr->kind == Expr::Kind::External)
      scope.materialized[expr] = external(scope, *expr);
  for (const Expr *expr : found)
    if (expr->kind == Expr::Kind::Normalize)
      scope.materialized[expr] = normalize(scope, *expr);
}

/// A draw in proportion to weights: each waits for an exponential time divided by its weight, the first one
/// wins. What has no weight takes no part.
mlir::Value Emitter::weighed(EquationScope &scope, const Expr &expr) {
  mlir::Location place = location(expr.range);
  mlir::Type real = scope.realType;
  auto number = [&](double value) -> mlir::Value {
    return ir::NumberOp::create(builder, place, real, builder.getFloatAttr(real, value));
  };
  auto apply = [&](llvm::StringRef primitive, mlir::Type type, mlir::ValueRange operands) -> mlir::Value {
    return ir::ApplyOp::create(builder, place, type, primitive, operands);
  };
  mlir::Value weight = convert(scalar(scope, *expr.operands[0]), real, place);
  ir::WhereOp::create(builder, place, apply("gt", builder.getI1Type(), {weight, number(0)}));
  mlir::Value chance = apply("sub", real, {number(1), scalar(scope, *expr.operands[1])});
  mlir::Value time = apply("neg", real, apply("log", real, chance));
  return apply("div", real, {weight, time});
}

/// The argument of a function over `axes`, partial where guards fail or it is dropped.
mlir::Value Emitter::normalizedArgument(EquationScope &scope, const Expr &expr,
                                        const std::vector<VariableId> &axes) {
  const sema::Equation &equation = scope.equation;
  mlir::Location place = location(expr.range);
  const std::vector<const sema::Guard *> conditionsOf = masks(equation, expr);
  bool isPartial = canDrop(program, *expr.operands[0]) || !conditionsOf.empty() || expr.function == "sample";
  llvm::SmallVector<std::int64_t> shape;
  for (VariableId id : axes) {
    shape.push_back(std::max<std::int64_t>(0, equation.variables[id].upper.value_or(0)));
    isPartial = isPartial || equation.variables[id].lower.value_or(0) != 0;
  }
  const sema::Function::Kind kind = sema::findFunction(expr.function)->kind;
  mlir::Type element = kind == sema::Function::Kind::Normalizing
                           ? scope.realType
                           : scalarType(scope, std::max(expr.operands[0]->type, sema::ValueType::Integer));
  if (expr.function == "sample")
    element = scope.realType;
  auto dense = mlir::RankedTensorType::get(shape, element);
  mlir::Type type = isPartial ? mlir::Type(ir::PartialType::get(&context, dense)) : dense;
  Monoid monoid = isPartial ? Monoid::Max : Monoid::Add;
  mlir::Operation *op = open(true, monoid, empty(monoid, type, place), place);
  auto outer = scope.variables;
  declare(scope, axes);
  conditions(scope);
  guards(scope, conditionsOf);
  mlir::Value value = expr.function == "sample" ? weighed(scope, expr)
                                                : convert(scalar(scope, *expr.operands[0]), element, place);
  llvm::SmallVector<mlir::Value> operands;
  for (VariableId axis : axes)
    operands.push_back(scope.variables.at(axis).value);
  ir::YieldOp::create(builder, place, value, operands,
                      mlir::AffineMapAttr::get(builder.getMultiDimIdentityMap(operands.size())));
  close(op);
  scope.variables = std::move(outer);
  return op->getResult(0);
}

/// Computes a function along indices over its variables: first its argument, then what it makes of it.
Materialized Emitter::normalize(EquationScope &scope, const Expr &expr) {
  materialize(scope, *expr.operands[0]);
  Materialized result;
  result.axes = axesOf(scope, expr, masks(scope.equation, expr));
  // Draws compare exactly only when there are more of them than elements.
  const mlir::Type realType = scope.realType;
  if (expr.function == "sample")
    scope.realType = builder.getF64Type();
  mlir::Value argument = normalizedArgument(scope, expr, result.axes);
  scope.realType = realType;

  const ir::Normalization kind = kindOf(expr.function);
  mlir::RankedTensorType type = ir::denseType(argument.getType());
  if (ir::givesPlaces(kind))
    type = type.clone(builder.getI64Type());
  std::vector<double> parameters = expr.parameters;
  if (kind == ir::Normalization::Order)
    parameters.push_back(lastPlace(expr));
  llvm::SmallVector<std::int64_t> along;
  for (std::size_t axis = 0; axis < result.axes.size(); ++axis)
    if (llvm::is_contained(expr.variables, result.axes[axis]))
      along.push_back(axis);
  result.tensor = ir::NormalizeOp::create(builder, location(expr.range), type, kind, argument, along,
                                          llvm::ArrayRef<double>(parameters));
  return result;
}

/// What was computed before, at the present assignment.
mlir::Value Emitter::materialized(EquationScope &scope, const Expr &expr) {
  const Materialized &done = scope.materialized.at(&expr);
  llvm::SmallVector<mlir::AffineExpr> results;
  llvm::SmallVector<mlir::Value> operands;
  for (VariableId axis : done.axes)
    results.push_back(operandExpr(scope.variables.at(axis), operands));
  mlir::AffineMap map = mlir::AffineMap::get(operands.size(), 0, results, &context);
  mlir::Type stored = ir::denseType(done.tensor.getType()).getElementType();
  return ir::AtOp::create(builder, location(expr.range), stored, done.tensor, operands, map, false);
}

/// The value of a function along indices at the present assignment.
mlir::Value Emitter::normalized(EquationScope &scope, const Expr &expr) {
  mlir::Location place = location(expr.range);
  mlir::Value value = materialized(scope, expr);
  if (!sema::isSelecting(expr.function))
    return value;
  mlir::Value isTaken = truth(value, place);
  if (lastPlace(expr) != std::numeric_limits<double>::infinity())
    return isTaken;
  mlir::Value count = scalar(scope, *expr.operands[1]);
  mlir::Type common =
      mlir::isa<mlir::FloatType>(count.getType()) ? count.getType() : mlir::Type(builder.getI64Type());
  mlir::Value isWithin =
      ir::ApplyOp::create(builder, place, builder.getI1Type(), "le",
                          mlir::ValueRange{convert(value, common, place), convert(count, common, place)});
  return ir::ApplyOp::create(builder, place, builder.getI1Type(), "and", mlir::ValueRange{isTaken, isWithin});
}

/// An equation that is nothing but one function along indices, or one matrix, over all its left variables is
/// its own tensor.
bool Emitter::normalizesWhole(EquationScope &scope) {
  const sema::Equation &equation = scope.equation;
  const sema::TensorSymbol &tensor = program.tensors[equation.tensor];
  if (equation.terms.size() != 1 || !equation.terms[0].value || !scans.empty() ||
      tensor.equations.size() != 1 || options.bound.count(equation.tensor) ||
      !scope.materialized.count(equation.terms[0].value.get()) ||
      sema::isSelecting(equation.terms[0].value->function))
    return false;
  const Materialized &done = scope.materialized.at(equation.terms[0].value.get());
  if (done.tensor.getType() != building[equation.tensor].getType() ||
      done.axes.size() != equation.head.size())
    return false;
  for (std::size_t axis = 0; axis < done.axes.size(); ++axis)
    if (equation.head[axis].plainVariable() != done.axes[axis])
      return false;
  building[equation.tensor] = done.tensor;
  return true;
}

} // namespace tl::emit
