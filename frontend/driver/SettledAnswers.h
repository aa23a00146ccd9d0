// Answers to queries of which nothing has to be computed.
#pragma once

#include "frontend/driver/Reuse.h"

namespace tl::driver {

/// The values that every query asks for, when all of them are there: of a relation that is kept only the rows
/// with the query's constants. Empty when something has to be computed or written.
runtime::Result<std::optional<backend::Answers>>
settledAnswers(const sema::TypedProgram &program, const LoadedData &data, const ReusePlan &plan);

} // namespace tl::driver
