// Wrong inputs out of good ones.
#pragma once

#include "tests/fuzz/Target.h"

namespace tl::fuzz {

/// Makes inputs of a target; the same number and seed give the same input.
class Mutator {
public:
  explicit Mutator(const Target &target) : target(target), seeds(target.seeds()) {}

  std::string input(std::uint64_t seed, std::uint64_t number) const;

private:
  void edit(std::string &text, Random &random) const;
  void editBytes(std::string &text, Random &random) const;
  void editNumber(std::string &text, Random &random) const;
  void editToken(std::string &text, Random &random) const;
  void splice(std::string &text, Random &random) const;
  std::string_view word(Random &random) const;

  const Target &target;
  std::vector<std::string> seeds;
};

} // namespace tl::fuzz
