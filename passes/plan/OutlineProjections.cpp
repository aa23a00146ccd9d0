// Gives projections that are slow where they stand a tensor of their own.
#include "passes/Passes.h"
#include "passes/plan/Captures.h"
#include "passes/plan/LoopOrder.h"
#include "passes/plan/Products.h"

#include "ir/tl/TlOps.h"
#include "ir/tl/TlTypes.h"

#include "mlir/IR/BuiltinOps.h"

namespace tl::passes {

#define GEN_PASS_DEF_OUTLINEPROJECTIONS
#include "passes/Passes.h.inc"

using namespace mlir;

namespace {

/// The most elements a tensor made for a projection may have.
constexpr std::int64_t kMostElements = std::int64_t{1} << 27;
/// A projection of fewer assignments is as cheap as reading its result.
constexpr std::int64_t kFewAssignments = 4;
/// Assumed of the rows that a literal gives for one key.
constexpr std::int64_t kAssumedRows = 16;

using Values = llvm::SetVector<Value>;

std::int64_t tripsOf(ir::IndexOp variable) {
  std::optional<Interval> range = declaredRange(variable);
  return range ? std::max<std::int64_t>(0, range->upper - range->lower + 1) : kAssumedRows;
}

std::int64_t assignmentsOf(ir::ProjectOp project) {
  std::int64_t product = 1;
  for (ir::IndexOp variable : project.getBody().front().getOps<ir::IndexOp>())
    product = std::min(product * tripsOf(variable), kMostElements);
  return product;
}

/// How often the loops of `scope`, in this order, repeat a value that depends on `variables` alone.
std::int64_t repetitions(const Scope &scope, ArrayRef<Loop> loops, const Values &variables) {
  std::int64_t product = 1, repeated = 1;
  for (const Loop &loop : loops) {
    auto *variable = std::get_if<unsigned>(&loop);
    ir::IndexOp index = variable ? scope.variable(*variable) : ir::IndexOp();
    if (index && variables.contains(index.getResult()))
      repeated = product;
    else
      product = std::min(product * (index ? tripsOf(index) : kAssumedRows), kMostElements);
  }
  return repeated;
}

/// Projections of one comprehension, inner ones first.
class Outliner {
public:
  explicit Outliner(ir::ComprehensionOpInterface op) : op(op) {}

  void run() {
    SmallVector<ir::ProjectOp> projects;
    op.getBody().walk([&](ir::ProjectOp project) { projects.push_back(project); });
    for (ir::ProjectOp project : projects)
      consider(project);
  }

private:
  void consider(ir::ProjectOp project);
  bool isRepeated(ir::ProjectOp project, const Captures &captures);
  void sortLikeResult(Values &variables);
  ir::ContractOp outline(ir::ProjectOp project, const Captures &captures);
  bool keepsResultInnermost(ir::ContractOp contract, ir::ProjectOp project);

