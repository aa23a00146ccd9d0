// Names by their first letters and their place.
#include "frontend/names/Complete.h"

#include "frontend/names/NameIndex.h"
#include "frontend/parse/Tokenizer.h"
#include "frontend/sema/Functions.h"

#include <cctype>
#include <set>

namespace tl::names {
namespace {

using parse::Token;
using parse::TokenKind;

constexpr std::size_t kMostSymbols = 200;

bool isNameByte(char byte) {
  return std::isalnum(static_cast<unsigned char>(byte)) || byte == '_' || byte == '\'';
}

bool isUpper(std::string_view word) {
  return !word.empty() && std::isupper(static_cast<unsigned char>(word[0]));
}

/// The statement that the end of a text is in, as far as it is there.
struct Place {
  std::string access; ///< the tensor among whose indices it is
  std::uint32_t position = 0;
  bool isStart = true; ///< nothing of the statement is there yet
  std::vector<std::string> indices;
};

/// Where the last statement of `before` has come to.
Place placeAt(std::string_view before, const std::vector<Token> &tokens, const NameIndex &names) {
  Place place;
  std::size_t first = tokens.size();
  while (first > 0 && !tokens[first - 1].startsStatement)
    --first;
  first -= first > 0;
  if (tokens.empty())
    return place;
  std::size_t newline = before.rfind('\n');
  struct Open {
    std::string access;
    std::uint32_t position = 0;
  };
  std::vector<Open> open;
  auto spelled = [&](const Token &token) { return before.substr(token.begin, token.end - token.begin); };
  for (std::size_t at = first; at < tokens.size(); ++at) {
    const Token &token = tokens[at];
    std::string_view word = spelled(token);
    if (token.kind == TokenKind::NameParen)
      open.push_back({std::string(word.substr(0, word.size() - 1)), 0});
    else if (token.kind == TokenKind::OpenBracket && at > first && tokens[at - 1].kind == TokenKind::Name)
      open.push_back({std::string(spelled(tokens[at - 1])), 0});
    else if (token.kind == TokenKind::OpenParen || token.kind == TokenKind::OpenBracket ||
             token.kind == TokenKind::OpenBrace || token.kind == TokenKind::LowerParen)
      open.push_back({});
    else if ((token.kind == TokenKind::CloseParen || token.kind == TokenKind::CloseBracket ||
              token.kind == TokenKind::CloseBrace) &&
             !open.empty())
      open.pop_back();
    else if (token.kind == TokenKind::Comma && !open.empty())
      ++open.back().position;
  }
  const bool goesOn = tokens.back().kind >= TokenKind::Arrow && tokens.back().kind <= TokenKind::DoubleColon;
  const bool isSameLine = newline == std::string_view::npos || tokens.back().end > newline;
  const bool hasEnded =
      tokens.back().kind == TokenKind::Question || before.find(';', tokens.back().end) != before.npos;
  place.isStart = !goesOn && open.empty() && (!isSameLine || hasEnded);
  if (place.isStart)
    return place;
  if (!open.empty())
    place.access = open.back().access, place.position = open.back().position;
  for (const Occurrence &one : names.all())
    if (one.kind == NameKind::Index && one.statement + 1 == names.statementCount())
      place.indices.emplace_back(names.name(one));
  return place;
}

/// Whether the end of `before` is behind `//`, or in a comment or in quotes.
bool isInComment(std::string_view before) {
  bool isQuoted = false, isLong = false;
  for (std::size_t at = 0; at < before.size(); ++at) {
    std::string_view rest = before.substr(at, 2);
    if (isLong) {
      isLong = rest != "*/";
      at += !isLong;
    } else if (isQuoted) {
      at += before[at] == '\\';
      isQuoted = at < before.size() && before[at] != '"' && before[at] != '\n';
    } else if (before[at] == '"') {
      isQuoted = true;
    } else if (rest == "/*") {
      isLong = true, ++at;
    } else if (rest == "//") {
      at = before.find('\n', at);
      if (at == std::string_view::npos)
        return true;
    }
  }
  return isLong || isQuoted;
}

/// Collects candidates that begin with a word, each once.
class Collector {
public:
  explicit Collector(std::string_view word) : word(word) {}

