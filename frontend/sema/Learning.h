// What `learn` statements ask for.
#pragma once

#include "frontend/sema/Names.h"

#include <set>

namespace tl::sema {

/// Appends every `learn` statement of `ast` to `TypedProgram::learnings`, in the order of the text; reports
/// what cannot be learnt. After types are known.
void addLearning(const ast::Program &ast, TypedProgram &program, const Names &names,
                 const CheckOptions &options, source::DiagnosticEngine &diagnostics);

/// Everything that changes when one of `changing` does, themselves included.
std::set<TensorId> dependentOn(const TypedProgram &program, const std::vector<TensorId> &changing);

} // namespace tl::sema
