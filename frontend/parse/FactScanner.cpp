// Ground facts without tokens or trees: one pass over the characters.
#include "frontend/parse/FactScanner.h"

#include "frontend/parse/Lexical.h"

namespace tl::parse {
namespace {

/// Longer integers may not fit; the grammar's way reports them.
constexpr std::size_t kSafeDigits = 18;

std::uint32_t offset(std::size_t position) {
  return static_cast<std::uint32_t>(position);
}

} // namespace

bool FactScanner::scan(std::size_t &position) {
  std::size_t begin = position;
  if (!isUpper(at(text, begin)))
    return false;
  std::size_t nameEnd = endOfName(text, begin);
  if (at(text, nameEnd) != '(' || nameEnd - begin > kLongestName)
    return false;
  cells.clear();
  owned.clear();
  std::size_t place = skipSpace(text, nameEnd + 1);
  if (at(text, place) != ')') {
    while (true) {
      if (!argument(place))
        return false;
      place = skipSpace(text, place);
      if (at(text, place) != ',')
        break;
      place = skipSpace(text, place + 1);
    }
    if (at(text, place) != ')')
      return false;
  }
  auto end = endOfStatement(text, place + 1, true);
  if (!end)
    return false;
  ast::FactBlock &facts = block(begin, nameEnd);
  reserve(facts, begin);
  facts.cells.insert(facts.cells.end(), cells.begin(), cells.end());
  for (std::unique_ptr<std::string> &unescaped : owned)
    facts.owned.push_back(std::move(unescaped));
  ++facts.rows;
  position = *end;
  return true;
}

bool FactScanner::argument(std::size_t &position) {
  char first = at(text, position);
  if (isDigit(first) || first == '-')
    return integer(position);
  if (first == '"')
    return quoted(position);
  return isUpper(first) && name(position);
}

bool FactScanner::integer(std::size_t &position) {
  std::size_t begin = position;
  bool isNegative = text[position] == '-';
  position += isNegative;
  std::size_t digits = position;
  std::int64_t value = 0;
  for (; isDigit(at(text, position)) && position - digits <= kSafeDigits; ++position)
    value = value * 10 + (text[position] - '0');
  std::size_t count = position - digits;
  if (count == 0 || count > kSafeDigits)
    return false;
  cells.push_back(ast::FactCell::ofInteger(isNegative ? -value : value, offset(begin)));
  return true;
}

bool FactScanner::quoted(std::size_t &position) {
  auto end = endOfQuoted(text, position);
  if (!end || *end - position > ast::FactCell::kLongestText)
    return false;
  std::string_view inside = text.substr(position + 1, *end - position - 2);
  if (inside.find('\\') != std::string_view::npos) {
    auto unescaped = unescape(inside);
    if (!unescaped)
      return false;
    owned.push_back(std::make_unique<std::string>(*std::move(unescaped)));
    inside = *owned.back();
  }
  cells.push_back(ast::FactCell::ofSymbol(inside, offset(position), true));
  position = *end;
  return true;
}

bool FactScanner::name(std::size_t &position) {
  std::size_t end = endOfName(text, position);
  if (end - position > kLongestName)
    return false;
  cells.push_back(ast::FactCell::ofSymbol(text.substr(position, end - position), offset(position), false));
  position = end;
  return true;
}

/// Makes room once for all that follow when the rest of the text is like what came before: pages that are
/// never touched cost nothing, and moving a large block costs more than reading it.
void FactScanner::reserve(ast::FactBlock &facts, std::size_t position) const {
  constexpr std::size_t kLarge = 4096;
  const std::size_t needed = facts.cells.size() + cells.size();
  if (needed <= facts.cells.capacity() || needed < kLarge)
    return;
  const double perByte = static_cast<double>(needed) / static_cast<double>(position);
  const auto expected = static_cast<std::size_t>(1.1 * perByte * static_cast<double>(text.size()));
  facts.cells.reserve(std::max(expected, 2 * facts.cells.size()));
}

ast::FactBlock &FactScanner::block(std::size_t begin, std::size_t nameEnd) {
  std::string_view name = text.substr(begin, nameEnd - begin);
  if (!blocks.empty()) {
    auto &facts = std::get<ast::FactBlock>(program.statements[last].node);
    if (facts.name == name && facts.arity == cells.size())
      return facts;
  }
  auto [entry, isNew] = blocks.try_emplace({name, cells.size()}, program.statements.size());
  last = entry->second;
  if (isNew) {
    source::SourceRange range{program.file, offset(begin), offset(nameEnd)};
    ast::FactBlock facts;
    facts.name = name;
    facts.firstRange = range;
    facts.arity = cells.size();
    program.statements.push_back({range, std::move(facts)});
  }
  return std::get<ast::FactBlock>(program.statements[last].node);
}

} // namespace tl::parse
