// The fast path for ground facts and for lists of numbers.
#pragma once

#include "frontend/ast/Ast.h"
#include "frontend/source/Diagnostic.h"

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

namespace tl::parse {

/// Takes whole statements `Name(arg, ...)` whose arguments are upper-case names, integers and quoted texts,
/// exactly as the grammar would; anything else it leaves alone. All facts of one name and arity go into one
/// block, which stands where the first of them stood.
class FactScanner {
public:
  FactScanner(std::string_view text, ast::Program &program) : text(text), program(program) {}

  /// Reads the fact at `position`, the beginning of a statement, and moves past its end; false for no fact.
  bool scan(std::size_t &position);

private:
  bool argument(std::size_t &position);
  bool integer(std::size_t &position);
  bool quoted(std::size_t &position);
  bool name(std::size_t &position);
  void reserve(ast::FactBlock &facts, std::size_t position) const;
  ast::FactBlock &block(std::size_t begin, std::size_t nameEnd);

  std::string_view text;
  ast::Program &program;
  std::vector<ast::FactCell> cells;                                       ///< of the fact being read
  std::vector<std::unique_ptr<std::string>> owned;                        ///< their unescaped texts
  std::map<std::pair<std::string_view, std::size_t>, std::size_t> blocks; ///< name and arity to statement
  std::size_t last = 0; ///< statement of the block used last, when `blocks` has any
};

/// Reads a statement `Name = [...]` or `param Name = [...]` at `position` into `program`, as `FactScanner`
/// does facts. A ragged list is reported and is not added.
bool scanNumberList(std::string_view text, std::size_t &position, ast::Program &program,
                    source::DiagnosticEngine &diagnostics);

} // namespace tl::parse
