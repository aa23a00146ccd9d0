// The extent of every class of axes.
#include "frontend/sema/ResolveExtents.h"

#include "frontend/sema/ExtentChain.h"
#include "frontend/sema/OrderGraph.h"
#include "frontend/sema/OrderReads.h"
#include "frontend/sema/Resolve.h"
#include "frontend/sema/Walk.h"

#include <algorithm>
#include <map>

namespace tl::sema {
namespace {

bool mentions(const IndexExpr &index, VariableId variable) {
  std::set<VariableId> mentioned;
  addVariables(index, mentioned);
  return !index.isSelfRead && mentioned.count(variable) != 0;
}

/// Whether `expr` reads something that ends where the data end, at an index with `variable`, outside `not`.
bool readsAt(const TypedProgram &program, const Expr &expr, VariableId variable) {
  if (expr.kind == Expr::Kind::Apply && expr.function == "not")
    return false;
  const bool isRead = readsTensor(expr) && !program.tensors[expr.tensor].isUndefined;
  if (isRead && std::any_of(expr.indices.begin(), expr.indices.end(),
                            [&](const IndexExpr &index) { return mentions(index, variable); }))
    return true;
  bool found = false;
  forEachIndex(expr, [&](const IndexExpr &index) {
    found |= index.value && readsAt(program, *index.value, variable);
  });
  return found || std::any_of(expr.operands.begin(), expr.operands.end(),
                              [&](const ExprPtr &operand) { return readsAt(program, *operand, variable); });
}

bool bindsOrReads(const TypedProgram &program, const Guard &guard, VariableId variable) {
  switch (guard.kind) {
  case Guard::Kind::Negative:
    return false;
  case Guard::Kind::Bind:
    return guard.variable == variable;
  case Guard::Kind::Exists:
    return std::any_of(guard.parts.begin(), guard.parts.end(),
                       [&](const Guard &part) { return bindsOrReads(program, part, variable); });
  case Guard::Kind::Positive:
  case Guard::Kind::Holds:
    return readsAt(program, *guard.expr, variable);
  }
  return false;
}

/// Whether some term has no read at `variable`, outside `not`, that bounds it.
bool hasUnreadTerm(const TypedProgram &program, const Equation &equation, VariableId variable) {
  auto binds = [&](const Guard &guard) { return bindsOrReads(program, guard, variable); };
  if (std::any_of(equation.guards.begin(), equation.guards.end(), binds))
    return false;
  return std::any_of(equation.terms.begin(), equation.terms.end(), [&](const Term &term) {
    return std::none_of(term.literals.begin(), term.literals.end(), binds) &&
           !(term.value && readsAt(program, *term.value, variable));
  });
}

} // namespace

using source::DiagnosticId;

ExtentSearch::ExtentSearch(TypedProgram &program, const std::map<TensorId, LoadedSizes> &sizes,
                           const std::function<std::int64_t(ClassId)> &domainSize,
                           const std::map<ClassId, std::int64_t> &fixed,
                           source::DiagnosticEngine &diagnostics)
    : program(program), sizes(sizes), domainSize(domainSize), fixed(fixed), diagnostics(diagnostics) {
  for (const AxisClass &axisClass : program.classes)
    hard.push_back(axisClass.hard);
  ClassId classes = static_cast<ClassId>(program.classes.size());
  for (const AxisClass &axisClass : program.classes)
    extents.isRecurrence.push_back(axisClass.isRecurrence);
  for (const TensorSymbol &tensor : program.tensors)
    extents.virtualClass.push_back(tensor.hasVirtualAxis ? classes++ : 0);
  extents.isRecurrence.resize(classes, true);
  extents.isOpen.resize(classes, false);
  extents.isCapped.resize(classes, false);
  extents.extent.resize(classes);
  extents.largest.resize(program.tensors.size());
  for (const auto &[tensor, size] : sizes)
    if (program.tensors[tensor].equations.empty())
      extents.largest[tensor] = size.largest;
  for (const Query &query : program.queries)
    asked.push_back(&query);
  for (const FileWrite &write : program.writes)
    asked.push_back(&write.selection);
  contributions.resize(classes);
  soft.resize(classes, 0);
  for (Equation &equation : program.equations)
    models.emplace_back(program, equation, extents);
}

bool ExtentSearch::run() {
  collectEvidence();
  for (ClassId axisClass = 0; axisClass < program.classes.size(); ++axisClass)
    startClass(axisClass);
  collectContributions();
  collectScanClasses(program.components);
  std::vector<ClassId> waiting = searchOrder();
  auto isFound = [&](ClassId axisClass) { return extents.extent[axisClass].has_value(); };
  while (!waiting.empty()) {
    std::size_t before = waiting.size();
    for (ClassId axisClass : waiting)
      findFromEquations(axisClass);
    std::erase_if(waiting, isFound);
    if (waiting.size() < before)
      continue;
    // One at a time: what a query asks of one class may be what bounds the next.
    auto asked = std::find_if(waiting.begin(), waiting.end(), [&](ClassId id) { return findFromDemand(id); });
    if (asked == waiting.end()) {
      if (extents.usesOwnReads)
        fail(waiting.front());
      extents.usesOwnReads = true;
    }
    std::erase_if(waiting, isFound);
  }
  for (ClassId axisClass = 0; axisClass < program.classes.size(); ++axisClass)
    checkHard(axisClass);
  extents.isSearching = false;
  openRelations();
  for (ClassId axisClass = 0; axisClass < program.classes.size(); ++axisClass) {
    program.classes[axisClass].extent = *extents.extent[axisClass];
    program.classes[axisClass].isOpen = extents.isOpen[axisClass];
  }
  return succeeded;
}

// --- Evidence.

/// Adds what files say to what the checker recorded of declarations, literals and facts.
void ExtentSearch::collectEvidence() {
  for (ClassId axisClass = 0; axisClass < program.classes.size(); ++axisClass)
    soft[axisClass] = program.classes[axisClass].softExtent;
  for (const auto &[id, size] : sizes) {
    const TensorSymbol &tensor = program.tensors[id];
    for (std::size_t axis = 0; axis < std::min(tensor.axes.size(), size.shape.size()); ++axis) {
      if (size.isDense)
        hard[tensor.axes[axis]].push_back({size.shape[axis], size.range, "'" + tensor.name + "'"});
      else
        soft[tensor.axes[axis]] = std::max(soft[tensor.axes[axis]], size.shape[axis]);
      if (axis < size.array.size())
        hard[tensor.axes[axis]].push_back({size.array[axis], size.range, "'" + tensor.name + "'"});
      if (axis < size.hasNegative.size() && size.hasNegative[axis])
        extents.isOpen[tensor.axes[axis]] = true;
    }
  }
}

void ExtentSearch::startClass(ClassId id) {
  AxisClass &axisClass = program.classes[id];
  if (axisClass.kind == AxisClass::Kind::Symbol || !axisClass.domain.empty()) {
    const std::int64_t size = domainSize(id);
    if (!axisClass.domain.empty())
      hard[id].insert(hard[id].begin(), {size, axisClass.domainRange, "domain '" + axisClass.domain + "'"});
    extents.extent[id] = size;
  }
  if (!hard[id].empty() && isHardAgreed(id)) {
    extents.extent[id] = hard[id].front().extent;
    if (axisClass.kind != AxisClass::Kind::Symbol && soft[id] > hard[id].front().extent)
      extents.isOpen[id] = true;
  }
  if (auto given = fixed.find(id); given != fixed.end())
    extents.extent[id] = given->second;
}

bool ExtentSearch::isHardAgreed(ClassId id) {
  for (const ExtentEvidence &other : hard[id])
    if (other.extent != hard[id].front().extent) {
      reportClash(id, hard[id].front(), other);
      break;
    }
  return true;
}

/// Shows the clash at an equation where one variable stands on both, if there is one.
bool ExtentSearch::labelAccesses(ClassId axisClass, const ExtentEvidence &first,
                                 const ExtentEvidence &other) {
  for (Equation &equation : program.equations)
    for (VariableId variable = 0; variable < equation.variables.size(); ++variable) {
      SourceRange places[2];
      bool found[2] = {false, false};
      auto look = [&](TensorId tensor, const std::vector<IndexExpr> &indices, SourceRange range) {
        for (std::size_t axis = 0; axis < indices.size(); ++axis)
          if (indices[axis].plainVariable() == variable && program.tensors[tensor].axes[axis] == axisClass)
            for (int side = 0; side < 2; ++side)
              if ("'" + program.tensors[tensor].name + "'" == (side ? other : first).owner && !found[side]) {
                places[side] = range;
                found[side] = true;
              }
      };
      visitExprs(equation, [&](Expr &expr, const ExprContext &) {
        if (readsTensor(expr))
          look(expr.tensor, expr.indices, expr.range);
      });
      look(equation.tensor, equation.head, equation.range);
      if (!found[0] || !found[1])
        continue;
      source::Diagnostic &diagnostic = diagnostics.report(
          DiagnosticId::ExtentClash, places[0],
          "index '" + equation.variables[variable].name + "' has size " + std::to_string(first.extent) +
              " in " + first.owner + " but size " + std::to_string(other.extent) + " in " + other.owner);
      diagnostic.labels.push_back(
          {places[0], first.owner + " has " + std::to_string(first.extent) + " here"});
      diagnostic.labels.push_back(
          {places[1], other.owner + " has " + std::to_string(other.extent) + " here"});
      for (const ExtentEvidence *evidence : {&first, &other})
        if (evidence->range.begin != places[0].begin && evidence->range.begin != places[1].begin)
          diagnostic.labels.push_back({evidence->range, evidence->owner + " gets size " +
                                                            std::to_string(evidence->extent) + " here"});
      return true;
    }
  return false;
}

/// One variable stands for two indices of one tensor, which differ in size.
bool ExtentSearch::labelPositions(ClassId axisClass, const ExtentEvidence &first,
                                  const ExtentEvidence &other) {
  for (Equation &equation : program.equations)
    for (VariableId variable = 0; variable < equation.variables.size(); ++variable) {
      std::map<std::size_t, SourceRange> places;
      auto look = [&](TensorId tensor, const std::vector<IndexExpr> &indices, SourceRange range) {
        for (std::size_t axis = 0; axis < indices.size(); ++axis)
          if (indices[axis].plainVariable() == variable && program.tensors[tensor].axes[axis] == axisClass &&
              "'" + program.tensors[tensor].name + "'" == first.owner)
            places.emplace(axis, range);
      };
      visitExprs(equation, [&](Expr &expr, const ExprContext &) {
        if (readsTensor(expr))
          look(expr.tensor, expr.indices, expr.range);
      });
      if (places.size() < 2)
        continue;
      const std::string name = "'" + equation.variables[variable].name + "'";
      source::Diagnostic &diagnostic =
          diagnostics.report(DiagnosticId::ExtentClash, places.begin()->second,
                             "index " + name + " stands for two indices of " + first.owner + ", of sizes " +
                                 std::to_string(first.extent) + " and " + std::to_string(other.extent));
      for (const auto &[axis, range] : places)
        diagnostic.labels.push_back(
            {range, "index " + std::to_string(axis + 1) + " of " + first.owner + " is " + name + " here"});
      diagnostic.labels.push_back({first.range, first.owner + " gets its sizes here"});
      return true;
    }
  return false;
}

/// Rows and columns of what should be a square matrix.
bool ExtentSearch::labelMatrix(ClassId axisClass, const ExtentEvidence &first, const ExtentEvidence &other) {
  const Expr *call = nullptr;
  for (Equation &equation : program.equations)
    visitExprs(equation, [&](Expr &expr, const ExprContext &) {
      if (expr.kind != Expr::Kind::Matrix || expr.function == "svd" || call)
        return;
      const Variable &rows = equation.variables[expr.variables[0]],
                     &columns = equation.variables[expr.variables[1]];
      if (rows.hasClass && columns.hasClass && rows.axisClass == axisClass && columns.axisClass == axisClass)
        call = &expr;
    });
  if (!call)
    return false;
  source::Diagnostic &diagnostic = diagnostics.report(
      DiagnosticId::ExtentClash, call->range,
      "'" + call->function + "' takes a square matrix, but " + first.owner + " has sizes " +
          std::to_string(first.extent) + " and " + std::to_string(other.extent));
  diagnostic.labels.push_back({first.range, first.owner + " gets its sizes here"});
  return true;
}

void ExtentSearch::reportClash(ClassId axisClass, const ExtentEvidence &first, const ExtentEvidence &other) {
  succeeded = false;
  if (first.owner == other.owner &&
      (labelPositions(axisClass, first, other) || labelMatrix(axisClass, first, other)))
    return;
  if (labelAccesses(axisClass, first, other))
    return;
  source::Diagnostic &diagnostic = diagnostics.report(
      DiagnosticId::ExtentClash, other.range,
      indexName(program, axisClass) + " has size " + std::to_string(first.extent) + " in " + first.owner +
          " but size " + std::to_string(other.extent) + " in " + other.owner);
  diagnostic.labels.push_back({first.range, first.owner + " has " + std::to_string(first.extent) + " here"});
  diagnostic.labels.push_back({other.range, other.owner + " has " + std::to_string(other.extent) + " here"});
  labelChain(diagnostic, axisClass, first, other);
}

/// Shows where the two have met: each equation that hands the size on is one that may be wrong.
void ExtentSearch::labelChain(source::Diagnostic &diagnostic, ClassId axisClass, const ExtentEvidence &first,
                              const ExtentEvidence &other) {
  constexpr std::size_t kMostLinks = 6;
  auto tensorOf = [&](const ExtentEvidence &evidence) {
    return std::find_if(program.tensors.begin(), program.tensors.end(), [&](const TensorSymbol &tensor) {
      return "'" + tensor.name + "'" == evidence.owner;
    });
  };
  const auto from = tensorOf(first), to = tensorOf(other);
  if (from == program.tensors.end() || to == program.tensors.end())
    return;
  const std::vector<ChainLink> chain =
      chainBetween(program, axisClass, static_cast<TensorId>(from - program.tensors.begin()),
                   static_cast<TensorId>(to - program.tensors.begin()));
  if (chain.size() > kMostLinks)
    return;
  for (const ChainLink &link : chain)
    diagnostic.labels.push_back({link.place, "'" + link.variable + "' is an index of '" +
                                                 program.tensors[link.from].name + "' and of '" +
                                                 program.tensors[link.to].name + "' here"});
}

// --- What equations reach.

void ExtentSearch::collectContributions() {
  for (Equation &equation : program.equations) {
    const TensorSymbol &tensor = program.tensors[equation.tensor];
    for (std::size_t axis = 0; axis < equation.head.size(); ++axis) {
      const IndexExpr &index = equation.head[axis];
      std::optional<VariableId> plain = index.plainVariable();
      if (!plain || !models[equation.id].isOnAxisOf(*plain, tensor.axes[axis]))
        contributions[tensor.axes[axis]].push_back({equation.id, &index, tensor.kind == TensorKind::Dense});
    }
    if (equation.virtualPosition)
      contributions[extents.virtualClass[equation.tensor]].push_back(
          {equation.id, &*equation.virtualPosition, true});
    collectGuarded(equation);
  }
}

/// `Y[i] = P(i) + 1, i < 3` has three elements and `Q(i) <- not P(i), i < 3` looks at three integers, however
/// far P goes: a term that reads nothing at a variable has the values that the guards leave.
void ExtentSearch::collectGuarded(const Equation &equation) {
  std::set<std::pair<VariableId, ClassId>> seen;
  for (const AxisUse &use : models[equation.id].uses()) {
    const std::optional<VariableId> variable = use.index->plainVariable();
    const bool isShared = !(use.isDense && extents.isRecurrence[use.axisClass]);
    if (variable && isShared && !use.index->slice && seen.insert({*variable, use.axisClass}).second &&
        hasUnreadTerm(program, equation, *variable))
      contributions[use.axisClass].push_back({equation.id, use.index, use.isDense, true});
  }
}

void ExtentSearch::collectScanClasses(const std::vector<Component> &components) {
  for (const Component &component : components) {
    for (std::size_t position = 0; position < component.scanAxis.size(); ++position) {
      const TensorId tensor = component.tensors[position];
      if (component.scanAxis[position] >= 0)
        scanClasses.insert(program.tensors[tensor].axes[component.scanAxis[position]]);
      else if (component.scanAxis[position] == -1)
        scanClasses.insert(extents.virtualClass[tensor]);
    }
    collectScanClasses(component.step);
  }
}

/// Classes without an extent yet, each after those that it depends on.
std::vector<ClassId> ExtentSearch::searchOrder() const {
  Graph graph(contributions.size());
  for (ClassId axisClass = 0; axisClass < contributions.size(); ++axisClass)
    for (const Contribution &contribution : contributions[axisClass]) {
      std::vector<EquationId> parts = contribution.index->flattenedAfter;
      parts.push_back(contribution.equation);
      for (EquationId part : parts)
        for (ClassId other : models[part].dependenciesOf(*contribution.index, extents))
          graph[axisClass].push_back(other);
    }
  std::vector<ClassId> order;
  for (const std::vector<std::uint32_t> &members : orderedComponents(graph))
    for (ClassId axisClass : members)
      if (!extents.extent[axisClass])
        order.push_back(axisClass);
  return order;
}

/// One more than the largest index that the equation computes on the axis, if it is bounded.
std::optional<std::int64_t> ExtentSearch::reach(const Contribution &contribution) const {
  const Equation &equation = program.equations[contribution.equation];
  const std::vector<Interval> ranges = models[equation.id].solve(extents);
  std::optional<std::int64_t> most =
      EquationRanges::valueOf(*contribution.index, ranges, extents, equation).most;
  std::int64_t sum;
  if (!most || __builtin_add_overflow(*most, 1, &sum))
    return std::nullopt;
  for (EquationId part : contribution.index->flattenedAfter) {
    const Equation &before = program.equations[part];
    const auto axis = static_cast<std::size_t>(contribution.index - equation.head.data());
    std::optional<std::int64_t> size =
        EquationRanges::valueOf(before.head[axis], models[part].solve(extents), extents, before).most;
    if (!size || __builtin_add_overflow(sum, *size, &sum) || __builtin_add_overflow(sum, 1, &sum))
      return std::nullopt;
  }
  return sum;
}

bool ExtentSearch::findFromEquations(ClassId axisClass) {
  std::int64_t extent = soft[axisClass];
  const bool isScanned = scanClasses.count(axisClass) != 0;
  bool isOpen = false, isUnbounded = false, isDriven = soft[axisClass] > 0 && !isScanned;
  for (const Contribution &contribution : contributions[axisClass]) {
    if (std::optional<std::int64_t> reached = reach(contribution)) {
      extent = std::max(extent, *reached);
      isDriven |= !isScanned || !contribution.index->isConstant();
    } else if (contribution.isGuarded) {
      continue; // the guards leave it to the class
    } else if (!contribution.isDense && !isScanned) {
      isOpen = true;
    } else if (isScanned || contribution.index->plainVariable()) {
      isUnbounded = true; // goes as far as the other equations and uses of the left tensor
    } else {
      return false;
    }
  }
  if (isUnbounded && !isDriven)
    return false;
  // A dense axis has no end that could be known when an open column of a relation gives its indices.
  if (isOpen && extent == soft[axisClass])
    for (const TensorSymbol &tensor : program.tensors)
      if (tensor.kind == TensorKind::Dense && !tensor.isUndefined &&
          std::find(tensor.axes.begin(), tensor.axes.end(), axisClass) != tensor.axes.end())
        return false;
  extents.extent[axisClass] = extent;
  extents.isOpen[axisClass] = extents.isOpen[axisClass] || isOpen;
  return true;
}

// --- What queries ask for.

const Query *ExtentSearch::unboundedQuery(ClassId axisClass) const {
  for (const Query *query : asked) {
    const std::vector<ClassId> &axes = program.tensors[query->tensor].axes;
    for (std::size_t axis = 0; axis < axes.size(); ++axis)
      if (axes[axis] == axisClass &&
          (axis >= query->arguments.size() || query->arguments[axis].kind != QueryArgument::Kind::Integer))
        return query;
  }
  return nullptr;
}

/// One more than the largest index of the class that a query or an equation reads.
std::optional<std::int64_t> ExtentSearch::demandOf(ClassId axisClass) const {
  std::optional<std::int64_t> demand;
  auto ask = [&](std::optional<std::int64_t> most) {
    if (most && *most < INT64_MAX)
      demand = std::max(demand.value_or(0), *most + 1);
  };
  for (const Query *query : asked) {
    const std::vector<ClassId> &axes = program.tensors[query->tensor].axes;
    for (std::size_t axis = 0; axis < std::min(axes.size(), query->arguments.size()); ++axis)
      if (axes[axis] == axisClass && query->arguments[axis].kind == QueryArgument::Kind::Integer)
        ask(query->arguments[axis].integer);
  }
  for (const Equation &equation : program.equations) {
    const EquationRanges &model = models[equation.id];
    const bool readsClass = std::any_of(model.uses().begin(), model.uses().end(),
                                        [&](const AxisUse &use) { return use.axisClass == axisClass; });
    if (!readsClass)
      continue;
    const std::vector<Interval> ranges = model.solve(extents);
    for (const AxisUse &use : model.uses())
      if (use.axisClass == axisClass && !(use.index->slice && use.index->slice->isRelative()))
        ask(EquationRanges::valueOf(*use.index, ranges, extents, equation).most);
  }
  return demand;
}

bool ExtentSearch::findFromDemand(ClassId axisClass) {
  // Without a query's bound, an axis that its own equations would carry on for ever has no end.
  const bool hasOffset = std::any_of(
      contributions[axisClass].begin(), contributions[axisClass].end(), [](const Contribution &contribution) {
        return !contribution.index->isConstant() && !contribution.index->plainVariable();
      });
  if (hasOffset && unboundedQuery(axisClass))
    return false;
  std::optional<std::int64_t> demand = demandOf(axisClass);
  if (!demand)
    return false;
  extents.extent[axisClass] = std::max(soft[axisClass], *demand);
  extents.isCapped[axisClass] = true;
  return true;
}

void ExtentSearch::fail(ClassId axisClass) {
  const Contribution *unbounded = nullptr;
  for (const Contribution &contribution : contributions[axisClass])
    if (!unbounded && !contribution.isGuarded && !reach(contribution))
      unbounded = &contribution;
  extents.extent[axisClass] = soft[axisClass];
  if (!unbounded || !succeeded)
    return; // nothing defines it, or it follows from what is already reported
  succeeded = false;
  const Equation &equation = program.equations[unbounded->equation];
  std::string variable = "_";
  for (const AffineTerm &term : unbounded->index->terms)
    variable = equation.variables[term.variable].name;
  const std::string tensor = "'" + program.tensors[equation.tensor].name + "'";
  const Query *query = axisClass < program.classes.size() ? unboundedQuery(axisClass) : nullptr;
  if (axisClass >= program.classes.size())
    for (const Query *candidate : asked)
      if (extents.virtualClass[candidate->tensor] == axisClass &&
          program.tensors[candidate->tensor].hasVirtualAxis)
        query = candidate;
  if (!query || unbounded->index->plainVariable()) {
    source::Diagnostic &diagnostic = diagnostics.report(DiagnosticId::UnboundedIndex, unbounded->index->range,
                                                        "nothing bounds index '" + variable + "'");
    diagnostic.labels.push_back({unbounded->index->range, tensor + " would have infinitely many elements"});
    diagnostic.hint =
        "bound it with a guard, as in `" + variable + " < 10`, or declare the size of " + tensor;
    return;
  }
  source::Diagnostic &diagnostic = diagnostics.report(
      DiagnosticId::UnboundedQuery, query->range,
      "query '" + query->text + "' needs infinitely many elements: nothing bounds index '" + variable + "'");
  diagnostic.labels.push_back({unbounded->index->range, tensor + " goes on without end here"});
  diagnostic.hint = "ask for one position, or bound it with a guard, as in `" + variable + " < 10`";
}

// --- Checks afterwards.

/// A hard extent must hold every element that equations compute.
void ExtentSearch::checkHard(ClassId id) {
  const AxisClass &axisClass = program.classes[id];
  if (hard[id].empty() || axisClass.kind == AxisClass::Kind::Symbol || !axisClass.domain.empty() ||
      fixed.count(id))
    return;
  const ExtentEvidence &evidence = hard[id].front();
  for (const Contribution &contribution : contributions[id]) {
    std::optional<std::int64_t> reached =
        contribution.isDense && !contribution.isGuarded ? reach(contribution) : std::nullopt;
    if (!reached || *reached <= evidence.extent)
      continue;
    succeeded = false;
    const Equation &equation = program.equations[contribution.equation];
    const std::string tensor = "'" + program.tensors[equation.tensor].name + "'";
    std::string name = indexName(program, id);
    for (const AffineTerm &term : contribution.index->terms)
      name = "index '" + equation.variables[term.variable].name + "'";
    source::Diagnostic &diagnostic =
        diagnostics.report(DiagnosticId::ExtentClash, contribution.index->range,
                           name + " reaches " + std::to_string(*reached - 1) + " in " + tensor + " but " +
                               evidence.owner + " has size " + std::to_string(evidence.extent));
    diagnostic.labels.push_back(
        {contribution.index->range, tensor + " needs size " + std::to_string(*reached) + " here"});
    diagnostic.labels.push_back(
        {evidence.range, evidence.owner + " has " + std::to_string(evidence.extent) + " here"});
    return;
  }
}

/// Opens the columns of relations that rules may fill with integers outside the extent, until nothing
/// changes.
void ExtentSearch::openRelations() {
  for (bool changed = true; changed;) {
    changed = false;
    for (ClassId axisClass = 0; axisClass < program.classes.size(); ++axisClass) {
      if (extents.isOpen[axisClass] || program.classes[axisClass].kind == AxisClass::Kind::Symbol)
        continue;
      for (const Contribution &contribution : contributions[axisClass]) {
        if (contribution.isDense || contribution.isGuarded)
          continue;
        const Equation &equation = program.equations[contribution.equation];
        const Interval cells = EquationRanges::valueOf(*contribution.index,
                                                       models[equation.id].solve(extents), extents, equation);
        if (cells.least && *cells.least >= 0 && cells.most && *cells.most < *extents.extent[axisClass])
          continue;
        extents.isOpen[axisClass] = changed = true;
        break;
      }
    }
  }
}

} // namespace tl::sema
