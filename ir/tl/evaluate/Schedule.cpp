// Ordering of declarations, and their translation into steps over a frame.
#include "ir/tl/evaluate/Schedule.h"

#include "ir/tl/ops/Place.h"

#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>

namespace tl::ir {

using runtime::Cell;
using runtime::Error;
using runtime::Relation;
using runtime::Result;
using runtime::Tensor;

namespace {

std::int64_t floorDivided(std::int64_t lhs, std::int64_t rhs) {
  return lhs / rhs - (lhs % rhs != 0 && (lhs < 0) != (rhs < 0));
}

/// Affine expressions of index values; divisors are positive constants.
std::int64_t evaluateExpr(mlir::AffineExpr expr, llvm::ArrayRef<unsigned> slots, const Frame &frame) {
  using Kind = mlir::AffineExprKind;
  if (auto dim = mlir::dyn_cast<mlir::AffineDimExpr>(expr))
    return frame[slots[dim.getPosition()]].integer;
  if (auto constant = mlir::dyn_cast<mlir::AffineConstantExpr>(expr))
    return constant.getValue();
  auto binary = mlir::cast<mlir::AffineBinaryOpExpr>(expr);
  std::int64_t lhs = evaluateExpr(binary.getLHS(), slots, frame);
  std::int64_t rhs = evaluateExpr(binary.getRHS(), slots, frame);
  switch (binary.getKind()) {
  case Kind::Add:
    return lhs + rhs;
  case Kind::Mul:
    return lhs * rhs;
  case Kind::FloorDiv:
    return floorDivided(lhs, rhs);
  case Kind::CeilDiv:
    return -floorDivided(-lhs, rhs);
  case Kind::Mod:
    return lhs - rhs * floorDivided(lhs, rhs);
  case Kind::Constant:
  case Kind::DimId:
  case Kind::SymbolId:
    break;
  }
  llvm_unreachable("coordinates are made of index values alone");
}

Bounds boundsOf(IndexOp index) {
  if (!index.getLower())
    return {};
  return {*index.getLower(), *index.getUpper()};
}

/// `relation` with its columns in the order `columns`.
Relation reorder(const Relation &relation, llvm::ArrayRef<unsigned> columns) {
  std::vector<Cell> cells;
  cells.reserve(relation.cells().size());
  for (std::size_t position = 0; position < relation.size(); ++position)
    for (unsigned column : columns)
      cells.push_back(relation.row(position)[column]);
  return Relation(relation.arity(), std::move(cells));
}

/// Translates one comprehension. `bound` grows in the order in which steps bind and compute.
class Scheduler {
public:
  Scheduler(mlir::Operation *root, Evaluator &evaluator)
      : charge(evaluator.budget), root(root), evaluator(evaluator) {}

  std::vector<Step> order(mlir::Block &body);
  unsigned slotOf(mlir::Value value);
  Place placeOf(mlir::AffineMap map, mlir::OperandRange indices);

  Frame frame;
  Charge charge;
  std::optional<Error> failure;

private:
  bool account(const Relation &source);
  bool isBound(mlir::Value value) const;
  bool isReady(mlir::Operation &op) const;
  bool canGenerate(LiteralOp literal) const;
  bool canBindOne(LiteralOp literal) const;
  unsigned boundColumns(LiteralOp literal) const;
  bool isColumnBound(LiteralOp literal, unsigned column, const llvm::DenseSet<mlir::Value> &alsoBound) const;
  std::optional<mlir::Value> unboundAlone(LiteralOp literal, unsigned column) const;

  void compute(mlir::Operation &op, std::vector<Step> &steps);
  Step generate(LiteralOp literal);
  Step candidates(LiteralOp literal);
  Step range(IndexOp index);
  Step project(ProjectOp op);
  Step holds(mlir::AffineMap map, mlir::OperandRange indices, mlir::Value relation, bool isNegated);
  Bounds bind(mlir::Value index);

