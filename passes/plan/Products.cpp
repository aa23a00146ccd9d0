// Recognises products of matrices, whatever their indices are called and however many there are.
#include "passes/plan/Products.h"

#include "passes/plan/Scope.h"

#include "ir/tl/TlTypes.h"

#include "mlir/IR/IRMapping.h"

#include "llvm/ADT/SetVector.h"

#include <algorithm>

namespace tl::passes {

using namespace mlir;

namespace {

/// Below these a loop nest in registers is as fast.
constexpr std::int64_t kLeastSide = 4;
constexpr std::int64_t kLeastDepth = 4;
constexpr std::int64_t kLeastWork = 32'768;

/// Collects the indices and positions of a product, and says its places in them.
class Places {
public:
  explicit Places(const StepConditions &conditions) : conditions(conditions) {}

  bool addVariable(ir::IndexOp variable) {
    std::optional<Interval> range = declaredRange(variable);
    if (!range || range->isEmpty() || range->lower < 0)
      return false;
    variables.insert(variable.getResult());
    lowers.push_back(range->lower);
    extents.push_back(range->upper - range->lower + 1);
    return true;
  }

  /// The place as a map of indices from 0 and positions; none when it is not linear in them or may be
  /// outside.
  std::optional<AffineMap> map(const Place &place, Type tensor) {
    MLIRContext *context = tensor.getContext();
    SmallVector<AffineExpr> replacements;
    SmallVector<Interval> intervals;
    for (Value index : place.indices) {
      if (auto *found = llvm::find(variables, index); found != variables.end()) {
        const auto number = static_cast<unsigned>(found - variables.begin());
        replacements.push_back(getAffineDimExpr(number, context) + lowers[number]);
        intervals.push_back({lowers[number], lowers[number] + extents[number] - 1});
        continue;
      }
      std::optional<Interval> range = conditions.rangeOf(index);
      positions.insert(index);
      if (!range || positions.size() > kMostPositions)
        return std::nullopt;
      replacements.push_back(getAffineSymbolExpr(
          static_cast<unsigned>(llvm::find(positions, index) - positions.begin()), context));
      intervals.push_back(*range);
    }
    SmallVector<AffineExpr> coordinates;
    for (auto [coordinate, extent] :
         llvm::zip_equal(place.map.getResults(), ir::denseType(tensor).getShape())) {
      const bool isLinear =
          llvm::all_of(llvm::seq<unsigned>(0, place.map.getNumDims()),
                       [&](unsigned dimension) { return coefficientOf(coordinate, dimension).has_value(); });
      if (!isLinear || !boundsOf(coordinate, intervals).isWithin(tl::passes::positions(extent)))
        return std::nullopt;
      coordinates.push_back(coordinate.replaceDimsAndSymbols(replacements, {}));
    }
    return AffineMap::get(static_cast<unsigned>(variables.size()), kMostPositions, coordinates, context);
  }

  /// Maps are made with room for positions that are not known yet.
  AffineMap finished(AffineMap map) const {
    return AffineMap::get(map.getNumDims(), static_cast<unsigned>(positions.size()), map.getResults(),
                          map.getContext());
  }

  /// Two bounds for each position.
  SmallVector<std::int64_t> steps() const {
    SmallVector<std::int64_t> bounds;
    for (Value position : positions) {
      const Interval range = *conditions.rangeOf(position);
      bounds.append({range.lower, range.upper + 1});
    }
    return bounds;
  }

