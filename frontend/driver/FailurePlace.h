// Where in the program a run failed.
#pragma once

#include "frontend/source/SourceManager.h"

#include <string_view>

namespace tl::sema {
struct TypedProgram;
}

namespace tl::driver {

/// The equation that a failure of a run is about. The runtime knows no places, but its messages name, in
/// quotes, the tensor or relation and the matrix function; empty when they name nothing of the program.
source::SourceRange placeOfFailure(const sema::TypedProgram &program, std::string_view message);

} // namespace tl::driver
