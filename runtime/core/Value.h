// What a name of the program stands for at run time.
#pragma once

#include "runtime/core/Relation.h"
#include "runtime/core/Tensor.h"

#include <variant>

namespace tl::runtime {

/// A dense tensor or a relation.
using Value = std::variant<Tensor, Relation>;

} // namespace tl::runtime
