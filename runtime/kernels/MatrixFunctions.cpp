// Eigen's decompositions, matrix after matrix, over threads.
#include "runtime/kernels/MatrixFunctions.h"

#include "runtime/core/MatrixFailure.h"
#include "runtime/parallel/ThreadPool.h"

#include <Eigen/Dense>

#include <atomic>
#include <limits>
#include <optional>

namespace tl::runtime {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

/// Bytes that a decomposition of a rows x columns matrix works in, roughly.
std::size_t workBytes(std::int64_t rows, std::int64_t columns, std::int64_t rightColumns) {
  const auto wider = static_cast<std::size_t>(std::max(rows, columns));
  return sizeof(double) * wider * (6 * wider + 2 * static_cast<std::size_t>(rightColumns));
}

/// Work worth a thread of its own, in multiplications.
constexpr std::int64_t kThreadWork = 50'000;

class MatrixRun {
public:
  MatrixRun(const MatrixCall &call, std::span<const bool> wanted) : call(call), wanted(wanted) {
    const Shape &shape = call.matrices.shape();
    batch.assign(shape.begin(), shape.end() - 2);
    rows = shape[shape.size() - 2];
    columns = shape.back();
    for (std::int64_t extent : batch)
      count *= extent;
    if (call.right)
      for (std::size_t axis = batch.size() + 1; axis < call.right->rank(); ++axis)
        rightColumns *= call.right->shape()[axis];
  }

  Result<std::vector<Tensor>> run(MemoryBudget &budget, ThreadPool *pool);

private:
  std::vector<Shape> resultShapes() const;
  void apply(std::int64_t number);
  std::optional<MatrixFailure> solve(const Matrix &matrix, const Matrix &right, std::int64_t number);
  std::optional<MatrixFailure> cholesky(const Matrix &matrix, std::int64_t number);
  std::optional<MatrixFailure> eigh(const Matrix &matrix, std::int64_t number);
  std::optional<MatrixFailure> svd(const Matrix &matrix, std::int64_t number);
  std::optional<MatrixFailure> decompose(const Matrix &matrix, std::int64_t number);
  Matrix load(const Tensor &tensor, std::int64_t number, std::int64_t height, std::int64_t width) const;
  void store(std::size_t result, std::int64_t number, const Matrix &values);
  bool isWhole(const Tensor &tensor, std::int64_t number) const;
  void fail(MatrixFailure failure, std::int64_t number);

