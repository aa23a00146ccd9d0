// Scans and fixpoints.
#include "frontend/emit/Emitter.h"

#include "ir/tl/TlTypes.h"

#include <algorithm>

namespace tl::emit {

using sema::Component;
using sema::StepPosition;
using sema::TensorId;

namespace {

const StepPosition *positionOf(const Component &component, sema::EquationId equation) {
  auto found = std::find_if(component.positions.begin(), component.positions.end(),
                            [&](const StepPosition &position) { return position.equation == equation; });
  return found == component.positions.end() ? nullptr : &*found;
}

/// The steps in which an equation runs: all of them where a bound is missing.
struct StepRange {
  std::optional<std::int64_t> lower, upper;
};

StepRange stepsOf(const StepPosition &position, const sema::Equation &equation) {
  if (!position.variable)
    return {position.offset, position.offset + 1};
  const sema::Variable &variable = equation.variables[*position.variable];
  StepRange steps;
  if (variable.lower)
    steps.lower = *variable.lower - position.offset;
  if (variable.upper)
    steps.upper = *variable.upper - position.offset;
  return steps;
}

/// Without the bounds that every step of the scan meets.
StepRange within(StepRange steps, const Component &component) {
  if (steps.lower && *steps.lower <= component.begin)
    steps.lower.reset();
  if (steps.upper && *steps.upper >= component.end)
    steps.upper.reset();
  return steps;
}

/// The steps in which some equation makes a new state of `tensor`.
StepRange ownSteps(const Component &component, const sema::TypedProgram &program, TensorId tensor) {
  StepRange all{component.end, component.begin};
  for (const StepPosition &position : component.positions) {
    const sema::Equation &equation = program.equations[position.equation];
    if (equation.tensor != tensor)
      continue;
    StepRange steps = stepsOf(position, equation);
    all.lower = std::min(*all.lower, steps.lower.value_or(component.begin));
    all.upper = std::max(*all.upper, steps.upper.value_or(component.end));
  }
  return within(all, component);
}

} // namespace

/// Fixes, for every enclosing scan, the equation's variable to the position of the step, and keeps it to its
/// own range.
void Emitter::bindScans(EquationScope &scope) {
  for (const ScanPosition &scan : scans) {
    const StepPosition *position = positionOf(*scan.component, scope.equation.id);
    if (!position)
      continue;
    if (position->variable)
      scope.variables[*position->variable] = {scan.value, position->offset};
    StepRange steps = within(stepsOf(*position, scope.equation), *scan.component);
    if (steps.lower || steps.upper)
      scope.conditions.push_back({scan.value, steps.lower, steps.upper});
  }
}

/// What a read means: a state of a virtual index is the one this step makes or the one before, by the read's
/// position.
mlir::Value Emitter::valueRead(const EquationScope &scope, const sema::Expr &expr) {
  if (!states.count(expr.tensor) || !expr.virtualPosition)
    return reading[expr.tensor];
  const sema::IndexExpr &at = *expr.virtualPosition;
  if (at.terms.empty())
    return states.at(expr.tensor);
  for (const ScanPosition &scan : scans)
    if (const StepPosition *position = positionOf(*scan.component, scope.equation.id))
      if (position->variable == at.terms[0].variable)
        return position->offset + at.constant == 0 ? building[expr.tensor] : states.at(expr.tensor);
  return states.at(expr.tensor);
}

/// The state of a virtual index stays in steps for which no equation makes a new one.
void Emitter::keepState(const Component &component, mlir::Value position, TensorId tensor) {
  StepRange steps = ownSteps(component, program, tensor);
  mlir::Location place = location(program.tensors[tensor].range);
  mlir::Value old = states.at(tensor);
  auto keep = [&](StepRange outside) {
    mlir::Value &dest = building[tensor];
    bool isRelation = ir::isRelation(dest.getType());
    const sema::Monoid monoid = program.tensors[tensor].monoid;
    mlir::Operation *op =
        open(!isRelation, monoid == sema::Monoid::Average ? sema::Monoid::Add : monoid, dest, place);
    requireStep(position, outside.lower, outside.upper, place);
    llvm::SmallVector<mlir::Value> indices;
    for (std::size_t axis = 0; axis < ir::rankOf(dest.getType()); ++axis) {
      mlir::IntegerAttr lower, upper;
      if (!isRelation) {
        lower = builder.getI64IntegerAttr(0);
        upper = builder.getI64IntegerAttr(ir::denseType(dest.getType()).getDimSize(axis));
      }
      indices.push_back(ir::IndexOp::create(builder, place, builder.getIndexType(),
                                            builder.getStringAttr("i" + std::to_string(axis)), lower, upper));
    }
    mlir::AffineMap map = builder.getMultiDimIdentityMap(indices.size());
    mlir::Value value;
    if (isRelation)
      ir::LiteralOp::create(builder, place, old, indices, map, false);
    else
      value = ir::AtOp::create(builder, place, ir::denseType(old.getType()).getElementType(), old, indices,
                               map, false);
    ir::YieldOp::create(builder, place, value, indices, mlir::AffineMapAttr::get(map));
    close(op);
    dest = op->getResult(0);
  };
  if (steps.lower)
    keep({std::nullopt, steps.lower});
  if (steps.upper)
    keep({steps.upper, std::nullopt});
}

void Emitter::scanStep(const std::vector<Component> &parts) {
  for (const Component &part : parts) {
    if (part.kind != Component::Kind::Plain) {
      component(part);
      continue;
    }
    for (sema::EquationId id : part.equations)
      equation(id);
    for (TensorId tensor : part.tensors) {
      if (counting.count(tensor) && states.count(tensor)) {
        finishAverage(tensor);
        keepState(*scans.back().component, scans.back().value, tensor);
      }
      if (!states.count(tensor))
        reading[tensor] = building[tensor];
    }
  }
}

/// Opens a step: carried tensors are what they have become, a virtual index's new state starts empty.
void Emitter::enterStep(const Component &component, mlir::Block &body, bool isNested) {
  mlir::Value position = body.getArgument(0);
  for (std::size_t number = 0; number < component.tensors.size(); ++number) {
    TensorId tensor = component.tensors[number];
    mlir::Value carried = body.getArgument(static_cast<unsigned>(number) + 1);
    building[tensor] = carried;
    if (component.scanAxis[number] == -1 && !isNested) {
      states[tensor] = carried;
      if (program.tensors[tensor].monoid == sema::Monoid::Average) {
        startAverage(tensor);
        continue;
      }
      building[tensor] = empty(program.tensors[tensor].monoid, carried.getType(), carried.getLoc(),
                               program.tensors[tensor].name);
      keepState(component, position, tensor);
    } else if (!states.count(tensor)) {
      reading[tensor] = carried;
    }
  }
}

void Emitter::scan(const Component &component) {
  mlir::Location place = location(program.tensors[component.tensors.front()].range);
  // A scan inside a step goes on with what the step has built so far.
  bool isNested = !scans.empty();
  for (TensorId tensor : component.tensors)
    if (!isNested)
      reading[tensor] = building[tensor] = initial(tensor);
  for (std::size_t number = 0; number < component.tensors.size(); ++number)
    if (!isNested && component.scanAxis[number] != -1)
      startAverage(component.tensors[number]);
  for (sema::EquationId id : component.base)
    equation(id);
  // Averages over all steps carry their counts beside their sums.
  std::vector<TensorId> counted;
  for (TensorId tensor : component.tensors)
    if (counting.count(tensor))
      counted.push_back(tensor);
  llvm::SmallVector<mlir::Value> inits = carriedValues(component, counted);
  llvm::SmallVector<mlir::Type> types;
  for (mlir::Value init : inits)
    types.push_back(init.getType());
  llvm::SmallVector<mlir::Attribute> names;
  auto addName = [&](TensorId tensor) {
    names.push_back(builder.getStringAttr(program.tensors[tensor].name));
  };
  llvm::for_each(component.tensors, addName);
  llvm::for_each(counted, addName);
  auto op = ir::ScanOp::create(builder, place, types, program.tensors[component.tensors.front()].name,
                               component.begin, std::max(component.begin, component.end),
                               component.descending, inits, builder.getArrayAttr(names));
  mlir::Block &body = op.getBody().emplaceBlock();
  mlir::Value position = body.addArgument(builder.getIndexType(), place);
  for (mlir::Type type : types)
    body.addArgument(type, place);
  const std::size_t carried = component.tensors.size();
  {
    mlir::OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToEnd(&body);
    scans.push_back({&component, position});
    for (std::size_t number = 0; number < counted.size(); ++number)
      counting[counted[number]] = body.getArgument(static_cast<unsigned>(carried + number) + 1);
    enterStep(component, body, isNested);
    scanStep(component.step);
    scans.pop_back();
    ir::NextOp::create(builder, place, carriedValues(component, counted));
  }
  for (std::size_t number = 0; number < counted.size(); ++number)
    counting[counted[number]] = op.getResult(static_cast<unsigned>(carried + number));
  for (std::size_t number = 0; number < carried; ++number)
    leaveScan(component.tensors[number], op.getResult(static_cast<unsigned>(number)), isNested);
}

/// What a scan hands from step to step: its tensors, then the counts of averages.
llvm::SmallVector<mlir::Value> Emitter::carriedValues(const Component &component,
                                                      const std::vector<TensorId> &counted) {
  llvm::SmallVector<mlir::Value> values;
  for (TensorId tensor : component.tensors)
    values.push_back(building[tensor]);
  for (TensorId tensor : counted)
    values.push_back(counting.at(tensor));
  return values;
}

void Emitter::leaveScan(TensorId tensor, mlir::Value result, bool isNested) {
  building[tensor] = result;
  if (!isNested) {
    finishAverage(tensor);
    states.erase(tensor);
  }
  if (!states.count(tensor))
    reading[tensor] = building[tensor];
}

/// The least fixpoint of all equations of the component, recomputed from scratch in each round.
void Emitter::fixpoint(const Component &component) {
  mlir::Location place = location(program.tensors[component.tensors.front()].range);
  llvm::SmallVector<mlir::Value> inits;
  llvm::SmallVector<mlir::Type> types;
  llvm::SmallVector<mlir::Attribute> names;
  for (TensorId tensor : component.tensors) {
    types.push_back(typeOf(tensor));
    inits.push_back(empty(program.tensors[tensor].monoid, types.back(), place, program.tensors[tensor].name));
    names.push_back(builder.getStringAttr(program.tensors[tensor].name));
  }
  mlir::FloatAttr tolerance;
  mlir::IntegerAttr rounds;
  if (!component.isIdempotent) {
    double standard = options.realType == runtime::ElementType::F64 ? 1e-9 : 1e-6;
    tolerance = builder.getF64FloatAttr(options.tolerance.value_or(standard));
    rounds = builder.getI64IntegerAttr(options.maxIterations.value_or(10000));
  } else if (options.maxIterations) {
    rounds = builder.getI64IntegerAttr(*options.maxIterations);
  }
  auto op =
      ir::FixpointOp::create(builder, place, types, inits, tolerance, rounds, builder.getArrayAttr(names));
  mlir::Block &body = op.getBody().emplaceBlock();
  for (std::size_t number = 0; number < component.tensors.size(); ++number)
    reading[component.tensors[number]] = body.addArgument(types[number], place);
  mlir::OpBuilder::InsertPoint after = builder.saveInsertionPoint();
  builder.setInsertionPointToEnd(&body);
  for (TensorId tensor : component.tensors)
    building[tensor] = initial(tensor);
  equations(component);
  llvm::SmallVector<mlir::Value> next;
  for (TensorId tensor : component.tensors)
    next.push_back(building[tensor]);
  ir::NextOp::create(builder, place, next);
  builder.restoreInsertionPoint(after);
  for (std::size_t number = 0; number < component.tensors.size(); ++number)
    reading[component.tensors[number]] = building[component.tensors[number]] = op.getResult(number);
}

} // namespace tl::emit
