// Lists of numbers without tokens or trees.
#include "frontend/parse/FactScanner.h"

#include "frontend/parse/Lexical.h"
#include "frontend/parse/NumberList.h"

namespace tl::parse {
namespace {

constexpr std::size_t kSafeDigits = 18;

class ListScanner {
public:
  ListScanner(std::string_view text, std::uint32_t file, std::size_t position)
      : text(text), file(file), begin(position), place(position) {}

  /// The head and the list, up to the end of the statement; false when it is something else.
  bool scan() {
    if (!head() || !list())
      return false;
    auto end = endOfStatement(text, place, false);
    statementEnd = end.value_or(0);
    return end.has_value();
  }

  ast::Statement take(source::DiagnosticEngine &diagnostics, bool &isRegular) {
    isRegular = numbers.finish(literal, diagnostics);
    return {range(begin, place), std::move(literal)};
  }
  std::size_t end() const { return statementEnd; }

private:
  source::SourceRange range(std::size_t from, std::size_t to) const {
    return {file, static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to)};
  }

  bool head() {
    constexpr std::string_view kParam = "param";
    if (text.substr(place, kParam.size()) == kParam) {
      std::size_t name = skipBlanks(text, place + kParam.size());
      literal.isParam = name > place + kParam.size();
      place = literal.isParam ? name : place;
    }
    if (!isUpper(at(text, place)))
      return false;
    std::size_t nameEnd = endOfName(text, place);
    literal.head.name = text.substr(place, nameEnd - place);
    literal.head.range = literal.head.nameRange = range(place, nameEnd);
    place = skipBlanks(text, nameEnd);
    if (nameEnd - begin > kLongestName || at(text, place) != '=')
      return false;
    place = skipSpace(text, place + 1);
    return at(text, place) == '[';
  }

  /// Everything between the brackets, nested lists by a stack.
  bool list() {
    std::vector<std::size_t> open;
    bool wantsElement = true;
    do {
      char c = at(text, place);
      if (c == '[' && wantsElement) {
        if (open.size() == kDeepestNesting)
          return false;
        numbers.open(range(place, place + 1));
        open.push_back(place++);
      } else if (c == ']') {
        numbers.close(range(open.back(), ++place));
        open.pop_back();
        wantsElement = false;
      } else if (c == ',' && !wantsElement) {
        ++place;
        wantsElement = true;
      } else if (wantsElement && number()) {
        wantsElement = false;
      } else {
        return false;
      }
      if (!open.empty())
        place = skipSpace(text, place);
    } while (!open.empty());
    return true;
  }

  bool number() {
    std::size_t first = place;
    bool isNegative = at(text, place) == '-';
    std::size_t digits = place + isNegative;
    if (!isDigit(at(text, digits)))
      return false;
    NumberEnd end = endOfNumber(text, digits);
    std::string_view written = text.substr(digits, end.position - digits);
    place = end.position;
    if (end.isInteger && written.size() <= kSafeDigits) {
      std::int64_t value = *integerValue(written);
      numbers.integer(isNegative ? -value : value, range(first, place));
      return true;
    }
    auto value = end.isInteger ? std::nullopt : realValue(written);
    if (value)
      numbers.real(isNegative ? -*value : *value, range(first, place));
    return value.has_value();
  }

  std::string_view text;
  std::uint32_t file;
  std::size_t begin, place, statementEnd = 0;
  ast::Literal literal;
  NumberList numbers;
};

} // namespace

bool scanNumberList(std::string_view text, std::size_t &position, ast::Program &program,
                    source::DiagnosticEngine &diagnostics) {
  ListScanner scanner(text, program.file, position);
  if (!scanner.scan())
    return false;
  bool isRegular = true;
  ast::Statement statement = scanner.take(diagnostics, isRegular);
  if (isRegular)
    program.statements.push_back(std::move(statement));
  position = scanner.end();
  return true;
}

} // namespace tl::parse
