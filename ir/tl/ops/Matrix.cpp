// What holds of tl.matrix.
#include "ir/tl/TlOps.h"

#include "ir/tl/TlTypes.h"

namespace tl::ir {

using namespace mlir;

namespace {

using Extents = llvm::SmallVector<std::int64_t>;

/// The shapes of the results for matrices of `shape`.
llvm::SmallVector<Extents> answerShapes(MatrixFunction function, llvm::ArrayRef<std::int64_t> shape,
                                        llvm::ArrayRef<std::int64_t> right) {
  llvm::ArrayRef<std::int64_t> batch = shape.drop_back(2);
  const std::int64_t rows = shape[shape.size() - 2], columns = shape.back(), rank = std::min(rows, columns);
  auto with = [&](std::initializer_list<std::int64_t> extents) {
    Extents whole(batch);
    whole.append(extents.begin(), extents.end());
    return whole;
  };
  switch (function) {
  case MatrixFunction::Solve:
    return {Extents(right)};
  case MatrixFunction::Inverse:
  case MatrixFunction::Cholesky:
    return {with({rows, rows})};
  case MatrixFunction::Eigh:
    return {with({rows}), with({rows, rows})};
  case MatrixFunction::Svd:
    return {with({rows, rank}), with({rank}), with({rank, columns})};
  }
  llvm_unreachable("every function is handled");
}

} // namespace

LogicalResult MatrixOp::verify() {
  const RankedTensorType matrix = denseType(getMatrix().getType());
  const llvm::ArrayRef<std::int64_t> shape = matrix.getShape();
  if (shape.size() < 2)
    return emitOpError("takes at least two axes, not ") << matrix;
  if (!isa<FloatType>(matrix.getElementType()))
    return emitOpError("takes real elements, not ") << matrix.getElementType();
  if (getFunction() != MatrixFunction::Svd && shape.back() != shape[shape.size() - 2])
    return emitOpError() << stringifyMatrixFunction(getFunction()) << " takes square matrices, not "
                         << matrix;
  if ((getFunction() == MatrixFunction::Solve) != static_cast<bool>(getRight()))
    return emitOpError() << stringifyMatrixFunction(getFunction()) << " takes "
                         << (getRight() ? "no right side" : "a right side");
  llvm::ArrayRef<std::int64_t> right;
  if (getRight()) {
    const RankedTensorType type = denseType(getRight().getType());
    right = type.getShape();
    if (type.getElementType() != matrix.getElementType() || right.size() + 1 < shape.size() ||
        right.take_front(shape.size() - 1) != shape.drop_back())
      return emitOpError("takes a right side of as many rows as ") << matrix << " has, not " << type;
  }
  const llvm::SmallVector<Extents> wanted = answerShapes(getFunction(), shape, right);
  if (getAnswers().size() != wanted.size())
    return emitOpError() << stringifyMatrixFunction(getFunction()) << " gives " << wanted.size()
                         << " results, not " << getAnswers().size();
  for (auto [answer, extents] : llvm::zip(getAnswers(), wanted))
    if (answer.getType() != RankedTensorType::get(extents, matrix.getElementType()))
      return emitOpError("gives ") << RankedTensorType::get(extents, matrix.getElementType()) << ", not "
                                   << answer.getType();
  return success();
}

} // namespace tl::ir
