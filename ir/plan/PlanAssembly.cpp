// How the ops of `plan` are written.
#include "ir/plan/PlanOps.h"

namespace tl::plan {

using namespace mlir;

namespace {

using Operands = SmallVector<OpAsmParser::UnresolvedOperand>;

/// Bodies are single blocks even when nothing is in them.
ParseResult parseBody(OpAsmParser &parser, OperationState &result,
                      ArrayRef<OpAsmParser::Argument> arguments) {
  Region *body = result.addRegion();
  if (parser.parseRegion(*body, arguments))
    return failure();
  if (body->empty())
    body->emplaceBlock();
  return success();
}

void printBody(OpAsmPrinter &printer, Region &body) {
  printer.printRegion(body, /*printEntryBlockArgs=*/false);
}

void printAttributes(OpAsmPrinter &printer, Operation *op, ArrayRef<StringRef> elided) {
  printer.printOptionalAttrDict(op->getAttrs(), elided);
}

/// `%tensor[affine map of values] {attributes}`; the map becomes the attribute `map`.
ParseResult parsePlace(OpAsmParser &parser, OperationState &result, OpAsmParser::UnresolvedOperand &subject,
                       Operands &operands) {
  AffineMapAttr map;
  return failure(parser.parseOperand(subject) ||
                 parser.parseAffineMapOfSSAIds(operands, map, "map", result.attributes) ||
                 parser.parseOptionalAttrDict(result.attributes));
}

void printPlace(OpAsmPrinter &printer, Operation *op, Value subject, AffineMapAttr map, OperandRange operands,
                ArrayRef<StringRef> elided = {"map"}) {
  printer << ' ' << subject << '[';
  printer.printAffineMapOfSSAIds(map, operands);
  printer << ']';
  printAttributes(printer, op, elided);
}

/// An op that looks at one place of a tensor or relation: `%t[...] : type`.
ParseResult parseLook(OpAsmParser &parser, OperationState &result, Type &subjectType) {
  OpAsmParser::UnresolvedOperand subject;
  Operands operands;
  Type index = parser.getBuilder().getIndexType();
  return failure(parsePlace(parser, result, subject, operands) || parser.parseColonType(subjectType) ||
                 parser.resolveOperand(subject, subjectType, result.operands) ||
                 parser.resolveOperands(operands, index, result.operands));
}

ParseResult parseCondition(OpAsmParser &parser, OperationState &result) {
  Type subjectType;
  if (parseLook(parser, result, subjectType))
    return failure();
  result.addTypes(parser.getBuilder().getI1Type());
  return success();
}

template <typename LookOp> void printLook(OpAsmPrinter &printer, LookOp op, Value subject) {
  printPlace(printer, op, subject, op.getMapAttr(), op.getIndices());
  printer << " : " << subject.getType();
}

} // namespace

ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &result) {
  StringAttr name;
  IntegerAttr cost;
  SmallVector<OpAsmParser::Argument> arguments;
  if (parser.parseSymbolName(name, SymbolTable::getSymbolAttrName(), result.attributes) ||
      parser.parseArgumentList(arguments, OpAsmParser::Delimiter::Paren, /*allowType=*/true) ||
      parser.parseKeyword("cost") ||
      parser.parseAttribute(cost, parser.getBuilder().getI64Type(), "cost", result.attributes) ||
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
  printer << ") cost " << getCostAttr().getInt();
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs(), {"sym_name", "cost"});
  printer << ' ';
  printBody(printer, getBody());
}

