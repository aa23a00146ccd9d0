// Drawing the elements of parameters.
#include "runtime/kernels/Initialize.h"

#include "runtime/Random.h"

#include <algorithm>
#include <cmath>

namespace tl::runtime {
namespace {

/// How many numbers go into an output, and how many outputs a number goes into.
struct Fans {
  double inputs = 1, outputs = 1;
};

Fans fansOf(const Shape &shape) {
  Fans fans;
  if (shape.empty())
    return fans;
  double shared = 1;
  for (std::size_t axis = 2; axis < shape.size(); ++axis)
    shared *= static_cast<double>(shape[axis]);
  fans.outputs = static_cast<double>(shape[0]) * shared;
  fans.inputs = shape.size() > 1 ? static_cast<double>(shape[1]) * shared : fans.outputs;
  return fans;
}

/// xavier and he are uniform and normal draws of a width that follows from the shape.
Initializer settled(Initializer initializer, const Shape &shape) {
  const Fans fans = fansOf(shape);
  switch (initializer.kind) {
  case Initializer::Kind::Xavier: {
    const double width = initializer.first * std::sqrt(6 / std::max(1.0, fans.inputs + fans.outputs));
    return {Initializer::Kind::Uniform, -width, width};
  }
  case Initializer::Kind::He:
    return {Initializer::Kind::Normal, 0, initializer.first * std::sqrt(2 / std::max(1.0, fans.inputs))};
  case Initializer::Kind::Orthogonal:
    return {Initializer::Kind::Normal, 0, 1};
  case Initializer::Kind::Constant:
  case Initializer::Kind::Uniform:
  case Initializer::Kind::Normal:
    break;
  }
  return initializer;
}

double drawn(const Initializer &initializer, DrawPlace place, bool isSingle) {
  if (initializer.kind == Initializer::Kind::Constant)
    return initializer.first;
  if (initializer.kind == Initializer::Kind::Uniform)
    return initializer.first + (initializer.second - initializer.first) * uniformDraw(place, isSingle);
  return initializer.first + initializer.second * normalDraw(place, isSingle);
}

/// Vectors one after another in memory, or one beside another.
struct Vectors {
  double *elements;
  std::int64_t count, length, vectorStride, elementStride;

  double &at(std::int64_t vector, std::int64_t element) const {
    return elements[vector * vectorStride + element * elementStride];
  }
  double product(std::int64_t lhs, std::int64_t rhs) const {
    double sum = 0;
    for (std::int64_t element = 0; element < length; ++element)
      sum += at(lhs, element) * at(rhs, element);
    return sum;
  }
  /// Gram and Schmidt, twice, which is orthogonal to the last bits.
  void orthonormalize() const {
    for (std::int64_t vector = 0; vector < count; ++vector) {
      for (int pass = 0; pass < 2; ++pass)
        for (std::int64_t other = 0; other < vector; ++other) {
          const double along = product(vector, other);
          for (std::int64_t element = 0; element < length; ++element)
            at(vector, element) -= along * at(other, element);
        }
      const double norm = std::sqrt(product(vector, vector));
      for (std::int64_t element = 0; element < length; ++element)
        at(vector, element) /= norm;
    }
  }
};

/// The shorter side of the matrix becomes orthonormal. `elements` is its own copy in f64.
void orthonormalize(double *elements, const Shape &shape, std::int64_t count) {
  const std::int64_t rows = shape.empty() ? 1 : shape[0];
  const std::int64_t columns = rows == 0 ? 0 : count / rows;
  if (rows <= columns)
    Vectors{elements, rows, columns, columns, 1}.orthonormalize();
  else
    Vectors{elements, columns, rows, 1, columns}.orthonormalize();
}

} // namespace

Result<Tensor> initialTensor(const Initializer &initializer, ElementType type, const Shape &shape,
                             std::uint64_t key, const std::vector<std::vector<std::int64_t>> &coordinates,
                             MemoryBudget &budget) {
  const bool isOrthogonal = initializer.kind == Initializer::Kind::Orthogonal;
  const Initializer draws = settled(initializer, shape);
  Result<Tensor> tensor =
      Tensor::create(budget, isOrthogonal ? ElementType::F64 : type, shape, "a parameter");
  if (!tensor)
    return tensor;
  std::vector<std::int64_t> position(shape.size(), 0), place(shape.size(), 0);
  for (std::int64_t element = 0; element < tensor->elements(); ++element) {
    for (std::size_t axis = 0; axis < shape.size(); ++axis)
      place[axis] = coordinates[axis].empty() ? position[axis]
                                              : coordinates[axis][static_cast<std::size_t>(position[axis])];
    tensor->setNumber(element, drawn(draws, drawPlace(key, place), type != ElementType::F64));
    for (std::size_t axis = shape.size(); axis-- > 0 && ++position[axis] == shape[axis];)
      position[axis] = 0;
  }
  if (!isOrthogonal)
    return tensor;
  orthonormalize(tensor->mutableAs<double>(), shape, tensor->elements());
  Result<Tensor> result = Tensor::create(budget, type, shape, "a parameter");
  if (!result)
    return result;
  for (std::int64_t element = 0; element < tensor->elements(); ++element)
    result->setNumber(element, initializer.first * tensor->number(element));
  return result;
}

} // namespace tl::runtime
