// The dialect `plan`, its types and enums.
#pragma once

#include "ir/tl/TlTypes.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"

#include <optional>

#include "ir/plan/PlanEnums.h.inc"

#include "ir/plan/PlanDialect.h.inc"

#define GET_TYPEDEF_CLASSES
#include "ir/plan/PlanTypes.h.inc"
