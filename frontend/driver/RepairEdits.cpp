// Edits of tokens: every one is plausible, what compiles is for the caller to find out.
#include "frontend/driver/RepairEdits.h"

#include "frontend/format/Spacing.h"

#include <algorithm>
#include <set>

namespace tl::driver {
namespace {

using parse::Token;
using parse::TokenKind;

std::string_view textOf(std::string_view text, const Token &token) {
  return text.substr(token.begin, token.end - token.begin);
}

Edit insertion(std::uint32_t place, std::string_view what) {
  return {place, place, std::string(what), "put in '" + std::string(what) + "'"};
}

bool isWord(const Token &token) {
  return token.kind == TokenKind::Name || token.kind == TokenKind::Lower;
}

/// Names with brackets, as the rest of the program writes them.
std::set<std::string, std::less<>> indexedNames(std::string_view text) {
  std::set<std::string, std::less<>> names;
  auto isNameByte = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '\''; };
  for (std::size_t place = 0; place < text.size(); ++place) {
    std::size_t begin = place;
    while (place < text.size() && isNameByte(text[place]))
      ++place;
    if (place > begin && place < text.size() && (text[place] == '[' || text[place] == '('))
      names.emplace(text.substr(begin, place - begin));
  }
  return names;
}

/// `Edgex, y)`: the name ran into its first index. Known names come first, the longest before shorter ones.
void addSplits(std::string_view text, const Token &token, std::vector<Edit> &edits) {
  std::set<std::string, std::less<>> names = indexedNames(text);
  std::string_view word = textOf(text, token);
  for (bool isKnown : {true, false})
    for (std::size_t length = word.size(); length-- > 1;) {
      if ((names.count(word.substr(0, length)) != 0) != isKnown)
        continue;
      auto place = static_cast<std::uint32_t>(token.begin + length);
      std::string_view head = word.substr(0, length);
      for (std::string_view bracket : {"(", "["}) {
        edits.push_back(insertion(place, bracket));
        edits.back().description = "put in '" + std::string(bracket) + "' after '" + std::string(head) + "'";
      }
    }
}

/// One tensor with its indices; byte ranges of the indices without blanks around them.
struct Indexed {
  std::uint32_t begin = 0, end = 0; ///< the name to the closing bracket
  std::vector<std::pair<std::uint32_t, std::uint32_t>> indices;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> gaps; ///< between operands that nothing joins
};

bool isOperandEnd(const Token &token) {
  return isWord(token) || token.kind == TokenKind::Number || token.kind == TokenKind::String ||
         token.kind == TokenKind::Wildcard || format::isCloser(token.kind);
}

bool isOpener(const Token &token) {
  return token.kind == TokenKind::OpenParen || token.kind == TokenKind::OpenBracket ||
         token.kind == TokenKind::OpenBrace || token.kind == TokenKind::NameParen ||
         token.kind == TokenKind::LowerParen;
}

bool isOperandBegin(const Token &token) {
  return isWord(token) || token.kind == TokenKind::Number || token.kind == TokenKind::String ||
         token.kind == TokenKind::Wildcard || token.kind == TokenKind::NameParen;
}

/// Reads the indices from the token after the opening bracket at `at`.
Indexed readIndexed(const Tokens &statement, std::size_t at, std::uint32_t begin) {
  Indexed indexed;
  indexed.begin = begin;
  int depth = 1;
  std::size_t first = ++at;
  for (; at < statement.size() && depth > 0; ++at) {
    const Token &token = statement[at];
    bool isEnd = depth == 1 && (token.kind == TokenKind::Comma || format::isCloser(token.kind));
    if (isEnd && at > first)
      indexed.indices.push_back({statement[first].begin, statement[at - 1].end});
    if (isEnd)
      first = at + 1;
    if (depth == 1 && at > first && isOperandEnd(statement[at - 1]) && isOperandBegin(token))
      indexed.gaps.push_back({statement[at - 1].end, token.begin});
    depth += isOpener(token);
    depth -= format::isCloser(token.kind);
    indexed.end = token.end;
  }
  return indexed;
}

std::vector<Indexed> indexedIn(const Tokens &statement) {
  std::vector<Indexed> all;
  for (std::size_t at = 0; at < statement.size(); ++at) {
    if (statement[at].kind == TokenKind::NameParen)
      all.push_back(readIndexed(statement, at, statement[at].begin));
    else if (statement[at].kind == TokenKind::OpenBracket && at > 0 &&
             statement[at - 1].kind == TokenKind::Name)
      all.push_back(readIndexed(statement, at, statement[at - 1].begin));
  }
  return all;
}

/// The tensor as it reads with `edit` applied.
std::string described(std::string_view text, const Indexed &indexed, const Edit &edit) {
  std::string shown(text.substr(indexed.begin, edit.begin - indexed.begin));
  shown += edit.replacement;
  shown += text.substr(edit.end, indexed.end - edit.end);
  return "write '" + shown + "'";
}

/// What one more index may be: a variable of the statement that this tensor lacks, or any.
std::vector<std::string> namesFor(std::string_view text, const Tokens &statement, const Indexed &indexed) {
  constexpr std::size_t kMostNames = 6;
  std::vector<std::string> names;
  for (const Token &token : statement) {
    std::string name(textOf(text, token));
    auto isHere = [&](auto index) { return text.substr(index.first, index.second - index.first) == name; };
    if (token.kind == TokenKind::Lower && names.size() < kMostNames &&
        std::ranges::none_of(indexed.indices, isHere) && std::ranges::find(names, name) == names.end())
      names.push_back(name);
  }
  names.push_back("_");
  return names;
}

void addIndexEdits(std::string_view text, const Tokens &statement, const Indexed &indexed,
                   std::vector<Edit> &edits) {
  std::size_t from = edits.size();
  for (auto [begin, end] : indexed.gaps)
    edits.push_back({begin, end, ", ", "", true});
  const auto &indices = indexed.indices;
  auto written = [&](std::size_t index) {
    return text.substr(indices[index].first, indices[index].second - indices[index].first);
  };
  for (std::size_t later = 1; later < indices.size(); ++later)
    for (std::size_t earlier = later; earlier-- > 0;) {
      std::string between(
          text.substr(indices[earlier].second, indices[later].first - indices[earlier].second));
      edits.push_back({indices[earlier].first, indices[later].second,
                       std::string(written(later)) + between + std::string(written(earlier)), ""});
    }
  if (indices.size() > 1)
    edits.push_back({indices[indices.size() - 2].second, indices.back().second, "", ""});
  if (!indices.empty())
    for (const std::string &name : namesFor(text, statement, indexed))
      edits.push_back({indices.back().second, indices.back().second, "," + name, ""});
  for (std::size_t edit = from; edit < edits.size(); ++edit)
    edits[edit].description = described(text, indexed, edits[edit]);
}

} // namespace

