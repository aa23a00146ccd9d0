// The order of evaluation of a program with restricted relations.
#pragma once

#include "frontend/sema/TypedProgram.h"

namespace tl::sema {

/// Puts the components of `program` into an order for its present equations; tensors from `originals` on are
/// new and get components. False, leaving the components alone, when a new relation would depend on itself
/// through `not`, through numbers or through a component that was there before.
bool orderRestricted(TypedProgram &program, std::size_t originals);

/// Ends each scan that only queries with a constant position read at the last position they ask for. Whether
/// any became shorter.
bool shortenScans(TypedProgram &program);

} // namespace tl::sema
