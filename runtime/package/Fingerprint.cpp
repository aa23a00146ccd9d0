// FNV-1a over words, with a final mix.
#include "runtime/package/Fingerprint.h"

#include <algorithm>
#include <cstring>

namespace tl::runtime {

std::uint64_t fingerprint(std::span<const std::byte> bytes) {
  constexpr std::uint64_t kPrime = 0x100000001b3;
  std::uint64_t hash = 0xcbf29ce484222325 ^ bytes.size();
  for (std::size_t at = 0; at < bytes.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, std::min(sizeof word, bytes.size() - at));
    hash = (hash ^ word) * kPrime;
    hash ^= hash >> 29;
  }
  hash ^= hash >> 33;
  return hash * 0xff51afd7ed558ccd;
}

} // namespace tl::runtime
