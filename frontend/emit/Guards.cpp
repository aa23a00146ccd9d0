// Guards and rule bodies as declarations of a comprehension.
#include "frontend/emit/Emitter.h"

#include "ir/tl/TlTypes.h"

namespace tl::emit {

using sema::Guard;
using sema::VariableId;

void Emitter::guard(EquationScope &scope, const Guard &guard) {
  mlir::Location place = location(guard.range);
  switch (guard.kind) {
  case Guard::Kind::Positive:
    return literal(scope, *guard.expr, false);
  case Guard::Kind::Negative:
    return negative(scope, guard);
  case Guard::Kind::Holds: {
    mlir::Value holds = convert(scalar(scope, *guard.expr), builder.getI1Type(), place);
    ir::WhereOp::create(builder, place, holds);
    return;
  }
  case Guard::Kind::Bind: {
    mlir::Value value = indexValue(scope, guard.binding);
    scope.variables[guard.variable] = {convert(value, builder.getIndexType(), place), 0};
    return;
  }
  case Guard::Kind::Exists: {
    std::vector<const Guard *> parts;
    for (const Guard &part : guard.parts)
      parts.push_back(&part);
    return exists(scope, parts, false);
  }
  }
}

/// `not R(x, _)`: no row of the relation agrees with what is bound; the rest is existential inside.
void Emitter::negative(EquationScope &scope, const Guard &guard) {
  std::set<VariableId> mentioned = sema::freeVariables(guard);
  if (llvm::all_of(mentioned, [&](VariableId variable) { return scope.variables.count(variable) != 0; }))
    return literal(scope, *guard.expr, true);
  exists(scope, {&guard}, true);
}

/// The guards that a projection obeys: those that mention one of its variables, and those that such a guard
/// hangs together with through variables that are not bound yet.
std::vector<const Guard *> Emitter::guardsInside(const EquationScope &scope,
                                                 const std::vector<VariableId> &projected) const {
  std::set<VariableId> reached(projected.begin(), projected.end());
  std::vector<const Guard *> found;
  for (bool progress = true; progress;) {
    progress = false;
    for (const Guard &guard : scope.equation.guards) {
      std::set<VariableId> mentioned = sema::freeVariables(guard);
      bool isConnected = llvm::any_of(mentioned, [&](VariableId id) { return reached.count(id) != 0; });
      if (!isConnected || llvm::is_contained(found, &guard))
        continue;
      found.push_back(&guard);
      progress = true;
      for (VariableId id : mentioned)
        if (!scope.variables.count(id))
          reached.insert(id);
    }
  }
  return found;
}

/// Whether what is unbound in `not R(x, _)` is only `_`, which means none at all; other variables range.
bool Emitter::deniesAll(const EquationScope &scope, const Guard &guard) const {
  return guard.kind == Guard::Kind::Negative && llvm::all_of(sema::freeVariables(guard), [&](VariableId id) {
           return scope.variables.count(id) || scope.equation.variables[id].name == "_";
         });
}

/// Bindings first, in the order in which what they need is bound; then everything whose variables are all
/// bound. What still mentions an unbound variable is existential here.
void Emitter::guards(EquationScope &scope, const std::vector<const Guard *> &list) {
  auto isReady = [&](const Guard &guard) {
    std::set<VariableId> mentioned = sema::freeVariables(guard);
    if (guard.kind == Guard::Kind::Bind && !scope.variables.count(guard.variable))
      mentioned.erase(guard.variable);
    return llvm::all_of(mentioned, [&](VariableId variable) { return scope.variables.count(variable) != 0; });
  };
  std::vector<const Guard *> waiting = list;
  for (bool progress = true; progress;) {
    progress = false;
    for (const Guard *&candidate : waiting)
      if (candidate && candidate->kind == Guard::Kind::Bind && isReady(*candidate)) {
        guard(scope, *candidate);
        candidate = nullptr;
        progress = true;
      }
  }
  std::vector<const Guard *> unbound;
  for (const Guard *candidate : waiting) {
    if (candidate && (isReady(*candidate) || deniesAll(scope, *candidate)))
      guard(scope, *candidate);
    else if (candidate)
      unbound.push_back(candidate);
  }
  if (!unbound.empty())
    exists(scope, unbound, false);
}

/// Computes the relation of those values of the `shared` variables for which some assignment of the others
/// satisfies `parts`; `negated`: satisfies the literal that the one part denies.
mlir::Value Emitter::witnesses(EquationScope &inner, const std::vector<const Guard *> &parts,
                               const std::vector<VariableId> &shared, const std::vector<VariableId> &declared,
                               bool negated) {
  mlir::Location place = location(parts.front()->range);
  std::vector<std::int64_t> bounds;
  for (VariableId variable : shared) {
    const sema::Variable &symbol = inner.equation.variables[variable];
    bounds.push_back(symbol.isGenerated ? -1 : symbol.upper.value_or(-1));
  }
  mlir::Value dest = empty(sema::Monoid::Or, ir::RelationType::get(&context, bounds), place);
  mlir::Operation *op = open(false, sema::Monoid::Or, dest, place);
  declare(inner, declared);
  std::vector<const Guard *> flat;
  for (const Guard *part : parts) {
    if (part->kind != Guard::Kind::Exists)
      flat.push_back(part);
    for (const Guard &nested : part->parts)
      flat.push_back(&nested);
  }
  if (negated)
    literal(inner, *parts.front()->expr, false);
  else
    guards(inner, flat);
  llvm::SmallVector<mlir::Value> row;
  for (VariableId variable : shared)
    row.push_back(inner.variables.at(variable).value);
  ir::YieldOp::create(builder, place, mlir::Value(), row,
                      mlir::AffineMapAttr::get(builder.getMultiDimIdentityMap(row.size())));
  close(op);
  return op->getResult(0);
}

/// Some assignment of the variables not bound here satisfies `parts`: computed before the enclosing equation,
/// as a relation over those that are bound, then joined. `negated`: the one part is negative, and what has no
/// witness against it is kept.
void Emitter::exists(EquationScope &scope, const std::vector<const Guard *> &parts, bool negated) {
  std::set<VariableId> mentioned, bindings;
  for (const Guard *part : parts) {
    mentioned.merge(sema::freeVariables(*part));
    mentioned.insert(part->existential.begin(), part->existential.end());
    for (const Guard &nested : part->parts)
      if (nested.kind == Guard::Kind::Bind)
        bindings.insert(nested.variable);
    if (part->kind == Guard::Kind::Bind)
      bindings.insert(part->variable);
  }
  mlir::Operation *around = builder.getInsertionBlock()->getParentOp();
  while (!mlir::isa<ir::ContractOp, ir::MapOp>(around))
    around = around->getParentOp();
  EquationScope inner{scope.equation, scope.realType, {}, scope.materialized, {}};
  std::vector<VariableId> shared, declared;
  for (VariableId variable : mentioned) {
    auto bound = scope.variables.find(variable);
    if (bound == scope.variables.end()) {
      if (!bindings.count(variable))
        declared.push_back(variable);
      continue;
    }
    // A scan position is bound outside the equation and keeps its value; other shared variables become
    // columns.
    if (bound->second.value.getParentRegion()->isAncestor(around->getParentRegion())) {
      inner.variables[variable] = bound->second;
      continue;
    }
    shared.push_back(variable);
    // A column that a binding gives is not declared: the binding computes it.
    if (!bindings.count(variable))
      declared.push_back(variable);
  }
  mlir::OpBuilder::InsertPoint here = builder.saveInsertionPoint();
  builder.setInsertionPoint(around);
  mlir::Value relation = witnesses(inner, parts, shared, declared, negated);
  builder.restoreInsertionPoint(here);
  llvm::SmallVector<mlir::Value> operands;
  for (VariableId variable : shared)
    operands.push_back(scope.variables.at(variable).value);
  ir::LiteralOp::create(builder, location(parts.front()->range), relation, operands,
                        builder.getMultiDimIdentityMap(operands.size()), negated);
}

void Emitter::requireStep(mlir::Value position, std::optional<std::int64_t> lower,
                          std::optional<std::int64_t> upper, mlir::Location place) {
  mlir::Type i64 = builder.getI64Type();
  auto require = [&](llvm::StringRef comparison, std::int64_t limit) {
    mlir::Value value = ir::CastOp::create(builder, place, i64, position);
    mlir::Value bound = ir::NumberOp::create(builder, place, i64, builder.getI64IntegerAttr(limit));
    mlir::Value holds =
        ir::ApplyOp::create(builder, place, builder.getI1Type(), comparison, mlir::ValueRange{value, bound});
    ir::WhereOp::create(builder, place, holds);
  };
  if (lower)
    require("ge", *lower);
  if (upper)
    require("lt", *upper);
}

/// What the step of an enclosing scan asks of this equation: its position within the range of the variable it
/// fixes.
void Emitter::conditions(EquationScope &scope) {
  for (const EquationScope::ScanCondition &condition : scope.conditions)
    requireStep(condition.position, condition.lower, condition.upper, location(scope.equation.range));
}

} // namespace tl::emit
