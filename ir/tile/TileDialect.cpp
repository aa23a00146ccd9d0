// Registers the ops of `tile`.
#include "ir/tile/TileDialect.h"

#include "ir/plan/PlanDialect.h"
#include "ir/tile/TileOps.h"
#include "ir/tl/TlDialect.h"

#include "ir/tile/TileDialect.cpp.inc"

namespace tl::tile {

/// Kernels are written in the ops of the two other dialects.
void TileDialect::initialize() {
  getContext()->loadDialect<ir::TlDialect, plan::PlanDialect>();
  addOperations<
#define GET_OP_LIST
#include "ir/tile/TileOps.cpp.inc"
      >();
}

} // namespace tl::tile
