// `--safe`: a program keeps to its own folder.
#pragma once

#include "frontend/expand/Module.h"
#include "frontend/source/Diagnostic.h"

#include <string>
#include <vector>

namespace tl::driver {

/// Reports every file that `modules` read or write outside of `folder`, links followed, and every C function,
/// as it may do anything. What the caller names (`-D X=x.npy`) is the caller's choice. False when something
/// was reported.
bool checkSafePaths(const std::vector<expand::Module> &modules, const std::string &folder,
                    source::DiagnosticEngine &diagnostics);

} // namespace tl::driver
