// Products of several tensors as a chain of products of two.
#include "passes/Passes.h"
#include "passes/plan/ContractionPath.h"
#include "passes/plan/Products.h"
#include "passes/plan/Scope.h"

#include "ir/tl/TlTypes.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/IRMapping.h"

namespace tl::passes {

#define GEN_PASS_DEF_ORDERPRODUCTS
#include "passes/Passes.h.inc"

using namespace mlir;

namespace {

/// The most elements of a tensor made on the way.
constexpr double kMostElements = 1 << 27;
/// A chain of products that does this part of the multiplications of one loop nest makes up for what it
/// stores.
constexpr double kWorthIt = 0.75;
/// Products of fewer assignments are as fast in one loop nest.
constexpr double kLeastWork = 32'768;

/// A factor of the whole product, or of its denominator, with the variables it needs.
struct Factor {
  Value value;
  bool isDivisor;
  VariableSet needs;
};

/// A tensor of the chain over `variables`: a read of the equation (`read`), or a result on the way. An
/// `expression` becomes a tensor before the chain begins.
struct Operand {
  ir::AtOp read;
  Value tensor;
  VariableSet variables;
  Value expression = {};
};

/// contract {i, j, k, l} u(i) a(i,k) b(k,l) c(l,j)  ==  t = contract a b, s = contract t c, map u s. By
/// distribution: a variable is summed as soon as no later factor has it, and what mentions none that is
/// summed multiplies at the end. Nothing in such a body drops, so that each factor may be read on its own. A
/// factor that is computed, as in f(a(i,k)) b(k,j), is a tensor first: once for each of its elements and not
/// once for each assignment.
class Chain {
public:
  Chain(ir::ComprehensionOpInterface op, Scope &scope)
      : op(op), scope(scope), conditions(op.getBody().front()), builder(op) {}

  void run() {
    if (!isPureProduct() || !collectFactors() || operands.size() < 2)
      return;
    SmallVector<VariableSet> sets;
    for (const Operand &operand : operands)
      sets.push_back(operand.variables);
    const ContractionPath path = contractionPath(sets, kept, extents);
    const double whole = sizeOf(VariableSet(scope.size(), true));
    if (whole < kLeastWork || !isBetter(path, whole))
      return;
    build(path);
  }

private:
  bool isPureProduct();
  bool collectFactors();
  bool flatten(Value value, bool isDivisor);
  bool isBetter(const ContractionPath &path, double whole) const;
  void materialize(Operand &operand);
  void build(const ContractionPath &path);
  Operand multiply(const Operand &lhs, const Operand &rhs, const VariableSet &result);
  void finish(const Operand &last);
  Value read(OpBuilder &inside, const Operand &operand, IRMapping &mapping);
  void declare(OpBuilder &inside, const VariableSet &variables, IRMapping &mapping);
  Value cloned(OpBuilder &inside, Value value, IRMapping &mapping);

  double sizeOf(const VariableSet &variables) const {
    double size = 1;
    for (unsigned variable : variables.set_bits())
      size *= static_cast<double>(extents[variable]);
    return size;
  }

