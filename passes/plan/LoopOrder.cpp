// Loop orders by access strides.
#include "passes/plan/LoopOrder.h"

#include "passes/logic/LiteralVersion.h"

#include "ir/tl/TlTypes.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace tl::passes {

using namespace mlir;

namespace {

/// An innermost loop shorter than this is not worth vectorising, an outermost one not worth sharing among
/// threads.
constexpr std::int64_t kShortLoop = 8;

SmallVector<ir::AtOp> reads(const Scope &scope) {
  SmallVector<ir::AtOp> found;
  for (Operation *op : scope.declarations())
    if (auto at = dyn_cast<ir::AtOp>(op))
      found.push_back(at);
  return found;
}

ArrayRef<std::int64_t> extentsOf(ir::AtOp at) {
  return ir::denseType(at.getTensor().getType()).getShape();
}

/// How far apart the elements are that a loop over `variable` reads: 0 when it stays, large when it jumps.
double spread(const Scope &scope, unsigned variable) {
  constexpr double irregular = 64;
  double sum = 0;
  for (ir::AtOp at : reads(scope)) {
    std::optional<std::int64_t> stride = strideAlong(scope, placeOf(at), extentsOf(at), variable);
    sum += stride ? std::log2(1.0 + std::abs(static_cast<double>(*stride))) : irregular;
  }
  return sum;
}

void sortByStride(const Scope &scope, SmallVectorImpl<unsigned> &variables) {
  llvm::sort(variables, [&](unsigned a, unsigned b) {
    return std::make_pair(-spread(scope, a), a) < std::make_pair(-spread(scope, b), b);
  });
}

/// Dense variables of the result, in the order of its axes, and the others.
struct Roles {
  SmallVector<unsigned> results;
  SmallVector<unsigned> reductions;
};

Roles rolesOf(const Scope &scope, const VariableSet &dense, const Place &place) {
  Roles roles;
  VariableSet seen = scope.none();
  for (AffineExpr coordinate : place.map.getResults())
    for (auto [dimension, index] : llvm::enumerate(place.indices)) {
      if (!coordinate.isFunctionOfDim(dimension))
        continue;
      for (unsigned variable : scope.needs(index).set_bits())
        if (dense[variable] && !seen[variable]) {
          seen.set(variable);
          roles.results.push_back(variable);
        }
    }
  for (unsigned variable : dense.set_bits())
    if (!seen[variable])
      roles.reductions.push_back(variable);
  return roles;
}

/// Those that no literal generates; the verifier sees to it that they have ranges.
VariableSet denseVariables(const VariableSet &generated) {
  VariableSet dense = generated;
  return dense.flip();
}

std::int64_t tripsOf(const Scope &scope, unsigned variable) {
  std::optional<Interval> range = declaredRange(scope.variable(variable));
  return range->upper - range->lower + 1;
}

/// Moves the first long loop that threads can share before short ones; the last stays last.
void moveLongLoopFirst(const Scope &scope, SmallVectorImpl<unsigned> &results) {
  const Place place = placeOf(scope.yield());
  auto isLong = [&](unsigned variable) {
    return tripsOf(scope, variable) >= kShortLoop &&
           hasOwnAxis(place.map, place.indices, scope.variable(variable).getResult());
  };
  if (results.empty())
    return;
  auto found = std::find_if(results.begin(), results.end() - 1, isLong);
  if (found != results.end() - 1)
    std::rotate(results.begin(), found, found + 1);
}

SmallVector<Loop> concatenate(ArrayRef<Walk> walks, ArrayRef<unsigned> first,
                              ArrayRef<unsigned> second = {}) {
  SmallVector<Loop> loops(walks.begin(), walks.end());
  loops.append(first.begin(), first.end());
  loops.append(second.begin(), second.end());
  return loops;
}

/// Half floats are summed in a register of single precision, never in place.
bool canCombineInPlace(ir::ComprehensionOpInterface op) {
  Type type = op.getDest().getType();
  Type element = ir::denseType(type).getElementType();
  return !ir::isPartial(type) && !element.isF16() && !element.isBF16();
}

/// The result variable, if any, that should go innermost although reductions remain.
std::optional<unsigned> innermostResult(const Scope &scope, ir::ComprehensionOpInterface op,
                                        const Roles &roles) {
  if (roles.results.empty() || roles.reductions.empty() || !canCombineInPlace(op))
    return std::nullopt;
  const unsigned last = roles.results.back();
  const Place place = placeOf(scope.yield());
  ArrayRef<std::int64_t> extents = ir::denseType(op.getDest().getType()).getShape();
  if (strideAlong(scope, place, extents, last) != 1 || !prefersResultInnermost(scope, last, roles.reductions))
    return std::nullopt;
  return last;
}

bool anyGenerated(const Scope &scope, const Place &place, const VariableSet &generated) {
  return llvm::any_of(place.indices, [&](Value index) { return scope.needs(index).anyCommon(generated); });
}

/// Rows walked inside the loops of the result: with its variables known, literals may be ordered otherwise
/// and generate more.
SmallVector<Loop> reduceRows(const Scope &scope, const Roles &roles) {
  VariableSet known = scope.none();
  for (unsigned variable : roles.results)
    known.set(variable);
  SmallVector<Walk> literals = orderLiterals(scope, known);
  SmallVector<unsigned> left;
  llvm::copy_if(roles.reductions, std::back_inserter(left),
                [&](unsigned variable) { return !known[variable]; });
  return concatenate(literals, left);
}

LoopPlan orderDense(const Scope &scope, ir::ComprehensionOpInterface op, ArrayRef<Walk> literals,
                    const VariableSet &generated, Roles roles) {
  // What changed drives a round, and each element that it makes better is noted.
  if (op->hasAttr(kTracked))
    return {concatenate(literals, roles.results, roles.reductions), {}, false};
  const bool literalsReduce = !literals.empty() && !anyGenerated(scope, placeOf(scope.yield()), generated);
  if (std::optional<unsigned> last = innermostResult(scope, op, roles)) {
    roles.results.pop_back();
    SmallVector<unsigned> middle = roles.reductions;
    middle.push_back(*last);
    return {concatenate(literals, roles.results, middle), {}, false};
  }
  if (literalsReduce)
    return {concatenate({}, roles.results), reduceRows(scope, roles), true};
  if (roles.reductions.empty())
    return {concatenate(literals, roles.results), {}, false};
  return {concatenate(literals, roles.results), concatenate({}, roles.reductions), true};
}

/// The values of the variable for which c * variable + rest can lie in [0, extent), `rest` being anything in
/// [rest.lower, rest.upper].
Interval solutions(std::int64_t c, Interval rest, std::int64_t extent) {
  const std::int64_t lower = -rest.upper, upper = extent - 1 - rest.lower; // of c * variable
  const std::int64_t size = std::abs(c);
  const Interval scaled = c > 0 ? Interval{lower, upper} : Interval{-upper, -lower};
  return {-llvm::divideFloorSigned(-scaled.lower, size), llvm::divideFloorSigned(scaled.upper, size)};
}

/// What remains of `range` when one coordinate must lie in [0, extent). A coordinate that is not linear in
/// the variable is tried value by value, a bounded number of times.
Interval usefulAlong(const Scope &scope, const Place &place, AffineExpr coordinate, std::int64_t extent,
                     unsigned variable, Interval range) {
  constexpr int mostTries = 1024;
  SmallVector<Interval> known(place.indices.size(), kAnyIndex);
  SmallVector<unsigned> own;
  for (auto [dimension, index] : llvm::enumerate(place.indices))
    if (scope.number(index) == variable && coordinate.isFunctionOfDim(dimension))
      own.push_back(dimension);
  if (own.empty())
    return range;
  auto boundsAt = [&](std::int64_t value) {
    for (unsigned dimension : own)
      known[dimension] = {value, value};
    return boundsOf(coordinate, known);
  };
  std::optional<std::int64_t> c = coefficientOf(coordinate, own.front());
  if (own.size() == 1 && c && *c != 0) {
    const Interval rest = boundsAt(0);
    const bool isKnown = rest.lower > -kFar / 2 && rest.upper < kFar / 2;
    return isKnown ? intersect(range, solutions(*c, rest, extent)) : range;
  }
  auto isOutside = [&](std::int64_t value) {
    const Interval bounds = boundsAt(value);
    return bounds.upper < 0 || bounds.lower >= extent;
  };
  for (int tries = 0; tries < mostTries && !range.isEmpty() && isOutside(range.lower); ++tries)
    ++range.lower;
  for (int tries = 0; tries < mostTries && !range.isEmpty() && isOutside(range.upper); ++tries)
    --range.upper;
  return range;
}

} // namespace

