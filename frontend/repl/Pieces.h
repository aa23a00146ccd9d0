// The program of a session, statement by statement.
#pragma once

#include "frontend/driver/Embedding.h"

#include <string>
#include <string_view>
#include <vector>

namespace tl::repl {

/// What a statement is to the session.
enum class StatementKind {
  Query,
  Question,   ///< writes a file: done once, like a query
  Definition, ///< takes the place of what defined its name before
  Addition,   ///< a fact, a rule, or an equation with `+=`: stands beside the others of its name
};

/// One statement as it was entered.
struct Piece {
  StatementKind kind = StatementKind::Definition;
  std::string name; ///< what it defines; of a query: what it asks for
  std::string text;
};

/// The statements of `text`, which need not be right. Comments go with the statement before them.
std::vector<Piece> splitStatements(std::string_view text);

/// Whether `text` is all there is to it: no bracket or comment is open, and no operator, arrow or comma is
/// last.
bool isComplete(std::string_view text);

/// The statements that hold. A definition replaces by name; the same addition counts once.
class Pieces {
public:
  /// Adds the definitions and additions of `entered`; returns the names that were replaced.
  std::vector<std::string> add(const std::vector<Piece> &entered);
  /// Takes out what defines `name`; false when nothing does.
  bool drop(std::string_view name);
  const std::vector<Piece> &all() const { return pieces; }
  /// As sources of a compilation, one for each statement.
  std::vector<driver::SourceText> sources() const;
  /// As one program.
  std::string text() const;

private:
  std::vector<Piece> pieces;
};

} // namespace tl::repl
