// A checked program in words: its equations, strata, scans and extents.
#pragma once

#include "frontend/sema/Demand.h"
#include "frontend/sema/TypedProgram.h"

#include <string>

namespace tl::print {

/// Tensors with their extents, then the components in the order of evaluation, each with its equations, every
/// sum explicit. Of a program that runs query-driven only what the queries need.
std::string explain(const sema::TypedProgram &program, const sema::Demanded &demanded = {});

/// One tensor with its extents, its type and its data: `W[784, 256]: f32, a literal`.
std::string tensorText(const sema::TypedProgram &program, const sema::TensorSymbol &tensor);

} // namespace tl::print
