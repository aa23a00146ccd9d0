// The values that parameters begin with.
#pragma once

#include "runtime/core/Tensor.h"

#include <cstdint>
#include <vector>

namespace tl::runtime {

/// How the elements of a tensor are drawn. For xavier, he and orthogonal the first axis is that of the
/// outputs, the second that of the inputs, and each further one multiplies both, as for the kernel of a
/// convolution.
struct Initializer {
  enum class Kind {
    Constant,   ///< `first`
    Uniform,    ///< in [first, second)
    Normal,     ///< of mean `first` and standard deviation `second`
    Xavier,     ///< uniform in `first` * [-a, a), a = sqrt(6 / (inputs + outputs))
    He,         ///< normal of mean 0 and standard deviation `first` * sqrt(2 / inputs)
    Orthogonal, ///< `first` times a matrix, the first axis by the others, whose shorter side is orthonormal
  };
  Kind kind = Kind::Constant;
  double first = 0, second = 1;
};

/// A tensor of a float type with the elements that `key` draws (see runtime/Random.h), each for its own
/// coordinates, so that other extents do not change them. `coordinates[axis]`: what stands for the positions
/// of an axis; empty for themselves.
Result<Tensor> initialTensor(const Initializer &initializer, ElementType type, const Shape &shape,
                             std::uint64_t key, const std::vector<std::vector<std::int64_t>> &coordinates,
                             MemoryBudget &budget);

} // namespace tl::runtime
