// The dialect `tl`, its types and enums.
#pragma once

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"

#include <optional>

#include "ir/tl/TlEnums.h.inc"

#include "ir/tl/TlDialect.h.inc"

#define GET_TYPEDEF_CLASSES
#include "ir/tl/TlTypes.h.inc"
