// What the heads of data files say, before a program is checked.
#pragma once

#include "frontend/driver/Load.h"
#include "frontend/sema/Check.h"

namespace tl::driver {

/// Number of indices and element type of every tensor that a bare `X = "file"` or a file of the caller
/// defines, as far as the first bytes of the file tell. Files that are missing or malformed are left to
/// `load`.
std::map<std::string, sema::FileShape> peekFiles(const ast::Program &ast, const LoadOptions &options);

} // namespace tl::driver
