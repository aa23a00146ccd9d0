// The definitions of a program and of its modules: who sees which, and whether each makes sense by itself.
#pragma once

#include "frontend/expand/Module.h"
#include "frontend/source/Diagnostic.h"

#include <map>
#include <set>

namespace tl::expand {

/// One `def` with what its expansions need to know.
struct Definition {
  const ast::Definition *syntax = nullptr;
  std::size_t module = 0;
  std::set<std::string> variables; ///< every index variable in it
  std::set<std::string> locals;    ///< tensors that its body defines or declares, results included
  std::set<std::string> read;      ///< tensors that its body reads
  std::map<std::string, ast::AssignOp> combined; ///< operators of its locals where they are not `=` or `+=`
  std::set<std::string> calls;                   ///< functions and definitions that it calls
  bool isRandom = false;                         ///< two expansions draw different numbers
};

/// The definitions that each module sees: its own and those of the modules it imports, which are seen there
/// only.
class Definitions {
public:
  Definitions(const std::vector<Module> &modules, source::DiagnosticEngine &diagnostics)
      : modules(modules), diagnostics(diagnostics) {}

  /// Reads all definitions; reports what is wrong with one by itself, names that clash, and cycles.
  void collect();

  /// Null when `module` sees no definition of this name.
  const Definition *find(std::size_t module, std::string_view name) const;
  std::vector<std::string> names(std::size_t module) const;
  /// Reports a call of what is neither a function of the language nor a definition that `module` sees.
  void checkFunction(std::size_t module, const ast::Call &call);
  bool isConstant(std::size_t module, std::string_view name) const;

private:
  using Scope = std::map<std::string, Definition *, std::less<>>;

  void declare(std::size_t module);
  void import(std::size_t module);
  void clash(const Definition &own, source::SourceRange range, const Definition &other);
  void analyse(Definition &definition);
  void checkSignature(const Definition &definition);
  void checkHead(const Definition &definition, const ast::Head &head, std::set<std::string> &names);
  void checkIndices(const Definition &definition, const ast::Head &head);
  void checkBody(const Definition &definition);
  void checkResults(const Definition &definition);
  void checkNames(const Definition &definition, const ast::Expr &expr, bool isValue);
  void checkName(const Definition &definition, const std::string &name, source::SourceRange range);
  void checkRank(const Definition &definition, const ast::Access &access, source::SourceRange range);
  void reportCycles();
  void spreadRandomness();
  std::vector<Definition *> callees(const Definition &definition) const;

  const std::vector<Module> &modules;
  source::DiagnosticEngine &diagnostics;
  std::vector<std::unique_ptr<Definition>> all;
  std::vector<Scope> own, visible;                                 ///< by module
  std::vector<std::map<std::string, source::SourceRange>> outside; ///< by module: what its statements define
  std::vector<std::set<std::string, std::less<>>> constants;       ///< by module
  std::set<std::string, std::less<>> externals;                    ///< C functions of the program
};

/// The left sides of a statement that defines or declares tensors.
std::vector<const ast::Head *> headsOf(const ast::Statement &statement);

/// Whether two calls of the function give different numbers.
bool isRandomFunction(std::string_view name);

/// `2 indices`, `1 argument`.
std::string counted(std::size_t count, std::string_view singular, std::string_view plural);

} // namespace tl::expand