  const MatrixCall &call;
  std::span<const bool> wanted;
  Shape batch;
  std::int64_t rows = 0, columns = 0, count = 1, rightColumns = 1;
  std::vector<Tensor> results;
  /// The first matrix that failed, times 4, plus why: the same whatever thread comes first.
  std::atomic<std::int64_t> failure{std::numeric_limits<std::int64_t>::max()};
};

std::vector<Shape> MatrixRun::resultShapes() const {
  auto shape = [&](std::initializer_list<std::int64_t> extents) {
    Shape whole = batch;
    whole.insert(whole.end(), extents);
    return whole;
  };
  switch (call.function) {
  case MatrixFunction::Solve:
    return {call.right->shape()};
  case MatrixFunction::Inverse:
  case MatrixFunction::Cholesky:
    return {shape({rows, rows})};
  case MatrixFunction::Eigh:
    return {shape({rows}), shape({rows, rows})};
  case MatrixFunction::Svd: {
    const std::int64_t rank = std::min(rows, columns);
    return {shape({rows, rank}), shape({rank}), shape({rank, columns})};
  }
  }
  return {};
}

void MatrixRun::fail(MatrixFailure why, std::int64_t number) {
  const std::int64_t code = number * 4 + static_cast<std::int64_t>(why);
  std::int64_t known = failure.load();
  while (code < known && !failure.compare_exchange_weak(known, code)) {
  }
}

Matrix MatrixRun::load(const Tensor &tensor, std::int64_t number, std::int64_t height,
                       std::int64_t width) const {
  Matrix matrix(height, width);
  std::int64_t position = number * height * width;
  for (std::int64_t row = 0; row < height; ++row)
    for (std::int64_t column = 0; column < width; ++column)
      matrix(row, column) = tensor.number(position++);
  return matrix;
}

void MatrixRun::store(std::size_t result, std::int64_t number, const Matrix &values) {
  if (!wanted[result])
    return;
  std::int64_t position = number * values.size();
  for (std::int64_t row = 0; row < values.rows(); ++row)
    for (std::int64_t column = 0; column < values.cols(); ++column)
      results[result].setNumber(position++, values(row, column));
}

bool MatrixRun::isWhole(const Tensor &tensor, std::int64_t number) const {
  if (!tensor.isPartial())
    return true;
  const std::int64_t size = count == 0 ? 0 : tensor.elements() / count;
  const std::uint8_t *present = tensor.present() + number * size;
  return std::all_of(present, present + size, [](std::uint8_t byte) { return byte != 0; });
}

/// A pivot that rounding alone could have left over counts as 0: it is compared with the sizes of the numbers
/// that were subtracted to make it, so that scaling rows or columns changes nothing.
bool isSingular(const Matrix &lu) {
  for (std::int64_t pivot = 0; pivot < lu.rows(); ++pivot) {
    double size = std::abs(lu(pivot, pivot));
    for (std::int64_t before = 0; before < pivot; ++before)
      size += std::abs(lu(pivot, before) * lu(before, pivot));
    if (std::abs(lu(pivot, pivot)) <= static_cast<double>(lu.rows()) * kEpsilon * size)
      return true;
  }
  return false;
}

std::optional<MatrixFailure> MatrixRun::solve(const Matrix &matrix, const Matrix &right,
                                              std::int64_t number) {
  const Eigen::PartialPivLU<Matrix> lu(matrix);
  if (isSingular(lu.matrixLU()))
    return MatrixFailure::Singular;
  store(0, number, lu.solve(right));
  return std::nullopt;
}

std::optional<MatrixFailure> MatrixRun::cholesky(const Matrix &matrix, std::int64_t number) {
  const Eigen::LLT<Matrix> llt(matrix);
  const Matrix lower = llt.matrixL();
  for (std::int64_t k = 0; k < rows; ++k) {
    const double least = static_cast<double>(rows) * kEpsilon * matrix(k, k);
    if (llt.info() != Eigen::Success || !(lower(k, k) * lower(k, k) > least))
      return MatrixFailure::NotPositiveDefinite;
  }
  store(0, number, lower);
  return std::nullopt;
}

/// Whether the entry of largest size is negative; of entries that rounding cannot tell apart, the first.
template <typename Column> bool isTurned(const Column &column) {
  const double largest = column.cwiseAbs().maxCoeff();
  for (std::int64_t row = 0; row < column.size(); ++row)
    if (std::abs(column(row)) >= (1 - 1e-6) * largest)
      return column(row) < 0;
  return false;
}

std::optional<MatrixFailure> MatrixRun::eigh(const Matrix &matrix, std::int64_t number) {
  const bool wantsVectors = wanted[1];
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(matrix, wantsVectors ? Eigen::ComputeEigenvectors
                                                                          : Eigen::EigenvaluesOnly);
  if (solver.info() != Eigen::Success)
    return MatrixFailure::NotConverged;
  store(0, number, solver.eigenvalues());
  if (!wantsVectors)
    return std::nullopt;
  Matrix vectors = solver.eigenvectors();
  for (std::int64_t k = 0; k < rows; ++k)
    if (isTurned(vectors.col(k)))
      vectors.col(k) *= -1;
  store(1, number, vectors);
  return std::nullopt;
}

std::optional<MatrixFailure> MatrixRun::svd(const Matrix &matrix, std::int64_t number) {
  const bool wantsVectors = wanted[0] || wanted[2];
  const unsigned thin = Eigen::ComputeThinU | Eigen::ComputeThinV;
  const Eigen::BDCSVD<Matrix> svd(matrix, wantsVectors ? thin : 0u);
  if (svd.info() != Eigen::Success)
    return MatrixFailure::NotConverged;
  store(1, number, svd.singularValues());
  if (!wantsVectors)
    return std::nullopt;
  Matrix left = svd.matrixU(), right = svd.matrixV();
  for (std::int64_t k = 0; k < left.cols(); ++k)
    if (isTurned(left.col(k))) {
      left.col(k) *= -1;
      right.col(k) *= -1;
    }
  store(0, number, left);
  store(2, number, right.transpose());
  return std::nullopt;
}

std::optional<MatrixFailure> MatrixRun::decompose(const Matrix &matrix, std::int64_t number) {
  switch (call.function) {
  case MatrixFunction::Solve:
    return solve(matrix, load(*call.right, number, rows, rightColumns), number);
  case MatrixFunction::Inverse:
    return solve(matrix, Matrix::Identity(rows, rows), number);
  case MatrixFunction::Cholesky:
    return cholesky(matrix, number);
  case MatrixFunction::Eigh:
    return eigh(matrix, number);
  case MatrixFunction::Svd:
    return svd(matrix, number);
  }
  return std::nullopt;
}

void MatrixRun::apply(std::int64_t number) {
  if (!isWhole(call.matrices, number) || (call.right && !isWhole(*call.right, number)))
    return;
  const Matrix matrix = load(call.matrices, number, rows, columns);
  if (matrix.allFinite()) {
    if (std::optional<MatrixFailure> why = decompose(matrix, number))
      fail(*why, number);
    return;
  }
  for (std::size_t k = 0; k < results.size(); ++k) {
    const std::int64_t size = wanted[k] ? results[k].elements() / count : 0;
    for (std::int64_t position = number * size; position < (number + 1) * size; ++position)
      results[k].setNumber(position, std::numeric_limits<double>::quiet_NaN());
  }
}

Result<std::vector<Tensor>> MatrixRun::run(MemoryBudget &budget, ThreadPool *pool) {
  std::size_t number = 0;
  for (const Shape &shape : resultShapes()) {
    Result<Tensor> result =
        Tensor::create(budget, call.matrices.type(), wanted[number++] ? shape : Shape{}, call.name);
    if (!result)
      return result.error();
    results.push_back(*std::move(result));
  }
  if (count == 0 || rows == 0 || columns == 0)
    return std::move(results);
  const int threads = pool ? pool->threads() : 1;
  const std::size_t bytes = workBytes(rows, columns, rightColumns) *
                            static_cast<std::size_t>(std::min<std::int64_t>(threads, count));
  if (!budget.reserve(bytes))
    return outOfMemory(budget, call.name, bytes);
  auto body = [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t matrix = from; matrix < to; ++matrix)
      apply(matrix);
  };
  const std::int64_t work = std::max<std::int64_t>(rows * columns * std::min(rows, columns), 1);
  if (pool)
    pool->parallelFor(0, count, std::max<std::int64_t>(kThreadWork / work, 1), body);
  else
    body(0, count);
  budget.release(bytes);
  const std::int64_t failed = failure.load();
  if (failed != std::numeric_limits<std::int64_t>::max())
    return matrixError(static_cast<MatrixFailure>(failed % 4), call.name, call.subject, batch, failed / 4);
  return std::move(results);
}

} // namespace

Result<std::vector<Tensor>> applyMatrixFunction(const MatrixCall &call, std::span<const bool> wanted,
                                                MemoryBudget &budget, ThreadPool *pool) {
  return MatrixRun(call, wanted).run(budget, pool);
}

} // namespace tl::runtime
