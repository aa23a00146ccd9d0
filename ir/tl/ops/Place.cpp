// How places of tensors and relations are written, and what holds of them.
#include "ir/tl/ops/Place.h"

#include "ir/tl/TlTypes.h"

namespace tl::ir {

using namespace mlir;

namespace {

using Operands = SmallVector<OpAsmParser::UnresolvedOperand>;
using Delimiter = OpAsmParser::Delimiter;

struct ParsedPlace {
  AffineMapAttr map;
  Type subject;
};

/// `%subject[map of values] {attributes} : type`.
ParseResult parsePlace(OpAsmParser &parser, OperationState &result, Delimiter delimiter, ParsedPlace &place) {
  OpAsmParser::UnresolvedOperand subject;
  Operands indices;
  NamedAttrList map;
  Type index = parser.getBuilder().getIndexType();
  return failure(parser.parseOperand(subject) ||
                 parser.parseAffineMapOfSSAIds(indices, place.map, "map", map, delimiter) ||
                 parser.parseOptionalAttrDict(result.attributes) || parser.parseColonType(place.subject) ||
                 parser.resolveOperand(subject, place.subject, result.operands) ||
                 parser.resolveOperands(indices, index, result.operands));
}

void printPlace(OpAsmPrinter &printer, Operation *op, Value subject, AffineMapAttr map, OperandRange indices,
                StringRef brackets) {
  printer << ' ' << subject << brackets.front();
  printer.printAffineMapOfSSAIds(map, indices);
  printer << brackets.back();
  printer.printOptionalAttrDict(llvm::to_vector(op->getDiscardableAttrs()));
  printer << " : " << subject.getType();
}

} // namespace

LogicalResult verifyPlace(Operation *op, AffineMap map, std::size_t operands, Type tensor) {
  if (map.getNumSymbols() != 0)
    return op->emitOpError("map has symbols; coordinates are made of index values alone");
  if (map.getNumDims() != operands)
    return op->emitOpError("map takes ") << map.getNumDims() << " values, " << operands << " given";
  if (map.getNumResults() != rankOf(tensor))
    return op->emitOpError("gives ") << map.getNumResults() << " coordinates to " << tensor << ", which has "
                                     << rankOf(tensor);
  return success();
}

std::optional<unsigned> standsAlone(AffineExpr coordinate) {
  if (auto dim = dyn_cast<AffineDimExpr>(coordinate))
    return dim.getPosition();
  return std::nullopt;
}

// --- tl.at

ParseResult AtOp::parse(OpAsmParser &parser, OperationState &result) {
  bool isDefaulted = succeeded(parser.parseOptionalKeyword("default"));
  SMLoc begin = parser.getCurrentLocation();
  ParsedPlace place;
  if (parsePlace(parser, result, Delimiter::Square, place))
    return failure();
  RankedTensorType dense = denseType(place.subject);
  if (!dense)
    return parser.emitError(begin, "reads an element of ") << place.subject << ", which is not dense";
  Properties &properties = result.getOrAddProperties<Properties>();
  properties.map = place.map;
  if (isDefaulted)
    properties.defaulted = parser.getBuilder().getUnitAttr();
  result.addTypes(dense.getElementType());
  return success();
}

void AtOp::print(OpAsmPrinter &printer) {
  if (getDefaulted())
    printer << " default";
  printPlace(printer, *this, getTensor(), getMapAttr(), getIndices(), "[]");
}

LogicalResult AtOp::verify() {
  Type stored = denseType(getTensor().getType()).getElementType();
  if (stored != getElement().getType())
    return emitOpError("gives ") << getElement().getType() << " from a tensor of " << stored;
  return verifyPlace(*this, getMap(), getIndices().size(), getTensor().getType());
}

// --- tl.literal

ParseResult LiteralOp::parse(OpAsmParser &parser, OperationState &result) {
  bool isNegated = succeeded(parser.parseOptionalKeyword("not"));
  ParsedPlace place;
  if (parsePlace(parser, result, Delimiter::Paren, place))
    return failure();
  Properties &properties = result.getOrAddProperties<Properties>();
  properties.map = place.map;
  if (isNegated)
    properties.negated = parser.getBuilder().getUnitAttr();
  return success();
}

void LiteralOp::print(OpAsmPrinter &printer) {
  if (getNegated())
    printer << " not";
  printPlace(printer, *this, getRelation(), getMapAttr(), getIndices(), "()");
}

LogicalResult LiteralOp::verify() {
  return verifyPlace(*this, getMap(), getIndices().size(), getRelation().getType());
}

// --- tl.test

ParseResult TestOp::parse(OpAsmParser &parser, OperationState &result) {
  ParsedPlace place;
  if (parsePlace(parser, result, Delimiter::Paren, place))
    return failure();
  result.getOrAddProperties<Properties>().map = place.map;
  result.addTypes(parser.getBuilder().getI1Type());
  return success();
}

void TestOp::print(OpAsmPrinter &printer) {
  printPlace(printer, *this, getRelation(), getMapAttr(), getIndices(), "()");
}

LogicalResult TestOp::verify() {
  return verifyPlace(*this, getMap(), getIndices().size(), getRelation().getType());
}

// --- tl.yield: `tl.yield %value at [map of values] : type`, each part optional.

ParseResult YieldOp::parse(OpAsmParser &parser, OperationState &result) {
  OpAsmParser::UnresolvedOperand value;
  OptionalParseResult hasValue = parser.parseOptionalOperand(value);
  if (hasValue.has_value() && failed(*hasValue))
    return failure();
  AffineMapAttr map;
  Operands indices;
  NamedAttrList parsedMap;
  if (succeeded(parser.parseOptionalKeyword("at")) &&
      parser.parseAffineMapOfSSAIds(indices, map, "map", parsedMap, Delimiter::Square))
    return failure();
  Type type;
  if (parser.parseOptionalAttrDict(result.attributes))
    return failure();
  if (hasValue.has_value() &&
      (parser.parseColonType(type) || parser.resolveOperand(value, type, result.operands)))
    return failure();
  Properties &properties = result.getOrAddProperties<Properties>();
  properties.map = map;
  properties.operandSegmentSizes = {hasValue.has_value() ? 1 : 0, static_cast<std::int32_t>(indices.size())};
  return parser.resolveOperands(indices, parser.getBuilder().getIndexType(), result.operands);
}

void YieldOp::print(OpAsmPrinter &printer) {
  if (getValue())
    printer << ' ' << getValue();
  if (getMapAttr()) {
    printer << " at [";
    printer.printAffineMapOfSSAIds(getMapAttr(), getIndices());
    printer << ']';
  }
  printer.printOptionalAttrDict(llvm::to_vector((*this)->getDiscardableAttrs()));
  if (getValue())
    printer << " : " << getValue().getType();
}

LogicalResult YieldOp::verify() {
  if (auto project = dyn_cast<ProjectOp>((*this)->getParentOp())) {
    const bool hasPlace = getMap() || !getIndices().empty();
    if (hasPlace && !givesPosition(project.getKind()))
      return emitOpError("has a place, but a projection yields a value alone");
    if (hasPlace && getMap()->getNumResults() != 1)
      return emitOpError("has a place of ")
             << getMap()->getNumResults() << " coordinates, but a position is one";
    if (!getValue())
      return emitOpError("has no value to project");
    return success();
  }
  auto comprehension = cast<ComprehensionOpInterface>((*this)->getParentOp());
  Type tensor = comprehension.getDest().getType();
  if (!getMap())
    return emitOpError("has no place in ") << tensor;
  if (isRelation(tensor)) {
    if (getValue())
      return emitOpError("has a value, but ") << tensor << " only has places";
  } else {
    Type stored = denseType(tensor).getElementType();
    if (!getValue())
      return emitOpError("has no value for ") << tensor;
    if (getValue().getType() != stored)
      return emitOpError("gives ") << getValue().getType() << " to a tensor of " << stored;
  }
  return verifyPlace(*this, *getMap(), getIndices().size(), tensor);
}

} // namespace tl::ir
