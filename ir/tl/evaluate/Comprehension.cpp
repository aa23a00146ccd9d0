// The meaning of tl.contract and tl.map: contributions combined into a destination, one after another.
#include "ir/tl/evaluate/Assignments.h"
#include "ir/tl/evaluate/Fold.h"

#include "ir/tl/TlTypes.h"

#include <algorithm>
#include <limits>

namespace tl::ir {

using runtime::Cell;
using runtime::ElementType;
using runtime::Error;
using runtime::ErrorKind;
using runtime::Relation;
using runtime::Result;
using runtime::Tensor;
using runtime::Value;

namespace {

Number elementOf(const Tensor &tensor, std::int64_t position) {
  if (runtime::isFloat(tensor.type()))
    return {.real = tensor.number(position)};
  return {.integer = tensor.integer(position)};
}

void setElement(Tensor &tensor, std::int64_t position, Number value) {
  if (runtime::isFloat(tensor.type()))
    tensor.setNumber(position, value.real);
  else
    tensor.setInteger(position, value.integer);
}

/// `source` with storage of its own, as `type`, and with a mask when `isPartial`.
Result<Tensor> copied(const Tensor &source, ElementType type, bool isPartial, Evaluator &evaluator) {
  Result<Tensor> copy =
      Tensor::create(evaluator.budget, type, source.shape(), "a tensor being combined", isPartial);
  if (!copy)
    return copy;
  for (std::int64_t position = 0; position < source.elements(); ++position) {
    if (isPartial)
      copy->mutablePresent()[position] = source.isPresent(position);
    Number value = elementOf(source, position);
    setElement(*copy, position, convert(value, source.type(), type));
  }
  return copy;
}

/// One dense destination. Real sums and products are carried in f64 and rounded once, at the end.
class DenseTarget {
public:
  DenseTarget(Monoid monoid, Tensor total, ElementType type)
      : monoid(monoid), total(std::move(total)), type(type) {}

  void add(std::int64_t position, Number value);
  Result<Value> finish(Evaluator &evaluator);

  /// How often each element was reached; only for avg.
  std::optional<Tensor> counts;

private:
  Monoid monoid;
  Tensor total;
  ElementType type; ///< of the destination
};

void DenseTarget::add(std::int64_t position, Number value) {
  value = convert(value, type, total.type());
  if (total.isPresent(position))
    value = combine(monoid, elementOf(total, position), value, total.type());
  setElement(total, position, value);
  if (total.isPartial())
    total.mutablePresent()[position] = 1;
  if (counts)
    counts->setInteger(position, counts->integer(position) + 1);
}

Result<Value> DenseTarget::finish(Evaluator &evaluator) {
  for (std::int64_t position = 0; counts && position < total.elements(); ++position) {
    std::int64_t count = counts->integer(position);
    if (count != 0)
      total.setNumber(position, total.number(position) / static_cast<double>(count));
  }
  if (total.type() == type)
    return Value(std::move(total));
  Result<Tensor> rounded = copied(total, type, total.isPartial(), evaluator);
  if (!rounded)
    return rounded.error();
  return Value(*std::move(rounded));
}

/// The destination, ready to be written: unshared, wide enough, with a mask when it is to be partial.
Result<Tensor> writable(ComprehensionOpInterface op, Evaluator &evaluator) {
  Tensor dest = std::get<Tensor>(evaluator.take(op.getDest(), op));
  bool isSum = op.getMonoid() == Monoid::Add || op.getMonoid() == Monoid::Multiply;
  bool isWidened = op.getMonoid() == Monoid::Average ||
                   (isSum && runtime::isFloat(dest.type()) && mlir::isa<ContractOp>(op.getOperation()));
  ElementType type = isWidened ? ElementType::F64 : dest.type();
  bool isMasked = isPartial(op.getDest().getType());
  if (type != dest.type() || isMasked != dest.isPartial())
    return copied(dest, type, isMasked, evaluator);
  TL_TRY(dest.own());
  return dest;
}

Result<Value> evaluateDense(ComprehensionOpInterface op, Schedule &schedule, Evaluator &evaluator) {
  ElementType type = scalarType(denseType(op.getDest().getType()).getElementType());
  Result<Tensor> dest = writable(op, evaluator);
  if (!dest)
    return dest.error();
  runtime::Shape shape = dest->shape();
  DenseTarget target(op.getMonoid(), *std::move(dest), type);
  if (op.getMonoid() == Monoid::Average) {
    Result<Tensor> counts =
        Tensor::create(evaluator.budget, ElementType::I64, shape, "the counts of an average");
    if (!counts)
      return counts.error();
    target.counts = *std::move(counts);
  }
  TL_TRY(forEachAssignment(schedule, evaluator, [&](const Frame &frame) -> Result<void> {
    if (std::optional<std::int64_t> position = positionOf(schedule.place, shape, frame))
      target.add(*position, frame[*schedule.value]);
    return {};
  }));
  return target.finish(evaluator);
}

/// One relation being grown. Rows are kept unsorted, with duplicates, until twice as many would not fit.
class RowTarget {
public:
  RowTarget(Relation dest, RelationType type, Evaluator &evaluator)
      : type(type), isTrue(dest.arity() == 0 && dest.size() != 0), charge(evaluator.budget),
        rows(dest.cells()) {}

