// Decompositions of small matrices, as they are taught.
#pragma once

#include "runtime/core/MatrixFailure.h"

#include <cstddef>
#include <variant>
#include <vector>

namespace tl::ir {

/// Row-major numbers.
struct Matrix {
  Matrix(std::size_t rows, std::size_t columns)
      : rows(rows), columns(columns), numbers(rows * columns, 0.0) {}
  double &at(std::size_t row, std::size_t column) { return numbers[row * columns + column]; }
  double at(std::size_t row, std::size_t column) const { return numbers[row * columns + column]; }

  std::size_t rows, columns;
  std::vector<double> numbers;
};

/// The results of a function in order, or why there are none.
using MatrixAnswers = std::variant<runtime::MatrixFailure, std::vector<Matrix>>;

/// X of `matrix` X = `right`.
MatrixAnswers solveMatrix(Matrix matrix, Matrix right);
/// The inverse.
MatrixAnswers inverseOf(const Matrix &matrix);
/// The lower triangle L with `matrix` = L L^T; reads the lower triangle.
MatrixAnswers choleskyOf(const Matrix &matrix);
/// Eigenvalues in ascending order, eigenvectors as columns; reads the lower triangle.
MatrixAnswers eighOf(const Matrix &matrix);
/// U, the singular values in descending order, V^T.
MatrixAnswers svdOf(const Matrix &matrix);

} // namespace tl::ir
