// Reads of an equation with their polarity; components of the dependency graph.
#include "frontend/sema/Reads.h"

#include "frontend/sema/Build.h"
#include "frontend/sema/Walk.h"

#include <algorithm>
#include <set>

namespace tl::sema {
namespace {

enum class Polarity { Positive, Negative, Mixed };

Polarity flip(Polarity polarity) {
  if (polarity == Polarity::Mixed)
    return polarity;
  return polarity == Polarity::Positive ? Polarity::Negative : Polarity::Positive;
}

/// Collects what is read other than positively. Products and functions count as growing with their operands.
class NegatedReads {
public:
  /// With `onlyRelations`, a subtracted number does not count: real recursion iterates, it need not grow.
  explicit NegatedReads(bool onlyRelations) : onlyRelations(onlyRelations) {}

  void visit(const Expr &expr, Polarity polarity) {
    bool reads = expr.kind == Expr::Kind::Test || expr.kind == Expr::Kind::Literal ||
                 (expr.kind == Expr::Kind::Element && !onlyRelations);
    if (reads && polarity != Polarity::Positive)
      found.insert(expr.tensor);
    forEachIndex(expr, [&](const IndexExpr &index) {
      if (index.value)
        visit(*index.value, Polarity::Mixed);
    });
    for (std::size_t k = 0; k < expr.operands.size(); ++k)
      visit(*expr.operands[k], operandPolarity(expr, k, polarity));
  }

  void visit(const Guard &guard, Polarity polarity) {
    if (guard.expr)
      visit(*guard.expr, guard.kind == Guard::Kind::Negative ? flip(polarity) : polarity);
    if (guard.binding.value)
      visit(*guard.binding.value, Polarity::Mixed);
    for (const Guard &part : guard.parts)
      visit(part, polarity);
  }

  std::set<TensorId> found;

private:
  Polarity operandPolarity(const Expr &expr, std::size_t operand, Polarity polarity) const {
    if (expr.kind == Expr::Kind::Project) {
      bool grows = expr.projection == "sum" || expr.projection == "count" || expr.projection == "any" ||
                   expr.projection == "max" || expr.projection == "prod";
      return grows || onlyRelations ? polarity : Polarity::Mixed;
    }
    if (expr.kind == Expr::Kind::Matrix || expr.kind == Expr::Kind::External)
      return Polarity::Mixed;
    // What a selection takes depends on everything it compares, so more of that may take away from it.
    bool isPlace = expr.kind == Expr::Kind::Normalize &&
                   findFunction(expr.function)->kind != Function::Kind::Normalizing &&
                   expr.function != "cumsum";
    if (isPlace)
      return Polarity::Mixed;
    bool isLess = isApply(expr, "lt") || isApply(expr, "le");
    bool isGreater = isApply(expr, "gt") || isApply(expr, "ge");
    if (isApply(expr, "neg") || isApply(expr, "not"))
      return flip(polarity);
    bool flips = ((isApply(expr, "sub") || isApply(expr, "div") || isGreater) && operand == 1) ||
                 (isLess && operand == 0);
    if (flips)
      return flip(polarity);
    bool isMixed = isApply(expr, "eq") || isApply(expr, "ne") || isApply(expr, "mod") || isApply(expr, "abs");
    return isMixed ? Polarity::Mixed : polarity;
  }

  bool onlyRelations;
};

/// Depth-first numbering with an explicit stack, as programs may have long chains of tensors (Tarjan).
class Components {
public:
  explicit Components(const std::vector<std::vector<TensorId>> &edges)
      : edges(edges), component(edges.size(), 0), number(edges.size(), 0), lowest(edges.size(), 0) {
    for (TensorId root = 0; root < edges.size(); ++root)
      if (!number[root])
        walkFrom(root);
  }
  std::vector<std::uint32_t> take() { return std::move(component); }

private:
  void enter(TensorId node) {
    number[node] = lowest[node] = ++counter;
    open.push_back(node);
    path.push_back({node, 0});
  }

  void walkFrom(TensorId root) {
    enter(root);
    while (!path.empty()) {
      auto &[node, next] = path.back();
      if (next < edges[node].size()) {
        TensorId target = edges[node][next++];
        if (!number[target])
          enter(target);
        else if (!component[target])
          lowest[node] = std::min(lowest[node], number[target]);
        continue;
      }
      TensorId done = node;
      path.pop_back();
      if (!path.empty())
        lowest[path.back().first] = std::min(lowest[path.back().first], lowest[done]);
      if (lowest[done] == number[done])
        close(done);
    }
  }

  void close(TensorId root) {
    ++components;
    for (bool isRoot = false; !isRoot;) {
      isRoot = open.back() == root;
      component[open.back()] = components;
      open.pop_back();
    }
  }

  const std::vector<std::vector<TensorId>> &edges;
  std::vector<std::uint32_t> component, number, lowest;
  std::vector<TensorId> open;
  std::vector<std::pair<TensorId, std::size_t>> path;
  std::uint32_t counter = 0, components = 0;
};

} // namespace

void collectReads(Equation &equation) {
  std::set<TensorId> reads;
  walkEquation(equation, [&](const Expr &expr) {
    bool isRead =
        expr.kind == Expr::Kind::Element || expr.kind == Expr::Kind::Test || expr.kind == Expr::Kind::Literal;
    if (isRead)
      reads.insert(expr.tensor);
  });
  NegatedReads negated(equation.monoid != Monoid::Or);
  for (const Term &term : equation.terms)
    if (term.value)
      negated.visit(*term.value, Polarity::Positive);
  for (const Guard &guard : equation.guards)
    negated.visit(guard, Polarity::Positive);
  equation.reads.assign(reads.begin(), reads.end());
  equation.negatedReads.assign(negated.found.begin(), negated.found.end());
}

std::vector<std::uint32_t> ownComponents(const TypedProgram &program) {
  std::vector<std::vector<TensorId>> edges(program.tensors.size());
  for (const Equation &equation : program.equations)
    edges[equation.tensor].insert(edges[equation.tensor].end(), equation.reads.begin(), equation.reads.end());
  return Components(edges).take();
}

} // namespace tl::sema
