// The functions an expression may call.
#pragma once

#include "frontend/source/Diagnostic.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tl::sema {

/// One row of the table of functions.
struct Function {
  enum class Kind {
    Elementwise, ///< a primitive of runtime/Primitives.def
    Normalizing, ///< along the dotted index, elements of its rows in any order
    Ordered,     ///< along the dotted index, elements of its rows one after another
    Selecting,   ///< along the dotted index, whether an element is chosen
    Random,      ///< a draw for every element of the left side
    Size,        ///< `size(i)`
    Matrix,      ///< linear algebra
    Concat,
    Unsupported, ///< in the language, not in this version
  };
  std::string_view name;
  Kind kind = Kind::Elementwise;
  std::size_t least = 1, most = 1; ///< numbers of arguments
  std::string_view option = {};    ///< the one named argument, if it takes one
  double preset = 0;               ///< the option's value when not given
};

/// Null when no function has this name.
const Function *findFunction(std::string_view name);
/// Whether a function of this name chooses elements: topk, argmax, sample.
bool isSelecting(std::string_view name);
std::vector<std::string> functionNames();
/// Reports a call of what is neither a function nor one of `definitions`, with the name that may be meant.
void reportUnknownFunction(std::string_view name, source::SourceRange range,
                           std::vector<std::string> definitions, source::DiagnosticEngine &diagnostics);

} // namespace tl::sema