  static constexpr unsigned kMostPositions = 16;
  llvm::SetVector<Value> variables, positions;
  SmallVector<std::int64_t> lowers, extents;

private:
  const StepConditions &conditions;
};

/// Whether `value` is computed from certain reads and numbers alone, and the variables that it needs.
bool isComputed(Value value, const StepConditions &conditions, llvm::SetVector<Value> &needed) {
  Operation *definition = value.getDefiningOp();
  if (!definition || isa<ir::IndexOp>(definition)) {
    needed.insert(value);
    return true;
  }
  if (auto at = dyn_cast<ir::AtOp>(definition)) {
    needed.insert(at.getIndices().begin(), at.getIndices().end());
    return readsCertainly(at, conditions);
  }
  return isa<ir::ApplyOp, ir::CastOp, ir::NumberOp>(definition) &&
         llvm::all_of(definition->getOperands(),
                      [&](Value operand) { return isComputed(operand, conditions, needed); });
}

/// Whether `value` is a product that is a chain of products of two tensors: of three certain reads or more,
/// or of factors of which some are computed from fewer than all `variables`.
bool isChain(Value value, ArrayRef<Value> variables, const StepConditions &conditions) {
  SmallVector<Value> open = {value};
  unsigned reads = 0, computed = 0;
  while (!open.empty()) {
    Value factor = open.pop_back_val();
    auto apply = factor.getDefiningOp<ir::ApplyOp>();
    if (apply && apply.getPrimitive() == "mul") {
      llvm::append_range(open, apply.getOperands());
      continue;
    }
    llvm::SetVector<Value> needed;
    if (factor.getType() != value.getType() || !isComputed(factor, conditions, needed))
      return false;
    const bool needsAll = llvm::all_of(variables, [&](Value variable) { return needed.contains(variable); });
    if (factor.getDefiningOp<ir::AtOp>())
      ++reads;
    else if (!needsAll && !needed.empty())
      ++computed;
    else
      return false;
  }
  return reads > 2 || (computed > 0 && reads + computed >= 2);
}

/// The two reads that `value` multiplies, when that is all that it does.
std::optional<std::pair<ir::AtOp, ir::AtOp>> factorsOf(Value value) {
  auto product = value.getDefiningOp<ir::ApplyOp>();
  if (!product || product.getPrimitive() != "mul")
    return std::nullopt;
  auto lhs = product.getOperand(0).getDefiningOp<ir::AtOp>(),
       rhs = product.getOperand(1).getDefiningOp<ir::AtOp>();
  auto isPlain = [&](ir::AtOp at) {
    return at && !at.getDefaulted() && !ir::isPartial(at.getTensor().getType()) &&
           at.getElement().getType() == value.getType();
  };
  const bool isReal = value.getType().isF32() || value.getType().isF64();
  return isReal && isPlain(lhs) && isPlain(rhs) ? std::optional(std::pair(lhs, rhs)) : std::nullopt;
}

bool mentions(AffineMap map, unsigned dimension) {
  return llvm::any_of(map.getResults(),
                      [&](AffineExpr coordinate) { return coordinate.isFunctionOfDim(dimension); });
}

/// No two assignments of the indices in a coordinate give one value: sorted by coefficient, each step is
/// longer than all that the smaller ones reach, as digits of a number are.
bool isInjective(AffineExpr coordinate, ArrayRef<std::int64_t> extents) {
  SmallVector<std::pair<std::int64_t, std::int64_t>> digits;
  for (auto [dimension, extent] : llvm::enumerate(extents))
    if (coordinate.isFunctionOfDim(dimension))
      digits.push_back({*coefficientOf(coordinate, dimension), extent});
  llvm::sort(digits);
  std::int64_t reach = 0;
  for (auto [coefficient, extent] : digits) {
    if (coefficient <= reach)
      return false;
    reach += coefficient * (extent - 1);
  }
  return true;
}

/// No two assignments of the result's indices reach one element.
bool isInjective(AffineMap result, ArrayRef<std::int64_t> extents) {
  return llvm::all_of(result.getResults(),
                      [&](AffineExpr coordinate) { return isInjective(coordinate, extents); });
}

/// Each index is in two tensors at least, and both sides, the depth and the whole are large enough.
bool isWorthPacking(const Product &product) {
  std::int64_t rows = 1, columns = 1, depth = 1, batch = 1;
  for (auto [dimension, extent] : llvm::enumerate(product.extents)) {
    const bool inLhs = mentions(product.maps[0], dimension), inRhs = mentions(product.maps[1], dimension),
               inResult = mentions(product.maps[2], dimension);
    if (inLhs + inRhs + inResult < 2)
      return false;
    std::int64_t &side = !inResult ? depth : !inRhs ? rows : !inLhs ? columns : batch;
    if (__builtin_mul_overflow(side, extent, &side))
      return false;
  }
  std::int64_t work = rows;
  for (std::int64_t factor : {columns, depth, batch})
    if (__builtin_mul_overflow(work, factor, &work))
      return true;
  return rows >= kLeastSide && columns >= kLeastSide && depth >= kLeastDepth && work >= kLeastWork;
}

/// The product of the two reads, its result at `place` of a tensor of type `result`.
std::optional<Product> productOf(Places &places, std::pair<ir::AtOp, ir::AtOp> factors,
                                 llvm::function_ref<std::optional<AffineMap>()> result) {
  std::optional<AffineMap> lhs = places.map(placeOf(factors.first), factors.first.getTensor().getType());
  std::optional<AffineMap> rhs = places.map(placeOf(factors.second), factors.second.getTensor().getType());
  std::optional<AffineMap> to = result();
  if (!lhs || !rhs || !to || !isInjective(*to, places.extents))
    return std::nullopt;
  Product product = {places.extents,
                     {places.positions.begin(), places.positions.end()},
                     places.steps(),
                     {places.finished(*lhs), places.finished(*rhs), places.finished(*to)},
                     factors.first.getTensor(),
                     factors.second.getTensor()};
  return isWorthPacking(product) ? std::optional(product) : std::nullopt;
}

/// Whether nothing in `body` but the two reads and the conditions on steps can drop an assignment.
bool dropsNothingBut(Block &body, std::pair<ir::AtOp, ir::AtOp> factors, const StepConditions &conditions) {
  return llvm::all_of(body.without_terminator(), [&](Operation &op) {
    if (auto where = dyn_cast<ir::WhereOp>(op))
      return llvm::is_contained(conditions.conditions, where);
    if (auto at = dyn_cast<ir::AtOp>(op))
      return at == factors.first || at == factors.second;
    return isa<ir::IndexOp, ir::ApplyOp, ir::CastOp, ir::NumberOp>(op);
  });
}

} // namespace

StepConditions::StepConditions(Block &body) {
  for (ir::WhereOp where : body.getOps<ir::WhereOp>()) {
    std::optional<RangeCondition> condition = rangeConditionOf(where);
    std::optional<Interval> steps = condition ? scanRange(condition->index) : std::nullopt;
    if (!steps)
      continue;
    conditions.push_back(where);
    auto [known, isNew] = ranges.insert({condition->index, *steps});
    known->second = intersect(known->second, condition->interval);
  }
}

std::optional<Interval> StepConditions::rangeOf(Value position) const {
  auto *known = ranges.find(position);
  std::optional<Interval> range = known == ranges.end() ? scanRange(position) : known->second;
  return range && !range->isEmpty() ? range : std::nullopt;
}

void StepConditions::clone(OpBuilder &builder) const {
  IRMapping mapping;
  auto copy = [&](auto &self, Value value) -> void {
    Operation *definition = value.getDefiningOp();
    if (!definition || mapping.contains(value) || !isa<ir::ApplyOp, ir::CastOp, ir::NumberOp>(definition))
      return;
    for (Value operand : definition->getOperands())
      self(self, operand);
    builder.clone(*definition, mapping);
  };
  for (ir::WhereOp where : conditions) {
    copy(copy, where.getCondition());
    builder.clone(*where.getOperation(), mapping);
  }
}

std::optional<Product> matchProduct(ir::ComprehensionOpInterface op) {
  Type dest = op.getDest().getType();
  if (op.getMonoid() != ir::Monoid::Add || ir::isRelation(dest) || ir::isPartial(dest))
    return std::nullopt;
  Block &body = op.getBody().front();
  auto yield = cast<ir::YieldOp>(body.getTerminator());
  auto factors = factorsOf(yield.getValue());
  if (!factors || yield.getValue().getType() != ir::denseType(dest).getElementType())
    return std::nullopt;
  const StepConditions conditions(body);
  Places places(conditions);
  for (ir::IndexOp variable : body.getOps<ir::IndexOp>())
    if (!places.addVariable(variable))
      return std::nullopt;
  if (!dropsNothingBut(body, *factors, conditions))
    return std::nullopt;
  return productOf(places, *factors, [&] { return places.map(placeOf(yield), dest); });
}

bool readsCertainly(ir::AtOp at, const StepConditions &conditions) {
  if (at.getDefaulted() || ir::isPartial(at.getTensor().getType()))
    return false;
  Places places(conditions);
  llvm::SmallPtrSet<Operation *, 4> added;
  for (Value index : at.getIndices()) {
    auto variable = index.getDefiningOp<ir::IndexOp>();
    if (variable && added.insert(variable).second && !places.addVariable(variable))
      return false;
  }
  return places.map(placeOf(at), at.getTensor().getType()).has_value();
}

bool wouldBeProduct(ir::ProjectOp project, ArrayRef<Value> variables, const StepConditions &conditions) {
  Block &body = project.getBody().front();
  Value value = cast<ir::YieldOp>(body.getTerminator()).getValue();
  if (project.getKind() != ir::Projection::Sum || !isa<FloatType>(value.getType()))
    return false;
  Places places(conditions);
  SmallVector<Value> all(variables);
  llvm::append_range(
      all, llvm::map_range(body.getOps<ir::IndexOp>(), [](ir::IndexOp op) { return op.getResult(); }));
  for (Value variable : all)
    if (!places.addVariable(variable.getDefiningOp<ir::IndexOp>()))
      return false;
  if (isChain(value, all, conditions))
    return true;
  auto factors = factorsOf(value);
  if (!factors)
    return false;
  // Reads may have left the projection for the scope around it.
  if (!dropsNothingBut(body, *factors, conditions))
    return false;
  auto identity =
      AffineMap::getMultiDimIdentityMap(static_cast<unsigned>(variables.size()), project.getContext());
  return productOf(places, *factors,
                   [&] {
                     return std::optional(AffineMap::get(static_cast<unsigned>(all.size()),
                                                         Places::kMostPositions, identity.getResults(),
                                                         project.getContext()));
                   })
      .has_value();
}

} // namespace tl::passes