  ir::ComprehensionOpInterface op;
};

void Outliner::consider(ir::ProjectOp project) {
  Captures captures = capturesOf(project, op);
  if (!monoidOf(project.getKind()) || !captures.isClosed ||
      !llvm::all_of(captures.variables, isDenseVariable))
    return;
  std::int64_t elements = 1;
  for (Value variable : captures.variables)
    elements = std::min(
        elements * std::max<std::int64_t>(1, declaredRange(variable.getDefiningOp<ir::IndexOp>())->upper + 1),
        kMostElements);
  if (elements == kMostElements || assignmentsOf(project) < kFewAssignments)
    return;
  sortLikeResult(captures.variables);
  const bool isWorthIt =
      wouldBeProduct(project, captures.variables.getArrayRef(), StepConditions(op.getBody().front())) ||
      isRepeated(project, captures);
  ir::ContractOp contract = outline(project, captures);
  if (!isWorthIt && !keepsResultInnermost(contract, project)) {
    auto empty = contract.getDest().getDefiningOp<ir::EmptyOp>();
    contract->erase();
    empty->erase();
    return;
  }
  OpBuilder builder(project);
  AffineMap identity = builder.getMultiDimIdentityMap(captures.variables.size());
  Value element = ir::AtOp::create(builder, project.getLoc(), project.getValue().getType(),
                                   contract.getCombined(), captures.variables.getArrayRef(), identity);
  project.getValue().replaceAllUsesWith(element);
  project->erase();
}

/// Whether loops that the projection does not depend on lie outside of those it depends on.
bool Outliner::isRepeated(ir::ProjectOp project, const Captures &captures) {
  Scope scope(*project->getBlock());
  if (auto outer = dyn_cast<ir::ProjectOp>(project->getParentOp())) {
    std::int64_t product = repetitions(scope, orderProjection(scope).outer, captures.variables);
    for (Value variable : capturesOf(outer, op).variables)
      if (!captures.variables.contains(variable))
        product = std::min(product * tripsOf(variable.getDefiningOp<ir::IndexOp>()), kMostElements);
    return product > 1;
  }
  LoopPlan loops = orderComprehension(scope, op);
  SmallVector<Loop> all = loops.outer;
  all.append(loops.inner);
  return repetitions(scope, all, captures.variables) > 1;
}

/// The new tensor is laid out as the result that reads it.
void Outliner::sortLikeResult(Values &variables) {
  auto yield = cast<ir::YieldOp>(op.getBody().front().back());
  Place place = placeOf(yield);
  Values ordered;
  for (AffineExpr coordinate : place.map.getResults())
    for (auto [dimension, index] : llvm::enumerate(place.indices))
      if (coordinate.isFunctionOfDim(dimension) && variables.contains(index))
        ordered.insert(index);
  ordered.insert(variables.begin(), variables.end());
  variables = ordered;
}

/// map into d {f(project k {b(x)})}  ==  t = contract into empty {b(x) at x}; map into d {f(t[x])}. Where the
/// projection over nothing is 0 (1, false) so is an element of t that nothing reaches; where it drops, the
/// element is absent and reading it drops. At steps that the equation leaves out, so is t.
ir::ContractOp Outliner::outline(ir::ProjectOp project, const Captures &captures) {
  OpBuilder builder(op);
  Location location = project.getLoc();
  SmallVector<std::int64_t> extents;
  for (Value variable : captures.variables)
    extents.push_back(
        std::max<std::int64_t>(0, declaredRange(variable.getDefiningOp<ir::IndexOp>())->upper + 1));
  Type type = RankedTensorType::get(extents, project.getValue().getType());
  if (dropsWhenEmpty(project.getKind()))
    type = ir::PartialType::get(op.getContext(), cast<RankedTensorType>(type));
  const ir::Monoid monoid = *monoidOf(project.getKind());
  auto empty = ir::EmptyOp::create(builder, location, type, monoid);
  auto contract = ir::ContractOp::create(builder, location, monoid, empty.getTensor());
  Block &body = contract.getBody().emplaceBlock();
  OpBuilder inside = OpBuilder::atBlockEnd(&body);
  StepConditions(op.getBody().front()).clone(inside);
  copyProjection(project, captures, body, {});
  return contract;
}

/// Such a contraction runs over contiguous elements, which the projection in its place does not.
bool Outliner::keepsResultInnermost(ir::ContractOp contract, ir::ProjectOp project) {
  const bool isInMap = project->getParentOp() == op && !ir::isRelation(op.getDest().getType());
  auto hasRows = [](Operation &declaration) {
    auto literal = dyn_cast<ir::LiteralOp>(declaration);
    return literal && !literal.getNegated();
  };
  if (!isInMap || llvm::any_of(op.getBody().front(), hasRows) ||
      llvm::any_of(contract.getBody().front(), hasRows))
    return false;
  Scope scope(contract.getBody().front());
  return !orderComprehension(scope, cast<ir::ComprehensionOpInterface>(contract.getOperation())).accumulates;
}

class OutlineProjections : public impl::OutlineProjectionsBase<OutlineProjections> {
public:
  void runOnOperation() override {
    SmallVector<ir::ComprehensionOpInterface> comprehensions;
    getOperation().walk([&](ir::ComprehensionOpInterface op) { comprehensions.push_back(op); });
    for (ir::ComprehensionOpInterface op : comprehensions)
      Outliner(op).run();
  }
};

} // namespace

} // namespace tl::passes
