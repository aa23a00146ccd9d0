// A checked program as text.
#pragma once

#include "frontend/sema/TypedProgram.h"

#include <string>

namespace tl::sema {

/// The equation as the language writes it, every sum explicit: `Y[i] = relu(sum[j](W[i,j] * X[j])) + B[i]`.
std::string toString(const TypedProgram &program, const Equation &equation);

/// One expression of the equation, also before its sums are placed.
std::string toString(const TypedProgram &program, const Equation &equation, const Expr &expr);

/// One line per equation, in the order of the text; with data named but not listed.
std::string dump(const TypedProgram &program);

} // namespace tl::sema
