// Philox and what draws make of its bits.
#include "runtime/Random.h"

#include <cmath>
#include <numbers>

namespace tl::runtime {
namespace {

constexpr std::uint64_t kMultiplier0 = 0xD2511F53, kMultiplier1 = 0xCD9E8D57;
constexpr std::uint64_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;
constexpr std::uint64_t kWord = 0xFFFFFFFF;
constexpr int kRounds = 10;

/// The text as 64 bits (FNV-1a).
std::uint64_t hashOf(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (char letter : text)
    hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001B3;
  return hash;
}

/// The highest bits as a fraction; both kinds agree to 2^-24.
double fractionOf(std::uint64_t bits, bool isSingle) {
  return isSingle ? static_cast<double>(bits >> 40) * 0x1p-24 : static_cast<double>(bits >> 11) * 0x1p-53;
}

RandomBits bitsAt(DrawPlace place) {
  return philox(place.key, place.first, place.second);
}

} // namespace

RandomBits philox(std::uint64_t key, std::uint64_t first, std::uint64_t second) {
  std::uint64_t word0 = first & kWord, word1 = first >> 32, word2 = second & kWord, word3 = second >> 32;
  std::uint64_t key0 = key & kWord, key1 = key >> 32;
  for (int round = 0; round < kRounds; ++round) {
    const std::uint64_t product0 = kMultiplier0 * word0, product1 = kMultiplier1 * word2;
    word0 = (product1 >> 32) ^ word1 ^ key0;
    word1 = product1 & kWord;
    word2 = (product0 >> 32) ^ word3 ^ key1;
    word3 = product0 & kWord;
    key0 = (key0 + kWeyl0) & kWord;
    key1 = (key1 + kWeyl1) & kWord;
  }
  return {word0 | word1 << 32, word2 | word3 << 32};
}

std::uint64_t drawKey(std::uint64_t seed, std::string_view tensor, std::uint64_t number) {
  return philox(seed, hashOf(tensor), number).low;
}

std::int64_t symbolKey(std::string_view text) {
  return static_cast<std::int64_t>(hashOf(text));
}

DrawPlace drawPlace(std::uint64_t key, std::span<const std::int64_t> coordinates) {
  auto next = [&]() -> std::uint64_t {
    if (coordinates.empty())
      return 0;
    const std::int64_t coordinate = coordinates.front();
    coordinates = coordinates.subspan(1);
    return static_cast<std::uint64_t>(coordinate);
  };
  while (coordinates.size() > 2) {
    const std::uint64_t first = next(), second = next();
    key = philox(key, first, second).low;
  }
  const std::uint64_t first = next(), second = next();
  return {key, first, second};
}

double uniformDraw(DrawPlace place, bool isSingle) {
  return fractionOf(bitsAt(place).low, isSingle);
}

double normalDraw(DrawPlace place, bool isSingle) {
  const RandomBits bits = bitsAt(place);
  const double radius = std::sqrt(-2 * std::log(1 - fractionOf(bits.low, isSingle)));
  return radius * std::cos(2 * std::numbers::pi * fractionOf(bits.high, isSingle));
}

} // namespace tl::runtime
