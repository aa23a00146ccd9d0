// One equation: its terms as comprehensions into the tensor being built.
#include "frontend/emit/Emitter.h"

#include "ir/tl/TlTypes.h"

#include <algorithm>

namespace tl::emit {

using sema::Expr;
using sema::IndexExpr;
using sema::Monoid;
using sema::VariableId;

namespace {

ir::Monoid monoidOf(Monoid monoid) {
  switch (monoid) {
  case Monoid::Add:
    return ir::Monoid::Add;
  case Monoid::Or:
    return ir::Monoid::Or;
  case Monoid::Max:
    return ir::Monoid::Max;
  case Monoid::Min:
    return ir::Monoid::Min;
  case Monoid::Multiply:
    return ir::Monoid::Multiply;
  case Monoid::Average:
    return ir::Monoid::Average;
  }
  llvm_unreachable("every monoid is handled");
}

/// Variables that guards bind by `v = expression`.
std::set<VariableId> bindings(const std::vector<sema::Guard> &guards) {
  std::set<VariableId> bound;
  for (const sema::Guard &guard : guards)
    if (guard.kind == sema::Guard::Kind::Bind)
      bound.insert(guard.variable);
  return bound;
}

std::vector<VariableId> leftVariables(const sema::Equation &equation) {
  std::vector<VariableId> left;
  for (VariableId id = 0; id < equation.variables.size(); ++id)
    if (equation.variables[id].isOnLeft)
      left.push_back(id);
  return left;
}

/// Whether some guard speaks of a variable that is not on the left: such a guard means something else in each
/// term.
bool hasInnerGuards(const sema::Equation &equation) {
  std::set<VariableId> bound = bindings(equation.guards);
  for (const sema::Guard &guard : equation.guards)
    for (VariableId id : sema::freeVariables(guard))
      if (!equation.variables[id].isOnLeft && !bound.count(id))
        return true;
  return false;
}

/// Leaves out what only guards mention: such variables are existential.
void removeWitnesses(const sema::Term &term, std::set<VariableId> &variables) {
  std::set<VariableId> used = sema::freeVariables(*term.value);
  for (const sema::Guard &literal : term.literals)
    used.merge(sema::freeVariables(literal));
  std::erase_if(variables, [&](VariableId id) { return !used.count(id); });
}

bool isHalf(mlir::Type type) {
  mlir::RankedTensorType dense = ir::denseType(type);
  return dense && (dense.getElementType().isF16() || dense.getElementType().isBF16());
}

/// Whether every variable declared directly in the body stands alone in the head: each element is reached
/// once.
bool reachesEachOnce(const EquationScope &scope, const std::vector<VariableId> &declared) {
  return std::all_of(declared.begin(), declared.end(), [&](VariableId variable) {
    return std::any_of(scope.equation.head.begin(), scope.equation.head.end(),
                       [&](const IndexExpr &index) { return index.plainVariable() == variable; });
  });
}

} // namespace

mlir::Operation *Emitter::open(bool isMap, Monoid monoid, mlir::Value dest, mlir::Location place) {
  mlir::Operation *op;
  if (isMap)
    op = ir::MapOp::create(builder, place, dest.getType(), monoidOf(monoid), dest);
  else
    op = ir::ContractOp::create(builder, place, dest.getType(), monoidOf(monoid), dest);
  builder.setInsertionPointToEnd(&op->getRegion(0).emplaceBlock());
  return op;
}

void Emitter::close(mlir::Operation *op) {
  builder.setInsertionPointAfter(op);
}

mlir::Value Emitter::empty(Monoid monoid, mlir::Type type, mlir::Location place, llvm::StringRef name) {
  return ir::EmptyOp::create(builder, place, type, monoidOf(monoid),
                             name.empty() ? nullptr : builder.getStringAttr(name));
}

void Emitter::declare(EquationScope &scope, const std::vector<VariableId> &variables) {
  for (VariableId id : variables) {
    if (scope.variables.count(id))
      continue;
    const sema::Variable &variable = scope.equation.variables[id];
    mlir::IntegerAttr lower, upper;
    if (variable.lower && variable.upper) {
      lower = builder.getI64IntegerAttr(*variable.lower);
      upper = builder.getI64IntegerAttr(std::max(*variable.lower, *variable.upper));
    }
    mlir::Value index = ir::IndexOp::create(builder, location(variable.range), builder.getIndexType(),
                                            builder.getStringAttr(variable.name), lower, upper);
    scope.variables[id] = {index, 0};
  }
}

void Emitter::yieldAt(EquationScope &scope, mlir::Value value, mlir::Type element) {
  mlir::Location place = location(scope.equation.range);
  Coordinates at = coordinates(scope, scope.equation.head);
  if (value)
    value = convert(value, element, place);
  ir::YieldOp::create(builder, place, value, at.operands, mlir::AffineMapAttr::get(at.map));
}

void Emitter::oneTerm(EquationScope &scope, const sema::Term &term) {
  const sema::TensorId tensor = scope.equation.tensor;
  auto counts = counting.find(tensor);
  if (counts == counting.end())
    return oneTerm(scope, term, {scope.equation.monoid, building[tensor], false});
  oneTerm(scope, term, {Monoid::Add, building[tensor], false});
  oneTerm(scope, term, {Monoid::Add, counts->second, true});
}

/// Emits the op of one additive term with every variable at its top.
void Emitter::oneTerm(EquationScope &scope, const sema::Term &term, const TermTarget &target) {
  const sema::Equation &equation = scope.equation;
  mlir::Location place = location(equation.range);
  std::vector<VariableId> declared;
  std::set<VariableId> nested, bound = bindings(equation.guards);
  if (term.value)
    addProjected(*term.value, nested);
  std::set<VariableId> inTerm(term.projected.begin(), term.projected.end());
  // How many witnesses a guard has would show in a projection that depends on them.
  bool isBest = equation.monoid == Monoid::Max || equation.monoid == Monoid::Min;
  if (isBest && !nested.empty())
    removeWitnesses(term, inTerm);
  for (VariableId id = 0; id < equation.variables.size(); ++id) {
    bool isHere = equation.variables[id].isOnLeft || inTerm.count(id);
    if (isHere && !nested.count(id) && !bound.count(id) && !scope.variables.count(id))
      declared.push_back(id);
  }
  mlir::Value &dest = target.dest;
  bool isMap = target.monoid != Monoid::Average && reachesEachOnce(scope, declared);
  if (!isMap && target.monoid == Monoid::Add && isHalf(dest.getType()))
    return widenedTerm(scope, term, dest);
  mlir::Operation *op = open(isMap, target.monoid, dest, place);
  auto outer = scope.variables;
  declare(scope, declared);
  conditions(scope);
  for (const sema::Guard &literal : term.literals)
    guard(scope, literal);
  guards(scope, guardsOutside(equation, nested, equation.monoid == Monoid::Add ? term.value.get() : nullptr));
  mlir::Type element;
  mlir::Value value;
  if (!ir::isRelation(dest.getType())) {
    element = ir::denseType(dest.getType()).getElementType();
    value = scalar(scope, *term.value);
    // What drops the value drops its count.
    if (target.counts)
      value = ir::NumberOp::create(builder, place, element, builder.getIntegerAttr(element, 1));
  }
  yieldAt(scope, value, element);
  close(op);
  scope.variables = std::move(outer);
  dest = op->getResult(0);
}

/// Sums into a half float are made in single precision and rounded once.
void Emitter::widenedTerm(EquationScope &scope, const sema::Term &term, mlir::Value &dest) {
  mlir::Location place = location(scope.equation.range);
  mlir::RankedTensorType type = ir::denseType(dest.getType());
  mlir::Type single = builder.getF32Type();
  mlir::Value wide = empty(Monoid::Add, type.clone(single), place);
  oneTerm(scope, term, {Monoid::Add, wide, false});
  mlir::Operation *op = open(true, Monoid::Add, dest, place);
  llvm::SmallVector<mlir::Value> indices = everyIndex(type, place);
  mlir::AffineMap map = builder.getMultiDimIdentityMap(indices.size());
  mlir::Value sum = ir::AtOp::create(builder, place, single, wide, indices, map, false);
  ir::YieldOp::create(builder, place, convert(sum, type.getElementType(), place), indices,
                      mlir::AffineMapAttr::get(map));
  close(op);
  dest = op->getResult(0);
}

mlir::Value Emitter::termValue(EquationScope &scope, const sema::Term &term) {
  bool needsScope = !term.projected.empty() || canDrop(program, *term.value);
  if (!needsScope)
    return scalar(scope, *term.value);
  // An index-less sum is the scope of the term: dropping it leaves the other terms alone.
  // A sum of truth values counts them.
  sema::ValueType type = std::max(term.value->type, sema::ValueType::Integer);
  return project(scope,
                 {location(term.value->range), ir::Projection::Sum, type, term.projected, *term.value});
}

/// Emits several dense terms in one op over the left variables: each term is summed inside, the sum is stored
/// once.
void Emitter::mergedTerms(EquationScope &scope, const std::vector<const sema::Term *> &terms) {
  const sema::Equation &equation = scope.equation;
  mlir::Location place = location(equation.range);
  std::vector<VariableId> declared;
  for (VariableId id : leftVariables(equation))
    if (!scope.variables.count(id) && !bindings(equation.guards).count(id))
      declared.push_back(id);
  mlir::Value &dest = building[equation.tensor];
  mlir::Operation *op = open(reachesEachOnce(scope, declared), equation.monoid, dest, place);
  auto outer = scope.variables;
  declare(scope, declared);
  conditions(scope);
  guards(scope, guardsOutside(equation, {}, nullptr));
  sema::ValueType type = sema::ValueType::Integer;
  for (const sema::Term *term : terms)
    type = std::max(type, term->value->type);
  mlir::Type computed = scalarType(scope, type);
  mlir::Value sum;
  for (const sema::Term *term : terms) {
    mlir::Value value = convert(termValue(scope, *term), computed, place);
    sum = sum ? ir::ApplyOp::create(builder, place, computed, "add", mlir::ValueRange{sum, value}).getResult()
              : value;
  }
  yieldAt(scope, sum, ir::denseType(dest.getType()).getElementType());
  close(op);
  scope.variables = std::move(outer);
  dest = op->getResult(0);
}

/// `=` and `+=`: terms over relations iterate their rows, each in its own op; the dense ones share one.
void Emitter::sumOfTerms(EquationScope &scope) {
  std::vector<const sema::Term *> dense;
  for (const sema::Term &term : scope.equation.terms)
    if (term.literals.empty())
      dense.push_back(&term);
    else
      oneTerm(scope, term);
  if (dense.size() > 1 && !hasInnerGuards(scope.equation))
    return mergedTerms(scope, dense);
  for (const sema::Term *term : dense)
    oneTerm(scope, *term);
}

void Emitter::equations(const sema::Component &component) {
  for (sema::TensorId tensor : component.tensors)
    if (program.tensors[tensor].equations.size() > 1)
      startAverage(tensor);
  for (sema::EquationId id : component.base)
    equation(id);
  for (sema::EquationId id : component.equations)
    equation(id);
  for (sema::TensorId tensor : component.tensors)
    finishAverage(tensor);
}

/// Several equations of one average share one sum and one count.
void Emitter::startAverage(sema::TensorId tensor) {
  if (program.tensors[tensor].monoid != Monoid::Average)
    return;
  mlir::Location place = location(program.tensors[tensor].range);
  mlir::RankedTensorType type = ir::denseType(typeOf(tensor));
  const bool isNarrow = type.getElementType().getIntOrFloatBitWidth() < 32;
  mlir::Type sums = isNarrow ? type.clone(builder.getF32Type()) : type;
  building[tensor] = empty(Monoid::Add, sums, place);
  counting[tensor] = empty(Monoid::Add, type.clone(builder.getI64Type()), place);
}

/// sum / count where anything was counted.
void Emitter::finishAverage(sema::TensorId tensor) {
  auto counts = counting.find(tensor);
  if (counts == counting.end())
    return;
  mlir::Location place = location(program.tensors[tensor].range);
  mlir::RankedTensorType type = ir::denseType(typeOf(tensor));
  mlir::Value sum = building[tensor];
  mlir::Operation *op =
      open(true, Monoid::Add, empty(Monoid::Add, type, place, program.tensors[tensor].name), place);
  llvm::SmallVector<mlir::Value> indices = everyIndex(type, place);
  mlir::AffineMap map = builder.getMultiDimIdentityMap(indices.size());
  mlir::Type i64 = builder.getI64Type(), real = ir::denseType(sum.getType()).getElementType();
  mlir::Value count = ir::AtOp::create(builder, place, i64, counts->second, indices, map, false);
  mlir::Value zero = ir::NumberOp::create(builder, place, i64, builder.getI64IntegerAttr(0));
  mlir::Value isReached =
      ir::ApplyOp::create(builder, place, builder.getI1Type(), "gt", mlir::ValueRange{count, zero});
  ir::WhereOp::create(builder, place, isReached);
  mlir::Value total = ir::AtOp::create(builder, place, real, sum, indices, map, false);
  mlir::Type divided = mlir::isa<mlir::FloatType>(real) ? real : mlir::Type(builder.getF64Type());
  mlir::Value quotient =
      ir::ApplyOp::create(builder, place, divided, "div",
                          mlir::ValueRange{convert(total, divided, place), convert(count, divided, place)});
  ir::YieldOp::create(builder, place, convert(quotient, type.getElementType(), place), indices,
                      mlir::AffineMapAttr::get(map));
  close(op);
  building[tensor] = op->getResult(0);
  counting.erase(tensor);
}

/// One variable per axis, over all of it.
llvm::SmallVector<mlir::Value> Emitter::everyIndex(mlir::RankedTensorType type, mlir::Location place) {
  llvm::SmallVector<mlir::Value> indices;
  for (auto [axis, extent] : llvm::enumerate(type.getShape()))
    indices.push_back(ir::IndexOp::create(builder, place, builder.getIndexType(),
                                          builder.getStringAttr("i" + std::to_string(axis)),
                                          builder.getI64IntegerAttr(0), builder.getI64IntegerAttr(extent)));
  return indices;
}

void Emitter::equation(sema::EquationId id) {
  const sema::Equation &equation = program.equations[id];
  EquationScope scope{equation, elementType(options.realType), {}, {}, {}};
  runtime::ElementType stored = program.tensors[equation.tensor].elementType;
  if (stored == runtime::ElementType::F64 || stored == runtime::ElementType::F32)
    scope.realType = elementType(stored);
  if (mlir::cast<mlir::FloatType>(scope.realType).getWidth() < 32)
    scope.realType = builder.getF32Type();
  bindScans(scope);
  normalizations(scope);
  if (normalizesWhole(scope))
    return;
  if (equation.monoid == Monoid::Add)
    return sumOfTerms(scope);
  for (const sema::Term &term : equation.terms)
    oneTerm(scope, term);
}

} // namespace tl::emit
