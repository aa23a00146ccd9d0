// Messages for syntax errors: first the mistakes people make, then what was expected and what was found.
#include "frontend/parse/SyntaxErrors.h"

#include "frontend/parse/Lexical.h"
#include "runtime/core/Utf8.h"

#include <antlr4-runtime.h>

#include "TensorLogicParser.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <span>

namespace tl::parse {
namespace {

using Grammar = grammar::TensorLogicParser;
using antlr4::Token;
using source::Diagnostic;
using source::SourceRange;

struct TokenName {
  std::size_t type;
  std::string_view name;
};

/// How a token is called in a message, in the order in which alternatives are listed.
constexpr TokenName kNames[] = {
    {Grammar::NAME, "an upper-case name"},
    {Grammar::NAME_PAREN, "an upper-case name"},
    {Grammar::LOWER, "a lower-case name"},
    {Grammar::FUNC_PAREN, "a function call"},
    {Grammar::INT, "a number"},
    {Grammar::REAL, "a number"},
    {Grammar::STRING, "quoted text"},
    {Grammar::ASSIGN, "'='"},
    {Grammar::ARROW, "'<-'"},
    {Grammar::RARROW, "'->'"},
    {Grammar::TILDE, "'~'"},
    {Grammar::BY, "'by'"},
    {Grammar::COLONCOLON, "'::'"},
    {Grammar::COMMA, "','"},
    {Grammar::SEMI, "';'"},
    {Grammar::COLON, "':'"},
    {Grammar::SLASH, "'/'"},
    {Grammar::LPAREN, "'('"},
    {Grammar::RPAREN, "')'"},
    {Grammar::LBRACK, "'['"},
    {Grammar::RBRACK, "']'"},
    {Grammar::LBRACE, "'{'"},
    {Grammar::RBRACE, "'}'"},
    {Grammar::QUESTION, "'?'"},
    {Grammar::END, "the end of the statement"},
};

/// Characters from other languages and from word processors, with what to write instead.
struct Lookalike {
  std::uint32_t codePoint;
  std::string_view hint;
};
constexpr Lookalike kLookalikes[] = {
    {'!', "'not' negates, '!=' compares"},
    {'&', "conditions are joined by ','"},
    {'|', "write one rule for each alternative"},
    {'#', "a comment starts with '//'"},
    {'\\', "'not' negates, '!=' compares"},
    {'@', "a product of matrices names its indices, as in A[i,j] B[j,k]"},
    {'`', "text is quoted with '\"'"},
    {'\'', "text is quoted with '\"'; a prime stands only at the end of a name"},
    {0xA0, "this is a no-break space; write an ordinary blank"},
    {0xD7, "a product is written with a blank or '*'"},
    {0xB7, "a product is written with a blank or '*'"},
    {0x2018, "text is quoted with '\"'"},
    {0x2019, "text is quoted with '\"'; a prime is \"'\""},
    {0x201C, "text is quoted with '\"'"},
    {0x201D, "text is quoted with '\"'"},
    {0x2032, "a prime is \"'\""},
    {0x2192, "an arrow points to the head: '<-'"},
    {0x2212, "a minus sign is '-'"},
    {0x2227, "conditions are joined by ','"},
    {0x2260, "write '!='"},
    {0x2264, "write '<='"},
    {0x2265, "write '>='"},
    {0xAC, "write 'not'"},
};

constexpr std::string_view kKeywords[] = {"domain", "tensor", "param", "const", "def",
                                          "import", "extern", "learn", "embed"};

/// Words that begin statements of other languages, with what to do instead.
struct ForeignWord {
  std::string_view word, hint;
};
constexpr ForeignWord kForeignWords[] = {
    {"for", "there are no loops: an equation holds for every value of its indices"},
    {"while", "there are no loops: a recurrence steps along an index, as in X[t+1] = 2 X[t]"},
    {"if", "a condition follows its equation or rule, after ',' or '<-'"},
    {"let", "leave it out: 'Name = value' defines a name"},
    {"var", "leave it out: 'Name = value' defines a name"},
    {"print", "a query prints: a name or an atom, then '?'"},
    {"return", "a query prints: a name or an atom, then '?'"},
};

std::size_t closerOf(std::size_t opener) {
  return opener == Grammar::LBRACK   ? Grammar::RBRACK
         : opener == Grammar::LBRACE ? Grammar::RBRACE
                                     : Grammar::RPAREN;
}

bool isOpener(std::size_t type) {
  return type == Grammar::LPAREN || type == Grammar::NAME_PAREN || type == Grammar::FUNC_PAREN ||
         type == Grammar::LBRACK || type == Grammar::LBRACE;
}

bool isCloser(std::size_t type) {
  return type == Grammar::RPAREN || type == Grammar::RBRACK || type == Grammar::RBRACE;
}

bool isAssignment(std::size_t type) {
  return type == Grammar::ASSIGN || (type >= Grammar::MAX_ASSIGN && type <= Grammar::MUL_ASSIGN);
}

std::string inQuotes(std::string_view text) {
  return "'" + std::string(text) + "'";
}

/// One problem on its way to a diagnostic; each `…Mistake` says whether it knew what is wrong.
class Explanation {
public:
  Explanation(std::string_view text, std::uint32_t file, const SyntaxProblem &problem,
              source::DiagnosticEngine &diagnostics)
      : text(text), file(file), problem(problem), diagnostics(diagnostics), found(problem.found()),
        type(found.getType()), previous(problem.tokens.size() > 1 ? problem.tokens.end()[-2] : nullptr) {
    for (const Token *token : problem.tokens)
      if (token != &found)
        follow(*token);
  }

