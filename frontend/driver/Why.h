// Why a row holds or does not, and what an element is made of.
#pragma once

#include "frontend/driver/Asked.h"
#include "frontend/prove/FormatProof.h"

#include <string>

namespace tl::driver {

/// What there is to say of one asked fact.
struct Reason {
  enum class Kind {
    Holds,      ///< a proof
    Fails,      ///< how the rules come closest
    Element,    ///< contributions
    Unsupported ///< the text says what proofs cannot look into yet
  };
  Kind kind = Kind::Holds;
  std::string text;
};

/// The reason of `asked`; of an element the `most` largest contributions.
Reason reasonOf(const AskedFact &asked, const prove::ProofText &text, prove::Prover &prover,
                std::size_t most);

} // namespace tl::driver