  mlir::Operation *root;
  Evaluator &evaluator;
  std::size_t bytes = 0;
  llvm::DenseMap<mlir::Value, unsigned> slots;
  llvm::DenseSet<mlir::Value> bound;
};

/// A slot for `value`. Scan positions, defined outside, hold their number from the beginning.
unsigned Scheduler::slotOf(mlir::Value value) {
  auto [entry, isNew] = slots.try_emplace(value, static_cast<unsigned>(frame.size()));
  if (isNew) {
    Number number{.integer = 0};
    if (!root->isAncestor(value.getParentBlock()->getParentOp()))
      number.integer = std::get<Tensor>(evaluator.valueOf(value)).integer(0);
    frame.push_back(number);
  }
  return entry->second;
}

Place Scheduler::placeOf(mlir::AffineMap map, mlir::OperandRange indices) {
  Place place{map, {}};
  for (mlir::Value index : indices)
    place.slots.push_back(slotOf(index));
  return place;
}

bool Scheduler::isBound(mlir::Value value) const {
  return bound.contains(value) || !root->isAncestor(value.getParentBlock()->getParentOp());
}

/// Whether everything that `op`, or a declaration inside it, takes from around it is bound.
bool Scheduler::isReady(mlir::Operation &op) const {
  if (mlir::isa<IndexOp>(op))
    return false;
  bool ready = true;
  op.walk([&](mlir::Operation *nested) {
    for (mlir::Value operand : nested->getOperands())
      ready &= isBound(operand) || (nested != &op && op.isAncestor(operand.getParentBlock()->getParentOp()));
  });
  return ready;
}

bool Scheduler::isColumnBound(LiteralOp literal, unsigned column,
                              const llvm::DenseSet<mlir::Value> &alsoBound) const {
  bool isBoundAll = true;
  literal.getMap().getResult(column).walk([&](mlir::AffineExpr part) {
    if (auto dim = mlir::dyn_cast<mlir::AffineDimExpr>(part)) {
      mlir::Value index = literal.getIndices()[dim.getPosition()];
      isBoundAll &= isBound(index) || alsoBound.contains(index);
    }
  });
  return isBoundAll;
}

/// The index variable that stands alone in `column` and is still to be bound.
std::optional<mlir::Value> Scheduler::unboundAlone(LiteralOp literal, unsigned column) const {
  std::optional<unsigned> operand = standsAlone(literal.getMap().getResult(column));
  if (!operand)
    return std::nullopt;
  mlir::Value index = literal.getIndices()[*operand];
  if (isBound(index) || !index.getDefiningOp<IndexOp>())
    return std::nullopt;
  return index;
}

/// Whether the variables that stand alone in a literal are all that it still needs.
bool Scheduler::canGenerate(LiteralOp literal) const {
  llvm::DenseSet<mlir::Value> generated;
  for (unsigned column = 0; column < literal.getMap().getNumResults(); ++column)
    if (std::optional<mlir::Value> index = unboundAlone(literal, column))
      generated.insert(*index);
  for (unsigned column = 0; column < literal.getMap().getNumResults(); ++column)
    if (!isColumnBound(literal, column, generated))
      return false;
  return !generated.empty();
}

bool Scheduler::canBindOne(LiteralOp literal) const {
  for (unsigned column = 0; column < literal.getMap().getNumResults(); ++column)
    if (unboundAlone(literal, column))
      return true;
  return false;
}

unsigned Scheduler::boundColumns(LiteralOp literal) const {
  unsigned count = 0;
  for (unsigned column = 0; column < literal.getMap().getNumResults(); ++column)
    count += isColumnBound(literal, column, {});
  return count;
}

/// Charges a copy of `source`; false when it does not fit, and then `failure` says so.
bool Scheduler::account(const Relation &source) {
  bytes += source.cells().size() * sizeof(Cell);
  Result<void> charged = charge.resize(bytes, "a relation sorted by other columns");
  if (!charged)
    failure = charged.error();
  return static_cast<bool>(charged);
}

Bounds Scheduler::bind(mlir::Value index) {
  bound.insert(index);
  return boundsOf(index.getDefiningOp<IndexOp>());
}

Step Scheduler::range(IndexOp index) {
  unsigned slot = slotOf(index.getValue());
  return RangeStep{slot, bind(index.getValue())};
}

Step Scheduler::holds(mlir::AffineMap map, mlir::OperandRange indices, mlir::Value relation, bool isNegated) {
  HoldsStep step{
      placeOf(map, indices), &std::get<Relation>(evaluator.valueOf(relation)), isNegated, std::nullopt, {}};
  step.row.resize(map.getNumResults());
  return step;
}

Step Scheduler::generate(LiteralOp literal) {
  RowsStep step;
  step.place = placeOf(literal.getMap(), literal.getIndices());
  step.relation = &std::get<Relation>(evaluator.valueOf(literal.getRelation()));
  llvm::SmallVector<unsigned> rest, order;
  for (unsigned column = 0; column < literal.getMap().getNumResults(); ++column)
    (isColumnBound(literal, column, {}) ? step.given : rest).push_back(column);
  order = step.given;
  order.append(rest.begin(), rest.end());
  step.key.resize(step.given.size());
  if (!llvm::is_sorted(order) && account(*step.relation)) {
    step.reordered = std::make_unique<Relation>(reorder(*step.relation, order));
    step.relation = step.reordered.get();
  }
  for (unsigned position = step.given.size(); position < order.size(); ++position) {
    if (std::optional<mlir::Value> index = unboundAlone(literal, order[position])) {
      unsigned slot = slotOf(*index);
      step.bindings.push_back({position, slot, bind(*index)});
    } else {
      step.checked.push_back({position, order[position]});
    }
  }
  return step;
}

/// The values that one unbound index of `literal` takes in its column; the literal itself stays to be
/// checked.
Step Scheduler::candidates(LiteralOp literal) {
  const Relation &relation = std::get<Relation>(evaluator.valueOf(literal.getRelation()));
  for (unsigned column = 0; column < literal.getMap().getNumResults(); ++column) {
    std::optional<mlir::Value> index = unboundAlone(literal, column);
    if (!index)
      continue;
    std::vector<Cell> values;
    account(relation);
    for (std::size_t position = 0; position < relation.size(); ++position)
      values.push_back(relation.row(position)[column]);
    unsigned slot = slotOf(*index);
    return CandidatesStep{slot, bind(*index), Relation(1, std::move(values)).cells()};
  }
  llvm_unreachable("an index without a range stands alone in a literal");
}

Step Scheduler::project(ProjectOp op) {
  auto step = std::make_unique<ProjectStep>();
  step->kind = op.getKind();
  mlir::Block &body = op.getBody().front();
  step->body = order(body);
  auto yield = mlir::cast<YieldOp>(body.back());
  mlir::Value yielded = yield.getValue();
  step->yielded = slotOf(yielded);
  step->yieldedType = scalarType(yielded.getType());
  if (yield.getMap())
    step->position = placeOf(*yield.getMap(), yield.getIndices());
  else if (givesPosition(step->kind))
    step->position = Place{mlir::AffineMap::getMultiDimIdentityMap(1, op.getContext()),
                           {slotOf((*body.getOps<IndexOp>().begin()).getValue())}};
  step->result = slotOf(op.getValue());
  step->type = scalarType(op.getValue().getType());
  return step;
}

void Scheduler::compute(mlir::Operation &op, std::vector<Step> &steps) {
  llvm::TypeSwitch<mlir::Operation *>(&op)
      .Case([&](LiteralOp literal) {
        steps.push_back(
            holds(literal.getMap(), literal.getIndices(), literal.getRelation(), literal.getNegated()));
      })
      .Case([&](TestOp test) {
        Step step = holds(test.getMap(), test.getIndices(), test.getRelation(), false);
        std::get<HoldsStep>(step).result = slotOf(test.getHolds());
        steps.push_back(std::move(step));
      })
      .Case([&](AtOp at) {
        steps.push_back(ElementStep{placeOf(at.getMap(), at.getIndices()),
                                    &std::get<Tensor>(evaluator.valueOf(at.getTensor())), at.getDefaulted(),
                                    slotOf(at.getElement())});
      })
      .Case([&](WhereOp where) { steps.push_back(ConditionStep{slotOf(where.getCondition())}); })
      .Case([&](NumberOp number) {
        unsigned slot = slotOf(number.getResult());
        if (auto real = mlir::dyn_cast<mlir::FloatAttr>(number.getValue()))
          frame[slot].real = real.getValueAsDouble();
        else if (number.getType().isInteger(1)) // i1 is unsigned here: true is 1, not -1
          frame[slot].integer = mlir::cast<mlir::IntegerAttr>(number.getValue()).getValue().isOne();
        else
          frame[slot].integer = mlir::cast<mlir::IntegerAttr>(number.getValue()).getInt();
      })
      .Case([&](ApplyOp apply) {
        ApplyStep step{*runtime::findPrimitive(apply.getPrimitive()),
                       {},
                       scalarType(apply.getOperands().back().getType()),
                       scalarType(apply.getResult().getType()),
                       slotOf(apply.getResult())};
        for (mlir::Value operand : apply.getOperands())
          step.operands.push_back(slotOf(operand));
        steps.push_back(std::move(step));
      })
      .Case([&](CastOp cast) {
        steps.push_back(CastStep{slotOf(cast.getOperand()), scalarType(cast.getOperand().getType()),
                                 scalarType(cast.getResult().getType()), slotOf(cast.getResult())});
      })
      .Case([&](ProjectOp nested) { steps.push_back(project(nested)); })
      .DefaultUnreachable("the verifier admits only declarations");
  bound.insert(op.result_begin(), op.result_end());
}

std::vector<Step> Scheduler::order(mlir::Block &body) {
  std::vector<Step> steps;
  std::vector<mlir::Operation *> waiting;
  for (mlir::Operation &op : body.without_terminator())
    waiting.push_back(&op);
  auto isDone = [&](mlir::Operation *op) {
    auto index = mlir::dyn_cast<IndexOp>(op);
    return index && isBound(index.getValue());
  };
  while (true) {
    std::erase_if(waiting, isDone);
    if (waiting.empty())
      return steps;
    auto ready = llvm::find_if(waiting, [&](mlir::Operation *op) { return isReady(*op); });
    if (ready != waiting.end()) {
      compute(**ready, steps);
      waiting.erase(ready);
      continue;
    }
    LiteralOp generator, stuck;
    IndexOp ranged;
    for (mlir::Operation *op : waiting) {
      auto literal = mlir::dyn_cast<LiteralOp>(op);
      if (literal && !literal.getNegated() && canGenerate(literal) &&
          (!generator || boundColumns(literal) > boundColumns(generator)))
        generator = literal;
      else if (auto index = mlir::dyn_cast<IndexOp>(op); index && index.getLower() && !ranged)
        ranged = index;
      if (literal && !literal.getNegated() && !stuck && canBindOne(literal))
        stuck = literal;
    }
    if (generator) {
      steps.push_back(generate(generator));
      llvm::erase(waiting, generator.getOperation());
    } else {
      steps.push_back(ranged ? range(ranged) : candidates(stuck));
    }
  }
}

} // namespace

std::int64_t Place::coordinate(unsigned result, const Frame &frame) const {
  return evaluateExpr(map.getResult(result), slots, frame);
}

runtime::Result<Schedule> schedule(mlir::Block &body, Evaluator &evaluator) {
  Scheduler scheduler(body.getParentOp(), evaluator);
  std::vector<Step> steps = scheduler.order(body);
  auto yield = mlir::cast<YieldOp>(body.back());
  Place place = scheduler.placeOf(*yield.getMap(), yield.getIndices());
  std::optional<unsigned> value;
  if (yield.getValue())
    value = scheduler.slotOf(yield.getValue());
  if (scheduler.failure)
    return *std::move(scheduler.failure);
  return Schedule{std::move(steps), std::move(scheduler.frame), std::move(place), value,
                  std::move(scheduler.charge)};
}

} // namespace tl::ir
