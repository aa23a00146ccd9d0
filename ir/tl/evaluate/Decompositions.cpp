// Elimination and rotations in obvious loops.
#include "ir/tl/evaluate/Decompositions.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

namespace tl::ir {

using runtime::MatrixFailure;

namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

Matrix transposed(const Matrix &matrix) {
  Matrix result(matrix.columns, matrix.rows);
  for (std::size_t row = 0; row < matrix.rows; ++row)
    for (std::size_t column = 0; column < matrix.columns; ++column)
      result.at(column, row) = matrix.at(row, column);
  return result;
}

Matrix identity(std::size_t size) {
  Matrix result(size, size);
  for (std::size_t k = 0; k < size; ++k)
    result.at(k, k) = 1;
  return result;
}

void swapRows(Matrix &matrix, std::size_t one, std::size_t other) {
  for (std::size_t column = 0; column < matrix.columns; ++column)
    std::swap(matrix.at(one, column), matrix.at(other, column));
}

/// Subtracts `factor` times one row from another.
void subtractRow(Matrix &matrix, std::size_t from, std::size_t row, double factor) {
  for (std::size_t column = 0; column < matrix.columns; ++column)
    matrix.at(from, column) -= factor * matrix.at(row, column);
}

/// Cosine and sine of the rotation that makes [[a, c], [c, b]] diagonal.
std::pair<double, double> rotation(double a, double b, double c) {
  if (c == 0)
    return {1, 0};
  const double tau = (b - a) / (2 * c);
  const double tangent = (tau >= 0 ? 1.0 : -1.0) / (std::abs(tau) + std::hypot(1.0, tau));
  const double cosine = 1 / std::hypot(1.0, tangent);
  return {cosine, cosine * tangent};
}

/// Columns p and q become cosine p - sine q and sine p + cosine q.
void rotateColumns(Matrix &matrix, std::size_t p, std::size_t q, std::pair<double, double> by) {
  for (std::size_t row = 0; row < matrix.rows; ++row) {
    const double first = matrix.at(row, p), second = matrix.at(row, q);
    matrix.at(row, p) = by.first * first - by.second * second;
    matrix.at(row, q) = by.second * first + by.first * second;
  }
}

constexpr int kMostSweeps = 100;

/// Turns columns so that the entry of largest size is positive; of entries that rounding cannot tell apart,
/// the first. `others` turn along.
void fixSigns(Matrix &columns, Matrix *others) {
  for (std::size_t column = 0; column < columns.columns; ++column) {
    double largest = 0, decisive = 0;
    for (std::size_t row = 0; row < columns.rows; ++row)
      largest = std::max(largest, std::abs(columns.at(row, column)));
    for (std::size_t row = columns.rows; row-- > 0;)
      if (std::abs(columns.at(row, column)) >= (1 - 1e-6) * largest)
        decisive = columns.at(row, column);
    for (Matrix *part : {&columns, others})
      for (std::size_t row = 0; part && decisive < 0 && row < part->rows; ++row)
        part->at(row, column) *= -1;
  }
}

/// The positions of `numbers` from the smallest number to the largest, the first of equal ones first.
std::vector<std::size_t> ascending(const std::vector<double> &numbers) {
  std::vector<std::size_t> order(numbers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t p, std::size_t q) {
    return numbers[p] != numbers[q] ? numbers[p] < numbers[q] : p < q;
  });
  return order;
}

Matrix columnsInOrder(const Matrix &matrix, const std::vector<std::size_t> &order) {
  Matrix result(matrix.rows, order.size());
  for (std::size_t row = 0; row < matrix.rows; ++row)
    for (std::size_t column = 0; column < order.size(); ++column)
      result.at(row, column) = matrix.at(row, order[column]);
  return result;
}

double dot(const Matrix &matrix, std::size_t p, std::size_t q) {
  double sum = 0;
  for (std::size_t row = 0; row < matrix.rows; ++row)
    sum += matrix.at(row, p) * matrix.at(row, q);
  return sum;
}

