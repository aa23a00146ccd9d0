// The functions that a program calls from outside.
#pragma once

#include "frontend/driver/Embedding.h"
#include "frontend/sema/TypedProgram.h"

namespace tl::driver {

/// Says of every external function where it is: the path of its library, beside the program in `folder` or
/// one that the system finds by its name, or a function of the embedding program. Each is opened once to see
/// that it is there; `failed` is the place of one that is not.
runtime::Result<void> locateExternals(sema::TypedProgram &program, const std::string &folder,
                                      const Embedding *embedding, source::SourceRange &failed);

} // namespace tl::driver