ParseResult ForOp::parse(OpAsmParser &parser, OperationState &result) {
  Builder &builder = parser.getBuilder();
  StringAttr name;
  OpAsmParser::Argument variable;
  IntegerAttr lower, upper, lanes;
  variable.type = builder.getIndexType();
  if (parser.parseAttribute(name, "name", result.attributes) || parser.parseArgument(variable) ||
      parser.parseAttribute(lower, builder.getI64Type(), "lower", result.attributes) ||
      parser.parseKeyword("to") ||
      parser.parseAttribute(upper, builder.getI64Type(), "upper", result.attributes))
    return failure();
  if (succeeded(parser.parseOptionalKeyword("parallel")))
    result.addAttribute("parallel", builder.getUnitAttr());
  if (succeeded(parser.parseOptionalKeyword("lanes")) &&
      parser.parseAttribute(lanes, builder.getI64Type(), "lanes", result.attributes))
    return failure();
  if (parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  return parseBody(parser, result, variable);
}

void ForOp::print(OpAsmPrinter &printer) {
  printer << ' ' << getNameAttr() << ' ' << getBody().getArgument(0) << ' ' << getLowerAttr().getInt()
          << " to " << getUpperAttr().getInt();
  if (getParallel())
    printer << " parallel";
  if (getLanes() != 1)
    printer << " lanes " << getLanes();
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs(),
                                           {"name", "lower", "upper", "parallel", "lanes"});
  printer << ' ';
  printBody(printer, getBody());
}

namespace {

/// `(%x, %y) in`: variables that take the cells of a row.
ParseResult parseVariables(OpAsmParser &parser, SmallVectorImpl<OpAsmParser::Argument> &variables) {
  if (parser.parseArgumentList(variables, OpAsmParser::Delimiter::Paren) || parser.parseKeyword("in"))
    return failure();
  for (OpAsmParser::Argument &variable : variables)
    variable.type = parser.getBuilder().getIndexType();
  return success();
}

void printVariables(OpAsmPrinter &printer, Region &body) {
  printer << " (";
  llvm::interleaveComma(body.getArguments(), printer);
  printer << ") in ";
}

} // namespace

ParseResult EachOp::parse(OpAsmParser &parser, OperationState &result) {
  SmallVector<OpAsmParser::Argument> variables;
  OpAsmParser::UnresolvedOperand rows;
  RowsType type;
  if (parseVariables(parser, variables) || parser.parseOperand(rows) || parser.parseColonType(type) ||
      parser.resolveOperand(rows, type, result.operands) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  return parseBody(parser, result, variables);
}

void EachOp::print(OpAsmPrinter &printer) {
  printVariables(printer, getBody());
  printer << getRows() << " : " << getRows().getType();
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs());
  printer << ' ';
  printBody(printer, getBody());
}

ParseResult LookupOp::parse(OpAsmParser &parser, OperationState &result) {
  SmallVector<OpAsmParser::Argument> variables;
  OpAsmParser::UnresolvedOperand table;
  Operands keys;
  IndexType type;
  Type index = parser.getBuilder().getIndexType();
  if (parseVariables(parser, variables) || parser.parseOperand(table) ||
      parser.parseOperandList(keys, OpAsmParser::Delimiter::Square) || parser.parseColonType(type) ||
      parser.resolveOperand(table, type, result.operands) ||
      parser.resolveOperands(keys, index, result.operands) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  return parseBody(parser, result, variables);
}

void LookupOp::print(OpAsmPrinter &printer) {
  printVariables(printer, getBody());
  printer << getTable() << '[' << getKeys() << "] : " << getTable().getType();
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs());
  printer << ' ';
  printBody(printer, getBody());
}

ParseResult IntersectOp::parse(OpAsmParser &parser, OperationState &result) {
  SmallVector<OpAsmParser::Argument> variables;
  Operands tables, keys;
  SmallVector<Type> types;
  IntegerAttr bound;
  Builder &builder = parser.getBuilder();
  SMLoc where = parser.getCurrentLocation();
  if (parseVariables(parser, variables) || parser.parseOperandList(tables) ||
      parser.parseOperandList(keys, OpAsmParser::Delimiter::Square) || parser.parseKeyword("below") ||
      parser.parseAttribute(bound, builder.getI64Type(), "bound", result.attributes) ||
      parser.parseColonTypeList(types) || parser.resolveOperands(tables, types, where, result.operands) ||
      parser.resolveOperands(keys, builder.getIndexType(), result.operands) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  result.addAttribute(getOperandSegmentSizeAttr(),
                      builder.getDenseI32ArrayAttr({static_cast<std::int32_t>(tables.size()),
                                                    static_cast<std::int32_t>(keys.size())}));
  return parseBody(parser, result, variables);
}

void IntersectOp::print(OpAsmPrinter &printer) {
  printVariables(printer, getBody());
  printer << getTables() << '[' << getKeys() << "] below " << getBound() << " : " << getTables().getTypes();
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs(), {"bound", getOperandSegmentSizeAttr()});
  printer << ' ';
  printBody(printer, getBody());
}

