// What a run took, call by call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tl::backend {

/// One call of one rule or equation.
struct ProfileEvent {
  std::string place;           ///< of the rule: file and line
  std::string target;          ///< the relation it adds to; empty for tensors
  std::uint32_t recursion = 0; ///< numbers the recursions of a run from 1; 0 outside
  std::uint64_t round = 0;     ///< of the recursion, from 1; 0 for what starts it and outside
  std::int64_t beginMicroseconds = 0;
  std::int64_t microseconds = 0;
  std::int64_t rowsIn = 0;  ///< of the relations that it reads, each once
  std::int64_t rowsOut = 0; ///< new rows
  std::size_t bytes = 0;    ///< of all tensors and relations afterwards
};

/// The calls of a run in their order.
struct Profile {
  std::vector<ProfileEvent> events;
};

} // namespace tl::backend
