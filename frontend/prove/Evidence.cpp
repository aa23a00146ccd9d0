// What a finished run knows, and values of expressions under it.
#include "frontend/prove/Evidence.h"

#include "frontend/sema/Walk.h"
#include "runtime/Primitives.h"

#include <algorithm>
#include <cmath>

namespace tl::prove {

using sema::Expr;
using sema::IndexExpr;
using sema::VariableId;

namespace {

const runtime::Relation kNoRows;

std::int64_t floorDivide(std::int64_t value, std::int64_t divisor) {
  std::int64_t quotient = value / divisor;
  return quotient - (value % divisor != 0 && (value < 0) != (divisor < 0));
}

/// What a tensor is where nothing reaches it; none where that is absent.
std::optional<double> identity(sema::Monoid monoid) {
  switch (monoid) {
  case sema::Monoid::Max:
  case sema::Monoid::Min:
    return std::nullopt;
  case sema::Monoid::Multiply:
    return 1;
  case sema::Monoid::Add:
  case sema::Monoid::Or:
  case sema::Monoid::Average:
    return 0;
  }
  return 0;
}

} // namespace

const runtime::Relation &Evidence::rows(TensorId tensor) const {
  auto found = values.find(tensor);
  const auto *relation = found == values.end() ? nullptr : std::get_if<runtime::Relation>(&found->second);
  return relation ? *relation : kNoRows;
}

std::optional<std::size_t> positionOf(const runtime::Relation &relation, std::span<const runtime::Cell> row) {
  if (row.empty())
    return relation.size() ? std::optional<std::size_t>(0) : std::nullopt;
  std::size_t low = 0, high = relation.size();
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    const std::span<const runtime::Cell> there = relation.row(middle);
    if (std::lexicographical_compare(there.begin(), there.end(), row.begin(), row.end()))
      low = middle + 1;
    else
      high = middle;
  }
  if (low == relation.size() || !std::equal(row.begin(), row.end(), relation.row(low).begin()))
    return std::nullopt;
  return low;
}

std::optional<std::int64_t> Scalars::index(const IndexExpr &index, const Binding &binding) const {
  if (index.kind == IndexExpr::Kind::Value) {
    std::optional<double> number = value(*index.value, binding);
    return number ? std::optional(static_cast<std::int64_t>(std::llround(*number))) : std::nullopt;
  }
  std::int64_t sum = index.constant;
  for (const sema::AffineTerm &term : index.terms) {
    if (!binding[term.variable])
      return std::nullopt;
    sum += term.coefficient * *binding[term.variable];
  }
  if (index.divisor != 1)
    sum = index.divisor ? floorDivide(sum, index.divisor) : 0;
  if (index.modulus > 0)
    sum -= floorDivide(sum, index.modulus) * index.modulus;
  return sum;
}

std::optional<double> Scalars::element(const Expr &expr, const Binding &binding) const {
  auto found = evidence.values.find(expr.tensor);
  const auto *tensor =
      found == evidence.values.end() ? nullptr : std::get_if<runtime::Tensor>(&found->second);
  const sema::TensorSymbol &symbol = evidence.program->tensors[expr.tensor];
  if (expr.virtualPosition)
    unknown = "a state of '" + symbol.name + "', which keeps only the last,";
  if (!tensor || expr.virtualPosition)
    return identity(symbol.monoid);
  std::int64_t position = 0;
  for (std::size_t axis = 0; axis < expr.indices.size(); ++axis) {
    std::optional<std::int64_t> at = index(expr.indices[axis], binding);
    if (!at)
      return std::nullopt;
    if (*at < 0 || *at >= tensor->shape()[axis])
      return identity(symbol.monoid);
    position = position * tensor->shape()[axis] + *at;
  }
  return tensor->isPresent(position) ? std::optional(tensor->number(position)) : std::nullopt;
}

/// Whether some row agrees with the positions that have a value.
std::optional<double> Scalars::test(const Expr &expr, const Binding &binding) const {
  const runtime::Relation &rows = evidence.rows(expr.tensor);
  std::vector<std::optional<std::int64_t>> wanted;
  for (const IndexExpr &position : expr.indices)
    wanted.push_back(index(position, binding));
  const bool isWhole =
      std::all_of(wanted.begin(), wanted.end(), [](const auto &cell) { return cell.has_value(); });
  if (isWhole) {
    std::vector<runtime::Cell> row;
    for (const auto &cell : wanted) {
      if (*cell != static_cast<runtime::Cell>(*cell))
        return 0;
      row.push_back(static_cast<runtime::Cell>(*cell));
    }
    return positionOf(rows, row) ? 1 : 0;
  }
  for (std::size_t number = 0; number < rows.size(); ++number) {
    bool agrees = true;
    for (std::size_t column = 0; column < wanted.size(); ++column)
      agrees = agrees && (!wanted[column] || *wanted[column] == rows.row(number)[column]);
    if (agrees)
      return 1;
  }
  return 0;
}