/// Takes the part along column `other`, which has length 1 or 0, out of `column`.
void removeColumn(Matrix &columns, std::size_t column, std::size_t other) {
  const double along = dot(columns, column, other);
  for (std::size_t row = 0; row < columns.rows; ++row)
    columns.at(row, column) -= along * columns.at(row, other);
}

/// Makes every column that is 0 one of length 1 at right angles to the columns before it.
void completeColumns(Matrix &columns) {
  for (std::size_t column = 0, unit = 0; column < columns.columns; ++column)
    for (; dot(columns, column, column) < 0.5 && unit < columns.rows; ++unit) {
      for (std::size_t row = 0; row < columns.rows; ++row)
        columns.at(row, column) = row == unit;
      // Twice, as the first time leaves rounding behind.
      for (int repeat = 0; repeat < 2; ++repeat)
        for (std::size_t other = 0; other < columns.columns; ++other)
          if (other != column)
            removeColumn(columns, column, other);
      const double length = std::sqrt(dot(columns, column, column));
      for (std::size_t row = 0; row < columns.rows; ++row)
        columns.at(row, column) = length > 1e-3 ? columns.at(row, column) / length : 0;
    }
}

/// Rotations of columns until all are at right angles; their lengths are the singular values. For matrices
/// that are at least as high as wide.
MatrixAnswers tallSvd(Matrix left) {
  const std::size_t size = left.columns;
  Matrix right = identity(size);
  bool isOrthogonal = false;
  for (int sweep = 0; sweep < kMostSweeps && !isOrthogonal; ++sweep) {
    isOrthogonal = true;
    for (std::size_t p = 0; p < size; ++p)
      for (std::size_t q = p + 1; q < size; ++q) {
        const double a = dot(left, p, p), b = dot(left, q, q), c = dot(left, p, q);
        if (std::abs(c) <= kEpsilon * std::sqrt(a * b) || c == 0)
          continue;
        isOrthogonal = false;
        rotateColumns(left, p, q, rotation(a, b, c));
        rotateColumns(right, p, q, rotation(a, b, c));
      }
  }
  if (!isOrthogonal)
    return MatrixFailure::NotConverged;
  std::vector<double> lengths;
  for (std::size_t k = 0; k < size; ++k)
    lengths.push_back(std::sqrt(dot(left, k, k)));
  std::vector<double> below;
  for (double length : lengths)
    below.push_back(-length);
  const std::vector<std::size_t> order = ascending(below);
  left = columnsInOrder(left, order);
  Matrix values(1, size);
  for (std::size_t k = 0; k < size; ++k) {
    values.at(0, k) = lengths[order[k]];
    const bool isNothing = values.at(0, k) <= kEpsilon * values.at(0, 0);
    for (std::size_t row = 0; row < left.rows; ++row)
      left.at(row, k) = isNothing ? 0 : left.at(row, k) / values.at(0, k);
  }
  completeColumns(left);
  return std::vector<Matrix>{std::move(left), std::move(values), columnsInOrder(right, order)};
}

} // namespace

/// Gauss and Jordan with the largest pivot of each column. `sizes` adds up what each element was made of: a
/// pivot that is nothing beside it is a 0 that rounding has blurred.
MatrixAnswers solveMatrix(Matrix matrix, Matrix right) {
  const std::size_t size = matrix.rows;
  Matrix sizes = matrix;
  for (double &number : sizes.numbers)
    number = std::abs(number);
  for (std::size_t k = 0; k < size; ++k) {
    std::size_t pivot = k;
    for (std::size_t row = k + 1; row < size; ++row)
      if (std::abs(matrix.at(row, k)) > std::abs(matrix.at(pivot, k)))
        pivot = row;
    for (Matrix *part : {&matrix, &right, &sizes})
      swapRows(*part, k, pivot);
    if (std::abs(matrix.at(k, k)) <= static_cast<double>(size) * kEpsilon * sizes.at(k, k))
      return MatrixFailure::Singular;
    for (std::size_t row = k + 1; row < size; ++row) {
      const double factor = matrix.at(row, k) / matrix.at(k, k);
      for (std::size_t column = k; column < size; ++column)
        sizes.at(row, column) += std::abs(factor * matrix.at(k, column));
      subtractRow(matrix, row, k, factor);
      subtractRow(right, row, k, factor);
    }
  }
  for (std::size_t k = size; k-- > 0;) {
    for (std::size_t column = 0; column < right.columns; ++column)
      right.at(k, column) /= matrix.at(k, k);
    for (std::size_t row = 0; row < k; ++row)
      subtractRow(right, row, k, matrix.at(row, k));
  }
  return std::vector<Matrix>{std::move(right)};
}

