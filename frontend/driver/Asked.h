// Rows and elements that are to be explained instead of answering the queries.
#pragma once

#include "backend/Executable.h"
#include "frontend/driver/Load.h"
#include "frontend/prove/Evidence.h"

#include <optional>
#include <vector>

namespace tl::driver {

/// One of `Options::asked`, once data is loaded.
struct AskedFact {
  sema::TensorId tensor = 0;
  std::vector<std::int64_t> cells;
  std::optional<double> value; ///< of an element, once the program has run; empty where it is absent
};

/// Takes the last `count` queries as what is to be explained; in their place the program is asked for all that they
/// depend on. Empty, and reported, when one of them does not name a single row or element.
std::optional<std::vector<AskedFact>> takeAsked(sema::TypedProgram &program, const LoadedData &data, std::size_t count,
                                                source::DiagnosticEngine &diagnostics);

/// What a run gave, for proofs; also the values of the elements among `asked`.
runtime::Result<prove::Evidence> gatherEvidence(const sema::TypedProgram &program, const LoadedData &data,
                                                backend::Answers answers, std::vector<AskedFact> &asked);

} // namespace tl::driver
