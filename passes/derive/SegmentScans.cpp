// Scans whose states are too large to keep, in segments that their reverse runs again.
#include "passes/derive/Prepare.h"

#include "passes/derive/ScalarBuilder.h"
#include "passes/plan/Captures.h"
#include "passes/plan/NarrowScans.h"
#include "passes/plan/Scope.h"

#include "ir/tl/TlTypes.h"

#include "mlir/IR/IRMapping.h"

#include "llvm/ADT/SetVector.h"

#include <cmath>

namespace tl::passes {

using namespace mlir;

namespace {

/// Fewer steps than these are not worth running again.
constexpr std::int64_t kLeastSteps = 4;

double bytesOf(Type type) {
  RankedTensorType dense = ir::denseType(type);
  const unsigned bits = dense.getElementType().getIntOrFloatBitWidth();
  return static_cast<double>(dense.getNumElements()) * std::max(1.0, bits / 8.0);
}

/// What the derivative of `project` keeps of a step; 0 when it makes no tensor of it.
double bytesOf(ir::ProjectOp project, Operation *equation) {
  const Captures captures = capturesOf(project, equation);
  if (!captures.isClosed || !llvm::all_of(captures.variables, isDenseVariable))
    return 0;
  double bytes = std::max(1.0, project.getValue().getType().getIntOrFloatBitWidth() / 8.0);
  for (Value variable : captures.variables)
    bytes *= static_cast<double>(
        std::max<std::int64_t>(1, declaredRange(variable.getDefiningOp<ir::IndexOp>())->upper + 1));
  return bytes;
}

/// What a step passes on and no later one keeps: the tensors of which only the present state is carried.
double stateBytes(ir::ScanOp scan) {
  double bytes = 0;
  for (unsigned entry = 0; entry < scan.getNumResults(); ++entry)
    if (!isKept(scan, entry))
      bytes += bytesOf(scan.getInits()[entry].getType());
  return bytes;
}

/// What the reverse of the scan would keep of each step that the scan itself does not.
double keptOfStep(ir::ScanOp scan) {
  double bytes = stateBytes(scan);
  scan.getBody().walk([&](ir::ProjectOp project) {
    bytes += bytesOf(project, project->getParentOfType<ir::ComprehensionOpInterface>());
  });
  return bytes;
}

/// Whether every use of the position is one that two positions can take over.
bool hasKnownUses(Value position) {
  return llvm::all_of(position.getUsers(),
                      [](Operation *user) { return isa<ir::AtOp, ir::YieldOp, ir::CastOp>(user); });
}

/// A scan that becomes one over segments around one over the steps of a segment, and one over the steps left.
class Segmenting {
public:
  explicit Segmenting(ir::ScanOp scan)
      : scan(scan), builder(scan), steps(scan.getEnd() - scan.getBegin()),
        length(static_cast<std::int64_t>(std::ceil(std::sqrt(static_cast<double>(steps))))) {}

  void run();

private:
  ir::ScanOp like(std::int64_t begin, std::int64_t end, ValueRange inits);
  void replaceCoordinate(Operation *access, Value position);
  void replaceNumber(ir::CastOp cast);

