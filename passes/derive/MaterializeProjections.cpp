// Tensors for the projections that derivatives need more than once.
#include "passes/derive/Prepare.h"

#include "passes/derive/Activity.h"
#include "passes/plan/Captures.h"
#include "passes/plan/Scope.h"

#include "ir/tl/TlTypes.h"

#include "mlir/IR/BuiltinOps.h"

namespace tl::passes {

using namespace mlir;

namespace {

/// The most elements a tensor made for a projection may have; above that it is computed again where it is
/// needed.
constexpr std::int64_t kMostElements = std::int64_t{1} << 27;

/// Whether the cotangent of `value` is that of the whole equation: then the derivative needs neither.
bool isAdded(Value value) {
  while (value.hasOneUse()) {
    Operation *user = *value.getUsers().begin();
    if (isa<ir::YieldOp>(user))
      return isa<ir::ComprehensionOpInterface>(user->getParentOp());
    auto apply = dyn_cast<ir::ApplyOp>(user);
    const bool isTerm = apply && (apply.getPrimitive() == "add" ||
                                  (apply.getPrimitive() == "sub" && apply.getOperands()[0] == value));
    if (!isTerm)
      return false;
    value = apply.getResult();
  }
  return false;
}

/// The positions of scans that `project`, and the scalars it takes from its equation, mention; outermost
/// first.
SmallVector<Value> positionsOf(ir::ProjectOp project, const Captures &captures) {
  llvm::SmallPtrSet<Operation *, 4> mentioned;
  auto note = [&](Operation *op) {
    for (Value operand : op->getOperands())
      if (auto argument = dyn_cast<BlockArgument>(operand); argument && argument.getType().isIndex())
        mentioned.insert(argument.getOwner()->getParentOp());
  };
  project.getBody().walk(note);
  for (Value scalar : captures.scalars)
    note(scalar.getDefiningOp());
  SmallVector<Value> positions;
  for (auto scan = project->getParentOfType<ir::ScanOp>(); scan; scan = scan->getParentOfType<ir::ScanOp>())
    if (mentioned.contains(scan))
      positions.insert(positions.begin(), scan.getBody().front().getArgument(0));
  return positions;
}

/// A scan with one more tensor to carry, begun as `init`; `scan` is gone.
ir::ScanOp withCarried(ir::ScanOp scan, Value init) {
  OpBuilder builder(scan);
  SmallVector<Value> inits(scan.getInits());
  inits.push_back(init);
  ArrayAttr names;
  if (scan.getNames()) {
    SmallVector<Attribute> list(scan.getNames()->begin(), scan.getNames()->end());
    list.push_back(builder.getStringAttr("an intermediate result"));
    names = builder.getArrayAttr(list);
  }
  auto wider =
      ir::ScanOp::create(builder, scan.getLoc(), ValueRange(inits).getTypes(), scan.getNameAttr(),
                         scan.getBeginAttr(), scan.getEndAttr(), scan.getDescendingAttr(), inits, names);
  wider.getBody().takeBody(scan.getBody());
  wider.getBody().front().addArgument(init.getType(), scan.getLoc());
  scan->replaceAllUsesWith(wider->getResults().drop_back());
  scan->erase();
  return wider;
}

/// One projection that becomes a tensor. Inside scans the tensor has an axis for each position that the
/// projection mentions, and every scan carries it: all that a step reads is finished, so what it computes is
/// the same at any time.
class Materializer {
public:
  Materializer(ir::ComprehensionOpInterface equation, ir::ProjectOp project)
      : equation(equation), project(project), captures(capturesOf(project, equation)),
        isLocal(isRunAgain(equation->getParentOfType<ir::ScanOp>())) {
    if (!isLocal)
      positions = positionsOf(project, captures);
  }

  bool isPossible();
  void run();

private:
  SmallVector<std::int64_t> extents() const;
  Value carriedBegin(Type type, ir::Monoid monoid);
  void carryOn(Value combined);

