// The library as a reader sees it: modules and their definitions with the comments above them.
#pragma once

#include "runtime/core/Result.h"

#include <string>
#include <string_view>
#include <vector>

namespace tl::driver {

/// One `def`.
struct DefinitionText {
  std::string name;
  std::string comment;   ///< the `///` lines above it, joined
  std::string signature; ///< arguments, options and results, as written
  std::string equations; ///< the body as written, with its indentation
};

/// One file of the library.
struct ModuleText {
  std::string name;    ///< `std.nn.norm`
  std::string comment; ///< the `//` lines at its head, without what they say about tolerances
  std::vector<DefinitionText> definitions;
};

/// What the text of a module says about itself.
ModuleText describe(std::string name, std::string_view text);

/// All modules below `folder`, sorted by name, which begins with `std.`.
runtime::Result<std::vector<ModuleText>> readLibrary(const std::string &folder);

/// The library as one page: a list to choose from, a field to search in, every definition with its equations.
std::string libraryPage(const std::vector<ModuleText> &modules);

} // namespace tl::driver
