// Sizes of relations: known for data, else the product of the bounds.
#include "passes/logic/RowEstimates.h"

#include "ir/tl/TlOps.h"
#include "ir/tl/TlTypes.h"

#include <algorithm>

namespace tl::passes {

using namespace mlir;

namespace {

/// A column whose cells are unbounded counts as a very large one.
constexpr double kUnboundedCells = 1e9;

double cellsWithin(std::int64_t bound) {
  return bound < 0 ? kUnboundedCells : std::max<double>(1, static_cast<double>(bound));
}

} // namespace

double estimatedRows(Value relation) {
  if (Operation *definition = relation.getDefiningOp())
    if (auto rows = definition->getAttrOfType<IntegerAttr>(kRows))
      return static_cast<double>(rows.getInt());
  double rows = 1;
  for (std::int64_t bound : cast<ir::RelationType>(relation.getType()).getBounds())
    rows *= cellsWithin(bound);
  return rows;
}

double estimatedCells(double rows, std::int64_t bound) {
  return std::max(1.0, std::min(rows, cellsWithin(bound)));
}

} // namespace tl::passes