ParseResult IfOp::parse(OpAsmParser &parser, OperationState &result) {
  OpAsmParser::UnresolvedOperand condition;
  if (parser.parseOperand(condition) ||
      parser.resolveOperand(condition, parser.getBuilder().getI1Type(), result.operands) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  return parseBody(parser, result, {});
}

void IfOp::print(OpAsmPrinter &printer) {
  printer << ' ' << getCondition();
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs());
  printer << ' ';
  printBody(printer, getBody());
}

ParseResult LoadOp::parse(OpAsmParser &parser, OperationState &result) {
  Type type;
  if (parseLook(parser, result, type))
    return failure();
  RankedTensorType tensor = ir::denseType(type);
  if (!tensor)
    return parser.emitError(parser.getNameLoc(), "loads from a relation");
  result.addTypes(tensor.getElementType());
  return success();
}

void LoadOp::print(OpAsmPrinter &printer) {
  printLook(printer, *this, getTensor());
}

ParseResult PresentOp::parse(OpAsmParser &parser, OperationState &result) {
  return parseCondition(parser, result);
}
void PresentOp::print(OpAsmPrinter &printer) {
  printLook(printer, *this, getTensor());
}

ParseResult InsideOp::parse(OpAsmParser &parser, OperationState &result) {
  return parseCondition(parser, result);
}
void InsideOp::print(OpAsmPrinter &printer) {
  printLook(printer, *this, getTensor());
}

ParseResult ProbeOp::parse(OpAsmParser &parser, OperationState &result) {
  return parseCondition(parser, result);
}
void ProbeOp::print(OpAsmPrinter &printer) {
  printLook(printer, *this, getRelation());
}

ParseResult InsertOp::parse(OpAsmParser &parser, OperationState &result) {
  Type type;
  return parseLook(parser, result, type);
}
void InsertOp::print(OpAsmPrinter &printer) {
  printLook(printer, *this, getRelation());
}

ParseResult CombineOp::parse(OpAsmParser &parser, OperationState &result) {
  StringRef keyword;
  SMLoc where = parser.getCurrentLocation();
  if (parser.parseKeyword(&keyword))
    return failure();
  std::optional<ir::Monoid> monoid = ir::symbolizeMonoid(keyword);
  if (!monoid)
    return parser.emitError(where, "'") << keyword << "' is no monoid";
  result.addAttribute("monoid", ir::MonoidAttr::get(parser.getContext(), *monoid));
  if (succeeded(parser.parseOptionalKeyword("fresh")))
    result.addAttribute("fresh", parser.getBuilder().getUnitAttr());
  if (succeeded(parser.parseOptionalKeyword("tracked")))
    result.addAttribute("tracked", parser.getBuilder().getUnitAttr());
  OpAsmParser::UnresolvedOperand value, tensor;
  Operands operands;
  Type valueType, tensorType;
  return failure(parser.parseOperand(value) || parser.parseKeyword("into") ||
                 parsePlace(parser, result, tensor, operands) || parser.parseColonType(valueType) ||
                 parser.parseKeyword("into") || parser.parseType(tensorType) ||
                 parser.resolveOperand(value, valueType, result.operands) ||
                 parser.resolveOperand(tensor, tensorType, result.operands) ||
                 parser.resolveOperands(operands, parser.getBuilder().getIndexType(), result.operands));
}

