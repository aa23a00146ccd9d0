// Names the matrix and its place.
#include "runtime/core/MatrixFailure.h"

namespace tl::runtime {
namespace {

const char *reasonOf(MatrixFailure failure) {
  switch (failure) {
  case MatrixFailure::Singular:
    return "is singular";
  case MatrixFailure::NotPositiveDefinite:
    return "is not positive definite";
  case MatrixFailure::NotConverged:
    return "has too wide a range of numbers";
  }
  return "";
}

/// ` at [2,0]`; nothing when there is one matrix only.
std::string placeOf(const Shape &batch, std::int64_t matrix) {
  std::string text;
  for (std::size_t axis = batch.size(); axis-- > 0; matrix /= batch[axis])
    text = std::to_string(matrix % batch[axis]) + (text.empty() ? "" : ",") + text;
  return text.empty() ? "" : " at [" + text + "]";
}

} // namespace

Error matrixError(MatrixFailure failure, std::string_view function, std::string_view subject,
                  const Shape &batch, std::int64_t matrix) {
  return {ErrorKind::Check, "'" + std::string(subject) + "'" + placeOf(batch, matrix) + " " +
                                reasonOf(failure) + ": '" + std::string(function) + "' has no answer"};
}

} // namespace tl::runtime