  ir::ScanOp scan;
  OpBuilder builder;
  std::int64_t steps, length, first = 0;
  Value segment, step; ///< position == first + length segment + step
};

/// A scan with the attributes of this one, still without a body.
ir::ScanOp Segmenting::like(std::int64_t begin, std::int64_t end, ValueRange inits) {
  return ir::ScanOp::create(builder, scan.getLoc(), inits.getTypes(), scan.getNameAttr(),
                            builder.getI64IntegerAttr(begin), builder.getI64IntegerAttr(end),
                            scan.getDescendingAttr(), inits, scan.getNamesAttr());
}

void Segmenting::replaceCoordinate(Operation *access, Value position) {
  auto replace = [&](auto op, AffineMap map) {
    SmallVector<Value> indices(op.getIndices());
    const unsigned count = map.getNumDims();
    AffineExpr sum = builder.getAffineDimExpr(count) * length + builder.getAffineDimExpr(count + 1) + first;
    SmallVector<AffineExpr> places;
    for (auto [number, index] : llvm::enumerate(indices))
      places.push_back(index == position ? sum : builder.getAffineDimExpr(number));
    indices.append({segment, step});
    AffineMap replaced = map.replaceDimsAndSymbols(places, {}, count + 2, 0);
    llvm::SmallBitVector unused = getUnusedDimsBitVector({replaced});
    SmallVector<Value> used;
    for (auto [number, index] : llvm::enumerate(indices))
      if (!unused[number])
        used.push_back(index);
    op.getIndicesMutable().assign(used);
    op.setMapAttr(AffineMapAttr::get(compressDims(replaced, unused)));
  };
  if (auto at = dyn_cast<ir::AtOp>(access))
    return replace(at, at.getMap());
  auto yield = cast<ir::YieldOp>(access);
  replace(yield, *yield.getMap());
}

/// The position as a number in an equation.
void Segmenting::replaceNumber(ir::CastOp cast) {
  OpBuilder at(cast);
  ScalarBuilder scalars(at, cast.getLoc());
  Value whole = scalars.apply("mul", {scalars.position(segment), scalars.integer(length)});
  whole = scalars.apply("add", {whole, scalars.position(step)});
  whole = scalars.apply("add", {whole, scalars.integer(first)});
  if (whole.getType() != cast.getType())
    whole = scalars.cast(whole, cast.getType());
  cast.getResult().replaceAllUsesWith(whole);
  cast->erase();
}

/// scan t {f(t)}  ==  scan s { scan u {f(first + length s + u)} }; scan t of the rest {f(t)}
void Segmenting::run() {
  const std::int64_t segments = steps / length, rest = steps - segments * length;
  const std::int64_t begin = scan.getBegin(), end = scan.getEnd();
  const bool isDescending = scan.getDescending();
  first = isDescending ? begin + rest : begin;
  ir::ScanOp outer = like(0, segments, scan.getInits());
  ValueRange last = outer.getResults();
  if (rest != 0) {
    ir::ScanOp after = isDescending ? like(begin, first, last) : like(end - rest, end, last);
    IRMapping copies;
    scan.getBody().cloneInto(&after.getBody(), copies);
    last = after.getResults();
  }
  Block &body = outer.getBody().emplaceBlock();
  segment = body.addArgument(builder.getIndexType(), scan.getLoc());
  for (Value init : scan.getInits())
    body.addArgument(init.getType(), scan.getLoc());
  builder.setInsertionPointToEnd(&body);
  ir::ScanOp inner = like(0, length, body.getArguments().drop_front());
  ir::NextOp::create(builder, scan.getLoc(), inner.getResults());
  inner.getBody().takeBody(scan.getBody());
  step = inner.getBody().front().getArgument(0);
  // What reads the position by its own places is replaced before any use of the step is made.
  llvm::SetVector<Operation *> users(step.getUsers().begin(), step.getUsers().end());
  for (Operation *user : users) {
    if (auto cast = dyn_cast<ir::CastOp>(user))
      replaceNumber(cast);
    else
      replaceCoordinate(user, step);
  }
  scan->replaceAllUsesWith(last);
  scan->erase();
}

} // namespace

bool canRunAgain(ir::ScanOp scan) {
  if (llvm::any_of(scan.getInits(), [](Value init) { return ir::isRelation(init.getType()); }))
    return false;
  return llvm::all_of(scan.getBody().front(), [](Operation &op) {
    if (auto equation = dyn_cast<ir::ComprehensionOpInterface>(op))
      return equation.getMonoid() == ir::Monoid::Add && !ir::isRelation(equation.getCombined().getType());
    if (auto empty = dyn_cast<ir::EmptyOp>(op))
      return empty.getMonoid() == ir::Monoid::Add;
    return isa<ir::NormalizeOp, ir::NextOp>(op);
  });
}

void segmentScan(ir::ScanOp scan, double mostBytes) {
  const std::int64_t steps = scan.getEnd() - scan.getBegin();
  if (scan->getParentOfType<ir::ScanOp>() || steps < kLeastSteps || stateBytes(scan) == 0 ||
      !canRunAgain(scan) || !hasKnownUses(scan.getBody().front().getArgument(0)) ||
      keptOfStep(scan) * static_cast<double>(steps) <= mostBytes)
    return;
  Segmenting(narrowScan(scan)).run();
}

} // namespace tl::passes
