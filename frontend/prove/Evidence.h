// What a finished run knows, and values of expressions under it.
#pragma once

#include "frontend/sema/TypedProgram.h"
#include "runtime/core/Domain.h"
#include "runtime/core/Value.h"

#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

namespace tl::prove {

using sema::TensorId;
/// The value of each variable of one equation, where it has one.
using Binding = std::vector<std::optional<std::int64_t>>;

/// The values of a program's tensors after a run, and the rows its facts and files gave before.
struct Evidence {
  const sema::TypedProgram *program = nullptr;
  std::map<TensorId, runtime::Value> values;
  std::map<TensorId, runtime::Relation> stored;
  std::vector<const runtime::Domain *> domains; ///< by class; null for integers

  const runtime::Relation &rows(TensorId tensor) const;
};

/// The position of a row, if the relation has it.
std::optional<std::size_t> positionOf(const runtime::Relation &relation, std::span<const runtime::Cell> row);

/// Scalars of one equation under a binding.
class Scalars {
public:
  Scalars(const Evidence &evidence, const sema::Equation &equation)
      : evidence(evidence), equation(equation) {}

  /// None when a variable has no value.
  std::optional<std::int64_t> index(const sema::IndexExpr &index, const Binding &binding) const;
  /// None when what is read drops the assignment.
  std::optional<double> value(const sema::Expr &expr, const Binding &binding) const;
  /// The values that a variable may have when no literal gives it one: its range, or a column of a literal in
  /// `scope`.
  std::vector<std::int64_t> candidates(sema::VariableId variable, const sema::Expr *scope) const;
  /// Set once something was met whose value this class does not compute.
  mutable std::string unknown;

private:
  std::optional<double> element(const sema::Expr &expr, const Binding &binding) const;
  std::optional<double> test(const sema::Expr &expr, const Binding &binding) const;
  std::optional<double> apply(const sema::Expr &expr, const Binding &binding) const;
  std::optional<double> project(const sema::Expr &expr, const Binding &binding) const;

  const Evidence &evidence;
  const sema::Equation &equation;
};

} // namespace tl::prove
