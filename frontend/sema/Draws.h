// Which random numbers an equation draws.
#pragma once

#include "frontend/sema/TypedProgram.h"

#include <set>

namespace tl::sema {

/// Numbers the draws of every tensor, so that no two of its calls give the same numbers. Depends on the
/// equations of the tensor alone, and not on their order.
void numberDraws(TypedProgram &program);

/// Whether an equation of `tensor` draws.
bool isDrawn(const TypedProgram &program, TensorId tensor);

/// The classes of symbols that tell draws apart. A symbol is told by its text: ids follow the order of the
/// program. So is an element of `part`, an index that is seen in parts: by its place in the whole.
std::set<ClassId> drawnSymbols(const TypedProgram &program, std::optional<ClassId> part = std::nullopt);

/// The name under which the texts of a class of symbols, or the places of one of integers, are bound as
/// numbers.
std::string symbolKeysName(ClassId axisClass);

} // namespace tl::sema
