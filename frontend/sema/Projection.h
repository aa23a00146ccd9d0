// Where an index is summed: rules 0 to 6 of the language.
#pragma once

#include "frontend/sema/TypedProgram.h"
#include "frontend/source/Diagnostic.h"

#include <functional>
#include <set>

namespace tl::sema {

/// Makes every sum of a right side explicit. Takes expressions as `Expressions` builds them (n-ary `add` and
/// `mul`, relations as `Literal`) and leaves them in the form `TypedProgram` promises: binary operators,
/// `Literal` only as a factor of a projection's body, `Test` elsewhere.
class Projection {
public:
  Projection(const TypedProgram &program, Equation &equation, source::DiagnosticEngine &diagnostics)
      : program(program), equation(equation), diagnostics(diagnostics) {}

  /// Rules 0 to 5: one term per additive term of `value`. Relation factors of a term become its `literals`.
  std::vector<Term> split(ExprPtr value);
  /// Rule 6: one term for the whole side. Boolean factors become literals, and comparisons go to `guards`.
  Term whole(ExprPtr value, std::vector<Guard> &guards);
  /// The same for a conjunction on a Boolean left side: literals and comparisons all become `guards`.
  void conjunction(ExprPtr value, std::vector<Guard> &guards);
  /// The whole side as one expression with every sum inside, for `P(i) = expression`.
  ExprPtr summed(ExprPtr value);
  /// An operand of a guard: only what a function's argument contracts is summed, the rest is existential.
  ExprPtr guardOperand(ExprPtr value);

private:
  using Variables = std::set<VariableId>;

  Variables leftVariables() const;
  std::vector<VariableId> placeTerm(ExprPtr &term, const Variables &bound, const Expr *function = nullptr);
  void placeInside(ExprPtr &slot, const Variables &bound);
  void placeArgument(ExprPtr &slot, const Variables &bound, bool masks, const Expr *function = nullptr);
  void placeContracted(ExprPtr &slot, const Variables &bound, const Expr &side);
  void placeContractedArgument(ExprPtr &slot, const Variables &bound, const Expr &side);
  ExprPtr finishTerm(ExprPtr term, std::vector<VariableId> projected, bool masks);
  bool mayDrop(const Expr &expr) const;
  void reportDenominator(VariableId variable, const Expr &below, const Expr &term);
  void warnAboutSum(VariableId variable, const Expr &term, const Expr &function);
  void reportInsideAndOutside(VariableId variable, const Expr &inside, const Expr &term);

  const TypedProgram &program;
  Equation &equation;
  source::DiagnosticEngine &diagnostics;
};

/// Where the occurrences of one variable in a term meet.
struct Location {
  enum class Kind {
    Term,   ///< summed over the whole term
    Slot,   ///< summed at `slot`: a product that contracts it, or a power
    Inside, ///< belongs to an argument or a parenthesised sum further in
  };
  Kind kind = Kind::Term;
  ExprPtr *slot = nullptr;
  bool isProduct = false;
  const Expr *below = nullptr; ///< the denominator or exponent that has all occurrences
  bool isOpaque = false;       ///< within a comparison: nothing is summed here but in arguments of functions
  bool splitsSums = true;      ///< a parenthesised sum that is a factor is a place of its own
};

/// Finds where `variable`, which occurs in `slot`, is summed.
Location locate(ExprPtr &slot, VariableId variable, Location sofar);
/// Whether a product in `expr` has two or more factors that carry `variable`.
bool contracts(const Expr &expr, VariableId variable);
/// A function, or power, that contracts `variable` and does not have all of its occurrences; null for none.
const Expr *contractionInside(const Expr &term, VariableId variable, bool alsoPowers);

/// `+` and `-` flattened: terms with their signs.
struct SignedTerm {
  bool isNegative = false;
  ExprPtr value;
};
void collectTerms(ExprPtr expr, bool isNegative, std::vector<SignedTerm> &into);
ExprPtr joinTerms(std::vector<SignedTerm> terms, SourceRange range);
/// Moves the factors of the product `expr` that `wanted` accepts to `into`; null when nothing is left.
ExprPtr takeFactors(ExprPtr expr, const std::function<bool(const Expr &)> &wanted,
                    std::vector<ExprPtr> &into);

/// Settles what `Expressions` leaves open: relations that are no factor of a projection's body become tests,
/// Boolean factors select instead of multiplying (so that 0 times infinity does not arise), operators become
/// binary.
ExprPtr settle(ExprPtr expr);
/// Settles the index positions of a literal, which itself stays one.
ExprPtr settleLiteral(ExprPtr literal);

} // namespace tl::sema
