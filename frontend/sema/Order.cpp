// Cuts the dependency graph of a program into components and says how each is computed.
#include "frontend/sema/Order.h"

#include "frontend/sema/OrderGraph.h"
#include "frontend/sema/OrderReads.h"
#include "frontend/sema/OrderScan.h"

#include <algorithm>
#include <deque>
#include <set>

namespace tl::sema {
namespace {

class Ordering {
public:
  Ordering(TypedProgram &program, source::DiagnosticEngine &diagnostics)
      : program(program), diagnostics(diagnostics) {}

  bool run();

private:
  void collect();
  void markSelfReads();
  void addComponent(const std::vector<TensorId> &tensors);
  Component plain(TensorId tensor) const;
  Component fixpoint(const std::vector<TensorId> &tensors, const std::vector<Dependency> &inside) const;
  bool isCyclic(TensorId tensor) const;
  bool isOnCycle(const Dependency &dependency) const {
    return cycleOf[dependency.target] == cycleOf[dependency.source];
  }
  bool checkAverages(const std::vector<TensorId> &tensors, const std::vector<Dependency> &inside);
  bool checkNegations(const std::vector<Dependency> &inside);
  void reportCycle(source::DiagnosticId id, const std::string &what, const Dependency &first,
                   std::string_view word, const std::vector<Dependency> &inside);
  void reportOutOfStep(const std::vector<TensorId> &tensors, const std::vector<Dependency> &inside);
  std::string quoted(TensorId tensor) const { return "'" + program.tensors[tensor].name + "'"; }

