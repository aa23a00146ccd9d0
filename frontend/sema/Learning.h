// What `learn` statements ask for.
#pragma once

#include "frontend/sema/Names.h"

#include <set>

namespace tl::sema {

/// Appends every `learn` statement of `ast` to `TypedProgram::learnings`, in the order of the text; reports
/// what cannot be learnt. After types are known.
void addLearning(const ast::Program &ast, TypedProgram &program, const Names &names,
                 const CheckOptions &options, source::DiagnosticEngine &diagnostics);

/// What every step of `learning` computes anew: parameters, what is drawn anew, and everything that depends
/// on them.
std::set<TensorId> changingIn(const TypedProgram &program, const Learning &learning);

} // namespace tl::sema
