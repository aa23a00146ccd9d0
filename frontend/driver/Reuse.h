// Which results of earlier runs still hold, and which only gain rows.
#pragma once

#include "frontend/driver/Digests.h"
#include "frontend/sema/DeltaRules.h"
#include "runtime/storage/StoredRelation.h"

#include <functional>

namespace tl::driver {

/// Values of earlier runs by name, each with the digest of what it was computed from. Invariant: a value is
/// used only where its digest is that of the program at hand. A relation's rows are numbered, and rows are
/// only ever added behind those that are there: what a value was computed from is a number of rows, and what
/// came since is new.
class ResultCache {
public:
  /// What a value was computed from.
  struct Read {
    std::string name;
    Digest digest;
    std::weak_ptr<runtime::StoredRelation> rows; ///< of a relation that is kept
    std::size_t count = 0;                       ///< how many there were
  };
  struct Entry {
    Digest digest;
    Digest form;          ///< of its component, see Digests
    runtime::Value value; ///< of a tensor; of a relation when `rows` is null
    std::shared_ptr<runtime::StoredRelation> rows;
    std::vector<std::shared_ptr<runtime::Domain>> domains; ///< of its axes when it was computed
    std::vector<Read> reads;
  };
  /// Drops everything.
  void clear() {
    entries.clear();
    inputs.clear();
  }

  std::map<std::string, Entry, std::less<>> entries; ///< what equations define
  std::map<std::string, Entry, std::less<>> inputs;  ///< relations that only data defines
  std::vector<std::string> computed;                 ///< what the last run had to compute, by name
  std::vector<std::string> recomputed;               ///< of `computed`, what had another value here
  std::vector<std::string> reused;                   ///< what it took from here
};

/// What a run takes from the cache and what it adds to it.
struct ReusePlan {
  std::set<sema::TensorId>
      settled; ///< their values are among the bindings or in `rows`, equations are not needed
  std::vector<sema::TensorId> kept; ///< computed by this run, to be stored; in order of components
  runtime::KeptRelations rows;      ///< relations to be read where they are, with the bounds that types have
  std::map<sema::TensorId, ResultCache::Entry> made; ///< of `kept`, without values
};

/// Runs a delta program, whose data is that of the program and `fresh`, by name; what each tensor of the
/// component gains.
using RunDelta = std::function<runtime::Result<std::vector<runtime::Relation>>(
    const sema::DeltaProgram &, std::map<std::string, runtime::Relation> fresh, const ReusePlan &)>;

/// What planning goes by beside the program and its data.
struct ReuseContext {
  std::uint64_t seed = 0; ///< of random draws, on which values depend that draw
  runtime::MemoryBudget *budget = nullptr;
  bool readsRows = true; ///< the backend takes relations from where they are kept
  RunDelta runDelta;     ///< none: what has changed is computed anew
};

/// Puts every needed value that still holds into `data` or the plan, adds to relations what they only gain,
/// and plans the rest. `program` is resolved. Fails when a delta program does; then the cache is as if it had
/// not been.
runtime::Result<ReusePlan> planReuse(const sema::TypedProgram &program, LoadedData &data,
                                     const ReuseContext &context, ResultCache &cache);

/// Stores what the run of `plan` gave for `plan.kept`, numbered from `first` on, and charges it to `budget`.
void storeResults(const sema::TypedProgram &program, ReusePlan &plan, backend::Answers &values,
                  std::int64_t first, runtime::MemoryBudget &budget, ResultCache &cache);

/// The bounds of a relation's columns, as its type has them.
std::vector<std::int64_t> boundsOf(const sema::TypedProgram &program, sema::TensorId relation);

} // namespace tl::driver
