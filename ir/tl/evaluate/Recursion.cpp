// The meaning of tl.scan and tl.fixpoint.
#include "ir/tl/TlOps.h"

#include "ir/tl/TlTypes.h"

#include <algorithm>
#include <cmath>

namespace tl::ir {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Relation;
using runtime::Result;
using runtime::Tensor;
using runtime::Value;

namespace {

Result<Value> positionValue(std::int64_t position, Evaluator &evaluator) {
  Result<Tensor> scalar = Tensor::create(evaluator.budget, runtime::ElementType::I64, {}, "a position");
  if (!scalar)
    return scalar.error();
  scalar->setInteger(0, position);
  return Value(*std::move(scalar));
}

std::vector<Value> taken(mlir::OperandRange inits, mlir::Operation *user, Evaluator &evaluator) {
  std::vector<Value> values;
  for (mlir::Value init : inits)
    values.push_back(evaluator.take(init, user));
  return values;
}

/// Whether an element went from `before` to `after` without counting as a change.
bool isSettled(double before, double after, std::optional<double> tolerance) {
  if (before == after || (std::isnan(before) && std::isnan(after) && !tolerance))
    return true;
  return tolerance && std::abs(after - before) < *tolerance * std::max(1.0, std::abs(after));
}

/// Integers compare exactly; the tolerance is for reals.
bool isSettledAt(const Tensor &before, const Tensor &after, std::int64_t position,
                 std::optional<double> tolerance) {
  if (before.isPresent(position) != after.isPresent(position))
    return false;
  if (!after.isPresent(position))
    return true;
  if (!runtime::isFloat(after.type()))
    return before.integer(position) == after.integer(position);
  return isSettled(before.number(position), after.number(position), tolerance);
}

bool isSettled(const Value &before, const Value &after, std::optional<double> tolerance) {
  if (const Relation *relation = std::get_if<Relation>(&after))
    return std::get<Relation>(before) == *relation;
  const Tensor &old = std::get<Tensor>(before), &current = std::get<Tensor>(after);
  for (std::int64_t position = 0; position < current.elements(); ++position)
    if (!isSettledAt(old, current, position, tolerance))
      return false;
  return true;
}

/// `'A', 'B'`, or what stands for the tensors when they have no names.
std::string listed(std::optional<mlir::ArrayAttr> names) {
  if (!names || names->empty())
    return "a recursive equation";
  std::string text;
  for (mlir::Attribute name : *names) {
    if (!text.empty())
      text += ", ";
    text += "'" + mlir::cast<mlir::StringAttr>(name).getValue().str() + "'";
  }
  return text;
}

} // namespace

Result<std::vector<Value>> ScanOp::evaluate(Evaluator &evaluator) {
  std::vector<Value> carried = taken(getInits(), *this, evaluator);
  std::int64_t begin = getBegin(), end = getEnd();
  for (std::int64_t done = 0; done < end - begin; ++done) {
    Result<Value> position = positionValue(getDescending() ? end - 1 - done : begin + done, evaluator);
    if (!position)
      return position.error();
    carried.insert(carried.begin(), *std::move(position));
    Result<std::vector<Value>> next = evaluator.step(getBody(), std::move(carried));
    if (!next)
      return next.error();
    carried = *std::move(next);
  }
  return carried;
}

/// Rounds recompute everything: what semi-naive evaluation of the same op must equal.
Result<std::vector<Value>> FixpointOp::evaluate(Evaluator &evaluator) {
  std::optional<double> tolerance;
  if (getTolerance())
    tolerance = getTolerance()->convertToDouble();
  std::vector<Value> current = taken(getInits(), *this, evaluator);
  for (std::int64_t round = 0; !getMaxRounds() || round < *getMaxRounds(); ++round) {
    Result<std::vector<Value>> next = evaluator.step(getBody(), current);
    if (!next)
      return next.error();
    bool isFixed = std::equal(
        current.begin(), current.end(), next->begin(),
        [&](const Value &before, const Value &after) { return isSettled(before, after, tolerance); });
    current = *std::move(next);
    if (isFixed)
      return current;
  }
  return Error{tolerance ? ErrorKind::Check : ErrorKind::Limit,
               listed(getNames()) + " did not converge within " + std::to_string(*getMaxRounds()) +
                   " rounds (--max-iterations)"};
}

} // namespace tl::ir
