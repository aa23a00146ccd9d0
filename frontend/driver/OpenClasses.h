// Which indices of relations may take more symbols and integers than there are when a program is compiled.
#pragma once

#include "frontend/sema/TypedProgram.h"

namespace tl::driver {

/// Whether nothing but rows of relations depends on how many cells an index of the class has: no array has it
/// as an axis, no variable counts through it, no function asks for its size or the order of its symbols.
bool canOpen(sema::TypedProgram &program, sema::ClassId axisClass);

} // namespace tl::driver