std::optional<double> Scalars::apply(const Expr &expr, const Binding &binding) const {
  std::optional<runtime::Primitive> primitive = runtime::findPrimitive(expr.function);
  if (!primitive) {
    unknown = "'" + expr.function + "'";
    return std::nullopt;
  }
  std::vector<double> operands;
  for (const sema::ExprPtr &operand : expr.operands) {
    std::optional<double> number = value(*operand, binding);
    if (!number)
      return std::nullopt;
    operands.push_back(*number);
  }
  const bool isWhole =
      expr.type == sema::ValueType::Integer && runtime::rule(*primitive) != runtime::PrimitiveRule::Real;
  if (!isWhole)
    return runtime::evaluate(*primitive, operands);
  std::vector<std::int64_t> integers;
  for (double number : operands)
    integers.push_back(std::llround(number));
  return static_cast<double>(runtime::evaluateInteger(*primitive, integers));
}

std::vector<std::int64_t> Scalars::candidates(VariableId variable, const Expr *scope) const {
  std::vector<std::int64_t> values;
  const sema::Variable &symbol = equation.variables[variable];
  if (symbol.lower && symbol.upper) {
    for (std::int64_t value = *symbol.lower; value < *symbol.upper; ++value)
      values.push_back(value);
    return values;
  }
  if (scope)
    sema::walk(*scope, [&](const Expr &expr) {
      if (expr.kind != Expr::Kind::Literal || !values.empty())
        return;
      for (std::size_t column = 0; column < expr.indices.size(); ++column)
        if (expr.indices[column].plainVariable() == variable)
          for (std::size_t row = 0; row < evidence.rows(expr.tensor).size(); ++row)
            values.push_back(evidence.rows(expr.tensor).row(row)[column]);
    });
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

std::optional<double> Scalars::project(const Expr &expr, const Binding &binding) const {
  Binding inner = binding;
  std::vector<std::pair<double, std::int64_t>> found; // value, first variable
  auto visit = [&](auto &self, std::size_t depth) -> void {
    if (depth == expr.variables.size()) {
      if (std::optional<double> number = value(*expr.operands[0], inner))
        found.emplace_back(*number, expr.variables.empty() ? 0 : *inner[expr.variables[0]]);
      return;
    }
    for (std::int64_t candidate : candidates(expr.variables[depth], expr.operands[0].get())) {
      inner[expr.variables[depth]] = candidate;
      self(self, depth + 1);
    }
  };
  visit(visit, 0);
  const std::string &kind = expr.projection;
  double sum = 0, product = 1, count = 0, positive = 0;
  for (auto [number, at] : found) {
    sum += number;
    product *= number;
    count += number != 0;
    positive += number > 0;
  }
  if (kind == "sum" || kind == "count" || kind == "prod")
    return kind == "sum" ? sum : kind == "count" ? count : product;
  if (kind == "any" || kind == "all")
    return kind == "any" ? positive > 0 : positive == static_cast<double>(found.size());
  if (found.empty())
    return std::nullopt;
  if (kind == "mean")
    return sum / static_cast<double>(found.size());
  const bool isMax = kind == "max" || kind == "argmax";
  auto best = std::min_element(found.begin(), found.end(), [&](const auto &lhs, const auto &rhs) {
    return isMax ? lhs.first > rhs.first : lhs.first < rhs.first;
  });
  return kind == "max" || kind == "min" ? best->first : static_cast<double>(best->second);
}

std::optional<double> Scalars::value(const Expr &expr, const Binding &binding) const {
  switch (expr.kind) {
  case Expr::Kind::Number:
    return expr.type == sema::ValueType::Real ? expr.number : static_cast<double>(expr.integer);
  case Expr::Kind::IndexValue: {
    std::optional<std::int64_t> number = index(expr.index, binding);
    return number ? std::optional(static_cast<double>(*number)) : std::nullopt;
  }
  case Expr::Kind::Element:
    return element(expr, binding);
  case Expr::Kind::Test:
    return test(expr, binding);
  case Expr::Kind::Literal:
    return test(expr, binding) == 1 ? std::optional(1.0) : std::nullopt;
  case Expr::Kind::Apply:
    return apply(expr, binding);
  case Expr::Kind::Project:
    return project(expr, binding);
  default: // whatever works on whole tensors
    unknown = expr.function.empty() ? "this expression" : "'" + expr.function + "'";
    return std::nullopt;
  }
}

} // namespace tl::prove