  TypedProgram &program;
  source::DiagnosticEngine &diagnostics;
  std::vector<Dependency> dependencies;                 // by equation
  std::vector<std::vector<std::size_t>> dependenciesOf; // of each tensor's equations
  std::vector<std::uint32_t> cycleOf; // tensor to number of its strongly connected component
  bool succeeded = true;
};

void Ordering::collect() {
  dependenciesOf.resize(program.tensors.size());
  for (Equation &equation : program.equations)
    visitExprs(equation, [&](Expr &expr, const ExprContext &context) {
      if (!readsTensor(expr))
        return;
      const bool isNegated =
          context.isNegated || (program.tensors[equation.tensor].kind == TensorKind::Relation &&
                                std::find(equation.negatedReads.begin(), equation.negatedReads.end(),
                                          expr.tensor) != equation.negatedReads.end());
      dependenciesOf[equation.tensor].push_back(dependencies.size());
      dependencies.push_back(
          {equation.tensor, expr.tensor, equation.id, &expr, isNegated, context.normalized});
    });
}

/// Marks the reads that stay within a cycle.
void Ordering::markSelfReads() {
  for (Equation &equation : program.equations)
    visitExprs(equation, [&](Expr &expr, const ExprContext &) {
      if (readsTensor(expr) && cycleOf[expr.tensor] == cycleOf[equation.tensor])
        for (IndexExpr &index : expr.indices)
          index.isSelfRead = true;
    });
}

bool Ordering::run() {
  collect();
  Graph reads(program.tensors.size());
  for (const Dependency &dependency : dependencies)
    reads[dependency.target].push_back(dependency.source);
  cycleOf.resize(program.tensors.size());
  std::uint32_t number = 0;
  for (const std::vector<std::uint32_t> &members : orderedComponents(reads)) {
    for (std::uint32_t tensor : members)
      cycleOf[tensor] = number;
    ++number;
  }
  markSelfReads();
  // Readers of X[*t] run in step with X: an edge back puts them, and what lies between, into X's component.
  for (const Dependency &dependency : dependencies)
    if (dependency.read->virtualPosition && dependency.target != dependency.source)
      reads[dependency.source].push_back(dependency.target);
  program.components.clear();
  for (const std::vector<std::uint32_t> &members : orderedComponents(reads))
    addComponent(members);
  return succeeded;
}

bool Ordering::isCyclic(TensorId tensor) const {
  return std::any_of(dependenciesOf[tensor].begin(), dependenciesOf[tensor].end(),
                     [&](std::size_t position) { return isOnCycle(dependencies[position]); });
}

Component Ordering::plain(TensorId tensor) const {
  Component component;
  component.tensors = {tensor};
  component.base = program.tensors[tensor].equations;
  return component;
}

void Ordering::addComponent(const std::vector<TensorId> &tensors) {
  const bool isVirtual = std::any_of(tensors.begin(), tensors.end(),
                                     [&](TensorId tensor) { return program.tensors[tensor].hasVirtualAxis; });
  if (tensors.size() == 1 && !isVirtual && !isCyclic(tensors[0])) {
    program.components.push_back(plain(tensors[0]));
    return;
  }
  std::vector<Dependency> inside;
  bool isNegated = false, isExact = true;
  for (TensorId tensor : tensors) {
    isExact &= program.tensors[tensor].kind == TensorKind::Relation;
    for (std::size_t position : dependenciesOf[tensor])
      if (std::binary_search(tensors.begin(), tensors.end(), dependencies[position].source)) {
        inside.push_back(dependencies[position]);
        isNegated |= dependencies[position].isNegated;
      }
  }
  if (!checkAverages(tensors, inside))
    return;
  ScanSearch search(program, isExact && !isNegated);
  if (std::optional<Component> scan = search.find(tensors, inside))
    program.components.push_back(std::move(*scan));
  else if (isVirtual)
    reportOutOfStep(tensors, inside);
  else if (checkNegations(inside))
    program.components.push_back(fixpoint(tensors, inside));
}

Component Ordering::fixpoint(const std::vector<TensorId> &tensors,
                             const std::vector<Dependency> &inside) const {
  Component component;
  component.kind = Component::Kind::Fixpoint;
  component.tensors = tensors;
  component.isBoolean = component.isIdempotent = true;
  std::set<EquationId> recursive;
  for (const Dependency &dependency : inside)
    recursive.insert(dependency.equation);
  for (TensorId tensor : tensors) {
    const TensorSymbol &symbol = program.tensors[tensor];
    const bool isRelation = symbol.kind == TensorKind::Relation;
    component.isBoolean &= isRelation;
    component.isIdempotent &= isRelation || symbol.monoid == Monoid::Max || symbol.monoid == Monoid::Min;
    for (EquationId equation : symbol.equations)
      (recursive.count(equation) ? component.equations : component.base).push_back(equation);
  }
  return component;
}

bool Ordering::checkAverages(const std::vector<TensorId> &tensors, const std::vector<Dependency> &inside) {
  for (TensorId tensor : tensors) {
    if (program.tensors[tensor].monoid != Monoid::Average)
      continue;
    for (const Dependency &dependency : inside)
      if (dependency.target == tensor && isOnCycle(dependency)) {
        succeeded = false;
        reportCycle(source::DiagnosticId::RecursiveAverage, quoted(tensor) + " is an average of itself",
                    dependency, "", inside);
        return false;
      }
    // A state's average is complete when its step is; one over several states only after the last.
    const bool isRead = std::any_of(inside.begin(), inside.end(), [&](const Dependency &dependency) {
      return dependency.source == tensor && !program.tensors[tensor].hasVirtualAxis;
    });
    if (!isRead)
      continue;
    succeeded = false;
    diagnostics.report(
        source::DiagnosticId::RecursiveAverage, program.tensors[tensor].range,
        quoted(tensor) +
            " is read before its average is complete, as it goes over states of a virtual index");
    return false;
  }
  return true;
}

bool Ordering::checkNegations(const std::vector<Dependency> &inside) {
  for (const Dependency &dependency : inside) {
    if (!dependency.isNegated || !isOnCycle(dependency))
      continue;
    succeeded = false;
    reportCycle(source::DiagnosticId::UnstratifiedNegation,
                quoted(dependency.target) + " depends on its own negation", dependency, "not ", inside);
    return false;
  }
  return true;
}

/// Reports the shortest cycle that starts with `first`, as `P <- not Q <- P`, with a label on each read.
void Ordering::reportCycle(source::DiagnosticId id, const std::string &what, const Dependency &first,
                           std::string_view word, const std::vector<Dependency> &inside) {
  std::map<TensorId, const Dependency *> reached; // from `first.source` by reading on
  std::deque<TensorId> waiting{first.source};
  while (!waiting.empty() && !reached.count(first.target)) {
    const TensorId tensor = waiting.front();
    waiting.pop_front();
    for (const Dependency &dependency : inside)
      if (dependency.target == tensor && reached.emplace(dependency.source, &dependency).second)
        waiting.push_back(dependency.source);
  }
  std::vector<const Dependency *> path;
  for (TensorId tensor = first.target; first.target != first.source && reached.count(tensor);) {
    path.push_back(reached[tensor]);
    tensor = path.back()->target;
    if (tensor == first.source)
      break;
  }
  path.push_back(&first);
  std::reverse(path.begin(), path.end());
  std::string cycle = program.tensors[first.target].name;
  for (const Dependency *step : path)
    cycle += " <- " +
             std::string(step == &first    ? word
                         : step->isNegated ? "not "
                                           : "") +
             program.tensors[step->source].name;
  source::Diagnostic &diagnostic = diagnostics.report(id, first.read->range, what + ": " + cycle);
  for (const Dependency *step : path)
    diagnostic.labels.push_back({step->read->range, quoted(step->target) + " reads " +
                                                        (step->isNegated ? "the negation of " : "") +
                                                        quoted(step->source) + " here"});
}

void Ordering::reportOutOfStep(const std::vector<TensorId> &tensors, const std::vector<Dependency> &inside) {
  succeeded = false;
  TensorId culprit = tensors.front();
  for (TensorId tensor : tensors)
    if (program.tensors[tensor].hasVirtualAxis)
      culprit = tensor;
  source::Diagnostic &diagnostic = diagnostics.report(
      source::DiagnosticId::VirtualState, program.tensors[culprit].range,
      "equations need " + quoted(culprit) +
          " out of step with its virtual index: only the present state and the one before exist");
  for (const Dependency &dependency : inside)
    if (dependency.source == culprit)
      diagnostic.labels.push_back({dependency.read->range, quoted(dependency.target) + " reads it here"});
  diagnostic.hint = "write the index without '*' to keep every state";
}

} // namespace

bool order(TypedProgram &program, source::DiagnosticEngine &diagnostics) {
  return Ordering(program, diagnostics).run();
}

} // namespace tl::sema
