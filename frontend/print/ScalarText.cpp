// Scalars and places inside one equation as text.
#include "frontend/print/ScalarText.h"

#include "ir/tl/TlTypes.h"
#include "runtime/Primitives.h"

#include "mlir/IR/BuiltinTypes.h"

#include <cctype>
#include <cstdio>
#include <limits>
#include <optional>

namespace tl::print {

using mlir::dyn_cast;
using mlir::isa;
using mlir::Value;

namespace {

/// How a primitive of two operands is written between them; null for those that are written as calls.
const char *infix(llvm::StringRef primitive) {
  static constexpr std::pair<const char *, const char *> kOperators[] = {
      {"add", " + "}, {"sub", " - "}, {"mul", " * "}, {"div", " / "}, {"pow", "^"},  {"mod", " % "},
      {"eq", " = "},  {"ne", " != "}, {"lt", " < "},  {"le", " <= "}, {"gt", " > "}, {"ge", " >= "}};
  for (auto [name, text] : kOperators)
    if (primitive == name)
      return text;
  return nullptr;
}

const char *negatedComparison(llvm::StringRef primitive) {
  static constexpr std::pair<const char *, const char *> kNegations[] = {
      {"eq", " != "}, {"ne", " = "}, {"lt", " >= "}, {"le", " > "}, {"gt", " <= "}, {"ge", " < "}};
  for (auto [name, text] : kNegations)
    if (primitive == name)
      return text;
  return nullptr;
}

std::string joined(const std::vector<std::string> &parts, const char *between) {
  std::string text;
  for (const std::string &part : parts)
    text += (text.empty() ? "" : between) + part;
  return text;
}

} // namespace

std::string ScalarText::fail(const std::string &what) {
  if (unprintable.empty())
    unprintable = what;
  return "0";
}

std::string ScalarText::variable(Value index) {
  if (auto known = names.find(index); known != names.end())
    return known->second;
  std::string wanted = "t";
  if (auto op = index.getDefiningOp<ir::IndexOp>())
    wanted = op.getName().str();
  if (wanted.empty() || !std::islower(static_cast<unsigned char>(wanted[0])))
    wanted = wanted == "_" || wanted.empty() ? "v" : "t";
  std::string name = wanted;
  for (int number = 2; !used.insert(name).second; ++number)
    name = wanted + "_" + std::to_string(number);
  names[index] = name;
  if (auto argument = dyn_cast<mlir::BlockArgument>(index)) {
    auto scan = mlir::cast<ir::ScanOp>(argument.getOwner()->getParentOp());
    addRange(index, scan.getBegin(), scan.getEnd());
  } else if (auto op = index.getDefiningOp<ir::IndexOp>(); op && op.getLower()) {
    addRange(index, *op.getLower(), *op.getUpper());
  }
  return name;
}

/// Whether some plain use of the index has exactly its range.
bool ScalarText::isImplied(Value index, std::int64_t lower, std::int64_t upper) {
  auto isWhole = [&](mlir::AffineMap map, mlir::OperandRange operands, llvm::ArrayRef<std::int64_t> extents) {
    for (auto [coordinate, extent] : llvm::zip_equal(map.getResults(), extents))
      if (auto dim = dyn_cast<mlir::AffineDimExpr>(coordinate))
        if (operands[dim.getPosition()] == index && extent == upper)
          return true;
    return false;
  };
  if (lower != 0)
    return false;
  for (mlir::Operation *user : index.getUsers()) {
    if (auto at = dyn_cast<ir::AtOp>(user))
      if (isWhole(at.getMap(), at.getIndices(), ir::denseType(at.getTensor().getType()).getShape()))
        return true;
    if (auto literal = dyn_cast<ir::LiteralOp>(user))
      if (!literal.getNegated() &&
          isWhole(literal.getMap(), literal.getIndices(),
                  mlir::cast<ir::RelationType>(literal.getRelation().getType()).getBounds()))
        return true;
  }
  return false;
}

void ScalarText::addRange(Value index, std::int64_t lower, std::int64_t upper) {
  if (isImplied(index, lower, upper))
    return;
  if (lower > 0)
    guards.push_back(names[index] + " >= " + std::to_string(lower));
  guards.push_back(names[index] + " < " + std::to_string(upper));
}

std::string ScalarText::variables(mlir::Block &block, const std::set<std::string> &except) {
  std::vector<std::string> list;
  for (ir::IndexOp index : block.getOps<ir::IndexOp>())
    if (std::string name = variable(index.getValue()); !except.count(name))
      list.push_back(name);
  return joined(list, ",");
}

std::string ScalarText::coordinate(mlir::AffineExpr expr, mlir::OperandRange operands, bool isFactor) {
  if (auto dim = dyn_cast<mlir::AffineDimExpr>(expr)) {
    Value index = operands[dim.getPosition()];
    bool isVariable = isa<mlir::BlockArgument>(index) || index.getDefiningOp<ir::IndexOp>();
    return isVariable ? variable(index) : scalar(index);
  }
  if (auto constant = dyn_cast<mlir::AffineConstantExpr>(expr))
    return std::to_string(constant.getValue());
  auto binary = mlir::cast<mlir::AffineBinaryOpExpr>(expr);
  const char *between = nullptr;
  switch (binary.getKind()) {
  case mlir::AffineExprKind::Add: {
    auto constant = dyn_cast<mlir::AffineConstantExpr>(binary.getRHS());
    bool isMinus = constant && constant.getValue() < 0;
    std::string right =
        isMinus ? std::to_string(-constant.getValue()) : coordinate(binary.getRHS(), operands, false);
    std::string text = coordinate(binary.getLHS(), operands, false) + (isMinus ? "-" : "+") + right;
    return isFactor ? "(" + text + ")" : text;
  }
  case mlir::AffineExprKind::Mul:
    between = "*";
    break;
  case mlir::AffineExprKind::FloorDiv:
    between = "/";
    break;
  case mlir::AffineExprKind::Mod:
    between = "%";
    break;
  case mlir::AffineExprKind::CeilDiv:
  case mlir::AffineExprKind::Constant:
  case mlir::AffineExprKind::DimId:
  case mlir::AffineExprKind::SymbolId:
    return fail("a division that rounds up in an index");
  }
  return coordinate(binary.getLHS(), operands, true) + between + coordinate(binary.getRHS(), operands, true);
}

std::string ScalarText::place(mlir::AffineMap map, mlir::OperandRange operands) {
  std::vector<std::string> coordinates;
  for (mlir::AffineExpr expr : map.getResults())
    coordinates.push_back(coordinate(expr, operands, false));
  return joined(coordinates, ",");
}

std::string ScalarText::number(ir::NumberOp op) {
  if (auto real = dyn_cast<mlir::FloatAttr>(op.getValue())) {
    double value = real.getValueAsDouble();
    if (value > std::numeric_limits<double>::max() || value < std::numeric_limits<double>::lowest() ||
        value != value)
      return fail("an infinite number");
    char text[40];
    std::snprintf(text, sizeof(text), "%.17g", value);
    std::string shown = text;
    if (shown.find_first_of(".e") == std::string::npos)
      shown += ".0";
    return value < 0 ? "(" + shown + ")" : shown;
  }
  auto integer = mlir::cast<mlir::IntegerAttr>(op.getValue());
  if (op.getType().isInteger(1))
    return integer.getValue().isOne() ? "(1 > 0)" : "(0 > 1)";
  std::string shown = std::to_string(integer.getInt());
  return integer.getInt() < 0 ? "(" + shown + ")" : shown;
}

std::string ScalarText::cast(ir::CastOp op) {
  mlir::Type from = op.getOperand().getType(), to = op.getType();
  if (to.isInteger(1))
    return "(" + condition(op, false) + ")";
  if (isa<mlir::FloatType>(from) && !isa<mlir::FloatType>(to))
    return fail("a real number that becomes an integer");
  return scalar(op.getOperand());
}

/// A truth value as a comparison, without parentheses around it.
std::string ScalarText::condition(Value value, bool isNegated) {
  if (auto apply = value.getDefiningOp<ir::ApplyOp>()) {
    llvm::StringRef primitive = apply.getPrimitive();
    if (const char *negation = negatedComparison(primitive))
      return scalar(apply.getOperands()[0]) + (isNegated ? negation : infix(primitive)) +
             scalar(apply.getOperands()[1]);
    if (primitive == "not")
      return condition(apply.getOperands()[0], !isNegated);
    if (primitive == "and" || primitive == "or") {
      const char *between = (primitive == "and") != isNegated ? ") * (" : ") + (";
      return "(" + condition(apply.getOperands()[0], isNegated) + between +
             condition(apply.getOperands()[1], isNegated) + ") > 0";
    }
  }
  if (auto convert = value.getDefiningOp<ir::CastOp>())
    return scalar(convert.getOperand()) + (isNegated ? " <= 0" : " > 0");
  return scalar(value) + (isNegated ? " < 1" : " > 0");
}

void ScalarText::addCondition(Value value) {
  auto apply = value.getDefiningOp<ir::ApplyOp>();
  if (apply && apply.getPrimitive() == "and") {
    addCondition(apply.getOperands()[0]);
    addCondition(apply.getOperands()[1]);
    return;
  }
  guards.push_back(condition(value, false));
}

std::string ScalarText::apply(ir::ApplyOp op) {
  llvm::StringRef primitive = op.getPrimitive();
  const runtime::PrimitiveRule rule = runtime::rule(*runtime::findPrimitive(primitive));
  if (rule == runtime::PrimitiveRule::Key || rule == runtime::PrimitiveRule::Draw)
    return fail("a random number");
  if (op.getType().isInteger(1))
    return "(" + condition(op, false) + ")";
  if (primitive == "neg")
    return "(-" + scalar(op.getOperands()[0]) + ")";
  if (const char *between = infix(primitive))
    return "(" + scalar(op.getOperands()[0]) + between + scalar(op.getOperands()[1]) + ")";
  if (primitive == "floordiv")
    return "floor(" + scalar(op.getOperands()[0]) + " / " + scalar(op.getOperands()[1]) + ")";
  std::vector<std::string> operands;
  for (Value operand : op.getOperands())
    operands.push_back(operand.getType().isInteger(1) ? condition(operand, false) : scalar(operand));
  return (primitive == "sigt" ? "sig" : primitive.str()) + "(" + joined(operands, ", ") + ")";
}

std::string ScalarText::project(ir::ProjectOp op) {
  mlir::Block &block = op.getBody().front();
  std::string own = variables(block, {});
  std::vector<std::string> outerLiterals = std::move(literals);
  std::size_t before = guards.size();
  std::string value = body(block);
  literals = std::move(outerLiterals);
  if (own.empty() && (guards.size() != before || !op.getBody().getOps<ir::LiteralOp>().empty()))
    return fail("a term that is dropped alone");
  return own.empty() ? "(" + value + ")"
                     : ir::stringifyProjection(op.getKind()).str() + "[" + own + "](" + value + ")";
}

std::string ScalarText::scalar(Value value) {
  if (isa<mlir::BlockArgument>(value))
    return variable(value);
  mlir::Operation *op = value.getDefiningOp();
  if (isa<ir::IndexOp>(op))
    return variable(value);
  if (auto at = dyn_cast<ir::AtOp>(op)) {
    if (at.getDefaulted())
      return fail("an element read past the end of an axis");
    std::string coordinates = place(at.getMap(), at.getIndices());
    return nameOf(at.getTensor()) + (coordinates.empty() ? "" : "[" + coordinates + "]");
  }
  if (auto test = dyn_cast<ir::TestOp>(op))
    return nameOf(test.getRelation()) + "(" + place(test.getMap(), test.getIndices()) + ")";
  if (auto constant = dyn_cast<ir::NumberOp>(op))
    return number(constant);
  if (auto convert = dyn_cast<ir::CastOp>(op))
    return cast(convert);
  if (auto nested = dyn_cast<ir::ProjectOp>(op))
    return project(nested);
  return apply(mlir::cast<ir::ApplyOp>(op));
}

std::string ScalarText::body(mlir::Block &block) {
  std::vector<std::string> factors;
  for (mlir::Operation &op : block) {
    if (auto index = dyn_cast<ir::IndexOp>(op))
      variable(index.getValue());
    if (auto literal = dyn_cast<ir::LiteralOp>(op)) {
      std::string text =
          nameOf(literal.getRelation()) + "(" + place(literal.getMap(), literal.getIndices()) + ")";
      (literal.getNegated() ? guards : factors).push_back(literal.getNegated() ? "not " + text : text);
    }
    if (auto where = dyn_cast<ir::WhereOp>(op))
      addCondition(where.getCondition());
  }
  literals = factors;
  Value value = mlir::cast<ir::YieldOp>(block.back()).getValue();
  if (!value)
    return "";
  factors.push_back(scalar(value));
  return joined(factors, " * ");
}

} // namespace tl::print
