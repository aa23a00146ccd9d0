// The generated definitions of the ops of `tl`; what people wrote is in ops/.
#include "ir/tl/TlOps.h"

#include "ir/tl/TlTypes.h"

#include "mlir/IR/Builders.h"

#include "ir/tl/TlInterfaces.cpp.inc"

#define GET_OP_CLASSES
#include "ir/tl/TlOps.cpp.inc"
