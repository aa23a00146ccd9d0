// How tl.scan and tl.fixpoint are written, and what holds of them.
#include "ir/tl/TlOps.h"

namespace tl::ir {

using namespace mlir;

namespace {

using Argument = OpAsmParser::Argument;

/// `(%a = %x : type, ...)`: block arguments and what they begin as.
ParseResult parseCarried(OpAsmParser &parser, OperationState &result, SmallVectorImpl<Argument> &arguments) {
  auto parseOne = [&]() -> ParseResult {
    OpAsmParser::UnresolvedOperand init;
    Argument &argument = arguments.emplace_back();
    if (parser.parseArgument(argument) || parser.parseEqual() || parser.parseOperand(init) ||
        parser.parseColonType(argument.type))
      return failure();
    result.addTypes(argument.type);
    return parser.resolveOperand(init, argument.type, result.operands);
  };
  return parser.parseCommaSeparatedList(OpAsmParser::Delimiter::Paren, parseOne);
}

void printCarried(OpAsmPrinter &printer, ArrayRef<BlockArgument> arguments, OperandRange inits) {
  printer << '(';
  llvm::interleaveComma(llvm::zip_equal(arguments, inits), printer, [&](auto pair) {
    auto [argument, init] = pair;
    printer << argument << " = " << init << " : " << init.getType();
  });
  printer << ')';
}

/// `names ["H", "C"]`, what the carried tensors are called in messages.
ParseResult parseNames(OpAsmParser &parser, ArrayAttr &names) {
  if (failed(parser.parseOptionalKeyword("names")))
    return success();
  return parser.parseAttribute(names);
}

void printNames(OpAsmPrinter &printer, std::optional<ArrayAttr> names) {
  if (names)
    printer << " names " << *names;
}

ParseResult parseBody(OpAsmParser &parser, OperationState &result, ArrayRef<Argument> arguments) {
  Region *body = result.addRegion();
  if (parser.parseRegion(*body, arguments))
    return failure();
  if (body->empty())
    body->emplaceBlock();
  return parser.parseOptionalAttrDict(result.attributes);
}

void printBody(OpAsmPrinter &printer, Operation *op) {
  printer << ' ';
  printer.printRegion(op->getRegion(0), /*printEntryBlockArgs=*/false);
  printer.printOptionalAttrDict(llvm::to_vector(op->getDiscardableAttrs()));
}

/// Initial values, block arguments after the first `leading`, what tl.next passes on, and results agree.
LogicalResult verifyCarried(Operation *op, TypeRange inits, unsigned leading,
                            std::optional<ArrayAttr> names) {
  Block &body = op->getRegion(0).front();
  if (op->getResultTypes() != inits)
    return op->emitOpError("results differ in type from what they begin as");
  if (TypeRange(body.getArgumentTypes()).drop_front(std::min(leading, body.getNumArguments())) != inits)
    return op->emitOpError("the body does not take the carried tensors");
  auto next = body.empty() ? NextOp() : dyn_cast<NextOp>(body.back());
  if (!next)
    return op->emitOpError("does not end in a tl.next");
  if (TypeRange(next.getTensors().getTypes()) != inits)
    return next.emitOpError("passes on tensors that differ in number or type from those carried");
  if (names && names->size() != inits.size())
    return op->emitOpError("names ") << names->size() << " of " << inits.size() << " carried tensors";
  return success();
}

} // namespace

// --- tl.scan: `tl.scan "t" %t = 0 to 5 descending carry (%a = %x : type) names ["A"] {...}`

ParseResult ScanOp::parse(OpAsmParser &parser, OperationState &result) {
  Properties &properties = result.getOrAddProperties<Properties>();
  SmallVector<Argument> arguments;
  Argument &position = arguments.emplace_back();
  position.type = parser.getBuilder().getIndexType();
  Type i64 = parser.getBuilder().getI64Type();
  if (parser.parseAttribute(properties.name) || parser.parseArgument(position) || parser.parseEqual() ||
      parser.parseAttribute(properties.begin, i64) || parser.parseKeyword("to") ||
      parser.parseAttribute(properties.end, i64))
    return failure();
  if (succeeded(parser.parseOptionalKeyword("descending")))
    properties.descending = parser.getBuilder().getUnitAttr();
  if (parser.parseKeyword("carry") || parseCarried(parser, result, arguments) ||
      parseNames(parser, properties.names))
    return failure();
  return parseBody(parser, result, arguments);
}

void ScanOp::print(OpAsmPrinter &printer) {
  Block &body = getBody().front();
  printer << ' ' << getNameAttr() << ' ' << body.getArgument(0) << " = " << getBegin() << " to " << getEnd();
  if (getDescending())
    printer << " descending";
  printer << " carry ";
  printCarried(printer, body.getArguments().drop_front(), getInits());
  printNames(printer, getNames());
  printBody(printer, *this);
}

LogicalResult ScanOp::verify() {
  if (getBegin() > getEnd())
    return emitOpError("begins at ") << getBegin() << ", after its end " << getEnd();
  Block &body = getBody().front();
  if (body.getNumArguments() == 0 || !body.getArgument(0).getType().isIndex())
    return emitOpError("the body does not take the position first");
  return verifyCarried(*this, getInits().getTypes(), 1, getNames());
}

// --- tl.fixpoint: `tl.fixpoint (%a = %x : type) tolerance 1.0e-9 max 100 names ["A"] {...}`

ParseResult FixpointOp::parse(OpAsmParser &parser, OperationState &result) {
  Properties &properties = result.getOrAddProperties<Properties>();
  SmallVector<Argument> arguments;
  if (parseCarried(parser, result, arguments))
    return failure();
  if (succeeded(parser.parseOptionalKeyword("tolerance")) &&
      parser.parseAttribute(properties.tolerance, parser.getBuilder().getF64Type()))
    return failure();
  if (succeeded(parser.parseOptionalKeyword("max")) &&
      parser.parseAttribute(properties.max_rounds, parser.getBuilder().getI64Type()))
    return failure();
  if (parseNames(parser, properties.names))
    return failure();
  return parseBody(parser, result, arguments);
}

void FixpointOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printCarried(printer, getBody().front().getArguments(), getInits());
  if (getToleranceAttr()) {
    printer << " tolerance ";
    printer.printAttributeWithoutType(getToleranceAttr());
  }
  if (getMaxRounds())
    printer << " max " << *getMaxRounds();
  printNames(printer, getNames());
  printBody(printer, *this);
}

LogicalResult FixpointOp::verify() {
  if (getTolerance() && !(getTolerance()->convertToDouble() > 0))
    return emitOpError("the tolerance is not above 0");
  return verifyCarried(*this, getInits().getTypes(), 0, getNames());
}

} // namespace tl::ir
