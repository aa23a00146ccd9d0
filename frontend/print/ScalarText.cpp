// Scalars and places inside one equation as text.
#include "frontend/print/ScalarText.h"

#include "ir/tl/TlTypes.h"
#include "runtime/Primitives.h"

#include "mlir/IR/BuiltinTypes.h"

#include <cctype>
#include <cstdio>
#include <limits>
#include <optional>
#include <utility>

namespace tl::print {

using mlir::dyn_cast;
using mlir::isa;
using mlir::isa_and_nonnull;
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

/// Whether the text of an equation shows the value: a body may compute what nothing needs.
bool isWritten(Value value) {
  return llvm::any_of(value.getUsers(), [](mlir::Operation *user) {
    if (auto at = dyn_cast<ir::AtOp>(user))
      return isWritten(at.getElement());
    return isa<ir::ApplyOp, ir::CastOp>(user) ? isWritten(user->getResult(0)) : true;
  });
}

/// The reads that `value` is a product or quotient of.
void collectFactors(Value value, llvm::SmallPtrSet<mlir::Operation *, 8> &reads) {
  mlir::Operation *op = value ? value.getDefiningOp() : nullptr;
  if (auto apply = llvm::dyn_cast_or_null<ir::ApplyOp>(op)) {
    const llvm::StringRef primitive = apply.getPrimitive();
    if (primitive == "mul" || primitive == "div" || primitive == "neg")
      for (Value operand : apply.getOperands())
        collectFactors(operand, reads);
  } else if (auto cast = llvm::dyn_cast_or_null<ir::CastOp>(op)) {
    collectFactors(cast.getOperand(), reads);
  } else if (isa_and_nonnull<ir::AtOp>(op)) {
    reads.insert(op);
  }
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
  auto isRead = [&](ir::AtOp at) {
    return isWritten(at.getElement()) || ir::isPartial(at.getTensor().getType());
  };
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
    if (auto at = dyn_cast<ir::AtOp>(user); at && isRead(at))
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
    ranges.push_back(names[index] + " >= " + std::to_string(lower));
  ranges.push_back(names[index] + " < " + std::to_string(upper));
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

/// `Y[Tok[p]] = ...` refuses what lies outside of Y, where the place of a comprehension leaves it out: such a
/// coordinate is a variable of its own that a condition makes equal.
std::string ScalarText::target(mlir::AffineMap map, mlir::OperandRange operands,
                               llvm::ArrayRef<std::int64_t> extents, std::set<std::string> &left) {
  std::vector<std::string> coordinates;
  for (auto [number, expr] : llvm::enumerate(map.getResults())) {
    bool isComputed = false;
    std::set<std::string> mentioned;
    for (auto [dimension, index] : llvm::enumerate(operands)) {
      if (!expr.isFunctionOfDim(dimension))
        continue;
      if (isa<mlir::BlockArgument>(index) || index.getDefiningOp<ir::IndexOp>())
        mentioned.insert(variable(index));
      else
        isComputed = true;
    }
    const std::string place = coordinate(expr, operands, false);
    if (!isComputed || extents.empty()) {
      left.merge(mentioned);
      coordinates.push_back(place);
      continue;
    }
    std::string name = "e" + std::to_string(number);
    while (!used.insert(name).second)
      name += "'";
    left.insert(name);
    coordinates.push_back(name);
    ranges.push_back(name + " < " + std::to_string(extents[number]));
    guards.push_back("(" + place + ") - " + name + " = 0");
  }
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
  const bool outer = std::exchange(isInGuard, true);
  guards.push_back(condition(value, false));
  isInGuard = outer;
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

/// What a projection combines where its own conditions hold. A guard of the equation would drop the whole
/// assignment where no value passes; that is right for what is absent over nothing, and only in the value.
std::string ScalarText::restricted(ir::Projection kind, std::string value,
                                   const std::vector<std::string> &conditions) {
  const char *nothing = nullptr;
  if (kind == ir::Projection::Sum || kind == ir::Projection::Count)
    nothing = "0";
  else if (kind == ir::Projection::Prod)
    nothing = "1";
  else if (isInGuard && kind == ir::Projection::Min)
    nothing = "1 / 0";
  else if (isInGuard && kind == ir::Projection::Max)
    nothing = "-1 / 0";
  else if (isInGuard && !conditions.empty())
    return fail("a reduction with conditions inside a condition");
  for (const std::string &condition : llvm::reverse(conditions)) {
    if (!nothing)
      guards.push_back(condition);
    else if (condition.starts_with("not "))
      value = "where(" + condition.substr(4) + ", " + nothing + ", " + value + ")";
    else
      value = "where(" + condition + ", " + value + ", " + nothing + ")";
  }
  return value;
}

std::string ScalarText::project(ir::ProjectOp op) {
  mlir::Block &block = op.getBody().front();
  std::string own = variables(block, {});
  std::vector<std::string> outerLiterals = std::move(literals), outerGuards = std::move(guards);
  guards.clear();
  const bool outer = isInGuard;
  std::string value = body(block);
  const std::vector<std::string> conditions = std::move(guards);
  literals = std::move(outerLiterals);
  guards = std::move(outerGuards);
  if (own.empty() && op.getKind() != ir::Projection::Sum &&
      (!conditions.empty() || !op.getBody().getOps<ir::LiteralOp>().empty()))
    return fail("a term that is dropped alone");
  isInGuard = outer;
  value = restricted(op.getKind(), std::move(value), conditions);
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
  // An absent element drops the assignment. What is written does so by itself only where the element is a
  // factor of the whole value: a sum drops just the term, and a function takes the rest of its argument.
  llvm::SmallPtrSet<mlir::Operation *, 8> plain;
  collectFactors(mlir::cast<ir::YieldOp>(block.back()).getValue(), plain);
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
    if (auto at = dyn_cast<ir::AtOp>(op);
        at && ir::isPartial(at.getTensor().getType()) && !plain.contains(at)) {
      // A name alone would be a symbol here.
      const std::string element = scalar(at.getElement()) + (at.getIndices().empty() ? " * 1" : "");
      guards.push_back(element + " = " + element);
    }
  }
  literals = factors;
  Value value = mlir::cast<ir::YieldOp>(block.back()).getValue();
  if (!value)
    return "";
  factors.push_back(scalar(value));
  return joined(factors, " * ");
}

} // namespace tl::print
