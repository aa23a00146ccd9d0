// The modules that a program imports.
#pragma once

#include "frontend/expand/Module.h"
#include "frontend/source/Diagnostic.h"

#include <optional>
#include <string>
#include <string_view>

namespace tl::driver {

/// Where modules are: `std.x.y` is x/y.tl in the library, `x.y` is x/y.tl in the program's folder.
struct ModuleFolders {
  std::string program;
  std::string library; ///< empty when there is none
};

/// The file of module `name`, whether it exists or not.
std::string modulePath(const ModuleFolders &folders, std::string_view name);

/// The text of a regular file; empty when there is none, or it is too long to be a program.
std::optional<std::string> readSource(const std::string &path);

/// The program and every module that it imports, directly or through others, each read once. Reports modules
/// that are missing or wrong, and modules that import each other in a circle.
std::optional<std::vector<expand::Module>> loadModules(ast::Program program, const ModuleFolders &folders,
                                                       source::SourceManager &sources,
                                                       source::DiagnosticEngine &diagnostics);

} // namespace tl::driver