  ir::ComprehensionOpInterface op;
  Scope &scope;
  StepConditions conditions;
  OpBuilder builder;
  SmallVector<std::int64_t> extents;
  VariableSet kept;
  SmallVector<Operand> operands;
  SmallVector<Factor> outside;
};

/// Only variables with ranges, certain reads and arithmetic; a sum of reals in a tensor without absent
/// elements.
bool Chain::isPureProduct() {
  Type dest = op.getDest().getType();
  if (op.getMonoid() != ir::Monoid::Add || ir::isRelation(dest) || ir::isPartial(dest) ||
      !isa<FloatType>(ir::denseType(dest).getElementType()))
    return false;
  for (unsigned number = 0; number < scope.size(); ++number) {
    std::optional<Interval> range = declaredRange(scope.variable(number));
    if (!range || range->isEmpty() || range->lower < 0)
      return false;
    extents.push_back(range->upper - range->lower + 1);
  }
  return llvm::all_of(scope.declarations(), [&](Operation *declaration) {
    if (auto at = dyn_cast<ir::AtOp>(declaration))
      return readsCertainly(at, conditions);
    if (auto where = dyn_cast<ir::WhereOp>(declaration))
      return llvm::is_contained(conditions.conditions, where);
    return isa<ir::NumberOp, ir::ApplyOp, ir::CastOp>(declaration);
  });
}

/// Factors of `value`; false when a variable that is summed stands in a denominator or in anything but a
/// read.
bool Chain::flatten(Value value, bool isDivisor) {
  auto apply = value.getDefiningOp<ir::ApplyOp>();
  if (apply && scope.owns(apply) && apply.getPrimitive() == "mul" && !isDivisor)
    return flatten(apply.getOperand(0), false) && flatten(apply.getOperand(1), false);
  if (apply && scope.owns(apply) && apply.getPrimitive() == "div" && !isDivisor)
    return flatten(apply.getOperand(0), false) && flatten(apply.getOperand(1), true);
  const VariableSet needs = scope.needs(value);
  if (isSubset(needs, kept)) {
    outside.push_back({value, isDivisor, needs});
    return true;
  }
  auto at = value.getDefiningOp<ir::AtOp>();
  if (isDivisor || value.getType() != scope.yield().getValue().getType())
    return false;
  if (at && scope.owns(at)) {
    operands.push_back({at, at.getTensor(), needs});
    return true;
  }
  if (needs.all() || needs.none() || sizeOf(needs) > kMostElements)
    return false;
  operands.push_back({ir::AtOp(), Value(), needs, value});
  return true;
}

/// Reads that share a variable with what is summed multiply inside, the rest at the end. False when there are
/// none, or when a variable is in no factor.
bool Chain::collectFactors() {
  kept = scope.none();
  for (Value index : placeOf(scope.yield()).indices)
    kept |= scope.needs(index);
  if (kept.all())
    return false;
  if (!flatten(scope.yield().getValue(), false))
    return false;
  // A read of kept variables only belongs inside where a product wants it, as the left side of an outer
  // product would.
  VariableSet known = kept;
  for (const Operand &operand : operands)
    known |= operand.variables;
  return !operands.empty() &&
         known.all(); // one that no factor has counts every term as often as it has values
}

/// One product of two needs no chain, unless a factor beside it keeps it from being one.
bool Chain::isBetter(const ContractionPath &path, double whole) const {
  const bool isComputed =
      llvm::any_of(operands, [](const Operand &operand) { return static_cast<bool>(operand.expression); });
  if (operands.size() == 2)
    return (!outside.empty() || isComputed) && path.cost >= kLeastWork && sizeOf(kept) * 4 <= whole &&
           sizeOf(kept) <= kMostElements;
  return path.cost <= kWorthIt * whole * static_cast<double>(operands.size() - 1);
}

void Chain::declare(OpBuilder &inside, const VariableSet &variables, IRMapping &mapping) {
  for (unsigned number : variables.set_bits())
    inside.clone(*scope.variable(number), mapping);
}

Value Chain::cloned(OpBuilder &inside, Value value, IRMapping &mapping) {
  Operation *definition = value.getDefiningOp();
  if (mapping.contains(value) || !scope.owns(definition))
    return mapping.lookupOrDefault(value);
  for (Value operand : definition->getOperands())
    cloned(inside, operand, mapping);
  inside.clone(*definition, mapping);
  return mapping.lookup(value);
}

/// The element of `operand` at the variables in `mapping`.
Value Chain::read(OpBuilder &inside, const Operand &operand, IRMapping &mapping) {
  if (operand.read)
    return cloned(inside, operand.read->getResult(0), mapping);
  SmallVector<Value> indices;
  for (unsigned number : operand.variables.set_bits())
    indices.push_back(mapping.lookup(scope.variable(number).getResult()));
  AffineMap identity = inside.getMultiDimIdentityMap(static_cast<unsigned>(indices.size()));
  Type element = ir::denseType(operand.tensor.getType()).getElementType();
  return ir::AtOp::create(inside, op.getLoc(), element, operand.tensor, indices, identity, false);
}

/// t[result] = sum over the rest of lhs rhs.
Operand Chain::multiply(const Operand &lhs, const Operand &rhs, const VariableSet &result) {
  Location location = op.getLoc();
  Type element = scope.yield().getValue().getType();
  SmallVector<std::int64_t> shape;
  for (unsigned number : result.set_bits())
    shape.push_back(declaredRange(scope.variable(number))->upper + 1);
  auto empty = ir::EmptyOp::create(builder, location, RankedTensorType::get(shape, element), ir::Monoid::Add);
  auto contract = ir::ContractOp::create(builder, location, ir::Monoid::Add, empty.getTensor());
  OpBuilder inside = OpBuilder::atBlockEnd(&contract.getBody().emplaceBlock());
  conditions.clone(inside);
  IRMapping mapping;
  VariableSet all(lhs.variables);
  all |= rhs.variables;
  declare(inside, all, mapping);
  Value left = read(inside, lhs, mapping), right = read(inside, rhs, mapping);
  Value product = ir::ApplyOp::create(inside, location, element, "mul", ValueRange{left, right});
  SmallVector<Value> place;
  for (unsigned number : result.set_bits())
    place.push_back(mapping.lookup(scope.variable(number).getResult()));
  AffineMap identity = inside.getMultiDimIdentityMap(static_cast<unsigned>(place.size()));
  ir::YieldOp::create(inside, location, product, place, AffineMapAttr::get(identity));
  return {ir::AtOp(), contract.getCombined(), result};
}

/// t[x] = the value of the expression at x.
void Chain::materialize(Operand &operand) {
  Location location = op.getLoc();
  SmallVector<std::int64_t> shape;
  for (unsigned number : operand.variables.set_bits())
    shape.push_back(declaredRange(scope.variable(number))->upper + 1);
  auto type = RankedTensorType::get(shape, operand.expression.getType());
  auto empty = ir::EmptyOp::create(builder, location, type, ir::Monoid::Add);
  auto map = ir::MapOp::create(builder, location, ir::Monoid::Add, empty.getTensor());
  OpBuilder inside = OpBuilder::atBlockEnd(&map.getBody().emplaceBlock());
  conditions.clone(inside);
  IRMapping mapping;
  declare(inside, operand.variables, mapping);
  Value value = cloned(inside, operand.expression, mapping);
  SmallVector<Value> place;
  for (unsigned number : operand.variables.set_bits())
    place.push_back(mapping.lookup(scope.variable(number).getResult()));
  AffineMap identity = inside.getMultiDimIdentityMap(static_cast<unsigned>(place.size()));
  ir::YieldOp::create(inside, location, value, place, AffineMapAttr::get(identity));
  operand.tensor = map.getCombined();
}

void Chain::build(const ContractionPath &path) {
  for (Operand &operand : operands)
    if (operand.expression)
      materialize(operand);
  SmallVector<Operand> tensors(operands);
  for (auto [position, step] : llvm::enumerate(path.steps)) {
    VariableSet both(tensors[step.lhs].variables), needed(kept);
    both |= tensors[step.rhs].variables;
    for (const PathStep &later : ArrayRef(path.steps).drop_front(position + 1))
      for (unsigned number : {later.lhs, later.rhs})
        if (number < tensors.size())
          needed |= tensors[number].variables;
    needed &= both;
    tensors.push_back(multiply(tensors[step.lhs], tensors[step.rhs], needed));
  }
  finish(tensors.back());
}

/// What the equation says of the last product and the factors beside it, over the variables of the result.
void Chain::finish(const Operand &last) {
  auto yield = scope.yield();
  auto contract = ir::ContractOp::create(builder, op.getLoc(), ir::Monoid::Add, op.getDest());
  OpBuilder inside = OpBuilder::atBlockEnd(&contract.getBody().emplaceBlock());
  conditions.clone(inside);
  IRMapping mapping;
  declare(inside, kept, mapping);
  Value value = read(inside, last, mapping);
  for (const Factor &factor : outside)
    value = ir::ApplyOp::create(inside, op.getLoc(), value.getType(), factor.isDivisor ? "div" : "mul",
                                ValueRange{value, cloned(inside, factor.value, mapping)});
  for (Value index : yield.getIndices())
    cloned(inside, index, mapping);
  inside.clone(*yield.getOperation(), mapping);
  inside.getBlock()->getTerminator()->setOperand(0, value);
  op->getResult(0).replaceAllUsesWith(contract.getCombined());
  op->erase();
}

class OrderProducts : public impl::OrderProductsBase<OrderProducts> {
public:
  void runOnOperation() override {
    SmallVector<ir::ComprehensionOpInterface> comprehensions;
    getOperation().walk([&](ir::ComprehensionOpInterface op) { comprehensions.push_back(op); });
    for (ir::ComprehensionOpInterface op : comprehensions) {
      Scope scope(op.getBody().front());
      Chain(op, scope).run();
    }
  }
};

} // namespace

} // namespace tl::passes
