// What a run of a program takes and gives.
#pragma once

#include "runtime/core/Cancel.h"
#include "runtime/core/Memory.h"
#include "runtime/core/Value.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tl::runtime {

/// Data by the name that the program reads it under.
using Bindings = std::map<std::string, Value>;

struct StoredRelation; // runtime/storage
/// Relations that outlive runs, by the name that programs read them under.
using KeptRelations = std::map<std::string, std::shared_ptr<StoredRelation>>;

/// One call of one rule or equation, or several calls that a long profile keeps as one.
struct ProfileEvent {
  std::uint32_t step = 0;      ///< the number of the step in the plan
  std::string place;           ///< of the rule: file and line
  std::string target;          ///< the relation it adds to; empty for tensors
  std::uint32_t recursion = 0; ///< numbers the recursions of a run from 1; 0 outside
  std::uint64_t round = 0;     ///< of the recursion, from 1; 0 for what starts it and outside
  std::int64_t beginMicroseconds = 0;
  std::int64_t microseconds = 0;
  std::int64_t rowsIn = 0;  ///< of the relations that it reads, each once
  std::int64_t rowsOut = 0; ///< new rows
  std::size_t bytes = 0;    ///< of all tensors and relations afterwards
  std::int64_t calls = 1;
};

/// The calls of a run in their order. Of a long run the first 2^20 calls are there one by one; later ones of
/// the same step are added up.
class Profile {
public:
  void add(ProfileEvent event);
  const std::vector<ProfileEvent> &events() const { return events_; }

private:
  std::vector<ProfileEvent> events_;
  std::map<std::uint32_t, std::size_t> merged; ///< by step, the event that takes the calls of it
};

/// What a run may use, and what stops it.
struct RunOptions {
  MemoryBudget *budget = nullptr;      ///< required
  const CancelToken *cancel = nullptr; ///< required
  int threads = 1;                     ///< the reference backend runs in one
  Profile *profile = nullptr; ///< takes the calls of the run, if wanted; the cpu backend alone fills it
  /// Read where they are, in place of what is bound under their names. Their bounds are those of the program.
  /// The cpu backend alone reads them.
  const KeptRelations *kept = nullptr;
  /// Relations that are handed out as queries from this number on are not copied but kept; -1: none. The cpu
  /// backend alone keeps.
  std::int64_t keepsFrom = -1;
};

/// What a run hands out.
struct Answers {
  std::map<std::int64_t, Value> queries;                        ///< by number of the query
  std::map<std::int64_t, Value> writes;                         ///< by number of the file
  std::map<std::int64_t, std::shared_ptr<StoredRelation>> kept; ///< by number of the query
};

} // namespace tl::runtime
