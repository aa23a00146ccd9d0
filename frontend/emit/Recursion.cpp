// Scans and fixpoints.
#include "frontend/emit/Emitter.h"

#include "ir/tl/TlTypes.h"

namespace tl::emit {

using sema::Component;
using sema::IndexExpr;
using sema::TensorId;

namespace {

/// The recurrence position on the left of `equation` within scan `component`, if it stands there.
const IndexExpr *scanHead(const Component &component, const sema::Equation &equation) {
  for (std::size_t position = 0; position < component.tensors.size(); ++position) {
    if (component.tensors[position] != equation.tensor)
      continue;
    std::int32_t axis = component.scanAxis[position];
    if (axis >= 0)
      return &equation.head[axis];
    return equation.virtualPosition ? &*equation.virtualPosition : nullptr;
  }
  return nullptr;
}

} // namespace

/// Fixes, for every enclosing scan, the variable of the recurrence axis to the position of the step: v + c = position.
void Emitter::bindScans(EquationScope &scope) {
  for (const ScanPosition &scan : scans) {
    const IndexExpr *head = scanHead(*scan.component, scope.equation);
    if (!head)
      continue;
    EquationScope::ScanCondition condition{scan.value, std::nullopt, std::nullopt};
    if (head->isConstant()) {
      condition.lower = head->constant;
      condition.upper = head->constant + 1;
    } else {
      assert(head->terms.size() == 1 && head->terms[0].coefficient == 1 && "a recurrence axis is a variable plus a constant");
      const sema::Variable &variable = scope.equation.variables[head->terms[0].variable];
      scope.variables[head->terms[0].variable] = {scan.value, -head->constant};
      if (variable.lower)
        condition.lower = *variable.lower + head->constant;
      if (variable.upper)
        condition.upper = *variable.upper + head->constant;
    }
    if (condition.lower && *condition.lower <= scan.component->begin)
      condition.lower.reset();
    if (condition.upper && *condition.upper >= scan.component->end)
      condition.upper.reset();
    if (condition.lower || condition.upper)
      scope.conditions.push_back(condition);
  }
}

void Emitter::scanStep(const std::vector<Component> &parts) {
  for (const Component &part : parts) {
    if (part.kind != Component::Kind::Plain) {
      component(part);
      continue;
    }
    for (TensorId tensor : part.tensors)
      if (program.tensors[tensor].hasVirtualAxis)
        building[tensor] = empty(program.tensors[tensor].monoid, typeOf(tensor), location(program.tensors[tensor].range));
    for (sema::EquationId id : part.equations)
      equation(id);
    // The new state of a virtual index is read from the next step on, every other element at once.
    for (TensorId tensor : part.tensors)
      if (!program.tensors[tensor].hasVirtualAxis)
        reading[tensor] = building[tensor];
  }
}

void Emitter::scan(const Component &component) {
  mlir::Location place = location(program.tensors[component.tensors.front()].range);
  // A scan inside a step goes on with what the step has built so far.
  bool isNested = !scans.empty();
  llvm::SmallVector<mlir::Value> inits;
  llvm::SmallVector<mlir::Type> types;
  for (TensorId tensor : component.tensors)
    if (!isNested)
      reading[tensor] = building[tensor] = initial(tensor);
  for (sema::EquationId id : component.base)
    equation(id);
  for (TensorId tensor : component.tensors) {
    inits.push_back(building[tensor]);
    types.push_back(building[tensor].getType());
  }
  llvm::SmallVector<mlir::Attribute> names;
  for (TensorId tensor : component.tensors)
    names.push_back(builder.getStringAttr(program.tensors[tensor].name));
  auto op = ir::ScanOp::create(builder, place, types, program.tensors[component.tensors.front()].name,
                               component.begin, component.end, component.descending, inits, builder.getArrayAttr(names));
  mlir::Block &body = op.getBody().emplaceBlock();
  mlir::Value position = body.addArgument(builder.getIndexType(), place);
  for (TensorId tensor : component.tensors)
    reading[tensor] = building[tensor] = body.addArgument(building[tensor].getType(), place);
  mlir::OpBuilder::InsertPoint after = builder.saveInsertionPoint();
  builder.setInsertionPointToEnd(&body);
  scans.push_back({&component, position});
  scanStep(component.step);
  scans.pop_back();
  llvm::SmallVector<mlir::Value> next;
  for (TensorId tensor : component.tensors)
    next.push_back(building[tensor]);
  ir::NextOp::create(builder, place, next);
  builder.restoreInsertionPoint(after);
  for (std::size_t number = 0; number < component.tensors.size(); ++number)
    reading[component.tensors[number]] = building[component.tensors[number]] = op.getResult(number);
}

/// The least fixpoint of all equations of the component, recomputed from scratch in each round.
void Emitter::fixpoint(const Component &component) {
  mlir::Location place = location(program.tensors[component.tensors.front()].range);
  llvm::SmallVector<mlir::Value> inits;
  llvm::SmallVector<mlir::Type> types;
  llvm::SmallVector<mlir::Attribute> names;
  for (TensorId tensor : component.tensors) {
    types.push_back(typeOf(tensor));
    inits.push_back(empty(program.tensors[tensor].monoid, types.back(), place));
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
  auto op = ir::FixpointOp::create(builder, place, types, inits, tolerance, rounds, builder.getArrayAttr(names));
  mlir::Block &body = op.getBody().emplaceBlock();
  for (std::size_t number = 0; number < component.tensors.size(); ++number)
    reading[component.tensors[number]] = body.addArgument(types[number], place);
  mlir::OpBuilder::InsertPoint after = builder.saveInsertionPoint();
  builder.setInsertionPointToEnd(&body);
  for (TensorId tensor : component.tensors)
    building[tensor] = initial(tensor);
  for (sema::EquationId id : component.base)
    equation(id);
  for (sema::EquationId id : component.equations)
    equation(id);
  llvm::SmallVector<mlir::Value> next;
  for (TensorId tensor : component.tensors)
    next.push_back(building[tensor]);
  ir::NextOp::create(builder, place, next);
  builder.restoreInsertionPoint(after);
  for (std::size_t number = 0; number < component.tensors.size(); ++number)
    reading[component.tensors[number]] = building[component.tensors[number]] = op.getResult(number);
}

} // namespace tl::emit
