// Encoding and decoding with the parts of a tokenizer.
#include "runtime/io/Tokenizer.h"

#include "runtime/io/Unicode.h"

#include <array>
#include <queue>

namespace tl::runtime {
namespace {

/// A merge that may be done: of the piece at `left` with its neighbour, unless one of them has changed since.
struct Candidate {
  std::int64_t rank;
  std::size_t left;
  std::int64_t leftToken, rightToken, token;
  bool operator>(const Candidate &other) const {
    return rank != other.rank ? rank > other.rank : left > other.left;
  }
};

/// The pieces of a word as a list, so that a merge takes constant time.
struct Pieces {
  std::vector<std::int64_t> token;
  std::vector<std::size_t> next, previous;
};

bool isIdeograph(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) ||
         (c >= 0x2A700 && c <= 0x2CEAF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

std::string_view withoutBlanks(std::string_view text, bool atFront) {
  while (!text.empty() && static_cast<unsigned char>(atFront ? text.front() : text.back()) <= ' ')
    atFront ? text.remove_prefix(1) : text.remove_suffix(1);
  return text;
}

} // namespace

Result<Tokenizer> Tokenizer::open(const std::string &path) {
  Result<TokenizerParts> parts = readTokenizerParts(path);
  if (!parts)
    return parts.error();
  return Tokenizer(*std::move(parts), path);
}

Result<std::vector<std::int64_t>> Tokenizer::encode(std::string_view text) const {
  std::vector<std::int64_t> out = parts.before;
  std::array<bool, 256> mayBegin{}; // with which bytes an added token begins
  for (const AddedToken &token : parts.added)
    mayBegin[static_cast<unsigned char>(token.text.front())] = true;
  std::size_t begin = 0;
  bool trims = false;
  for (std::size_t position = 0; position <= text.size();) {
    const AddedToken *found = nullptr;
    if (position < text.size() && mayBegin[static_cast<unsigned char>(text[position])])
      for (const AddedToken &token : parts.added)
        if (text.substr(position).starts_with(token.text) && (found = &token))
          break;
    if (position < text.size() && !found) {
      ++position;
      continue;
    }
    std::string_view stretch = text.substr(begin, position - begin);
    if (trims)
      stretch = withoutBlanks(stretch, true);
    if (found && found->takesLeft)
      stretch = withoutBlanks(stretch, false);
    TL_TRY(appendStretch(stretch, begin == 0, out));
    if (!found)
      break;
    out.push_back(found->id);
    trims = found->takesRight;
    begin = position += found->text.size();
  }
  out.insert(out.end(), parts.after.begin(), parts.after.end());
  return out;
}

Result<void> Tokenizer::appendStretch(std::string_view text, bool isFirst,
                                      std::vector<std::int64_t> &out) const {
  if (text.empty())
    return {};
  std::string changed;
  if (parts.model == TokenizerParts::Model::WordPiece)
    changed = normalized(text);
  else if (parts.addsBlank && isFirst && text.front() != ' ')
    changed = " " + std::string(text);
  std::unordered_map<std::string_view, std::vector<std::int64_t>> known; // most words come again
  for (std::string_view word : splitWords(changed.empty() ? text : std::string_view(changed), parts.rule)) {
    auto [entry, isNew] = known.try_emplace(word);
    if (isNew && parts.model == TokenizerParts::Model::WordPiece)
      appendWordPieces(word, entry->second);
    else if (isNew)
      TL_TRY(appendBytePairs(word, entry->second));
    out.insert(out.end(), entry->second.begin(), entry->second.end());
  }
  return {};
}

Result<void> Tokenizer::appendBytePairs(std::string_view word, std::vector<std::int64_t> &out) const {
  if (auto whole = parts.vocabulary.find(std::string(word));
      parts.wholeWordsFirst && whole != parts.vocabulary.end()) {
    out.push_back(whole->second);
    return {};
  }
  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  Pieces pieces;
  for (std::size_t k = 0; k < word.size(); ++k) {
    auto found = parts.vocabulary.find(std::string(1, word[k]));
    if (found == parts.vocabulary.end())
      return Error{ErrorKind::Data, "'" + path + "' has no token for the byte " +
                                        std::to_string(static_cast<unsigned char>(word[k])) + " of '" +
                                        std::string(word) + "'"};
    pieces.token.push_back(found->second);
    pieces.next.push_back(k + 1 < word.size() ? k + 1 : kNone);
    pieces.previous.push_back(k > 0 ? k - 1 : kNone);
  }
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> candidates;
  auto consider = [&](std::size_t left) {
    if (left == kNone || pieces.next[left] == kNone)
      return;
    const std::int64_t a = pieces.token[left], b = pieces.token[pieces.next[left]];
    if (auto merge = parts.merges.find({a, b}); merge != parts.merges.end())
      candidates.push({merge->second.first, left, a, b, merge->second.second});
  };
  for (std::size_t k = 0; k < word.size(); ++k)
    consider(k);
  while (!candidates.empty()) {
    const Candidate best = candidates.top();
    candidates.pop();
    const std::size_t right = pieces.next[best.left];
    if (pieces.token[best.left] != best.leftToken || right == kNone || pieces.token[right] != best.rightToken)
      continue;
    pieces.token[best.left] = best.token;
    pieces.token[right] = -1;
    pieces.next[best.left] = pieces.next[right];
    if (pieces.next[right] != kNone)
      pieces.previous[pieces.next[right]] = best.left;
    consider(best.left);
    consider(pieces.previous[best.left]);
  }
  for (std::size_t k = 0; k != kNone && k < word.size(); k = pieces.next[k])
    out.push_back(pieces.token[k]);
  return {};
}

void Tokenizer::appendWordPieces(std::string_view word, std::vector<std::int64_t> &out) const {
  std::vector<std::size_t> ends; // of the characters
  for (std::size_t position = 0; position < word.size();) {
    nextCharacter(word, position);
    ends.push_back(position);
  }
  std::vector<std::int64_t> pieces;
  bool isKnown = ends.size() <= parts.longestWord;
  for (std::size_t begin = 0; isKnown && begin < word.size();) {
    isKnown = false;
    for (auto end = ends.rbegin(); !isKnown && end != ends.rend() && *end > begin; ++end) {
      std::string piece = (begin > 0 ? parts.continuing : "") + std::string(word.substr(begin, *end - begin));
      auto found = parts.vocabulary.find(piece);
      if (found == parts.vocabulary.end())
        continue;
      pieces.push_back(found->second);
      begin = *end;
      isKnown = true;
    }
  }
  if (isKnown)
    out.insert(out.end(), pieces.begin(), pieces.end());
  else
    out.push_back(parts.vocabulary.at(parts.unknown)); // the reader has checked that it is there
}

std::string Tokenizer::normalized(std::string_view text) const {
  std::string out;
  for (std::size_t position = 0; position < text.size();) {
    const char32_t character = nextCharacter(text, position);
    const bool isBlank = isSpace(character);
    if (parts.cleanText && !isBlank && (character == 0 || character == 0xFFFD || isControl(character)))
      continue;
    const bool isAlone = parts.splitIdeographs && isIdeograph(character);
    if (isAlone || isBlank)
      out += ' ';
    if (!isBlank && parts.lowerCase)
      for (char32_t part : folded(character))
        appendCharacter(part, out);
    else if (!isBlank)
      appendCharacter(character, out);
    if (isAlone)
      out += ' ';
  }
  return out;
}

Result<std::string> Tokenizer::decode(std::span<const std::int64_t> tokens) const {
  std::string out;
  const bool isWordPiece = parts.model == TokenizerParts::Model::WordPiece;
  for (std::int64_t token : tokens) {
    auto found = parts.tokens.find(token);
    if (found == parts.tokens.end())
      return Error{ErrorKind::Program, "'" + path + "' has no token " + std::to_string(token)};
    const std::string &text = found->second;
    const bool continues = isWordPiece && text.starts_with(parts.continuing);
    if (isWordPiece && !continues && !out.empty())
      out += ' ';
    out += continues ? std::string_view(text).substr(parts.continuing.size()) : std::string_view(text);
  }
  return out;
}

} // namespace tl::runtime
