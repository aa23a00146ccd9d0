// Recognises products of matrices, whatever their indices are called and however many there are.
#include "passes/plan/Products.h"

#include "passes/plan/Scope.h"

#include "ir/tl/TlTypes.h"

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
      std::optional<Interval> range = scanRange(index);
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

  static constexpr unsigned kMostPositions = 16;
  llvm::SetVector<Value> variables, positions;
  SmallVector<std::int64_t> lowers, extents;

private:
  static std::optional<Interval> scanRange(Value index) {
    auto argument = dyn_cast<BlockArgument>(index);
    auto scan = argument && argument.getArgNumber() == 0
                    ? dyn_cast<ir::ScanOp>(argument.getOwner()->getParentOp())
                    : ir::ScanOp();
    if (!scan || scan.getEndAttr().getInt() <= scan.getBeginAttr().getInt())
      return std::nullopt;
    return Interval{scan.getBeginAttr().getInt(), scan.getEndAttr().getInt() - 1};
  }
};

/// The reads of a product of three or more, all of them certain; empty when it is something else.
SmallVector<ir::AtOp> chainOf(Value value) {
  SmallVector<ir::AtOp> reads;
  SmallVector<Value> open = {value};
  while (!open.empty()) {
    Value factor = open.pop_back_val();
    auto apply = factor.getDefiningOp<ir::ApplyOp>();
    auto at = factor.getDefiningOp<ir::AtOp>();
    if (apply && apply.getPrimitive() == "mul")
      llvm::append_range(open, apply.getOperands());
    else if (at && readsCertainly(at) && at.getElement().getType() == value.getType())
      reads.push_back(at);
    else
      return {};
  }
  return reads.size() > 2 ? reads : SmallVector<ir::AtOp>();
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

/// Every index of the result has an axis of its own: no two assignments of them reach one element.
bool isInjective(AffineMap result) {
  for (unsigned dimension = 0; dimension < result.getNumDims(); ++dimension) {
    if (!mentions(result, dimension))
      continue;
    const bool hasOwn = llvm::any_of(result.getResults(), [&](AffineExpr coordinate) {
      return coefficientOf(coordinate, dimension) == 1 &&
             llvm::none_of(llvm::seq<unsigned>(0, result.getNumDims()), [&](unsigned other) {
               return other != dimension && coordinate.isFunctionOfDim(other);
             });
    });
    if (!hasOwn)
      return false;
  }
  return true;
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
  if (!lhs || !rhs || !to || !isInjective(*to))
    return std::nullopt;
  Product product = {places.extents,
                     {places.positions.begin(), places.positions.end()},
                     {places.finished(*lhs), places.finished(*rhs), places.finished(*to)},
                     factors.first.getTensor(),
                     factors.second.getTensor()};
  return isWorthPacking(product) ? std::optional(product) : std::nullopt;
}

} // namespace

std::optional<Product> matchProduct(ir::ComprehensionOpInterface op) {
  Type dest = op.getDest().getType();
  if (op.getMonoid() != ir::Monoid::Add || ir::isRelation(dest) || ir::isPartial(dest))
    return std::nullopt;
  Block &body = op.getBody().front();
  auto yield = cast<ir::YieldOp>(body.getTerminator());
  auto factors = factorsOf(yield.getValue());
  if (!factors || yield.getValue().getType() != ir::denseType(dest).getElementType())
    return std::nullopt;
  Places places;
  for (Operation &declaration : body.without_terminator()) {
    if (auto variable = dyn_cast<ir::IndexOp>(declaration)) {
      if (!places.addVariable(variable))
        return std::nullopt;
    } else if (!isa<ir::AtOp, ir::ApplyOp>(declaration)) {
      return std::nullopt;
    }
  }
  // Anything beside the two reads and their product could drop, or is dead.
  if (llvm::range_size(body.without_terminator()) != places.variables.size() + 3)
    return std::nullopt;
  return productOf(places, *factors, [&] { return places.map(placeOf(yield), dest); });
}

bool readsCertainly(ir::AtOp at) {
  if (at.getDefaulted() || ir::isPartial(at.getTensor().getType()))
    return false;
  Places places;
  llvm::SmallPtrSet<Operation *, 4> added;
  for (Value index : at.getIndices()) {
    auto variable = index.getDefiningOp<ir::IndexOp>();
    if (variable && added.insert(variable).second && !places.addVariable(variable))
      return false;
  }
  return places.map(placeOf(at), at.getTensor().getType()).has_value();
}

bool wouldBeProduct(ir::ProjectOp project, ArrayRef<Value> variables) {
  Block &body = project.getBody().front();
  Value value = cast<ir::YieldOp>(body.getTerminator()).getValue();
  if (project.getKind() != ir::Projection::Sum || !isa<FloatType>(value.getType()))
    return false;
  Places places;
  SmallVector<Value> all(variables);
  llvm::append_range(
      all, llvm::map_range(body.getOps<ir::IndexOp>(), [](ir::IndexOp op) { return op.getResult(); }));
  for (Value variable : all)
    if (!places.addVariable(variable.getDefiningOp<ir::IndexOp>()))
      return false;
  if (!chainOf(value).empty())
    return true;
  auto factors = factorsOf(value);
  if (!factors)
    return false;
  const std::size_t own = all.size() - variables.size();
  // Reads may have left the projection for the scope around it.
  const std::size_t within = (factors->first->getBlock() == &body) + (factors->second->getBlock() == &body);
  if (llvm::range_size(body.without_terminator()) != own + within + 1)
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
