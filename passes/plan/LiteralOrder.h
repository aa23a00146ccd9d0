// Which literals generate rows, in which order, and what each column does.
#pragma once

#include "passes/plan/Scope.h"

namespace tl::passes {

/// What one argument of a literal does when the rows of its relation are walked.
struct Column {
  enum class Use {
    Key,      ///< known before: part of the key of the lookup
    Generate, ///< gives `variable` its value: the cell is coefficient * variable + what is known
    Check,    ///< compared with the cell once everything in it is known
  };
  Use use;
  unsigned variable = 0;
  unsigned dimension = 0;
  std::int64_t coefficient = 1;
};

/// The columns of a literal when the variables in `bound` are known.
llvm::SmallVector<Column> classifyColumns(const Scope &scope, ir::LiteralOp literal,
                                          const VariableSet &bound);

/// The attribute of a module that says how its literals are joined, for tests and measurements: `pairwise`
/// (one literal a loop), `multiway` (all that leave open the same variable), or by cost. Results never depend
/// on it.
constexpr llvm::StringLiteral kJoins = "plan.joins";

/// One loop over rows: of a literal, or, with several literals, over the values of the one variable that each
/// of them leaves open, which all of them must give.
struct Walk {
  llvm::SmallVector<ir::LiteralOp> literals;
};

/// The positive literals to walk, best first: the one over a delta, then greedily one with a column known,
/// and of those the one with the fewest rows to expect for what is known, ties by the number of columns
/// known, then source order. Literals that leave open the same variable as the chosen one are walked with it
/// where testing them costs a search each. Literals that are known throughout, and those that give no
/// variable a value, are left out: they are tested. Adds to `bound`.
llvm::SmallVector<Walk> orderLiterals(const Scope &scope, VariableSet &bound);

} // namespace tl::passes
