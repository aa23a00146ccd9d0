// Where the order of symbols counts.
#pragma once

#include "frontend/sema/TypedProgram.h"

#include <set>

namespace tl::sema {

/// The classes of symbols of undeclared domains along which something works in the order of the index, or
/// breaks ties by it. Their ids have to follow the texts: otherwise the order of the program's statements
/// would show.
std::set<ClassId> orderedSymbols(const TypedProgram &program);

} // namespace tl::sema
