// Reads of sparse tensors as joins with their rows.
#include "passes/logic/ReadSparsely.h"

#include "passes/plan/Scope.h"

#include "ir/tl/TlOps.h"
#include "ir/tl/TlTypes.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"

#include <optional>

namespace tl::passes {

using namespace mlir;

namespace {

/// Reads of one tensor at one place in one block: they have one value.
using SamePlace = SmallVector<ir::AtOp>;

bool isSamePlace(ir::AtOp lhs, ir::AtOp rhs) {
  return lhs->getBlock() == rhs->getBlock() && lhs.getMap() == rhs.getMap() &&
         lhs.getIndices() == rhs.getIndices();
}

/// The values that an index can take where it is read, as far as its definition tells.
Interval rangeOf(Value index) {
  if (auto variable = index.getDefiningOp<ir::IndexOp>()) {
    if (std::optional<Interval> declared = declaredRange(variable))
      return *declared;
    for (Operation *user : index.getUsers())
      if (auto literal = dyn_cast<ir::LiteralOp>(user); literal && !literal.getNegated())
        for (auto [argument, bound] :
             llvm::zip_equal(literal.getMap().getResults(), literal.getRelation().getType().getBounds()))
          if (auto dimension = dyn_cast<AffineDimExpr>(argument);
              dimension && literal.getIndices()[dimension.getPosition()] == index && bound >= 0)
            return {0, bound - 1};
  }
  return kAnyIndex;
}

bool isInside(ir::AtOp at, ArrayRef<std::int64_t> extents) {
  SmallVector<Interval> ranges = llvm::map_to_vector(at.getIndices(), rangeOf);
  return llvm::all_of(llvm::zip_equal(at.getMap().getResults(), extents), [&](auto axis) {
    return boundsOf(std::get<0>(axis), ranges).isWithin(positions(std::get<1>(axis)));
  });
}

/// What the body around an op makes of the values it yields is a sum.
bool isSummed(Operation *body) {
  if (auto project = dyn_cast<ir::ProjectOp>(body))
    return project.getKind() == ir::Projection::Sum;
  auto comprehension = dyn_cast<ir::ComprehensionOpInterface>(body);
  return comprehension && comprehension.getMonoid() == ir::Monoid::Add;
}

std::optional<double> constantOf(Value value) {
  if (auto cast = value.getDefiningOp<ir::CastOp>())
    return constantOf(cast.getOperand());
  auto number = value.getDefiningOp<ir::NumberOp>();
  if (!number)
    return std::nullopt;
  if (auto integer = dyn_cast<IntegerAttr>(number.getValue()))
    return static_cast<double>(integer.getInt());
  return cast<FloatAttr>(number.getValue()).getValueAsDouble();
}

/// Whether a function of `value` and constants is 0 where `value` is.
bool keepsZero(ir::ApplyOp apply, Value value) {
  StringRef name = apply.getPrimitive();
  if (name == "mul" || name == "neg")
    return true;
  if (apply.getOperands().size() != 2 || apply.getOperands()[0] != value)
    return false;
  std::optional<double> constant = constantOf(apply.getOperands()[1]);
  return constant && ((name == "div" && *constant != 0) || (name == "pow" && *constant > 0));
}

/// Whether a value of 0 makes the assignment contribute nothing: it only multiplies what is summed.
bool isFactor(Value value, Block *block) {
  if (!value.hasOneUse())
    return false;
  Operation *user = *value.user_begin();
  if (user->getBlock() != block)
    return false;
  if (isa<ir::YieldOp>(user))
    return isSummed(block->getParentOp());
  auto apply = dyn_cast<ir::ApplyOp>(user);
  if (apply)
    return keepsZero(apply, value) && isFactor(apply.getResult(), block);
  auto cast = dyn_cast<ir::CastOp>(user);
  return cast && isFactor(cast.getResult(), block);
}

/// Whether a comparison of `value` with a constant fails where `value` is 0.
bool refusesZero(ir::ApplyOp apply, Value value) {
  if (apply.getOperands().size() != 2)
    return false;
  const bool isLeft = apply.getOperands()[0] == value;
  std::optional<double> constant = constantOf(apply.getOperands()[isLeft ? 1 : 0]);
  if (!constant)
    return false;
  const double lhs = isLeft ? 0 : *constant, rhs = isLeft ? *constant : 0;
  return llvm::StringSwitch<bool>(apply.getPrimitive())
      .Case("lt", !(lhs < rhs))
      .Case("le", !(lhs <= rhs))
      .Case("gt", !(lhs > rhs))
      .Case("ge", !(lhs >= rhs))
      .Case("eq", lhs != rhs)
      .Case("ne", lhs == rhs)
      .Default(false);
}

/// Whether a value of 0 drops the assignment: a condition of the block asks for more.
bool isRequired(ir::AtOp at) {
  SmallVector<Value> forms = {at.getElement()};
  for (Operation *user : at.getElement().getUsers())
    if (auto cast = dyn_cast<ir::CastOp>(user); cast && !cast.getResult().getType().isInteger(1))
      forms.push_back(cast.getResult());
  for (Value form : forms)
    for (Operation *user : form.getUsers())
      if (auto apply = dyn_cast<ir::ApplyOp>(user); apply && refusesZero(apply, form))
        for (Operation *condition : apply.getResult().getUsers())
          if (isa<ir::WhereOp>(condition) && condition->getBlock() == at->getBlock())
            return true;
  return false;
}

/// Rewrites the reads of one tensor.
class SparseReads {
public:
  SparseReads(Value rows, Value values) : rows(rows), values(values) {}