Interval usefulRange(const Scope &scope, unsigned variable, ArrayRef<std::int64_t> resultExtents) {
  Interval range = *declaredRange(scope.variable(variable));
  auto cut = [&](const Place &place, ArrayRef<std::int64_t> extents) {
    for (auto [coordinate, extent] : llvm::zip_equal(place.map.getResults(), extents))
      range = usefulAlong(scope, place, coordinate, extent, variable, range);
  };
  for (ir::AtOp at : reads(scope))
    if (!at.getDefaulted())
      cut(placeOf(at), extentsOf(at));
  if (scope.yield().getMap() && !resultExtents.empty())
    cut(placeOf(scope.yield()), resultExtents);
  for (Operation *op : scope.declarations())
    if (auto where = dyn_cast<ir::WhereOp>(op))
      if (std::optional<RangeCondition> condition = rangeConditionOf(where))
        if (scope.number(condition->index) == variable)
          range = intersect(range, condition->interval);
  return range;
}

std::optional<std::int64_t> strideAlong(const Scope &scope, const Place &place,
                                        ArrayRef<std::int64_t> extents, unsigned variable) {
  std::int64_t stride = 0;
  std::int64_t axisStride = 1;
  for (std::size_t axis = extents.size(); axis-- > 0; axisStride *= extents[axis]) {
    AffineExpr coordinate = place.map.getResult(axis);
    for (auto [dimension, index] : llvm::enumerate(place.indices)) {
      if (!coordinate.isFunctionOfDim(dimension) || !scope.needs(index)[variable])
        continue;
      std::optional<std::int64_t> coefficient = coefficientOf(coordinate, dimension);
      if (!coefficient || !scope.number(index))
        return std::nullopt;
      stride += *coefficient * axisStride;
    }
  }
  return stride;
}

