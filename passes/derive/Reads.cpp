// The cotangent of one read: from the value of its equation back to the element.
#include "passes/derive/Derivation.h"
#include "passes/derive/Primitives.h"
#include "passes/plan/Elementwise.h"
#include "passes/plan/Scope.h"

#include "ir/tl/TlTypes.h"

namespace tl::passes {

using namespace mlir;

namespace {

using Cotangents = DenseMap<Value, Cotangent>;

/// Adds what reaches `value`; two that meet are both made numbers.
void accumulate(ScalarBuilder &scalars, Cotangents &cotangents, Value value, Cotangent more) {
  auto [entry, isNew] = cotangents.try_emplace(value, more);
  if (isNew)
    return;
  auto number = [&](const Cotangent &cotangent) {
    return cotangent.condition ? scalars.keepWhere(cotangent.condition, cotangent.value) : cotangent.value;
  };
  entry->second = {scalars.add(number(entry->second), number(more)), Value()};
}

Value joined(ScalarBuilder &scalars, Value lhs, Value rhs) {
  return lhs && rhs ? scalars.both(lhs, rhs) : lhs ? lhs : rhs;
}

} // namespace

/// Back through the scalars of `block`, from its yield to `goal`.
Cotangent Derivation::sweep(EquationCopy &copy, Block &block, ir::AtOp read, Value goal, Cotangent seed) {
  ScalarBuilder scalars(copy.builder, read.getLoc());
  DenseSet<Value> active;
  markActive(block, [&](ir::AtOp at) { return at == read; }, active);
  Cotangents reached;
  reached[cast<ir::YieldOp>(block.back()).getValue()] = seed;
  for (Operation &op : llvm::reverse(block.without_terminator())) {
    auto found = op.getNumResults() == 1 ? reached.find(op.getResult(0)) : reached.end();
    if (found == reached.end())
      continue;
    const Cotangent here = found->second;
    if (op.getResult(0) == goal)
      return here;
    if (auto convert = dyn_cast<ir::CastOp>(op))
      accumulate(scalars, reached, convert.getOperand(),
                 {scalars.cast(here.value, convert.getOperand().getType()), here.condition});
    auto apply = dyn_cast<ir::ApplyOp>(op);
    if (!apply)
      continue;
    const runtime::Primitive primitive = *runtime::findPrimitive(apply.getPrimitive());
    SmallVector<Value> operands = copy.of(apply.getOperands());
    for (unsigned position = 0; position < operands.size(); ++position) {
      Value operand = apply.getOperands()[position];
      if (!active.contains(operand) || !isDifferentiable(primitive, position))
        continue;
      Cotangent next = here;
      if (primitive == runtime::Primitive::k_where)
        next.condition =
            joined(scalars, here.condition, position == 1 ? operands[0] : scalars.negated(operands[0]));
      else
        next.value = cotangentOfOperand(
            scalars, {primitive, operands, copy.of(apply.getResult()), here.value}, position);
      accumulate(scalars, reached, operand, next);
    }
  }
  return {};
}

/// From the value of a projection to what its assignments yield; their declarations join the copy.
Cotangent Derivation::throughProjection(EquationCopy &copy, ir::ProjectOp project, Cotangent seed) {
  ScalarBuilder scalars(copy.builder, project.getLoc());
  Block &block = project.getBody().front();
  auto yielded = cast<ir::YieldOp>(block.back()).getValue();
  Value result = copy.of(project.getValue());
  auto isZero = [&](ScalarBuilder &s, Value value, StringRef comparison) {
    return s.compare(comparison, value, s.real(0, value.getType()));
  };
  auto one = [](ScalarBuilder &s, Value) { return s.integer(1); };
  switch (project.getKind()) {
  case ir::Projection::Sum:
    copyDeclarations(copy, block);
    return seed;
  case ir::Projection::Mean: {
    Value count = nested(copy, project, ir::Projection::Sum, one);
    copyDeclarations(copy, block);
    return {scalars.divide(seed.value, scalars.cast(count, result.getType())), seed.condition};
  }
  case ir::Projection::Max:
  case ir::Projection::Min: {
    Value first = nested(copy, project, ir::Projection::Min, [&](ScalarBuilder &s, Value value) {
      ir::WhereOp::create(s.builder, s.location, s.compare("eq", value, result));
      return linearPosition(copy, block, project);
    });
    copyDeclarations(copy, block);
    Value isFirst = scalars.compare("eq", linearPosition(copy, block, project), first);
    return {seed.value, joined(scalars, seed.condition, isFirst)};
  }
  case ir::Projection::Prod: {
    Value zeros = nested(copy, project, ir::Projection::Sum, [&](ScalarBuilder &s, Value value) {
      ir::WhereOp::create(s.builder, s.location, isZero(s, value, "eq"));
      return s.integer(1);
    });
    Value others = nested(copy, project, ir::Projection::Prod, [&](ScalarBuilder &s, Value value) {
      ir::WhereOp::create(s.builder, s.location, isZero(s, value, "ne"));
      return value;
    });
    copyDeclarations(copy, block);
    return {scalars.multiply(seed.value, exceptOne(scalars, others, zeros, copy.of(yielded))),
            seed.condition};
  }
  case ir::Projection::Any:
  case ir::Projection::All:
  case ir::Projection::Count:
  case ir::Projection::ArgMax:
  case ir::Projection::ArgMin:
    break;
  }
  llvm_unreachable("no cotangent passes a projection that counts or chooses");
}

/// Another projection over the assignments of `project`, of what `finish` gives.
Value Derivation::nested(EquationCopy &copy, ir::ProjectOp project, ir::Projection kind,
                         llvm::function_ref<Value(ScalarBuilder &, Value)> finish) {
  // It gives the type of what it yields, which is known only then.
  auto projection = ir::ProjectOp::create(copy.builder, project.getLoc(), project.getValue().getType(), kind);
  OpBuilder::InsertionGuard outside(copy.builder);
  copy.builder.setInsertionPointToEnd(&projection.getBody().emplaceBlock());
  Block &block = project.getBody().front();
  copyDeclarations(copy, block);
  ScalarBuilder scalars(copy.builder, project.getLoc());
  Value value = finish(scalars, copy.of(cast<ir::YieldOp>(block.back()).getValue()));
  ir::YieldOp::create(copy.builder, project.getLoc(), value, ValueRange{}, AffineMapAttr{});
  projection.getValue().setType(value.getType());
  return projection.getValue();
}

/// Appends what reaches the tensor that `read` reads.
void Derivation::addReadCotangent(ir::ComprehensionOpInterface op, ir::AtOp read) {
  Value root = rootOf(read.getTensor());
  EquationCopy copy = copyOf(op, ir::Monoid::Add, accumulator(root, read.getTensor().getType(), op.getLoc()));
  SmallVector<ir::ProjectOp> path;
  for (Operation *around = read->getParentOp(); around != op.getOperation(); around = around->getParentOp())
    path.push_back(cast<ir::ProjectOp>(around));
  Block *block = &op.getBody().front();
  Cotangent reached = seed(copy, op);
  for (ir::ProjectOp project : llvm::reverse(path)) {
    reached = sweep(copy, *block, read, project.getValue(), reached);
    reached = throughProjection(copy, project, reached);
    block = &project.getBody().front();
  }
  reached = sweep(copy, *block, read, read.getElement(), reached);
  if (reached.condition)
    ir::WhereOp::create(copy.builder, read.getLoc(), reached.condition);
  yield(copy, reached.value, copy.of(read.getIndices()), read.getMap());
  cotangents[root] = close(copy);
  shareCopied(root, copy.equation);
}

/// An equation that only copies another cotangent is left out. Not in a step of a recursion, where what is
/// carried changes in place, and not for a forward tensor, whose chain would seem to go on.
void Derivation::shareCopied(Value root, Operation *equation) {
  Value source = equation->getParentOp() == program ? copiedSource(equation) : Value();
  if (!source || llvm::none_of(cotangents, [&](auto &entry) { return entry.second == source; }))
    return;
  Operation *empty = equation->getOperand(0).getDefiningOp();
  equation->erase();
  empty->erase();
  cotangents[root] = source;
  shared.insert(source);
}

} // namespace tl::passes
