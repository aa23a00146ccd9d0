// Edits of bytes, numbers and tokens.
#include "tests/fuzz/Mutator.h"

#include <cctype>
#include <cstring>

namespace tl::fuzz {
namespace {

constexpr std::size_t kLongestInput = 1 << 16;
constexpr std::uint64_t kIntegers[] = {
    0,       1,          2,          0x7f,       0x80,        0xff,       0x7fff,     0x8000,     0xffff,
    0x10000, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 1ull << 48, 1ull << 62, 1ull << 63, ~0ull};
constexpr const char *kNumbers[] = {"0",
                                    "1",
                                    "-1",
                                    "2",
                                    "255",
                                    "256",
                                    "65536",
                                    "1e9",
                                    "0.5",
                                    "-0.0",
                                    "1e308",
                                    "2147483647",
                                    "2147483648",
                                    "-2147483649",
                                    "inf",
                                    "nan",
                                    "007",
                                    "1.",
                                    ".5",
                                    "4294967296",
                                    "9223372036854775807",
                                    "1e",
                                    "1e999",
                                    "9223372036854775808",
                                    "-9223372036854775808",
                                    "18446744073709551616"};

enum class Kind { Upper, Lower, Digit, Blank, Other };

Kind kindOf(char letter) {
  const auto byte = static_cast<unsigned char>(letter);
  if (std::isupper(byte))
    return Kind::Upper;
  if (std::islower(byte) || letter == '_')
    return Kind::Lower;
  if (std::isdigit(byte))
    return Kind::Digit;
  return std::isspace(byte) ? Kind::Blank : Kind::Other;
}

bool isNamePart(char letter) {
  const Kind kind = kindOf(letter);
  return kind == Kind::Upper || kind == Kind::Lower || kind == Kind::Digit;
}

struct Token {
  std::size_t begin, end;
};

/// The token around a place: a name, a number, or one character.
Token tokenAt(std::string_view text, std::size_t place) {
  if (!isNamePart(text[place]))
    return {place, place + 1};
  Token token = {place, place};
  while (token.begin > 0 && isNamePart(text[token.begin - 1]))
    --token.begin;
  while (token.end < text.size() && isNamePart(text[token.end]))
    ++token.end;
  return token;
}

/// A range of a text that is usually short.
Token someRange(std::string_view text, Random &random) {
  const std::size_t begin = below(random, text.size() + 1);
  const std::size_t longest = chance(random, 0.8) ? 8 : text.size() + 1;
  return {begin, std::min(text.size(), begin + below(random, longest + 1))};
}

} // namespace

std::string_view Mutator::word(Random &random) const {
  return target.dictionary.empty() ? std::string_view("0")
                                   : target.dictionary[below(random, target.dictionary.size())];
}

void Mutator::editBytes(std::string &text, Random &random) const {
  const std::size_t place = below(random, text.size());
  switch (below(random, 4)) {
  case 0:
    text[place] = static_cast<char>(text[place] ^ (1 << below(random, 8)));
    break;
  case 1:
    text[place] = static_cast<char>(random());
    break;
  case 2: {
    const std::uint64_t value = kIntegers[below(random, std::size(kIntegers))];
    const std::size_t width = std::min<std::size_t>(std::size_t{1} << below(random, 4), text.size() - place);
    std::memcpy(text.data() + place, &value, width);
    break;
  }
  default:
    text.resize(place);
  }
}

void Mutator::editNumber(std::string &text, Random &random) const {
  const std::size_t start = below(random, text.size());
  std::size_t begin = text.find_first_of("0123456789", start);
  if (begin == std::string::npos)
    return;
  const std::size_t end = std::min(text.find_first_not_of("0123456789.", begin), text.size());
  text.replace(begin, end - begin, kNumbers[below(random, std::size(kNumbers))]);
}

/// Another token of its kind from a good input stands in its place, so that most of the text keeps its sense.
void Mutator::editToken(std::string &text, Random &random) const {
  const Token token = tokenAt(text, below(random, text.size()));
  const std::string &other = chance(random, 0.7) ? text : seeds[below(random, seeds.size())];
  const Kind kind = kindOf(text[token.begin]);
  for (int attempt = 0; attempt < 20 && !other.empty(); ++attempt) {
    const Token found = tokenAt(other, below(random, other.size()));
    if (kindOf(other[found.begin]) != kind)
      continue;
    const std::string replacement = other.substr(found.begin, found.end - found.begin);
    text.replace(token.begin, token.end - token.begin, replacement);
    return;
  }
}

void Mutator::splice(std::string &text, Random &random) const {
  const std::string &other = seeds[below(random, seeds.size())];
  const Token from = someRange(other, random);
  text.insert(below(random, text.size() + 1), other.substr(from.begin, from.end - from.begin));
}

void Mutator::edit(std::string &text, Random &random) const {
  if (text.empty()) {
    text = word(random);
    return;
  }
  const Token range = someRange(text, random);
  switch (below(random, 9)) {
  case 0:
    return editBytes(text, random);
  case 1:
    return editNumber(text, random);
  case 2:
  case 3:
    return editToken(text, random);
  case 4:
    text.erase(range.begin, range.end - range.begin);
    return;
  case 5:
    text.insert(range.begin, text.substr(range.begin, range.end - range.begin));
    return;
  case 6:
    text.insert(range.begin, word(random));
    return;
  case 7: {
    const Token token = tokenAt(text, below(random, text.size()));
    text.replace(token.begin, token.end - token.begin, word(random));
    return;
  }
  default:
    splice(text, random);
  }
}

std::string Mutator::input(std::uint64_t seed, std::uint64_t number) const {
  std::seed_seq mixed{seed & 0xffffffff, seed >> 32, number & 0xffffffff, number >> 32};
  Random random(mixed);
  std::string text = seeds[below(random, seeds.size())];
  std::size_t edits = 1;
  while (edits < 16 && chance(random, 0.6))
    ++edits;
  for (std::size_t done = 0; done < edits; ++done)
    edit(text, random);
  if (target.finish)
    text = target.finish(std::move(text), random);
  if (text.size() > kLongestInput)
    text.resize(kLongestInput);
  return text;
}

} // namespace tl::fuzz
