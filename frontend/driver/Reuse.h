// Which results of earlier runs still hold.
#pragma once

#include "frontend/driver/Load.h"

namespace tl::driver {

/// 128 bits of everything that a tensor's value depends on: its equations with their sums and ranges, its
/// data, and the digests of what it reads. Symbols count by their text, so that new ones elsewhere change
/// nothing.
struct Digest {
  std::uint64_t low = 0, high = 0;
  friend bool operator==(const Digest &, const Digest &) = default;
};

/// Values of tensors that equations define, by name, each with the digest it was computed for. Invariant: a
/// value is used only where its digest is that of the program at hand.
class ResultCache {
public:
  struct Entry {
    Digest digest;
    runtime::Value value;
    std::vector<std::shared_ptr<runtime::Domain>> domains; ///< of its axes when it was computed
  };
  /// Drops everything.
  void clear() { entries.clear(); }

  std::map<std::string, Entry, std::less<>> entries;
  std::vector<std::string> computed;   ///< what the last run had to compute, by name
  std::vector<std::string> recomputed; ///< of `computed`, what had another value here
  std::vector<std::string> reused;     ///< what it took from here
};

/// What a run takes from the cache and what it adds to it.
struct ReusePlan {
  std::set<sema::TensorId> settled; ///< their values are among the bindings, their equations are not needed
  std::vector<sema::TensorId> kept; ///< computed by this run, to be stored; in order of components
  std::map<sema::TensorId, Digest> digests; ///< of `kept`
};

/// Puts every needed value that still holds into `data` and plans the rest. `program` is resolved. `seed` is
/// that of random draws, on which values depend that draw.
ReusePlan planReuse(const sema::TypedProgram &program, LoadedData &data, std::uint64_t seed,
                    ResultCache &cache);

/// Stores what the run of `plan` gave for `plan.kept`, in that order.
void storeResults(const sema::TypedProgram &program, const LoadedData &data, const ReusePlan &plan,
                  std::vector<runtime::Value> values, ResultCache &cache);

} // namespace tl::driver
