// The expansions of definitions: one per call, or one for several calls that say the same.
#pragma once

#include "frontend/expand/Copier.h"
#include "frontend/expand/Match.h"

#include <deque>

namespace tl::expand {

/// A statement of an expansion; its own calls are looked up where its definition stands.
struct Expanded {
  ast::Statement statement;
  std::size_t module = 0;
};

/// One call that fits its definition.
struct FittingCall {
  const Definition &definition;
  const ast::Call &call;
  const Matching &matching;
  source::SourceRange range;
  /// A tensor of the caller that the first result may be itself; empty for a fresh one.
  std::string result;
};

/// Makes expansions. Calls of one definition with the same arguments share one, unless it draws random
/// numbers.
class Instances {
public:
  Instances(const std::vector<Module> &modules, source::SourceManager &sources)
      : modules(modules), sources(sources) {}

  /// The names of the results of the call's expansion.
  std::vector<std::string> results(const FittingCall &call);

  std::deque<Expanded> statements; ///< made and not yet taken

private:
  static bool isShared(const FittingCall &call);
  std::vector<std::string> expand(const FittingCall &call);
  std::string key(const FittingCall &call) const;
  std::string prefix(const Definition &definition);
  void bindConstants(std::size_t module, Substitution &substitution);
  void bindGroup(const FittingCall &call, Substitution &substitution) const;
  void bindOptions(const FittingCall &call, const std::string &prefix, Substitution &substitution);
  void bindArgument(const FittingCall &call, std::size_t k, const std::string &prefix,
                    Substitution &substitution);
  void compute(const FittingCall &call, std::size_t k, const std::string &name);
  void emit(ast::Statement statement, std::size_t module);

  const std::vector<Module> &modules;
  source::SourceManager &sources;
  std::map<std::string, std::vector<std::string>> known; ///< results by `key`
  std::map<std::string, std::size_t> counts;             ///< expansions by definition
  std::set<std::size_t> withConstants;                   ///< modules whose constants are in the program
};

} // namespace tl::expand
