// Equations of dialect `tl` as text of the language.
#pragma once

#include "mlir/IR/ValueRange.h"

#include <string>
#include <vector>

namespace tl::print {

/// Text that computes values of a program.
struct EquationText {
  std::string text;
  std::vector<std::string> names; ///< of the tensors that hold the values, in their order
  std::string unprintable;        ///< what has no text in the language; empty when everything has
};

/// The equations that compute `values`, down to data and to tensors that have a name of the program. `taken`
/// are the names of the program; new tensors get others. A program of the statements that define the named
/// tensors and of this text gives the same numbers.
EquationText equationsOf(mlir::ValueRange values, const std::vector<std::string> &taken);

} // namespace tl::print