  void report() {
    if (lexicalMistake() || symbolMistake() || operatorMistake() || listMistake() || bracketMistake() ||
        wordMistake() || reductionMistake() || blankMistake() || headMistake())
      return;
    std::string what = expectation();
    if (previous)
      what += " after " + inQuotes(shortText(*previous));
    error(isEnd() ? endOfPrevious() : rangeOf(found), what + ", found " + name(found)).hint = generalHint();
  }

private:
  bool lexicalMistake();
  bool symbolMistake();
  bool operatorMistake();
  bool listMistake();
  bool bracketMistake();
  bool wordMistake();
  bool blankMistake();
  bool reductionMistake();
  std::span<const Token *const> statement() const;
  bool headMistake();
  bool unknownCharacter();
  bool closesNothing();

  Diagnostic &error(SourceRange range, std::string message) {
    return diagnostics.report(source::DiagnosticId::SyntaxError, range, std::move(message));
  }

  void follow(const Token &token) {
    if (isOpener(token.getType()))
      open.push_back(&token);
    else if (isCloser(token.getType()) && !open.empty())
      open.pop_back();
  }

  bool isEnd() const { return type == Grammar::END || type == Token::EOF; }

  bool isExpected(std::size_t wanted) const {
    return std::find(problem.expected.begin(), problem.expected.end(), wanted) != problem.expected.end();
  }

  static std::uint32_t beginOf(const Token &token) {
    return static_cast<std::uint32_t>(token.getStartIndex());
  }
  static std::uint32_t endOf(const Token &token) {
    return static_cast<std::uint32_t>(token.getStopIndex() + 1);
  }
  SourceRange rangeOf(const Token &token) const { return {file, beginOf(token), endOf(token)}; }
  SourceRange endOfPrevious() const {
    std::uint32_t place = previous ? endOf(*previous) : beginOf(found);
    return {file, place, place};
  }
  std::string_view textOf(const Token &token) const {
    return text.substr(beginOf(token), endOf(token) - beginOf(token));
  }

  /// The bracket alone of a token that may have a name in front.
  SourceRange bracketRange(const Token &token) const { return {file, endOf(token) - 1, endOf(token)}; }

  /// Tokens can be megabytes long.
  std::string shortText(const Token &token) const {
    constexpr std::size_t kLongest = 40;
    std::string_view full = textOf(token);
    std::size_t end = std::min(full.size(), kLongest);
    while (end < full.size() && (static_cast<unsigned char>(full[end]) & 0xC0) == 0x80)
      --end;
    return std::string(full.substr(0, end)) + (end < full.size() ? "..." : "");
  }

  std::string name(const Token &token) const {
    if (token.getType() != Grammar::END && token.getType() != Token::EOF)
      return inQuotes(shortText(token));
    std::string_view written = textOf(token);
    if (written == ";" || written == ".")
      return inQuotes(written);
    return written.empty() && skipBlanks(text, endOf(token)) >= text.size() ? "the end of the file"
                                                                            : "the end of the line";
  }

  /// `line:column` of a place, columns in bytes.
  std::string place(std::size_t offset) const {
    std::string_view before = text.substr(0, offset);
    std::size_t lineBegin = before.rfind('\n') + 1; // npos + 1 is 0
    return std::to_string(std::count(before.begin(), before.end(), '\n') + 1) + ":" +
           std::to_string(offset - lineBegin + 1);
  }

  std::string expectation() const;
  std::string generalHint() const;

