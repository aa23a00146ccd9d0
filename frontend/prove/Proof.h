// Why a row holds, or does not; what a number is made of.
#pragma once

#include "frontend/prove/Matches.h"

#include <string>

namespace tl::prove {

/// One row in a proof. Premises are positions in `Proof::steps`, and come after it.
struct ProofStep {
  TensorId tensor;
  std::vector<runtime::Cell> row;
  std::optional<sema::EquationId> rule; ///< none: given by a fact or a file
  Binding binding;                      ///< of the rule's variables
  std::vector<std::size_t> premises;
  int height = 0; ///< 0 for what is given, else one more than its highest premise
};

/// A derivation of smallest height; the first step is what was asked for.
struct Proof {
  std::vector<ProofStep> steps;
};

/// How a rule comes closest to giving a row.
struct Failure {
  sema::EquationId rule;
  const sema::Guard *guard = nullptr; ///< what fails; null when the head cannot be the row
  bool isOnlyOne = false;             ///< everything else holds under the binding
  Binding binding;
};

/// One addend, factor or candidate of an element.
struct Contribution {
  sema::EquationId equation;
  const sema::Expr *term; ///< what has the value
  Binding binding;
  double value;
  std::size_t order; ///< among all contributions, as they were found
};

/// The largest contributions to an element, by size.
struct Contributions {
  std::vector<Contribution> largest;
  std::size_t count = 0;
  double rest = 0; ///< sum of those not listed
};

/// Answers about one run. Keeps heights of rows and indexes, so that later questions are cheaper.
class Prover {
public:
  explicit Prover(const Evidence &evidence) : evidence(evidence), finder(evidence) {}

  /// None when the row does not hold, or when `unknown` says why it cannot be shown.
  std::optional<Proof> prove(TensorId tensor, const std::vector<runtime::Cell> &row);
  /// One entry per rule of the relation.
  std::vector<Failure> fail(TensorId tensor, const std::vector<runtime::Cell> &row);
  Contributions contribute(TensorId tensor, const std::vector<std::int64_t> &place, std::size_t most);
  /// What could not be looked into, as a noun with a comma or empty.
  std::string unknown;

private:
  void start(TensorId tensor);
  bool climb();
  void fire(const sema::Equation &rule, std::optional<std::size_t> delta);
  void add(const sema::Equation &rule, const Binding &binding);
  std::size_t step(Proof &proof, std::map<std::pair<TensorId, std::size_t>, std::size_t> &known,
                   TensorId tensor, std::size_t row);
  Failure closest(const sema::Equation &rule, const std::vector<runtime::Cell> &row);
  void contributeTerm(const sema::Equation &equation, const sema::Term &term, const Binding &head,
                      const std::vector<std::int64_t> &place, std::vector<Contribution> &all);

  const Evidence &evidence;
  RowFinder finder;
  std::map<TensorId, std::vector<int>> heights;                 ///< by row; -1 while unknown
  std::map<TensorId, std::vector<std::size_t>> latest, arrived; ///< rows of the last level, and of this one
  int level = 0;
};

} // namespace tl::prove