  void rewrite(SamePlace &place) {
    const bool generates = llvm::any_of(
        place, [](ir::AtOp at) { return isFactor(at.getElement(), at->getBlock()) || isRequired(at); });
    ir::AtOp first = place.front();
    OpBuilder builder(first);
    if (generates)
      makeContraction(first->getParentOp());
    Value value = generates ? join(builder, first) : lookUp(builder, first);
    for (ir::AtOp at : place) {
      at.getElement().replaceAllUsesWith(value);
      at->erase();
    }
  }

private:
  /// A row number stands in no yield, so the body is a map no longer.
  static void makeContraction(Operation *op) {
    auto map = dyn_cast<ir::MapOp>(op);
    if (!map)
      return;
    OpBuilder builder(map);
    auto contract =
        ir::ContractOp::create(builder, map.getLoc(), map.getType(), map.getMonoid(), map.getDest());
    contract.getBody().takeBody(map.getBody());
    map.replaceAllUsesWith(contract.getResult());
    map.erase();
  }

  /// The row that holds the element; assignments without one are dropped.
  Value join(OpBuilder &builder, ir::AtOp at) {
    Location location = at.getLoc();
    Value row = ir::IndexOp::create(builder, location, builder.getIndexType(), builder.getStringAttr("row"),
                                    IntegerAttr(), IntegerAttr());
    SmallVector<Value> operands(at.getIndices());
    operands.push_back(row);
    const unsigned dimensions = at.getMap().getNumDims();
    SmallVector<AffineExpr> columns(at.getMap().getResults());
    columns.push_back(builder.getAffineDimExpr(dimensions));
    ir::LiteralOp::create(builder, location, rows, operands,
                          AffineMap::get(dimensions + 1, 0, columns, builder.getContext()), false);
    return ir::AtOp::create(builder, location, at.getElement().getType(), values, ValueRange{row},
                            builder.getDimIdentityMap(), false);
  }

  Value lookUp(OpBuilder &builder, ir::AtOp at) {
    auto sum = ir::ProjectOp::create(builder, at.getLoc(), at.getElement().getType(), ir::Projection::Sum);
    OpBuilder inside = OpBuilder::atBlockBegin(&sum.getBody().emplaceBlock());
    Value value = join(inside, at);
    ir::YieldOp::create(inside, at.getLoc(), value, ValueRange(), AffineMapAttr());
    return sum.getValue();
  }

  Value rows, values;
};

} // namespace

std::string sparseValuesName(llvm::StringRef name) {
  return ("values of " + name).str();
}

bool readSparsely(ModuleOp module, llvm::StringRef name, std::int64_t count) {
  SmallVector<ir::ReadOp> reads;
  module.walk([&](ir::ReadOp read) {
    if (read.getName() == name)
      reads.push_back(read);
  });
  SmallVector<SamePlace> places;
  for (ir::ReadOp read : reads) {
    auto type = dyn_cast<RankedTensorType>(read.getTensor().getType());
    if (!type || type.getElementType().isInteger(1))
      return false;
    for (Operation *user : read.getTensor().getUsers()) {
      auto at = dyn_cast<ir::AtOp>(user);
      if (!at || at.getDefaulted() || !isInside(at, type.getShape()))
        return false;
      auto *known = llvm::find_if(places, [&](SamePlace &place) { return isSamePlace(place.front(), at); });
      if (known == places.end())
        places.push_back({at});
      else
        known->push_back(at);
    }
  }
  for (SamePlace &place : places)
    llvm::sort(place, [](ir::AtOp a, ir::AtOp b) { return a->isBeforeInBlock(b); });
  for (ir::ReadOp read : reads) {
    auto type = cast<RankedTensorType>(read.getTensor().getType());
    SmallVector<std::int64_t> bounds(type.getShape());
    bounds.push_back(count);
    OpBuilder builder(read);
    Value rows = ir::ReadOp::create(
        builder, read.getLoc(), ir::RelationType::get(module.getContext(), bounds), name, read.getSource());
    Value values =
        ir::ReadOp::create(builder, read.getLoc(), RankedTensorType::get({count}, type.getElementType()),
                           sparseValuesName(name), read.getSource());
    SparseReads sparse(rows, values);
    for (SamePlace &place : places)
      if (!place.empty() && place.front().getTensor() == read.getTensor())
        sparse.rewrite(place);
    read->erase();
  }
  return true;
}

} // namespace tl::passes
