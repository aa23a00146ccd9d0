// A dense tensor of elements given one a row.
#include "runtime/package/ElementRows.h"

#include "runtime/core/ConvertElements.h"

#include <algorithm>

namespace tl::runtime {
namespace {

double combined(RowCombination how, double old, double value) {
  switch (how) {
  case RowCombination::Max:
    return std::max(old, value);
  case RowCombination::Min:
    return std::min(old, value);
  case RowCombination::Multiply:
    return old * value;
  case RowCombination::Unique:
  case RowCombination::Add:
    return old + value;
  }
  __builtin_unreachable();
}

void set(Tensor &tensor, std::int64_t position, double value) {
  if (isFloat(tensor.type()))
    tensor.setNumber(position, value);
  else
    tensor.setInteger(position, static_cast<std::int64_t>(value));
}

} // namespace

Result<Tensor> tensorOfRows(const Input &input, const std::vector<Cell> &cells,
                            const std::vector<double> &values, const std::string &origin,
                            MemoryBudget &budget) {
  const std::size_t arity = input.axes.size();
  Result<Tensor> tensor =
      Tensor::create(budget, input.type.element, input.type.extents, input.name, input.type.isPartial);
  if (!tensor)
    return tensor.error();
  if (input.rows == RowCombination::Multiply)
    for (std::int64_t position = 0; position < tensor->elements(); ++position)
      tensor->setInteger(position, 1);
  const std::vector<std::int64_t> strides = rowMajorStrides(input.type.extents);
  std::vector<bool> seen(static_cast<std::size_t>(tensor->elements()), false);
  for (std::size_t row = 0; row < values.size(); ++row) {
    const auto wrong = [&](const std::string &reason) {
      const std::size_t line = row + 1 + (input.hasHeader ? 1 : 0);
      return Error{ErrorKind::Data, "'" + origin + "' line " + std::to_string(line) + ": " + reason};
    };
    std::int64_t position = 0;
    for (std::size_t axis = 0; axis < arity; ++axis)
      position += cells[row * arity + axis] * strides[axis];
    const auto place = static_cast<std::size_t>(position);
    if (seen[place] && input.rows == RowCombination::Unique)
      return wrong("the same indices come twice: combine them with '+=', 'max=' or 'min='");
    if (!fits(values[row], input.type.element))
      return wrong("the value is no value of type " + std::string(name(input.type.element)));
    const bool isFirst = !seen[place] && input.rows != RowCombination::Multiply;
    set(*tensor, position,
        isFirst ? values[row] : combined(input.rows, tensor->number(position), values[row]));
    if (tensor->isPartial())
      tensor->mutablePresent()[place] = 1;
    seen[place] = true;
  }
  return tensor;
}

} // namespace tl::runtime
