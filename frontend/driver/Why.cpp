// Proofs, failures and contributions, whichever the fact has.
#include "frontend/driver/Why.h"

namespace tl::driver {

Reason reasonOf(const AskedFact &asked, const prove::ProofText &text, prove::Prover &prover,
                std::size_t most) {
  const prove::Evidence &evidence = text.evidence;
  const std::string name = prove::rowText(evidence, asked.tensor, asked.cells);
  if (evidence.program->tensors[asked.tensor].kind == sema::TensorKind::Dense) {
    prove::Contributions found = prover.contribute(asked.tensor, asked.cells, most);
    if (prover.unknown.empty())
      return {Reason::Kind::Element, prove::formatContributions(text, name, asked.value, found)};
    return {Reason::Kind::Unsupported, "looking into " + prover.unknown + " is not supported yet"};
  }
  std::vector<runtime::Cell> row(asked.cells.begin(), asked.cells.end());
  if (!prove::positionOf(evidence.rows(asked.tensor), row))
    return {Reason::Kind::Fails, prove::formatFailures(text, name, prover.fail(asked.tensor, row))};
  if (std::optional<prove::Proof> proof = prover.prove(asked.tensor, row))
    return {Reason::Kind::Holds, prove::formatProof(text, *proof)};
  return {Reason::Kind::Unsupported, name + " holds, but looking into " +
                                         (prover.unknown.empty() ? "its rules" : prover.unknown) +
                                         " is not supported yet"};
}

} // namespace tl::driver