MatrixAnswers inverseOf(const Matrix &matrix) {
  return solveMatrix(matrix, identity(matrix.rows));
}

MatrixAnswers choleskyOf(const Matrix &matrix) {
  const std::size_t size = matrix.rows;
  Matrix lower(size, size);
  for (std::size_t row = 0; row < size; ++row)
    for (std::size_t column = 0; column <= row; ++column) {
      double rest = matrix.at(row, column);
      for (std::size_t k = 0; k < column; ++k)
        rest -= lower.at(row, k) * lower.at(column, k);
      if (row != column)
        lower.at(row, column) = rest / lower.at(column, column);
      else if (rest > static_cast<double>(size) * kEpsilon * matrix.at(row, row))
        lower.at(row, row) = std::sqrt(rest);
      else
        return MatrixFailure::NotPositiveDefinite;
    }
  return std::vector<Matrix>{std::move(lower)};
}

/// Jacobi's rotations, in turn for every pair of rows.
MatrixAnswers eighOf(const Matrix &matrix) {
  const std::size_t size = matrix.rows;
  Matrix rotated = matrix, vectors = identity(size);
  for (std::size_t row = 0; row < size; ++row)
    for (std::size_t column = row + 1; column < size; ++column)
      rotated.at(row, column) = matrix.at(column, row);
  bool isDiagonal = false;
  for (int sweep = 0; sweep < kMostSweeps && !isDiagonal; ++sweep) {
    isDiagonal = true;
    for (std::size_t p = 0; p < size; ++p)
      for (std::size_t q = p + 1; q < size; ++q) {
        const double scale = std::abs(rotated.at(p, p)) + std::abs(rotated.at(q, q));
        if (std::abs(rotated.at(p, q)) <= kEpsilon * 0.01 * scale)
          continue;
        isDiagonal = false;
        const auto by = rotation(rotated.at(p, p), rotated.at(q, q), rotated.at(p, q));
        rotateColumns(rotated, p, q, by);
        rotated = transposed(rotated);
        rotateColumns(rotated, p, q, by);
        rotateColumns(vectors, p, q, by);
        rotated.at(p, q) = rotated.at(q, p) = 0; // what rounding leaves there would never vanish
      }
  }
  if (!isDiagonal)
    return MatrixFailure::NotConverged;
  std::vector<double> diagonal;
  for (std::size_t k = 0; k < size; ++k)
    diagonal.push_back(rotated.at(k, k));
  const std::vector<std::size_t> order = ascending(diagonal);
  Matrix values(1, size);
  for (std::size_t k = 0; k < size; ++k)
    values.at(0, k) = rotated.at(order[k], order[k]);
  vectors = columnsInOrder(vectors, order);
  fixSigns(vectors, nullptr);
  return std::vector<Matrix>{std::move(values), std::move(vectors)};
}

MatrixAnswers svdOf(const Matrix &matrix) {
  const bool isWide = matrix.columns > matrix.rows;
  MatrixAnswers answers = tallSvd(isWide ? transposed(matrix) : matrix);
  auto *parts = std::get_if<std::vector<Matrix>>(&answers);
  if (!parts)
    return answers;
  if (isWide)
    std::swap((*parts)[0], (*parts)[2]);
  fixSigns((*parts)[0], &(*parts)[2]);
  (*parts)[2] = transposed((*parts)[2]);
  return answers;
}

} // namespace tl::ir
