// Proofs, failures and contributions as text, JSON and DOT.
#pragma once

#include "frontend/prove/Proof.h"
#include "frontend/source/SourceManager.h"

namespace tl::prove {

enum class ProofFormat { Text, Json, Dot };

/// What all answers are printed with.
struct ProofText {
  const Evidence &evidence;
  const source::SourceManager &sources;
  ProofFormat format;
};

/// `Parent(Ann,"New York")`, as a program writes it.
std::string rowText(const Evidence &evidence, TensorId tensor, const std::vector<std::int64_t> &cells);

std::string formatProof(const ProofText &text, const Proof &proof);
/// `fact` is the row that does not hold.
std::string formatFailures(const ProofText &text, const std::string &fact,
                           const std::vector<Failure> &failures);
/// `value` is empty for an absent element.
std::string formatContributions(const ProofText &text, const std::string &element,
                                std::optional<double> value, const Contributions &contributions);

} // namespace tl::prove
