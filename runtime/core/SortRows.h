// Sorting rows of cells.
#pragma once

#include "runtime/core/Relation.h"

#include <cstddef>
#include <vector>

namespace tl::runtime {

/// Sorts flat rows of `arity` > 0 cells as signed numbers, first column first, and drops duplicates. Takes
/// time linear in the rows and in the bits that their cells differ in.
void sortRows(std::vector<Cell> &cells, std::size_t arity);

} // namespace tl::runtime
