// A program and the modules it imports, as parsed.
#pragma once

#include "frontend/ast/Ast.h"

#include <string>
#include <vector>

namespace tl::expand {

/// One `import` and the module it names, by its position among all modules.
struct ImportedModule {
  std::size_t module = 0;
  source::SourceRange range;
};

/// One file: the program itself, or a module that something imports.
struct Module {
  std::string name; ///< `std.attention`; empty for the program itself
  ast::Program program;
  std::vector<ImportedModule> imports;
};

} // namespace tl::expand