  Result<void> add(const Place &place, const Frame &frame);
  Relation finish();

private:
  Result<void> makeRoom();

  RelationType type;
  bool isTrue; ///< the nullary relation
  Charge charge;
  std::size_t room = 0; ///< cells that are charged
  std::vector<Cell> rows;
};

Result<void> RowTarget::makeRoom() {
  constexpr std::size_t kFirstCells = 4096;
  if (rows.size() + type.arity() <= room)
    return {};
  rows = Relation(type.arity(), std::move(rows)).cells();
  if (rows.size() > room / 2) {
    std::size_t wanted = std::max(2 * rows.size(), kFirstCells);
    TL_TRY(charge.resize(wanted * sizeof(Cell), "a relation"));
    rows.reserve(wanted);
    room = wanted;
  }
  return {};
}

Result<void> RowTarget::add(const Place &place, const Frame &frame) {
  TL_TRY(makeRoom());
  std::size_t before = rows.size();
  isTrue = true;
  for (unsigned column = 0; column < type.arity(); ++column) {
    std::int64_t cell = place.coordinate(column, frame), bound = type.getBounds()[column];
    if (bound != RelationType::kUnbounded && (cell < 0 || cell >= bound)) {
      rows.resize(before);
      return {};
    }
    if (cell < std::numeric_limits<Cell>::min() || cell > std::numeric_limits<Cell>::max())
      return Error{ErrorKind::Limit,
                   "the integer " + std::to_string(cell) + " does not fit into a relation (32 bits)"};
    rows.push_back(static_cast<Cell>(cell));
  }
  return {};
}

Relation RowTarget::finish() {
  if (type.arity() == 0)
    return Relation::nullary(isTrue);
  return Relation(type.arity(), std::move(rows));
}

Result<Value> evaluateRows(ComprehensionOpInterface op, Schedule &schedule, Evaluator &evaluator) {
  RowTarget target(std::get<Relation>(evaluator.take(op.getDest(), op)),
                   mlir::cast<RelationType>(op.getDest().getType()), evaluator);
  TL_TRY(forEachAssignment(schedule, evaluator,
                           [&](const Frame &frame) { return target.add(schedule.place, frame); }));
  return Value(target.finish());
}

Result<std::vector<Value>> evaluateComprehension(ComprehensionOpInterface op, Evaluator &evaluator) {
  Result<Schedule> ordered = schedule(op.getBody().front(), evaluator);
  if (!ordered)
    return ordered.error();
  Result<Value> value = isRelation(op.getDest().getType()) ? evaluateRows(op, *ordered, evaluator)
                                                           : evaluateDense(op, *ordered, evaluator);
  if (!value)
    return value.error();
  std::vector<Value> results;
  results.push_back(*std::move(value));
  return results;
}

} // namespace

Result<std::vector<Value>> ContractOp::evaluate(Evaluator &evaluator) {
  return evaluateComprehension(*this, evaluator);
}

Result<std::vector<Value>> MapOp::evaluate(Evaluator &evaluator) {
  return evaluateComprehension(*this, evaluator);
}

} // namespace tl::ir
