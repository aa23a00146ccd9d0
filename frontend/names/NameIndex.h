// Every name of a text, right or not: where it stands, what it is and where it is defined.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tl::names {

enum class NameKind {
  Tensor,   ///< tensors, relations, constants, domains and symbols share one namespace
  Index,    ///< an index variable, of its statement alone
  Function, ///< a definition, a function of the language or a C function
  Option,   ///< a named argument of a definition: `scale` in `; scale = 1`
  Module,   ///< `std.attention` of an import
};

/// One name in the text. Offsets are bytes; quotes and an opening bracket are not part of the name.
struct Occurrence {
  NameKind kind = NameKind::Tensor;
  std::uint32_t begin = 0, end = 0;
  std::uint32_t statement = 0; ///< which one, from 0; statements in blocks count
  std::uint32_t scope = 0;     ///< 0: the program; else a definition's block, or for an index a statement
  std::string owner;           ///< of an option: the function
  bool isDefinition = false;   ///< the statement gives it a value or declares it
  bool isDeclaration = false;  ///< it is `tensor`, `param`, `const`, `domain`, or listed in a domain
  bool isFact = false;         ///< the statement is a fact of it
  bool isQuoted = false;       ///< a symbol in quotes
  std::string_view access;     ///< the tensor among whose indices it stands; empty: none
  std::uint32_t position = 0;  ///< which of these indices, from 0
};

/// The names of one text, which must outlive it. Two occurrences are one name when kind, scope and spelling
/// agree: names in a definition's block are its own, but for constants; index variables are those of their
/// statement.
class NameIndex {
public:
  explicit NameIndex(std::string_view text);

  std::string_view text() const { return source; }
  std::string_view name(const Occurrence &one) const { return source.substr(one.begin, one.end - one.begin); }
  const std::vector<Occurrence> &all() const { return occurrences; }
  /// The name that `offset` is in or just behind; null: none.
  const Occurrence *at(std::uint32_t offset) const;
  /// All occurrences of one name, in the order of the text.
  std::vector<const Occurrence *> same(const Occurrence &one) const;
  /// Where to look for what it is: declarations, else left sides, else its first fact, else its first
  /// occurrence. Empty for functions, options and modules that the text does not define.
  std::vector<const Occurrence *> definitions(const Occurrence &one) const;
  /// Whether the text has another name of that spelling where `one` is visible.
  bool isTaken(const Occurrence &one, std::string_view spelling) const;
  /// The bytes of statement `number`, a block included.
  std::pair<std::uint32_t, std::uint32_t> statement(std::uint32_t number) const { return statements[number]; }
  std::size_t statementCount() const { return statements.size(); }

private:
  std::string key(const Occurrence &one, std::string_view spelling) const;

  std::string_view source;
  std::vector<Occurrence> occurrences;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> statements;
  std::map<std::string, std::vector<std::uint32_t>> byKey;
};

} // namespace tl::names
