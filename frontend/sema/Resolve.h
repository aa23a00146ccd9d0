// Steps of `resolve` that others need too.
#pragma once

#include "frontend/sema/Check.h"

namespace tl::sema {

/// Joins the kinds of loaded columns with what the program says; a loader calls it before it numbers symbols.
/// A column of integers under a declared domain stays a column of symbols. False when an index is over
/// integers and over symbols.
bool settleKinds(TypedProgram &program, const std::map<TensorId, LoadedSizes> &sizes,
                 source::DiagnosticEngine &diagnostics);

/// How messages call the axes of a class: `index 'i'`, after a variable that runs over them.
std::string indexName(const TypedProgram &program, ClassId axisClass);

} // namespace tl::sema
