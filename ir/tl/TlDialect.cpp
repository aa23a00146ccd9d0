// Registers the types and ops of `tl`.
#include "ir/tl/TlDialect.h"

#include "ir/tl/ElementTypes.h"
#include "ir/tl/TlOps.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"

#include "llvm/ADT/TypeSwitch.h"

#include "ir/tl/TlDialect.cpp.inc"
#include "ir/tl/TlEnums.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "ir/tl/TlTypes.cpp.inc"

namespace tl::ir {

using namespace mlir;

void TlDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "ir/tl/TlTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "ir/tl/TlOps.cpp.inc"
      >();
}

void RelationType::print(AsmPrinter &printer) const {
  printer << "<[";
  llvm::interleaveComma(getBounds(), printer.getStream(), [&](std::int64_t bound) {
    if (bound == kUnbounded)
      printer << '?';
    else
      printer << bound;
  });
  printer << "]>";
}

Type RelationType::parse(AsmParser &parser) {
  SmallVector<std::int64_t> bounds;
  auto parseBound = [&]() -> ParseResult {
    if (succeeded(parser.parseOptionalQuestion())) {
      bounds.push_back(kUnbounded);
      return success();
    }
    return parser.parseInteger(bounds.emplace_back());
  };
  SMLoc begin = parser.getCurrentLocation();
  if (parser.parseLess() || parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseBound) ||
      parser.parseGreater())
    return {};
  return getChecked([&] { return parser.emitError(begin); }, parser.getContext(), bounds);
}

LogicalResult RelationType::verify(function_ref<InFlightDiagnostic()> emitError,
                                   ArrayRef<std::int64_t> bounds) {
  for (std::int64_t bound : bounds)
    if (bound < 0 && bound != kUnbounded)
      return emitError() << "a column bound is negative: " << bound;
  return success();
}

LogicalResult PartialType::verify(function_ref<InFlightDiagnostic()> emitError, RankedTensorType tensor) {
  if (!tensor.hasStaticShape())
    return emitError() << "the shape of " << tensor << " is not static";
  if (!elementTypeOf(tensor.getElementType()))
    return emitError() << "no tensor stores elements of " << tensor.getElementType();
  return success();
}

} // namespace tl::ir
