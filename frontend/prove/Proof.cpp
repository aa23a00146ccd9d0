// Derivations of smallest height: rows get their height level by level, then one proof is read off.
#include "frontend/prove/Proof.h"

#include "frontend/sema/Needed.h"
#include "frontend/sema/Walk.h"

#include <algorithm>

namespace tl::prove {

using sema::Equation;
using sema::Guard;

namespace {

std::vector<const Guard *> guardsOf(const Equation &rule) {
  std::vector<const Guard *> guards;
  for (const Guard &guard : rule.guards)
    guards.push_back(&guard);
  return guards;
}

std::set<sema::VariableId> headVariables(const Equation &rule) {
  std::set<sema::VariableId> variables;
  for (const sema::IndexExpr &index : rule.head)
    sema::addVariables(index, variables);
  return variables;
}

bool anyRow(const Guard &, std::size_t) {
  return true;
}

} // namespace

/// Rows of the relation and of all that it reads, those given by facts and files first.
void Prover::start(TensorId tensor) {
  bool isNew = false;
  for (TensorId id : sema::readFrom(*evidence.program, {tensor}))
    if (evidence.program->tensors[id].kind == sema::TensorKind::Relation && !heights.count(id)) {
      heights[id].assign(evidence.rows(id).size(), -1);
      isNew = true;
    }
  if (!isNew)
    return;
  // Levels are told anew: what is new may feed on what is known.
  level = 0;
  latest.clear();
  for (auto &[id, height] : heights) {
    std::fill(height.begin(), height.end(), -1);
    auto stored = evidence.stored.find(id);
    if (stored == evidence.stored.end())
      continue;
    for (std::size_t row = 0; row < stored->second.size(); ++row)
      if (std::optional<std::size_t> position = positionOf(evidence.rows(id), stored->second.row(row))) {
        height[*position] = 0;
        latest[id].push_back(*position);
      }
  }
}

void Prover::add(const Equation &rule, const Binding &binding) {
  Scalars scalars(evidence, rule);
  std::vector<runtime::Cell> row;
  for (const sema::IndexExpr &index : rule.head) {
    std::optional<std::int64_t> cell = scalars.index(index, binding);
    if (!cell)
      return;
    row.push_back(static_cast<runtime::Cell>(*cell));
  }
  std::optional<std::size_t> position = positionOf(evidence.rows(rule.tensor), row);
  std::vector<int> &height = heights.at(rule.tensor);
  if (!position || height[*position] >= 0)
    return;
  height[*position] = level;
  arrived[rule.tensor].push_back(*position);
}

/// Every row that a rule gives with the literal at `delta` reading rows of the last level, and the others
/// rows of that level or lower ones.
void Prover::fire(const Equation &rule, std::optional<std::size_t> delta) {
  Matches matches(evidence, finder, rule);
  Matches::Allowed allowed = [&](const Guard &guard, std::size_t row) {
    const int height = heights.at(guard.expr->tensor)[row];
    return height >= 0 && height < level;
  };
  Matches::Visit visit = [&](const Binding &binding) {
    add(rule, binding);
    return true;
  };
  const std::set<sema::VariableId> wanted = headVariables(rule);
  std::vector<const Guard *> guards = guardsOf(rule);
  Binding binding(rule.variables.size());
  if (!delta) {
    matches.each(guards, binding, wanted, allowed, visit);
  } else {
    const Guard &first = *guards[*delta];
    auto rows = latest.find(first.expr->tensor);
    if (rows == latest.end())
      return;
    // Beside what its row tells of the variables at once, a literal is looked up like the others, but there:
    // arithmetic may leave a variable open.
    std::size_t chosen = 0;
    const Matches::Allowed allowedHere = [&](const Guard &guard, std::size_t row) {
      return &guard == &first ? row == chosen : allowed(guard, row);
    };
    for (std::size_t row : rows->second) {
      Binding extended = binding;
      chosen = row;
      if (matches.unify(first.expr->indices, evidence.rows(first.expr->tensor).row(row), extended))
        matches.each(guards, std::move(extended), wanted, allowedHere, visit);
    }
  }
  if (!matches.values().unknown.empty())
    unknown = matches.values().unknown;
}

/// One level more. False when it brought nothing.
bool Prover::climb() {
  ++level;
  arrived.clear();
  for (auto &[tensor, height] : heights)
    for (sema::EquationId id : evidence.program->tensors[tensor].equations) {
      const Equation &rule = evidence.program->equations[id];
      bool hasLiteral = false;
      for (std::size_t position = 0; position < rule.guards.size(); ++position)
        if (rule.guards[position].kind == Guard::Kind::Positive) {
          hasLiteral = true;
          fire(rule, position);
        }
      if (!hasLiteral && level == 1)
        fire(rule, std::nullopt);
    }
  latest = std::move(arrived);
  return !latest.empty();
}

std::optional<Proof> Prover::prove(TensorId tensor, const std::vector<runtime::Cell> &row) {
  std::optional<std::size_t> position = positionOf(evidence.rows(tensor), row);
  if (!position)
    return std::nullopt;
  start(tensor);
  while (heights.at(tensor)[*position] < 0)
    if (!climb())
      return std::nullopt;
  Proof proof;
  std::map<std::pair<TensorId, std::size_t>, std::size_t> known;
  step(proof, known, tensor, *position);
  return proof;
}

/// Adds the row and, below it, the first rule instance whose premises are all lower. Proofs are as deep as
/// recursion was, so the rows that wait are a list and not calls.
std::size_t Prover::step(Proof &proof, std::map<std::pair<TensorId, std::size_t>, std::size_t> &known,
                         TensorId tensor, std::size_t row) {
  auto place = [&](TensorId of, std::size_t at) {
    auto [found, isNew] = known.emplace(std::pair(of, at), proof.steps.size());
    if (isNew) {
      std::span<const runtime::Cell> cells = evidence.rows(of).row(at);
      proof.steps.push_back({of, {cells.begin(), cells.end()}, {}, {}, {}, heights.at(of)[at]});
    }
    return found->second;
  };
  place(tensor, row);
  for (std::size_t next = 0; next < proof.steps.size(); ++next) {
    const int height = proof.steps[next].height;
    if (height == 0)
      continue;
    for (sema::EquationId id : evidence.program->tensors[proof.steps[next].tensor].equations) {
      const Equation &rule = evidence.program->equations[id];
      Matches matches(evidence, finder, rule);
      Binding start(rule.variables.size());
      if (!matches.unify(rule.head, proof.steps[next].row, start))
        continue;
      bool isFound = !matches.each(
          guardsOf(rule), start, headVariables(rule),
          [&](const Guard &guard, std::size_t at) {
            const int below = heights.at(guard.expr->tensor)[at];
            return below >= 0 && below < height;
          },
          [&](const Binding &binding) {
            Binding copy = binding;
            if (!matches.unify(rule.head, proof.steps[next].row, copy))
              return true;
            proof.steps[next].rule = id;
            proof.steps[next].binding = binding;
            return false;
          });
      if (!isFound || !proof.steps[next].rule)
        continue;
      std::vector<std::size_t> premises;
      for (const Guard &guard : rule.guards) {
        if (guard.kind != Guard::Kind::Positive)
          continue;
        std::vector<runtime::Cell> cells;
        for (const sema::IndexExpr &index : guard.expr->indices)
          cells.push_back(
              static_cast<runtime::Cell>(*matches.values().index(index, proof.steps[next].binding)));
        premises.push_back(place(guard.expr->tensor, *positionOf(evidence.rows(guard.expr->tensor), cells)));
      }
      proof.steps[next].premises = std::move(premises);
      break;
    }
  }
  return 0;
}

// --- Why not

std::vector<Failure> Prover::fail(TensorId tensor, const std::vector<runtime::Cell> &row) {
  std::vector<Failure> failures;
  for (sema::EquationId id : evidence.program->tensors[tensor].equations)
    failures.push_back(closest(evidence.program->equations[id], row));
  return failures;
}

/// First a single guard that fails while all others hold; else the guard at which the longest run of guards
/// that hold together ends.
Failure Prover::closest(const Equation &rule, const std::vector<runtime::Cell> &row) {
  constexpr std::int64_t kSteps = 1'000'000;
  Failure failure{rule.id, nullptr, false, {}};
  Matches matches(evidence, finder, rule);
  Binding start(rule.variables.size());
  if (!matches.unify(rule.head, row, start))
    return failure;
  for (const Guard &left : rule.guards) {
    std::vector<const Guard *> others;
    for (const Guard &guard : rule.guards)
      if (&guard != &left)
        others.push_back(&guard);
    matches.steps = kSteps;
    bool holds = false;
    matches.each(others, start, {}, anyRow, [&](const Binding &binding) {
      holds = true;
      failure = {rule.id, &left, true, binding};
      return false;
    });
    if (holds)
      return failure;
  }
  for (std::size_t count = rule.guards.size(); count-- > 0;) {
    std::vector<const Guard *> some;
    for (std::size_t position = 0; position < count; ++position)
      some.push_back(&rule.guards[position]);
    matches.steps = kSteps;
    failure.guard = &rule.guards[count];
    failure.binding = start;
    bool holds = false;
    matches.each(some, start, {}, anyRow, [&](const Binding &binding) {
      holds = true;
      failure.binding = binding;
      return false;
    });
    if (holds || count == 0)
      break;
  }
  return failure;
}

} // namespace tl::prove
