// Cutting text into words as the patterns of published models do; each function follows one alternative of
// the pattern.
#include "runtime/io/Tokenizer.h"
#include "runtime/io/Unicode.h"

#include <array>

namespace tl::runtime {
namespace {

/// Reads `text` by characters with one rule.
class WordScanner {
public:
  WordScanner(std::string_view text, WordRule rule) : text(text), rule(rule) {}

  std::vector<std::string_view> words() {
    std::vector<std::string_view> all;
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = endOfWord(begin);
      all.push_back(text.substr(begin, end - begin));
      begin = end;
    }
    return all;
  }

private:
  enum class Kind { Letter, Number, Space, Other };

  static Kind kindOf(char32_t character) {
    if (isSpace(character))
      return Kind::Space;
    return isLetter(character) ? Kind::Letter : isNumber(character) ? Kind::Number : Kind::Other;
  }
  Kind kindAt(std::size_t position) const { return kindOf(nextCharacter(text, position)); }

  /// Behind the characters of one kind from `position`, at most `most` of them.
  std::size_t endOf(Kind kind, std::size_t position, std::size_t most = std::string_view::npos) const {
    for (; position < text.size() && most > 0; --most) {
      std::size_t next = position;
      if (kindOf(nextCharacter(text, next)) != kind)
        break;
      position = next;
    }
    return position;
  }

  std::size_t endOfWord(std::size_t begin) const {
    if (std::size_t end = endOfContraction(begin); end != begin)
      return end;
    return rule == WordRule::Gpt2 ? endOfGpt2Word(begin) : endOfLlamaWord(begin);
  }

  std::size_t endOfContraction(std::size_t begin) const {
    static constexpr std::array<std::string_view, 7> kEnds = {"s", "t", "re", "ve", "m", "ll", "d"};
    if (text[begin] != '\'')
      return begin;
    for (std::string_view ending : kEnds) {
      std::string_view found = text.substr(begin + 1, ending.size());
      bool isSame = found.size() == ending.size();
      for (std::size_t k = 0; isSame && k < ending.size(); ++k)
        isSame = found[k] == ending[k] || (rule != WordRule::Gpt2 && (found[k] | 32) == ending[k]);
      if (isSame)
        return begin + 1 + ending.size();
    }
    return begin;
  }

  std::size_t endOfGpt2Word(std::size_t begin) const {
    const std::size_t start = begin + (text[begin] == ' ' && begin + 1 < text.size());
    const Kind kind = kindAt(start);
    return kind == Kind::Space ? endOfBlanks(begin) : endOf(kind, start);
  }

  std::size_t endOfLlamaWord(std::size_t begin) const {
    std::size_t second = begin;
    const char32_t first = nextCharacter(text, second);
    const Kind kind = kindOf(first);
    if (kind == Kind::Letter)
      return endOf(Kind::Letter, begin);
    const bool isLineEnd = first == '\r' || first == '\n';
    if (kind != Kind::Number && !isLineEnd && second < text.size() && kindAt(second) == Kind::Letter)
      return endOf(Kind::Letter, second);
    if (kind == Kind::Number)
      return endOf(Kind::Number, begin, rule == WordRule::Qwen ? 1 : 3);
    const std::size_t start = begin + (first == ' ' && second < text.size());
    if (kindAt(start) == Kind::Other) {
      std::size_t end = endOf(Kind::Other, start);
      while (end < text.size() && (text[end] == '\r' || text[end] == '\n'))
        ++end;
      return end;
    }
    const std::size_t last = text.substr(begin, endOf(Kind::Space, begin) - begin).find_last_of("\r\n");
    return last == std::string_view::npos ? endOfBlanks(begin) : begin + last + 1;
  }

  /// All blanks at the end of the text; else all but the last, which belongs to the word behind it.
  std::size_t endOfBlanks(std::size_t begin) const {
    std::size_t last = begin, end = begin;
    while (end < text.size() && kindAt(end) == Kind::Space) {
      last = end;
      nextCharacter(text, end);
    }
    return end == text.size() || last == begin ? end : last;
  }

  std::string_view text;
  WordRule rule;
};

bool isBertPunctuation(char32_t character) {
  const bool isAscii = (character >= 33 && character <= 47) || (character >= 58 && character <= 64) ||
                       (character >= 91 && character <= 96) || (character >= 123 && character <= 126);
  return isAscii || isPunctuation(character);
}

std::vector<std::string_view> bertWords(std::string_view text) {
  std::vector<std::string_view> all;
  std::size_t begin = 0;
  for (std::size_t position = 0; position < text.size();) {
    const std::size_t here = position;
    const char32_t character = nextCharacter(text, position);
    const bool isMarkOfItsOwn = isBertPunctuation(character);
    if (!isMarkOfItsOwn && !isSpace(character))
      continue;
    if (begin < here)
      all.push_back(text.substr(begin, here - begin));
    if (isMarkOfItsOwn)
      all.push_back(text.substr(here, position - here));
    begin = position;
  }
  if (begin < text.size())
    all.push_back(text.substr(begin));
  return all;
}

} // namespace

std::vector<std::string_view> splitWords(std::string_view text, WordRule rule) {
  return rule == WordRule::Bert ? bertWords(text) : WordScanner(text, rule).words();
}

} // namespace tl::runtime
