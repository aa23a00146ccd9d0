// What holds of the ops of `tile`, and how they are written.
#include "ir/tile/TileOps.h"

#include "mlir/IR/Builders.h"

#include "llvm/Support/MathExtras.h"

#define GET_OP_CLASSES
#include "ir/tile/TileOps.cpp.inc"

namespace tl::tile {

using namespace mlir;

namespace {

constexpr std::int64_t kWarp = 32;
constexpr std::int64_t kLargestTeam = 1024;
/// Threads of a team that contracts, and the side of the square of elements that each of them computes.
constexpr std::int64_t kContractingTeam = 256;
constexpr std::int64_t kContractedSide = 4;

ParseResult parseBody(OpAsmParser &parser, OperationState &result,
                      ArrayRef<OpAsmParser::Argument> arguments) {
  Region *body = result.addRegion();
  if (parser.parseRegion(*body, arguments))
    return failure();
  if (body->empty())
    body->emplaceBlock();
  return success();
}

} // namespace

ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &result) {
  StringAttr name;
  IntegerAttr team;
  SmallVector<OpAsmParser::Argument> arguments;
  if (parser.parseSymbolName(name, SymbolTable::getSymbolAttrName(), result.attributes) ||
      parser.parseArgumentList(arguments, OpAsmParser::Delimiter::Paren, /*allowType=*/true) ||
      parser.parseKeyword("team") ||
      parser.parseAttribute(team, parser.getBuilder().getI64Type(), "team", result.attributes) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  return parseBody(parser, result, arguments);
}

void KernelOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printSymbolName(getSymName());
  printer << '(';
  llvm::interleaveComma(getBody().getArguments(), printer,
                        [&](BlockArgument argument) { printer.printRegionArgument(argument); });
  printer << ") team " << getTeamAttr().getInt();
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs(), {"sym_name", "team"});
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

LogicalResult KernelOp::verify() {
  const auto team = static_cast<std::int64_t>(getTeam());
  if (team != 1 && (team < kWarp || team > kLargestTeam || !llvm::isPowerOf2_64(team)))
    return emitOpError("has a team of ") << team << " threads, not of 1 or a power of two from 32 to 1024";
  if (getBody().getNumArguments() == 0)
    return emitOpError("has no destination");
  for (Type type : getBody().getArgumentTypes())
    if (!ir::denseType(type) && !type.isIndex())
      return emitOpError("takes a dense tensor or a position, not ") << type;
  if (!ir::denseType(getBody().getArguments().back().getType()))
    return emitOpError("has a position as its destination");
  return success();
}

std::int64_t KernelOp::points() {
  std::int64_t count = 1;
  for (PointOp point : getBody().getOps<PointOp>())
    count *= point.getUpper() - point.getLower();
  return count;
}

LogicalResult PointOp::verify() {
  if (getLower() >= getUpper())
    return emitOpError("has an empty range from ") << getLower() << " to " << getUpper();
  Operation *before = (*this)->getPrevNode();
  if (before && !isa<PointOp>(before))
    return emitOpError("is not at the beginning of its kernel");
  return success();
}

ParseResult StrideOp::parse(OpAsmParser &parser, OperationState &result) {
  Builder &builder = parser.getBuilder();
  StringAttr name;
  OpAsmParser::Argument variable;
  IntegerAttr lower, upper;
  variable.type = builder.getIndexType();
  if (parser.parseAttribute(name, "name", result.attributes) || parser.parseArgument(variable) ||
      parser.parseAttribute(lower, builder.getI64Type(), "lower", result.attributes) ||
      parser.parseKeyword("to") ||
      parser.parseAttribute(upper, builder.getI64Type(), "upper", result.attributes) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  return parseBody(parser, result, variable);
}

void StrideOp::print(OpAsmPrinter &printer) {
  printer << ' ' << getNameAttr() << ' ' << getBody().getArgument(0) << ' ' << getLowerAttr().getInt()
          << " to " << getUpperAttr().getInt();
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs(), {"name", "lower", "upper"});
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

LogicalResult StrideOp::verify() {
  if ((*this)->getParentOfType<StrideOp>())
    return emitOpError("stands in another one, which has dealt out the threads already");
  auto kernel = (*this)->getParentOfType<KernelOp>();
  if (!kernel || kernel.getTeam() == 1)
    return emitOpError("needs a team of several threads");
  if (getBody().getNumArguments() != 1)
    return emitOpError("has one variable");
  return success();
}

LogicalResult ContractOp::verify() {
  const Value tensors[] = {getLhs(), getRhs(), getDest()};
  if (getMaps().size() != 3)
    return emitOpError("needs a map for each of its three tensors");
  for (auto [attribute, tensor] : llvm::zip_equal(getMaps(), tensors)) {
    AffineMap map = cast<AffineMapAttr>(attribute).getValue();
    if (map.getNumDims() != getExtents().size() || map.getNumSymbols() != getPositions().size())
      return emitOpError("map takes ")
             << map.getNumDims() << " indices and " << map.getNumSymbols() << " positions, "
             << getExtents().size() << " and " << getPositions().size() << " given";
    if (map.getNumResults() != ir::denseType(tensor.getType()).getRank())
      return emitOpError("gives ") << map.getNumResults() << " coordinates to a tensor of rank "
                                   << ir::denseType(tensor.getType()).getRank();
  }
  auto kernel = (*this)->getParentOfType<KernelOp>();
  if (!kernel || kernel.getTeam() != kContractingTeam)
    return emitOpError("needs a team of ") << kContractingTeam << " threads";
  if (getTile().size() != 3 || getTile()[0] % kContractedSide != 0 || getTile()[1] % kContractedSide != 0 ||
      getTile()[0] * getTile()[1] != kContractingTeam * kContractedSide * kContractedSide ||
      getTile()[2] <= 0)
    return emitOpError("has a tile of which a thread does not get ")
           << kContractedSide << " x " << kContractedSide << " elements";
  if (getSlots() < 2)
    return emitOpError("needs two slots or more, to copy into one while another is read");
  return success();
}

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto kernel = symbols.lookupNearestSymbolFrom<KernelOp>(*this, getKernelAttr());
  if (!kernel)
    return emitOpError("launches '") << getKernel() << "', which is no kernel";
  if (TypeRange(kernel.getBody().getArgumentTypes()) != TypeRange(getOperation()->getOperandTypes()))
    return emitOpError("operands differ from the arguments of '") << getKernel() << "'";
  if (getCombined().getType() != getDest().getType())
    return emitOpError("result differs in type from its destination");
  return success();
}

} // namespace tl::tile