void CombineOp::print(OpAsmPrinter &printer) {
  printer << ' ' << ir::stringifyMonoid(getMonoid()) << (getFresh() ? " fresh " : " ")
          << (getTracked() ? "tracked " : "") << getValue() << " into";
  printPlace(printer, *this, getTensor(), getMapAttr(), getIndices(), {"map", "monoid", "fresh", "tracked"});
  printer << " : " << getValue().getType() << " into " << getTensor().getType();
}

ParseResult ApplyMapOp::parse(OpAsmParser &parser, OperationState &result) {
  Operands operands;
  AffineMapAttr map;
  Type index = parser.getBuilder().getIndexType();
  result.addTypes(index);
  return failure(
      parser.parseAffineMapOfSSAIds(operands, map, "map", result.attributes, OpAsmParser::Delimiter::Paren) ||
      parser.parseOptionalAttrDict(result.attributes) ||
      parser.resolveOperands(operands, index, result.operands));
}

void ApplyMapOp::print(OpAsmPrinter &printer) {
  printer << " (";
  printer.printAffineMapOfSSAIds(getMapAttr(), getIndices());
  printer << ')';
  printAttributes(printer, *this, {"map"});
}

namespace {

ParseResult parseRounds(OpAsmParser &parser, OperationState &result) {
  IntegerAttr rounds;
  ArrayAttr names;
  if (succeeded(parser.parseOptionalKeyword("max")) &&
      parser.parseAttribute(rounds, parser.getBuilder().getI64Type(), "max_rounds", result.attributes))
    return failure();
  if (succeeded(parser.parseOptionalKeyword("names")) &&
      parser.parseAttribute(names, "names", result.attributes))
    return failure();
  return parser.parseOptionalAttrDictWithKeyword(result.attributes);
}

/// `start (%a, %b) { ... }`, the variables taking what is carried.
ParseResult parsePhase(OpAsmParser &parser, OperationState &result, StringRef keyword,
                       ArrayRef<Type> carried) {
  SmallVector<OpAsmParser::Argument> variables;
  SMLoc where = parser.getCurrentLocation();
  if (parser.parseKeyword(keyword) || parser.parseArgumentList(variables, OpAsmParser::Delimiter::Paren))
    return failure();
  if (variables.size() != carried.size())
    return parser.emitError(where, "takes ") << variables.size() << " of " << carried.size() << " relations";
  for (auto [variable, type] : llvm::zip_equal(variables, carried))
    variable.type = type;
  return parseBody(parser, result, variables);
}

void printPhase(OpAsmPrinter &printer, StringRef keyword, Region &region) {
  printer << ' ' << keyword << " (";
  llvm::interleaveComma(region.getArguments(), printer);
  printer << ") ";
  printBody(printer, region);
}

} // namespace

ParseResult SemiNaiveOp::parse(OpAsmParser &parser, OperationState &result) {
  Operands inits;
  SmallVector<Type> carried;
  SMLoc where = parser.getCurrentLocation();
  if (parser.parseOperandList(inits, OpAsmParser::Delimiter::Paren) ||
      parser.parseOptionalColonTypeList(carried) ||
      parser.resolveOperands(inits, carried, where, result.operands) || parseRounds(parser, result))
    return failure();
  result.addTypes(carried);
  return failure(parsePhase(parser, result, "start", carried) ||
                 parsePhase(parser, result, "step", stepTypes(carried)));
}

void SemiNaiveOp::print(OpAsmPrinter &printer) {
  printer << " (" << getInits() << ')';
  if (!getInits().empty())
    printer << " : " << getInits().getTypes();
  if (std::optional<std::int64_t> rounds = getMaxRounds())
    printer << " max " << *rounds;
  if (ArrayAttr names = getNamesAttr())
    printer << " names " << names;
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs(), {"max_rounds", "names"});
  printPhase(printer, "start", getStart());
  printPhase(printer, "step", getStep());
}

} // namespace tl::plan
