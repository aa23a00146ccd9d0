// What can be fuzzed: a way to make inputs, and what must hold for every one of them.
#pragma once

#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tl::fuzz {

using Random = std::mt19937_64;

/// One reader of the outside world. Besides what `run` says, no input may crash, hang or leak.
struct Target {
  std::string_view name;
  /// Good inputs to start from, always in the same order.
  std::vector<std::string> (*seeds)();
  /// What the format is made of; edits put it in.
  std::vector<std::string_view> dictionary;
  /// Puts a mutated input in order where nothing else could be reached (lengths, checksums); may be null.
  std::string (*finish)(std::string input, Random &random);
  /// Nothing, or the property that the input breaks.
  std::optional<std::string> (*run)(std::string_view input);
};

std::span<const Target> targets();
/// Null when there is none.
const Target *findTarget(std::string_view name);

std::vector<Target> programTargets();
std::vector<Target> readerTargets();

/// Numbers from 0 to `end` - 1; `end` is above 0.
std::size_t below(Random &random, std::size_t end);
bool chance(Random &random, double probability);

} // namespace tl::fuzz