  void add(std::string_view name, CandidateKind kind) {
    if (name.size() > word.size() && name.starts_with(word) && known.emplace(name).second)
      made.push_back({std::string(name), kind});
  }
  /// Those of one kind in alphabetical order.
  void addAll(const std::set<std::string_view> &names, CandidateKind kind, std::size_t most = SIZE_MAX) {
    for (std::string_view name : names)
      if (most-- > 0)
        add(name, kind);
      else
        return;
  }
  std::vector<Candidate> take() { return std::move(made); }

private:
  std::string_view word;
  std::set<std::string, std::less<>> known;
  std::vector<Candidate> made;
};

/// What the other statements have at a position of a tensor.
struct Elsewhere {
  std::set<std::string_view> indices, symbols, tensors, functions;

  void gather(const NameIndex &names, const Place &place) {
    for (const Occurrence &one : names.all()) {
      bool isHere = !place.access.empty() && one.access == place.access && one.position == place.position;
      if (one.kind == NameKind::Index && isHere)
        indices.insert(names.name(one));
      else if (one.kind == NameKind::Tensor && isHere && one.access != "")
        symbols.insert(names.name(one));
      else if (one.kind == NameKind::Tensor && (one.isDefinition || one.access.empty()))
        tensors.insert(names.name(one));
      else if (one.kind == NameKind::Function && one.isDefinition)
        functions.insert(names.name(one));
    }
  }
};

} // namespace

Completions complete(std::string_view text, std::size_t offset, const std::vector<std::string> &functions) {
  offset = std::min(offset, text.size());
  Completions made{offset, {}};
  while (made.begin > 0 && isNameByte(text[made.begin - 1]))
    --made.begin;
  std::string_view before = text.substr(0, made.begin), word = text.substr(made.begin, offset - made.begin);
  if (isInComment(before))
    return made;
  // An open bracket would take the lines behind it into its statement, so they are read by themselves.
  std::size_t next = std::min(text.find('\n', offset), text.size());
  NameIndex names(before), rest(text.substr(next));
  source::SourceManager sources;
  source::DiagnosticEngine ignored;
  std::vector<Token> tokens = parse::tokenize(sources, sources.add("", std::string(before)), ignored);
  Place place = placeAt(before, tokens, names);
  Elsewhere elsewhere;
  elsewhere.gather(names, place);
  elsewhere.gather(rest, place);
  Collector collector(word);
  const bool isIndex = !place.access.empty();
  if (isIndex) {
    collector.addAll(elsewhere.indices, CandidateKind::Index);
    for (const std::string &index : place.indices)
      collector.add(index, CandidateKind::Index);
    collector.addAll(elsewhere.symbols, CandidateKind::Symbol, kMostSymbols);
    if (isUpper(word))
      collector.addAll(elsewhere.tensors, CandidateKind::Tensor);
    made.candidates = collector.take();
    return made;
  }
  if (!place.isStart)
    for (const std::string &index : place.indices)
      collector.add(index, CandidateKind::Index);
  collector.addAll(elsewhere.tensors, CandidateKind::Tensor);
  if (!place.isStart) {
    for (std::string_view function : elsewhere.functions)
      collector.add(std::string(function) + "(", CandidateKind::Function);
    for (const std::string &function : functions)
      collector.add(function + "(", CandidateKind::Function);
    for (const std::string &function : sema::functionNames())
      collector.add(function + "(", CandidateKind::Function);
    for (const char *reduction :
         {"sum[", "max[", "min[", "mean[", "prod[", "any[", "all[", "count[", "argmax[", "argmin["})
      collector.add(reduction, CandidateKind::Function);
    collector.add("not ", CandidateKind::Keyword);
  } else {
    for (const char *keyword :
         {"domain ", "tensor ", "param ", "const ", "def ", "import ", "extern ", "learn ", "embed "})
      collector.add(keyword, CandidateKind::Keyword);
  }
  made.candidates = collector.take();
  return made;
}

} // namespace tl::names
