// The meaning of tl.scan and tl.fixpoint.
#include "ir/tl/TlOps.h"

#include "ir/tl/TlTypes.h"
#include "runtime/core/Convergence.h"

#include <algorithm>

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

bool isSettled(const Value &before, const Value &after, std::optional<double> tolerance) {
  if (const Relation *relation = std::get_if<Relation>(&after))
    return std::get<Relation>(before) == *relation;
  return runtime::isSettled(std::get<Tensor>(before), std::get<Tensor>(after), tolerance);
}

bool hasDiverged(const Value &value) {
  const Tensor *tensor = std::get_if<Tensor>(&value);
  return tensor && runtime::hasDiverged(*tensor);
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
    if (tolerance && std::any_of(current.begin(), current.end(), hasDiverged))
      return Error{ErrorKind::Check, listed(getNames()) +
                                         " does not converge: its values grow without bound (round " +
                                         std::to_string(round + 1) + ")"};
    if (isFixed)
      return current;
  }
  return Error{tolerance ? ErrorKind::Check : ErrorKind::Limit,
               listed(getNames()) + " did not converge within " + std::to_string(*getMaxRounds()) +
                   " rounds (--max-iterations)"};
}

} // namespace tl::ir
