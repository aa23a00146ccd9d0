// Reading and evaluating the numbers of a family's members.
#include "frontend/driver/MemberNumber.h"

#include <cctype>

namespace tl::driver {
namespace {

/// A longer text in braces is no expression that somebody wrote; it also bounds the depth of brackets.
constexpr std::size_t kMaxLength = 100;

/// Evaluates while it reads: names are so short that there is no need of a tree.
class Reader {
public:
  Reader(std::string_view text, std::int64_t value) : text(text), value(value) {}

  std::optional<std::int64_t> whole() {
    std::optional<std::int64_t> result = sum();
    skipBlanks();
    return position == text.size() ? result : std::nullopt;
  }

  std::string index;
  bool isMalformed = false;

private:
  void skipBlanks() {
    while (position < text.size() && text[position] == ' ')
      ++position;
  }

  char next() {
    skipBlanks();
    return position < text.size() ? text[position] : '\0';
  }

  std::optional<std::int64_t> sum() {
    std::optional<std::int64_t> left = product();
    while (next() == '+' || next() == '-') {
      const char op = text[position++];
      left = combine(op, left, product());
    }
    return left;
  }

  std::optional<std::int64_t> product() {
    std::optional<std::int64_t> left = atom();
    while (next() == '*' || next() == '/' || next() == '%') {
      const char op = text[position++];
      left = combine(op, left, atom());
    }
    return left;
  }

  std::optional<std::int64_t> atom() {
    const char first = next();
    if (first == '(') {
      ++position;
      std::optional<std::int64_t> inner = sum();
      if (next() != ')')
        return malformed();
      ++position;
      return inner;
    }
    const std::size_t begin = position;
    while (position < text.size() && (std::isalnum(static_cast<unsigned char>(text[position])) ||
                                      text[position] == '_' || text[position] == '\''))
      ++position;
    const std::string word(text.substr(begin, position - begin));
    return std::isdigit(static_cast<unsigned char>(first)) ? number(word) : variable(word);
  }

  std::optional<std::int64_t> number(const std::string &word) {
    constexpr std::size_t kDigits = 9;
    if (word.size() > kDigits || word.find_first_not_of("0123456789") != std::string::npos)
      return malformed();
    return std::stoll(word);
  }

  std::optional<std::int64_t> variable(const std::string &word) {
    if (word.empty() || (!index.empty() && index != word))
      return malformed();
    index = word;
    return value;
  }

  std::optional<std::int64_t> malformed() {
    isMalformed = true;
    return std::nullopt;
  }

  static std::optional<std::int64_t> combine(char op, std::optional<std::int64_t> lhs,
                                             std::optional<std::int64_t> rhs) {
    if (!lhs || !rhs)
      return std::nullopt;
    std::int64_t result = 0;
    bool overflows = false;
    if (op == '+')
      overflows = __builtin_add_overflow(*lhs, *rhs, &result);
    else if (op == '-')
      overflows = __builtin_sub_overflow(*lhs, *rhs, &result);
    else if (op == '*')
      overflows = __builtin_mul_overflow(*lhs, *rhs, &result);
    else if (*rhs != 0 && *rhs != -1)
      result = op == '/' ? *lhs / *rhs : *lhs % *rhs;
    else if (*rhs == -1 && op == '/')
      overflows = __builtin_sub_overflow(std::int64_t{0}, *lhs, &result);
    return overflows ? std::nullopt : std::optional(result);
  }

  std::string_view text;
  std::int64_t value;
  std::size_t position = 0;
};

} // namespace

std::optional<std::int64_t> MemberNumber::at(std::int64_t value) const {
  return Reader(text, value).whole();
}

std::optional<MemberNumber> parseMemberNumber(std::string_view text) {
  if (text.size() > kMaxLength)
    return std::nullopt;
  Reader reader(text, 0);
  if (!reader.whole() || reader.isMalformed || reader.index.empty())
    return std::nullopt;
  return MemberNumber{std::string(text), reader.index};
}

} // namespace tl::driver
