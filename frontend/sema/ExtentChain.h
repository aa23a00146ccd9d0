// How two axes have come to be of one class.
#pragma once

#include "frontend/sema/TypedProgram.h"

#include <string>
#include <vector>

namespace tl::sema {

/// One equation where an index stands at axes of two tensors, or at two axes of one.
struct ChainLink {
  std::string variable;
  TensorId from, to;
  SourceRange place; ///< of `to` in the equation
};

/// A shortest chain of equations that leads from an axis of `first` to one of `last`, both of the class; empty
/// when plain variables alone lead nowhere.
std::vector<ChainLink> chainBetween(TypedProgram &program, ClassId axisClass, TensorId first, TensorId last);

} // namespace tl::sema