std::vector<Edit> syntaxEdits(std::string_view text, const Tokens &statement, std::uint32_t place) {
  std::vector<Edit> edits;
  if (statement.empty())
    return edits;
  // At the place itself: a comma, or the bracket that was to close there.
  std::size_t at = 0;
  while (at < statement.size() && statement[at].end <= place)
    ++at;
  std::uint32_t before = at > 0 ? statement[at - 1].end : statement[0].begin;
  for (std::string_view what : {",", "]", ")"})
    edits.push_back(insertion(before, what));
  // A name that swallowed its bracket, the nearest before the place first.
  for (std::size_t token = std::min(at + 1, statement.size()); token-- > 0;)
    if (isWord(statement[token]) && statement[token].end - statement[token].begin > 1 && edits.size() < 40)
      addSplits(text, statement[token], edits);
  // Anywhere: an opening bracket, from the left; a closing one, from the right.
  for (std::size_t token = 1; token < statement.size(); ++token)
    for (std::string_view what : {"[", "("})
      edits.push_back(insertion(statement[token].begin, what));
  for (std::size_t token = statement.size(); token-- > 0;)
    for (std::string_view what : {"]", ")"})
      edits.push_back(insertion(statement[token].end, what));
  for (const Token &token : statement)
    if (format::isCloser(token.kind))
      edits.push_back({token.begin, token.end, "", "leave out '" + std::string(textOf(text, token)) + "'"});
  return edits;
}

std::vector<Edit> indexEdits(std::string_view text, const Tokens &statement, std::uint32_t begin,
                             std::uint32_t end) {
  std::vector<Edit> edits;
  std::vector<Indexed> all = indexedIn(statement);
  for (bool isShown : {true, false})
    for (const Indexed &indexed : all)
      if ((indexed.begin < end && begin < indexed.end) == isShown)
        addIndexEdits(text, statement, indexed, edits);
  return edits;
}

std::vector<Edit> variableEdits(std::string_view text, const Tokens &statement, std::uint32_t begin,
                                std::uint32_t end) {
  std::vector<Edit> edits;
  auto isDefinition = [](const Token &token) {
    return token.kind == TokenKind::Assign || token.kind == TokenKind::Arrow;
  };
  auto middle = std::find_if(statement.begin(), statement.end(), isDefinition);
  std::set<std::string_view> left, tried;
  for (auto token = statement.begin(); token != middle; ++token)
    if (token->kind == TokenKind::Lower)
      left.insert(textOf(text, *token));
  for (auto token = middle; token != statement.end(); ++token) {
    std::string_view name = textOf(text, *token);
    if (token->kind == TokenKind::Lower && !left.count(name) && tried.insert(name).second)
      edits.push_back({begin, end, std::string(name), "write '" + std::string(name) + "'"});
  }
  return edits;
}

} // namespace tl::driver
