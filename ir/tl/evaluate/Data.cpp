// The meaning of tl.read, tl.write, tl.empty and tl.query.
#include "ir/tl/TlOps.h"

#include "ir/tl/ElementTypes.h"
#include "ir/tl/TlTypes.h"

namespace tl::ir {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Relation;
using runtime::Result;
using runtime::Tensor;
using runtime::Value;

namespace {

runtime::Shape shapeOf(mlir::RankedTensorType type) {
  return {type.getShape().begin(), type.getShape().end()};
}

/// Whether `value` is of `type`, in words otherwise.
Result<void> checkType(std::string_view name, const Value &value, mlir::Type type) {
  auto mismatch = [&](const std::string &wanted, const std::string &given) {
    return Error{ErrorKind::Program,
                 "'" + std::string(name) + "' is " + wanted + " in the program but its data is " + given};
  };
  const Tensor *tensor = std::get_if<Tensor>(&value);
  if (isRelation(type) != !tensor)
    return isRelation(type) ? mismatch("a relation", "a tensor") : mismatch("a tensor", "a relation");
  if (!tensor) {
    std::size_t arity = std::get<Relation>(value).arity();
    if (arity != rankOf(type))
      return mismatch("of " + std::to_string(rankOf(type)) + " columns", "of " + std::to_string(arity));
    return {};
  }
  runtime::Shape shape = shapeOf(denseType(type));
  if (shape != tensor->shape())
    return mismatch("of shape " + runtime::toString(shape), "of shape " + runtime::toString(tensor->shape()));
  runtime::ElementType element = *elementTypeOf(denseType(type).getElementType());
  if (element != tensor->type())
    return mismatch("of type " + std::string(runtime::name(element)),
                    std::string(runtime::name(tensor->type())));
  return {};
}

std::vector<Value> single(Value value) {
  std::vector<Value> values;
  values.push_back(std::move(value));
  return values;
}

} // namespace

Result<std::vector<Value>> ReadOp::evaluate(Evaluator &evaluator) {
  std::string_view name(getName().data(), getName().size());
  Result<Value> value = evaluator.bound(name);
  if (!value)
    return value.error();
  TL_TRY(checkType(name, *value, getTensor().getType()));
  return single(*std::move(value));
}

Result<std::vector<Value>> EmptyOp::evaluate(Evaluator &evaluator) {
  mlir::Type type = getTensor().getType();
  if (isRelation(type))
    return single(Relation(rankOf(type)));
  mlir::RankedTensorType dense = denseType(type);
  Result<Tensor> tensor =
      Tensor::create(evaluator.budget, *elementTypeOf(dense.getElementType()), shapeOf(dense),
                     getName().value_or("an intermediate result"), isPartial(type));
  if (!tensor)
    return tensor.error();
  if (getMonoid() == Monoid::Multiply)
    for (std::int64_t position = 0; position < tensor->elements(); ++position)
      tensor->setInteger(position, 1);
  return single(*std::move(tensor));
}

Result<std::vector<Value>> QueryOp::evaluate(Evaluator &evaluator) {
  TL_TRY(evaluator.handOut(Outlet::Query, getNumber(), evaluator.valueOf(getTensor())));
  return std::vector<Value>{};
}

Result<std::vector<Value>> WriteOp::evaluate(Evaluator &evaluator) {
  TL_TRY(evaluator.handOut(Outlet::Write, getNumber(), evaluator.valueOf(getTensor())));
  return std::vector<Value>{};
}

} // namespace tl::ir
