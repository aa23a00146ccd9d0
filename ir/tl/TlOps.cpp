// The generated definitions of the ops of `tl`; what people wrote is in ops/.
#include "ir/tl/TlOps.h"

#include "ir/tl/TlTypes.h"

#include "mlir/IR/Builders.h"

#include "llvm/ADT/StringExtras.h"

namespace tl::ir {
namespace {

/// `[1.0e-5, 0x7FF0000000000000]`: numbers that read back as the same ones, which MLIR's own form of an array
/// of f64 does not promise.
void printNumbers(mlir::OpAsmPrinter &printer, mlir::Operation *, mlir::DenseF64ArrayAttr numbers) {
  printer << '[';
  llvm::interleaveComma(numbers.asArrayRef(), printer.getStream(),
                        [&](double number) { printer.printFloat(llvm::APFloat(number)); });
  printer << ']';
}

mlir::ParseResult parseNumbers(mlir::OpAsmParser &parser, mlir::DenseF64ArrayAttr &numbers) {
  llvm::SmallVector<double> values;
  auto parseNumber = [&]() -> mlir::ParseResult {
    llvm::APFloat value(0.0);
    if (parser.parseFloat(llvm::APFloat::IEEEdouble(), value))
      return mlir::failure();
    values.push_back(value.convertToDouble());
    return mlir::success();
  };
  if (parser.parseCommaSeparatedList(mlir::AsmParser::Delimiter::Square, parseNumber))
    return mlir::failure();
  numbers = parser.getBuilder().getDenseF64ArrayAttr(values);
  return mlir::success();
}

} // namespace
} // namespace tl::ir

#include "ir/tl/TlInterfaces.cpp.inc"

#define GET_OP_CLASSES
#include "ir/tl/TlOps.cpp.inc"
