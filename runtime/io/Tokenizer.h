// Tokenizers of language models: text to numbers and back, as `tokenizer.json` describes it.
#pragma once

#include "runtime/core/Result.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tl::runtime {

inline constexpr std::size_t kTokenizerCapBytes = std::size_t{256} << 20;

/// How text is cut into words before they are encoded.
enum class WordRule {
  Gpt2,  ///< contractions, letters, numbers, other marks, each with a blank before it
  Llama, ///< as Gpt2 with numbers of at most three digits and line ends kept together
  Qwen,  ///< as Llama with single digits
  Bert,  ///< at blanks, and around punctuation
};

/// A token that is found in the text as it stands, before anything else is done.
struct AddedToken {
  std::string text;
  std::int64_t id = 0;
  bool takesLeft = false, takesRight = false; ///< swallows the blanks beside it
};

/// The parts of a `tokenizer.json`. A token of a byte-level model is the bytes that it stands for.
struct TokenizerParts {
  enum class Model { BytePair, WordPiece };
  Model model = Model::BytePair;
  WordRule rule = WordRule::Gpt2;
  bool lowerCase = false;                          ///< of Bert: and without accents
  bool cleanText = false, splitIdeographs = false; ///< of Bert
  bool addsBlank = false;                          ///< a blank before the first word
  bool wholeWordsFirst = false;                    ///< a word that is a token needs no merges
  std::unordered_map<std::string, std::int64_t> vocabulary;
  std::unordered_map<std::int64_t, std::string> tokens;
  std::map<std::pair<std::int64_t, std::int64_t>, std::pair<std::int64_t, std::int64_t>>
      merges;                              ///< to rank and token
  std::vector<AddedToken> added;           ///< the longest first
  std::vector<std::int64_t> before, after; ///< what a whole text is put between
  std::string unknown, continuing = "##";
  std::size_t longestWord = 100; ///< in characters; longer ones are unknown
};

/// Reads and checks the file; what this version does not do is an error that names it.
Result<TokenizerParts> readTokenizerParts(const std::string &path);

/// The words of well-formed UTF-8, which together are the text (except under Bert, where blanks are left
/// out).
std::vector<std::string_view> splitWords(std::string_view text, WordRule rule);

/// A tokenizer ready for use; may be used from several threads.
class Tokenizer {
public:
  static Result<Tokenizer> open(const std::string &path);

  /// The numbers of the tokens of well-formed UTF-8.
  Result<std::vector<std::int64_t>> encode(std::string_view text) const;
  /// The text of tokens; of a byte-level model, bytes that are no UTF-8 stay as they are.
  Result<std::string> decode(std::span<const std::int64_t> tokens) const;

private:
  explicit Tokenizer(TokenizerParts parts, std::string path)
      : parts(std::move(parts)), path(std::move(path)) {}
  Result<void> appendStretch(std::string_view text, bool isFirst, std::vector<std::int64_t> &out) const;
  Result<void> appendBytePairs(std::string_view word, std::vector<std::int64_t> &out) const;
  void appendWordPieces(std::string_view word, std::vector<std::int64_t> &out) const;
  std::string normalized(std::string_view text) const;

  TokenizerParts parts;
  std::string path;
};

} // namespace tl::runtime
