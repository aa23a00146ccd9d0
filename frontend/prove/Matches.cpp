// Every way in which the body of a rule holds.
#include "frontend/prove/Matches.h"

#include "frontend/sema/Walk.h"

#include <algorithm>
#include <cstdint>

namespace tl::prove {

using sema::Guard;
using sema::IndexExpr;
using sema::VariableId;

namespace {

std::string keyOf(std::span<const runtime::Cell> row, std::uint64_t columns) {
  std::string key;
  for (std::size_t column = 0; column < row.size(); ++column)
    if (columns >> column & 1)
      key.append(reinterpret_cast<const char *>(&row[column]), sizeof(runtime::Cell));
  return key;
}

/// The variable without a value of a sum in which it is the only one, and the value that makes the sum
/// `cell`; none where there is no such variable or it need not be unique.
std::optional<std::pair<VariableId, std::int64_t>> solved(const IndexExpr &index, std::int64_t cell,
                                                          const Binding &binding) {
  if (index.kind != IndexExpr::Kind::Affine || index.divisor != 1 || index.modulus != 0)
    return std::nullopt;
  const sema::AffineTerm *open = nullptr;
  std::int64_t rest = cell;
  bool overflows = __builtin_sub_overflow(rest, index.constant, &rest);
  for (const sema::AffineTerm &term : index.terms) {
    const std::optional<std::int64_t> value = binding[term.variable];
    std::int64_t product = 0;
    if (!value && open)
      return std::nullopt;
    if (!value)
      open = &term;
    else
      overflows |= __builtin_mul_overflow(term.coefficient, *value, &product) ||
                   __builtin_sub_overflow(rest, product, &rest);
  }
  const bool isUnit = open && (open->coefficient == 1 || open->coefficient == -1);
  if (!isUnit || overflows || rest == INT64_MIN)
    return std::nullopt;
  return std::pair(open->variable, rest * open->coefficient);
}

} // namespace

const std::vector<std::uint32_t> &RowFinder::find(TensorId tensor,
                                                  const std::vector<std::optional<std::int64_t>> &cells) {
  static const std::vector<std::uint32_t> kNone;
  std::uint64_t columns = 0;
  std::vector<runtime::Cell> row(cells.size());
  for (std::size_t column = 0; column < cells.size(); ++column)
    if (cells[column]) {
      row[column] = static_cast<runtime::Cell>(*cells[column]);
      if (row[column] != *cells[column])
        return kNone;
      columns |= std::uint64_t{1} << column;
    }
  auto [found, isNew] = indexes.try_emplace({tensor, columns});
  if (isNew) {
    const runtime::Relation &rows = evidence.rows(tensor);
    for (std::size_t number = 0; number < rows.size(); ++number)
      found->second[keyOf(rows.row(number), columns)].push_back(static_cast<std::uint32_t>(number));
  }
  auto rows = found->second.find(keyOf(row, columns));
  return rows == found->second.end() ? kNone : rows->second;
}

bool Matches::isBound(const std::set<VariableId> &variables, const Binding &binding) const {
  return std::all_of(variables.begin(), variables.end(),
                     [&](VariableId variable) { return binding[variable].has_value(); });
}

bool Matches::unify(const std::vector<IndexExpr> &indices, std::span<const runtime::Cell> row,
                    Binding &binding) const {
  for (std::size_t column = 0; column < indices.size(); ++column) {
    std::optional<VariableId> variable = indices[column].plainVariable();
    if (variable && !binding[*variable])
      binding[*variable] = row[column];
  }
  for (std::size_t column = 0; column < indices.size(); ++column)
    if (auto variable = solved(indices[column], row[column], binding)) {
      const auto [id, value] = *variable;
      const sema::Variable &symbol = equation.variables[id];
      if ((symbol.lower && value < *symbol.lower) || (symbol.upper && value >= *symbol.upper))
        return false;
      binding[id] = value;
    }
  for (std::size_t column = 0; column < indices.size(); ++column)
    if (std::optional<std::int64_t> value = scalars.index(indices[column], binding);
        value && *value != row[column])
      return false;
  return true;
}

bool Matches::each(const std::vector<const Guard *> &guards, Binding binding,
                   const std::set<VariableId> &wanted, const Allowed &allowed, const Visit &visit) {
  Search search{guards, wanted, allowed, visit};
  return go(search, binding);
}

/// Whether the guard holds, once that can be told; a binding gives its variable a value.
std::optional<bool> Matches::check(const Guard &guard, Binding &binding) {
  std::set<VariableId> needed = sema::freeVariables(guard);
  switch (guard.kind) {
  case Guard::Kind::Positive:
    return std::nullopt;
  case Guard::Kind::Bind: {
    needed.clear();
    sema::addVariables(guard.binding, needed);
    if (!isBound(needed, binding))
      return std::nullopt;
    std::optional<std::int64_t> value = scalars.index(guard.binding, binding);
    if (!value)
      return false;
    std::optional<std::int64_t> &variable = binding[guard.variable];
    if (!variable)
      variable = value;
    return *variable == *value;
  }
  case Guard::Kind::Negative:
    std::erase_if(needed, [&](VariableId id) { return equation.variables[id].name == "_"; });
    if (!isBound(needed, binding))
      return std::nullopt;
    return scalars.value(*guard.expr, binding).value_or(0) == 0;
  case Guard::Kind::Holds:
    if (!isBound(needed, binding))
      return std::nullopt;
    return scalars.value(*guard.expr, binding).value_or(0) > 0;
  case Guard::Kind::Exists: {
    if (!isBound(needed, binding))
      return std::nullopt;
    std::vector<const Guard *> parts;
    for (const Guard &part : guard.parts)
      parts.push_back(&part);
    bool exists = false;
    each(
        parts, binding, {}, [](const Guard &, std::size_t) { return true; },
        [&](const Binding &) { return !(exists = true); });
    return exists;
  }
  }
  return std::nullopt;
}

/// The literal whose rows are the fewest, as far as bound positions tell; one with arithmetic over unbound
/// variables waits.
std::optional<std::size_t> Matches::nextLiteral(const Search &search, const Binding &binding) const {
  std::optional<std::size_t> best;
  std::pair<std::size_t, std::size_t> bestRank;
  for (std::size_t position = 0; position < search.guards.size(); ++position) {
    const Guard *guard = search.guards[position];
    if (!guard || guard->kind != Guard::Kind::Positive)
      continue;
    std::size_t open = 0;
    bool waits = false;
    for (const IndexExpr &index : guard->expr->indices) {
      std::set<VariableId> needed;
      sema::addVariables(index, needed);
      if (isBound(needed, binding))
        continue;
      ++open;
      waits = waits || !index.plainVariable();
    }
    const std::pair rank(open, evidence.rows(guard->expr->tensor).size());
    if (!waits && (!best || rank < bestRank)) {
      best = position;
      bestRank = rank;
    }
  }
  return best;
}

bool Matches::go(Search &search, Binding &binding) {
  if (--steps < 0)
    return false;
  Binding here = binding;
  std::vector<std::pair<std::size_t, const Guard *>> done;
  bool holds = true;
  for (bool progress = true; progress && holds;) {
    progress = false;
    for (std::size_t position = 0; position < search.guards.size() && holds; ++position) {
      const Guard *guard = search.guards[position];
      std::optional<bool> known = guard ? check(*guard, here) : std::nullopt;
      if (!known)
        continue;
      holds = *known;
      progress = true;
      done.emplace_back(position, guard);
      search.guards[position] = nullptr;
    }
  }
  bool goesOn = true;
  if (holds) {
    if (std::optional<std::size_t> literal = nextLiteral(search, here))
      goesOn = rows(search, *literal, here);
    else
      goesOn = ranges(search, here);
  }
  for (auto [position, guard] : done)
    search.guards[position] = guard;
  return goesOn;
}

bool Matches::rows(Search &search, std::size_t position, Binding &binding) {
  const Guard &guard = *search.guards[position];
  std::vector<std::optional<std::int64_t>> cells;
  for (const IndexExpr &index : guard.expr->indices)
    cells.push_back(scalars.index(index, binding));
  search.guards[position] = nullptr;
  bool goesOn = true;
  const runtime::Relation &relation = evidence.rows(guard.expr->tensor);
  for (std::uint32_t row : finder.find(guard.expr->tensor, cells)) {
    Binding extended = binding;
    if (search.allowed(guard, row) && unify(guard.expr->indices, relation.row(row), extended))
      goesOn = go(search, extended);
    if (!goesOn)
      break;
  }
  search.guards[position] = &guard;
  return goesOn;
}

/// Gives one more variable a value from its range, or is done.
bool Matches::ranges(Search &search, Binding &binding) {
  std::set<VariableId> open = search.wanted;
  for (const Guard *guard : search.guards)
    if (guard)
      open.merge(sema::freeVariables(*guard));
  std::erase_if(open, [&](VariableId id) { return binding[id].has_value(); });
  if (open.empty())
    return search.visit(binding);
  for (VariableId variable : open) {
    const sema::Variable &symbol = equation.variables[variable];
    if (!symbol.lower || !symbol.upper)
      continue;
    for (std::int64_t value = *symbol.lower; value < *symbol.upper; ++value) {
      Binding extended = binding;
      extended[variable] = value;
      if (!go(search, extended))
        return false;
    }
    return true;
  }
  return true;
}

} // namespace tl::prove