bool prefersResultInnermost(const Scope &scope, unsigned last, ArrayRef<unsigned> reductions) {
  if (tripsOf(scope, last) < kShortLoop)
    return false;
  bool isRead = false;
  for (ir::AtOp at : reads(scope)) {
    std::optional<std::int64_t> stride = strideAlong(scope, placeOf(at), extentsOf(at), last);
    if (!stride || (*stride != 0 && *stride != 1))
      return false;
    isRead |= *stride == 1;
  }
  return isRead && !reductions.empty();
}

LoopPlan orderComprehension(const Scope &scope, ir::ComprehensionOpInterface op) {
  VariableSet generated = scope.none();
  SmallVector<Walk> literals = orderLiterals(scope, generated);
  Roles roles = rolesOf(scope, denseVariables(generated), placeOf(scope.yield()));
  sortByStride(scope, roles.reductions);
  moveLongLoopFirst(scope, roles.results);
  if (ir::isRelation(op.getDest().getType()))
    return {concatenate(literals, roles.results, roles.reductions), {}, false};
  return orderDense(scope, op, literals, generated, roles);
}

LoopPlan orderProjection(const Scope &scope) {
  VariableSet generated = scope.none();
  SmallVector<Walk> literals = orderLiterals(scope, generated);
  const VariableSet dense = denseVariables(generated);
  SmallVector<unsigned> variables(dense.set_bits_begin(), dense.set_bits_end());
  sortByStride(scope, variables);
  return {concatenate(literals, variables), {}, false};
}

} // namespace tl::passes