  ir::ComprehensionOpInterface equation;
  ir::ProjectOp project;
  Captures captures;
  bool isLocal; ///< to a step that is run again
  SmallVector<Value> positions;
};

SmallVector<std::int64_t> Materializer::extents() const {
  SmallVector<std::int64_t> extents;
  for (Value position : positions)
    extents.push_back(cast<ir::ScanOp>(position.getParentBlock()->getParentOp()).getEnd());
  for (Value variable : captures.variables)
    extents.push_back(
        std::max<std::int64_t>(0, declaredRange(variable.getDefiningOp<ir::IndexOp>())->upper + 1));
  return extents;
}

bool Materializer::isPossible() {
  if (!monoidOf(project.getKind()) || !captures.isClosed ||
      !llvm::all_of(captures.variables, isDenseVariable))
    return false;
  // Without a position, every step would combine into the same elements once more.
  if (!isLocal && equation->getParentOfType<ir::ScanOp>() && positions.empty())
    return false;
  std::int64_t elements = 1;
  for (std::int64_t extent : extents())
    elements = std::min(elements * std::max<std::int64_t>(1, extent), kMostElements);
  return elements < kMostElements;
}

/// The tensor before the equation: fresh, or, inside scans, what the innermost one carries.
Value Materializer::carriedBegin(Type type, ir::Monoid monoid) {
  if (isLocal) {
    OpBuilder builder(equation);
    return ir::EmptyOp::create(builder, project.getLoc(), type, monoid);
  }
  SmallVector<ir::ScanOp> scans;
  for (auto scan = equation->getParentOfType<ir::ScanOp>(); scan; scan = scan->getParentOfType<ir::ScanOp>())
    scans.insert(scans.begin(), scan);
  OpBuilder builder(scans.empty() ? equation.getOperation() : scans.front().getOperation());
  Value begin = ir::EmptyOp::create(builder, project.getLoc(), type, monoid);
  for (ir::ScanOp scan : scans)
    begin = withCarried(scan, begin).getBody().front().getArguments().back();
  return begin;
}

/// Hands the tensor on from step to step.
void Materializer::carryOn(Value combined) {
  for (auto scan = equation->getParentOfType<ir::ScanOp>(); scan;
       scan = scan->getParentOfType<ir::ScanOp>()) {
    cast<ir::NextOp>(scan.getBody().front().back()).getTensorsMutable().append(combined);
    combined = scan->getResults().back();
  }
}

/// map {f(project k {b(x)})}  ==  t = contract {b(x) at x}; map {f(t[x])}, as in outlining for speed.
void Materializer::run() {
  const ir::Monoid monoid = *monoidOf(project.getKind());
  Type type = RankedTensorType::get(extents(), project.getValue().getType());
  if (dropsWhenEmpty(project.getKind()))
    type = ir::PartialType::get(type.getContext(), cast<RankedTensorType>(type));
  Value begin = carriedBegin(type, monoid);
  OpBuilder builder(equation);
  auto contract = ir::ContractOp::create(builder, project.getLoc(), monoid, begin);
  copyProjection(project, captures, contract.getBody().emplaceBlock(), positions);
  if (!isLocal)
    carryOn(contract.getCombined());
  builder.setInsertionPoint(project);
  SmallVector<Value> place = positions;
  llvm::append_range(place, captures.variables);
  Value element =
      ir::AtOp::create(builder, project.getLoc(), project.getValue().getType(), contract.getCombined(), place,
                       builder.getMultiDimIdentityMap(place.size()));
  project.getValue().replaceAllUsesWith(element);
  project->erase();
}

/// The projections of `equation` whose values change, inner ones first.
SmallVector<ir::ProjectOp> activeProjections(ir::ComprehensionOpInterface equation,
                                             const Activity &activity) {
  DenseSet<Value> active;
  markActive(
      equation.getBody().front(), [&](ir::AtOp at) { return activity.contains(at.getTensor()); }, active);
  SmallVector<ir::ProjectOp> projects;
  equation.getBody().walk([&](ir::ProjectOp project) {
    auto variables = project.getBody().front().getOps<ir::IndexOp>();
    if (active.contains(project.getValue()) && !variables.empty())
      projects.push_back(project);
  });
  return projects;
}

} // namespace

void materializeProjections(ir::ProgramOp program, const Activity &activity) {
  SmallVector<ir::ComprehensionOpInterface> equations;
  program.walk([&](ir::ComprehensionOpInterface equation) {
    if (activity.reaches(equation.getCombined()))
      equations.push_back(equation);
  });
  for (ir::ComprehensionOpInterface equation : equations)
    for (ir::ProjectOp project : activeProjections(equation, activity)) {
      Materializer materializer(equation, project);
      if (!isAdded(project.getValue()) && materializer.isPossible())
        materializer.run();
    }
}

} // namespace tl::passes
