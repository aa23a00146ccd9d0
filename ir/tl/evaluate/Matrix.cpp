// The meaning of tl.matrix: one decomposition after another.
#include "ir/tl/TlOps.h"

#include "ir/tl/TlTypes.h"
#include "ir/tl/evaluate/Decompositions.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace tl::ir {

using runtime::MatrixFailure;
using runtime::Result;
using runtime::Shape;
using runtime::Tensor;
using runtime::Value;

namespace {

Matrix load(const Tensor &tensor, std::int64_t number, std::size_t rows, std::size_t columns) {
  Matrix matrix(rows, columns);
  const auto size = static_cast<std::int64_t>(matrix.numbers.size());
  for (std::size_t k = 0; k < matrix.numbers.size(); ++k)
    matrix.numbers[k] = tensor.number(number * size + static_cast<std::int64_t>(k));
  return matrix;
}

bool isWhole(const Tensor &tensor, std::int64_t number, std::int64_t size) {
  for (std::int64_t position = number * size; position < (number + 1) * size; ++position)
    if (!tensor.isPresent(position))
      return false;
  return true;
}

MatrixAnswers answer(MatrixFunction function, const Matrix &matrix, const Matrix &right) {
  switch (function) {
  case MatrixFunction::Solve:
    return solveMatrix(matrix, right);
  case MatrixFunction::Inverse:
    return inverseOf(matrix);
  case MatrixFunction::Cholesky:
    return choleskyOf(matrix);
  case MatrixFunction::Eigh:
    return eighOf(matrix);
  case MatrixFunction::Svd:
    return svdOf(matrix);
  }
  llvm_unreachable("every function is handled");
}

/// Element by element the parts of `found`, or NaN when there are none, as the matrix `number` of `count`.
void store(const std::vector<Matrix> &found, std::vector<Tensor> &outputs, std::int64_t number,
           std::int64_t count) {
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    const std::int64_t elements = outputs[k].elements() / count;
    for (std::int64_t position = 0; position < elements; ++position)
      outputs[k].setNumber(number * elements + position,
                           found.empty() ? std::numeric_limits<double>::quiet_NaN()
                                         : found[k].numbers[static_cast<std::size_t>(position)]);
  }
}

Result<std::vector<Tensor>> emptyAnswers(MatrixOp op, runtime::ElementType element,
                                         runtime::MemoryBudget &budget) {
  std::vector<Tensor> outputs;
  for (mlir::Type type : op.getAnswers().getTypes()) {
    const llvm::ArrayRef<std::int64_t> shape = denseType(type).getShape();
    Result<Tensor> output = Tensor::create(budget, element, {shape.begin(), shape.end()}, op.getSubject());
    if (!output)
      return output.error();
    outputs.push_back(*std::move(output));
  }
  return outputs;
}

} // namespace

Result<std::vector<Value>> MatrixOp::evaluate(Evaluator &evaluator) {
  const Tensor &input = std::get<Tensor>(evaluator.valueOf(getMatrix()));
  const Tensor *rightInput = getRight() ? &std::get<Tensor>(evaluator.valueOf(getRight())) : nullptr;
  Result<std::vector<Tensor>> outputs = emptyAnswers(*this, input.type(), evaluator.budget);
  if (!outputs)
    return outputs.error();
  const Shape batch(input.shape().begin(), input.shape().end() - 2);
  const auto rows = static_cast<std::size_t>(input.shape()[batch.size()]);
  const auto columns = static_cast<std::size_t>(input.shape().back());
  const std::int64_t count =
      std::accumulate(batch.begin(), batch.end(), std::int64_t{1}, std::multiplies<>());
  const std::int64_t size = static_cast<std::int64_t>(rows * columns);
  for (std::int64_t number = 0; number < count && size > 0; ++number) {
    const std::int64_t rightSize = rightInput ? rightInput->elements() / count : 0;
    if (!isWhole(input, number, size) || (rightInput && !isWhole(*rightInput, number, rightSize)))
      continue;
    const Matrix matrix = load(input, number, rows, columns);
    const Matrix right = rightInput
                             ? load(*rightInput, number, rows, static_cast<std::size_t>(rightSize) / rows)
                             : Matrix(0, 0);
    const bool isFinite = std::all_of(matrix.numbers.begin(), matrix.numbers.end(),
                                      [](double number) { return std::isfinite(number); });
    const MatrixAnswers found =
        isFinite ? answer(getFunction(), matrix, right) : MatrixAnswers(std::vector<Matrix>());
    if (const auto *failure = std::get_if<MatrixFailure>(&found))
      return runtime::matrixError(*failure, stringifyMatrixFunction(getFunction()), getSubject(), batch,
                                  number);
    store(std::get<std::vector<Matrix>>(found), *outputs, number, count);
  }
  return std::vector<Value>(outputs->begin(), outputs->end());
}

} // namespace tl::ir