  std::string_view text;
  std::uint32_t file;
  const SyntaxProblem &problem;
  source::DiagnosticEngine &diagnostics;
  const Token &found;
  std::size_t type;
  const Token *previous;
  std::vector<const Token *> open;
};

std::string Explanation::expectation() const {
  if (problem.tokens.size() == 1)
    return "expected a statement";
  if (problem.isInList)
    return "expected a number, as a list holds numbers only,";
  std::vector<std::string> names;
  auto add = [&](std::string_view name) {
    if (std::find(names.begin(), names.end(), name) == names.end())
      names.emplace_back(name);
  };
  bool isExpression = isExpected(Grammar::INT) && isExpected(Grammar::FUNC_PAREN);
  if (isExpression) {
    add(isExpected(Grammar::ELLIPSIS) ? "an index" : isExpected(Grammar::NOT) ? "an expression" : "a value");
    if (isExpected(Grammar::LBRACK) && !isExpected(Grammar::COMMA))
      add("a list");
  }
  bool isAnyName = isExpected(Grammar::NAME) && isExpected(Grammar::LOWER) && !isExpression;
  if (isAnyName)
    add("a name");
  for (const TokenName &row : kNames) {
    // Every place for a lower-case name takes the keywords, too.
    bool isImplied = isExpression ||
                     (isAnyName && (row.type == Grammar::NAME || row.type == Grammar::LOWER)) ||
                     (row.type == Grammar::BY && isExpected(Grammar::LOWER));
    if (isExpected(row.type) && !isImplied)
      add(row.name);
  }
  if (names.empty())
    return "expected something else";
  std::string out = "expected " + names.front();
  for (std::size_t n = 1; n < names.size(); ++n)
    out += (n + 1 == names.size() ? " or " : ", ") + names[n];
  return out;
}

/// What may have been meant where nothing more is known.
std::string Explanation::generalHint() const {
  std::size_t count = problem.tokens.size();
  if (count == 1)
    return type == Grammar::QUESTION                            ? "a query ends in '?'"
           : type == Grammar::MINUS || type == Grammar::PERCENT ? "a comment starts with '//'"
                                                                : "";
  if (type == Grammar::QUESTION)
    return "a choice between two values is 'where(condition, one, other)'";
  if (type == Grammar::LBRACE)
    return "a list is written in '[ ]'";
  if (textOf(found) == ".")
    return "a number needs a digit before its point";
  for (std::size_t n = 1; open.empty() && n < count; ++n) {
    const Token &before = *problem.tokens[n - 1];
    std::string_view gap = text.substr(endOf(before), beginOf(*problem.tokens[n]) - endOf(before));
    if (gap.find('\n') != std::string_view::npos)
      return "the statement continues after the " + inQuotes(shortText(before)) +
             " that ends the line before";
  }
  return "";
}

/// Operators that other languages write with two characters.
bool Explanation::operatorMistake() {
  if (!previous || endOf(*previous) != beginOf(found))
    return false;
  SourceRange range = join(rangeOf(*previous), rangeOf(found));
  std::string_view written = text.substr(range.begin, range.end - range.begin);
  struct Row {
    std::string_view written, message, operation;
  };
  static constexpr Row kRows[] = {{"**", "a power is written '^'", "^"},
                                  {"=>", "'at least' is written '>='", ">="},
                                  {"=<", "'at most' is written '<='", "<="},
                                  {"<>", "'differs' is written '!='", "!="}};
  for (const Row &row : kRows)
    if (row.written == written) {
      error(range, std::string(row.message)).fix =
          source::Fix{range, std::string(row.operation), "write " + inQuotes(row.operation)};
      return true;
    }
  return false;
}

/// `[1 2]` and `(1, 2)`.
bool Explanation::listMistake() {
  auto isNumber = [](std::size_t kind) { return kind == Grammar::INT || kind == Grammar::REAL; };
  if (problem.isInList && previous && isNumber(previous->getType()) && isNumber(type)) {
    error(rangeOf(found), "expected ',' between the numbers of a list, found " + name(found));
    return true;
  }
  bool isGroup = !open.empty() && open.back()->getType() == Grammar::LPAREN && type == Grammar::COMMA;
  if (!isGroup)
    return false;
  error(rangeOf(found), "'( )' groups one value, found ','")
      .labels.push_back({bracketRange(*open.back()), "opened here"});
  return true;
}

bool Explanation::unknownCharacter() {
  runtime::CodePoint character = runtime::decodeUtf8(text, beginOf(found));
  std::string message = "unexpected character " + inQuotes(textOf(found));
  if (character.value < 0x20 || character.value >= 0x7F) {
    char number[16];
    std::snprintf(number, sizeof number, "U+%04X", static_cast<unsigned>(character.value));
    message = std::string("unexpected character ") + number;
  }
  Diagnostic &diagnostic = error(rangeOf(found), message);
  for (const Lookalike &row : kLookalikes)
    if (row.codePoint == character.value)
      diagnostic.hint = row.hint;
  return true;
}

bool Explanation::lexicalMistake() {
  switch (type) {
  case Grammar::UNKNOWN:
    return unknownCharacter();
  case Grammar::BAD_NAME:
    error(rangeOf(found), "a name starts with a letter").hint = "'_' alone is a fresh variable";
    return true;
  case Grammar::OPEN_STRING:
    error(rangeOf(found), "the quoted text is not closed on its line");
    return true;
  case Grammar::OPEN_COMMENT:
    error({file, beginOf(found), beginOf(found) + 2}, "the comment is not closed");
    return true;
  default:
    return false;
  }
}

/// `{alice}`: what is not a symbol in the list of a domain.
bool Explanation::symbolMistake() {
  if (!problem.isInDomain || open.empty() || isEnd() || isCloser(type) || type == Grammar::COMMA ||
      (previous->getType() != Grammar::LBRACE && previous->getType() != Grammar::COMMA))
    return false;
  error(rangeOf(found),
        "expected a symbol after " + inQuotes(shortText(*previous)) + ", found " + name(found))
      .hint = "a symbol starts upper-case or is quoted";
  return true;
}

bool Explanation::bracketMistake() {
  if (isCloser(type) && open.empty()) {
    error(rangeOf(found), name(found) + " closes nothing");
    return true;
  }
  if (open.empty())
    return false;
  const Token &opening = *open.back();
  std::size_t opener = opening.getType();
  if (opener != Grammar::LBRACK && opener != Grammar::LBRACE)
    opener = Grammar::LPAREN;
  std::size_t closer = closerOf(opener);
  bool isWrongCloser = isCloser(type) && type != closer;
  bool isElement = problem.isInList && !isEnd() && !isCloser(type);
  if (type == closer || isElement || (!isExpected(closer) && !isWrongCloser) || isExpected(Grammar::ELLIPSIS))
    return false;
  std::string bracket(1, text[endOf(opening) - 1]);
  std::string wanted = opener == Grammar::LBRACK ? "']'" : opener == Grammar::LBRACE ? "'}'" : "')'";
  std::string message =
      "expected " + wanted + " to close " + inQuotes(bracket) + " opened at " + place(endOf(opening) - 1);
  if (!isEnd())
    message += ", found " + name(found);
  error(isWrongCloser ? rangeOf(found) : endOfPrevious(), message)
      .labels.push_back({bracketRange(opening), "opened here"});
  return true;
}

/// A statement that begins with a lower-case word.
bool Explanation::wordMistake() {
  const Token &first = *problem.tokens.front();
  bool isCall = first.getType() == Grammar::FUNC_PAREN;
  if ((first.getType() != Grammar::LOWER && !isCall) || problem.tokens.size() > 2)
    return false;
  std::string word(textOf(first).substr(0, textOf(first).size() - isCall));
  SourceRange range{file, beginOf(first), endOf(first) - isCall};
  Diagnostic &diagnostic = error(range, inQuotes(word) + " does not begin a statement");
  for (const ForeignWord &row : kForeignWords)
    if (row.word == word) {
      diagnostic.hint = row.hint;
      return true;
    }
  std::vector<std::string> keywords(std::begin(kKeywords), std::end(kKeywords));
  if (auto keyword = source::nearest(word, keywords); keyword && !isCall) {
    diagnostic.fix = source::Fix{range, *keyword, "did you mean " + inQuotes(*keyword) + "?"};
    return true;
  }
  diagnostic.hint = "tensors, relations and constants start upper-case";
  std::string upper = word;
  upper[0] = static_cast<char>(upper[0] - 'a' + 'A');
  diagnostic.fix = source::Fix{range, upper, "write " + inQuotes(upper)};
  return true;
}

/// `x[i]`, `relu[X[i]]`: only reductions put brackets behind a lower-case word.
bool Explanation::reductionMistake() {
  static constexpr std::string_view kReductions[] = {"sum", "max",   "min", "mean",   "prod",
                                                     "any", "count", "all", "argmax", "argmin"};
  const bool isAfter = previous && previous->getType() == Grammar::RBRACK && isExpected(Grammar::LPAREN);
  const bool isInside = previous && previous->getType() == Grammar::LBRACK && isExpected(Grammar::LOWER);
  if (!isAfter && !isInside)
    return false;
  std::size_t place = problem.tokens.size() - 2;
  for (int depth = 0; place > 0; --place) {
    depth += problem.tokens[place]->getType() == Grammar::RBRACK;
    depth -= problem.tokens[place]->getType() == Grammar::LBRACK;
    if (depth <= 0)
      break;
  }
  if (place == 0 || problem.tokens[place - 1]->getType() != Grammar::LOWER)
    return false;
  const Token &word = *problem.tokens[place - 1];
  const std::string_view name = textOf(word);
  if (std::find(std::begin(kReductions), std::end(kReductions), name) != std::end(kReductions))
    return false;
  Diagnostic &diagnostic =
      error(rangeOf(word), inQuotes(name) + " has indices in brackets but is no tensor and no reduction");
  diagnostic.hint = "tensors start upper-case, functions take their arguments in parentheses";
  return true;
}

/// `P (x) <- ...`: the blank makes a product.
bool Explanation::blankMistake() {
  if (type != Grammar::LPAREN || !previous || previous->getType() != Grammar::NAME)
    return false;
  SourceRange gap{file, endOf(*previous), beginOf(found)};
  Diagnostic &diagnostic = error(join(rangeOf(*previous), rangeOf(found)),
                                 "a blank separates " + inQuotes(shortText(*previous)) + " from its '('");
  diagnostic.hint = "'Name(' is an atom, 'Name (' a product";
  diagnostic.fix = source::Fix{gap, "", "leave the blank out"};
  return true;
}

/// `Edgex, y) <- ...`: a bracket further on that nothing opens says more than the comma before it.
bool Explanation::closesNothing() {
  int depth = 0;
  for (std::size_t position = beginOf(found); position < text.size() && !isNewline(text[position]);
       ++position) {
    char c = text[position];
    depth += c == '(' || c == '[' || c == '{';
    if ((c == ')' || c == ']' || c == '}') && depth-- == 0) {
      auto place = static_cast<std::uint32_t>(position);
      error({file, place, place + 1}, inQuotes(text.substr(position, 1)) + " closes nothing");
      return true;
    }
  }
  return false;
}

/// The tokens of the statement at fault: inside a definition, those of its own line.
std::span<const Token *const> Explanation::statement() const {
  std::span<const Token *const> tokens(problem.tokens);
  if (tokens.front()->getType() != Grammar::DEF)
    return tokens;
  const auto isBorder = [](const Token *token) {
    return token->getType() == Grammar::LBRACE || token->getType() == Grammar::END;
  };
  const auto border = std::find_if(tokens.rbegin() + 1, tokens.rend(), isBorder);
  return tokens.subspan(static_cast<std::size_t>(tokens.rend() - border));
}

/// A head that neither an operator nor an arrow nor '?' follows.
bool Explanation::headMistake() {
  const std::span<const Token *const> tokens = statement();
  bool isHeadOnly =
      problem.expected == std::vector<std::size_t>{Grammar::END} &&
      (tokens.front()->getType() == Grammar::NAME || tokens.front()->getType() == Grammar::NAME_PAREN);
  for (const Token *token : tokens)
    isHeadOnly &= token->getType() != Grammar::ARROW && token->getType() != Grammar::QUESTION &&
                  (token == &found || !isAssignment(token->getType()));
  if (!isHeadOnly)
    return false;
  if (type == Grammar::COMMA && open.empty() && closesNothing())
    return true;
  std::string_view written = text.substr(beginOf(found), 2);
  SourceRange range{file, beginOf(found), beginOf(found) + 2};
  auto replace = [&](std::string message, std::string operation) {
    error(range, std::move(message)).fix = source::Fix{range, operation, "write " + inQuotes(operation)};
  };
  if (written == "==" || written == ":=") {
    replace("an equation is written with '='", "=");
  } else if (written == "->") {
    replace("an arrow points to the head of its rule", "<-");
  } else if (written == "<=" || textOf(found) == "if") {
    replace("an arrow separates the head of a rule from its conditions", "<-");
  } else if (written == "-=" || written == "/=") {
    error(range, "there is no operator " + inQuotes(written)).hint =
        "equations are written with '=', '+=', '*=', 'max=', 'min=' or 'avg='";
  } else {
    const Token &first = *tokens.front();
    std::string head = withoutBlanks(text.substr(beginOf(first), endOf(*previous) - beginOf(first)));
    error(endOfPrevious(), "expected '=', '<-' or '?' after " + inQuotes(head) + ", found " + name(found));
  }
  return true;
}

} // namespace

void reportSyntaxError(std::string_view text, std::uint32_t file, const SyntaxProblem &problem,
                       source::DiagnosticEngine &diagnostics) {
  Explanation(text, file, problem, diagnostics).report();
}

} // namespace tl::parse
