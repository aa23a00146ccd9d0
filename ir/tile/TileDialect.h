// The dialect `tile`.
#pragma once

#include "mlir/IR/Dialect.h"

#include "ir/tile/TileDialect.h.inc"
