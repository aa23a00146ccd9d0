// Rules in embedding space.
#include "frontend/expand/Embed.h"

#include "frontend/ast/Walk.h"
#include "frontend/expand/Copier.h"
#include "frontend/expand/EmbedRule.h"
#include "frontend/expand/Syntax.h"

#include <algorithm>
#include <map>
#include <set>

namespace tl::expand {
namespace {

using ast::ExprPtr;
using source::DiagnosticId;

constexpr int kOrthogonalSteps = 30;

class Embeddings {
public:
  Embeddings(ast::Program &program, source::DiagnosticEngine &diagnostics)
      : program(program), diagnostics(diagnostics) {}

  bool run() {
    for (const ast::Statement &statement : program.statements)
      if (const auto *embed = std::get_if<ast::Embed>(&statement.node))
        readOptions(*embed, statement.range);
    if (relations.empty() || diagnostics.hasErrors())
      return !diagnostics.hasErrors();
    findArities();
    groupPositions();
    if (diagnostics.hasErrors())
      return false;
    checkNames();
    std::vector<ast::Statement> statements = std::move(program.statements);
    program.statements.clear();
    for (ast::Statement &statement : statements)
      rewrite(std::move(statement));
    std::map<std::string, Triples> databases;
    for (const auto &[name, relation] : relations) {
      addRelation(name, relation);
      if (!relation.triples.empty())
        databases[relation.triples].push_back({&name, &relation});
    }
    for (const auto &[name, parts] : databases)
      addTriples(name, parts);
    addSpaces();
    return !diagnostics.hasErrors();
  }

private:
  void report(DiagnosticId id, source::SourceRange range, std::string message, std::string hint = "") {
    diagnostics.report(id, range, std::move(message)).hint = std::move(hint);
  }

  void readOptions(const ast::Embed &embed, source::SourceRange range) {
    EmbeddedRelation settings;
    settings.range = range;
    const ast::Expr *dim = nullptr;
    for (const ast::NamedArgument &option : embed.options) {
      if (option.name == "dim")
        dim = option.value.get();
      else if (option.name == "T")
        settings.temperature = option.value.get();
      else if (option.name == "basis")
        readBasis(*option.value, settings);
      else if (option.name == "triples")
        readTriples(*option.value, settings);
      else
        report(DiagnosticId::ArgumentCount, option.value->range,
               "'embed' has no option '" + option.name + "'", "the options are dim, T, basis and triples");
    }
    const auto *number = dim ? std::get_if<ast::Number>(&dim->node) : nullptr;
    const bool isName = dim && std::holds_alternative<ast::Name>(dim->node);
    if (!isName && settings.given.empty() && (!number || !number->isInteger || number->integer < 1))
      report(DiagnosticId::ArgumentCount, dim ? dim->range : range,
             dim ? "the dimension of an embedding is a whole number above 0" : "'embed' needs a dimension",
             "write by dim = 1024");
    settings.dimension = dim;
    for (const ast::Head &head : embed.relations)
      if (!relations.emplace(head.name, settings).second)
        report(DiagnosticId::DuplicateDeclaration, head.range, "'" + head.name + "' is embedded twice");
  }

  void readBasis(const ast::Expr &value, EmbeddedRelation &settings) {
    if (const auto *word = std::get_if<ast::Variable>(&value.node);
        word && (word->name == "random" || word->name == "orthonormal"))
      settings.isOrthonormal = word->name == "orthonormal";
    else if (const auto *name = std::get_if<ast::Name>(&value.node))
      settings.given = name->name;
    else
      report(DiagnosticId::ArgumentCount, value.range, "a basis is 'random', 'orthonormal' or a tensor");
  }

  void readTriples(const ast::Expr &value, EmbeddedRelation &settings) {
    if (const auto *name = std::get_if<ast::Name>(&value.node))
      settings.triples = name->name;
    else
      report(DiagnosticId::ArgumentCount, value.range, "'triples' names a tensor to make",
             "write triples = Facts");
  }

  void findArities() {
    auto note = [&](const std::string &name, std::size_t arity) {
      if (auto found = relations.find(name); found != relations.end() && !found->second.arity)
        found->second.arity = arity;
    };
    for (const ast::Statement &statement : program.statements) {
      if (const auto *rule = std::get_if<ast::Rule>(&statement.node))
        note(rule->head.name, rule->head.indices.size());
      else if (const auto *block = std::get_if<ast::FactBlock>(&statement.node))
        note(block->name, block->arity);
      else if (const auto *fact = std::get_if<ast::Fact>(&statement.node)) {
        note(fact->head.name, fact->head.indices.size());
        if (fact->isProbabilistic() && relations.count(fact->head.name))
          report(DiagnosticId::NotSupportedYet, statement.range,
                 "embedding a relation with probabilistic facts is not supported yet");
      } else if (const auto *equation = std::get_if<ast::Equation>(&statement.node);
                 equation && relations.count(equation->head.name)) {
        report(DiagnosticId::NotSupportedYet, statement.range,
               "embedding '" + equation->head.name + "', which an equation defines, is not supported yet",
               "write a rule with '<-'");
      }
    }
    for (auto &[name, relation] : relations)
      if (!relation.arity)
        report(DiagnosticId::UnknownName, relation.range,
               "no fact or rule says how many positions '" + name + "' has");
      else if (!relation.triples.empty() && relation.arity != 2)
        report(DiagnosticId::ArityClash, relation.range,
               "a triple is a relation and two symbols, but '" + name + "' has " +
                   std::to_string(*relation.arity) + " positions",
               "embed '" + name + "' in a directive of its own");
  }

  // --- Positions that one variable joins share an embedding.

  std::size_t find(std::size_t node) {
    while (parent[node] != node)
      node = parent[node] = parent[parent[node]];
    return node;
  }

  void groupPositions() {
    for (auto &[name, relation] : relations)
      for (std::size_t position = 0; position < relation.arity.value_or(0); ++position) {
        relation.nodes.push_back(parent.size());
        parent.push_back(parent.size());
      }
    for (const ast::Statement &statement : program.statements) {
      const auto *rule = std::get_if<ast::Rule>(&statement.node);
      if (!rule)
        continue;
      std::map<std::string, std::size_t> nodeOf;
      join(rule->head.name, rule->head.indices, nodeOf);
      for (const ExprPtr &literal : rule->body) {
        const ast::Expr *atom = literal.get();
        if (const auto *negated = std::get_if<ast::Not>(&atom->node))
          atom = negated->operand.get();
        if (const auto *access = std::get_if<ast::Access>(&atom->node))
          join(access->name, access->indices, nodeOf);
      }
    }
    std::map<std::size_t, std::size_t> numbers;
    for (auto &[name, relation] : relations)
      for (std::size_t &node : relation.nodes) {
        auto [found, isNew] = numbers.emplace(find(node), spaces.size());
        if (isNew)
          spaces.push_back({"", &relation});
        const EmbeddedRelation &first = *spaces[found->second].settings;
        const bool isSame = first.isOrthonormal == relation.isOrthonormal && first.given == relation.given &&
                            text(first.dimension) == text(relation.dimension);
        if (!isSame)
          diagnostics
              .report(DiagnosticId::TypeMismatch, relation.range,
                      "relations whose positions are joined are embedded in different spaces")
              .labels.push_back({first.range, "another space here"});
        node = found->second;
      }
    for (std::size_t number = 0; number < spaces.size(); ++number)
      spaces[number].name = !spaces[number].settings->given.empty() ? spaces[number].settings->given
                            : spaces.size() == 1                    ? "Emb"
                                                                    : "Emb" + std::to_string(number + 1);
    for (auto &[name, relation] : relations)
      for (std::size_t node : relation.nodes)
        relation.spaces.push_back(spaces[node].name);
  }

  static std::string text(const ast::Expr *expr) {
    if (!expr)
      return "";
    if (const auto *number = std::get_if<ast::Number>(&expr->node))
      return std::to_string(number->integer);
    const auto *name = std::get_if<ast::Name>(&expr->node);
    return name ? name->name : "?";
  }

  void join(const std::string &name, const std::vector<ast::Index> &indices,
            std::map<std::string, std::size_t> &nodeOf) {
    auto found = relations.find(name);
    if (found == relations.end() || indices.size() != found->second.nodes.size())
      return;
    for (std::size_t position = 0; position < indices.size(); ++position) {
      const auto *variable =
          indices[position].expr ? std::get_if<ast::Variable>(&indices[position].expr->node) : nullptr;
      if (!variable || variable->name == "_")
        continue;
      auto [known, isNew] = nodeOf.emplace(variable->name, found->second.nodes[position]);
      if (!isNew)
        parent[find(found->second.nodes[position])] = find(known->second);
    }
  }

  /// What `embed` makes can be read and asked for, so its names are checked.
  void checkNames() {
    std::set<std::string> made;
    for (const Space &space : spaces)
      if (space.settings->given.empty())
        made.insert(space.name);
    for (const auto &[name, relation] : relations) {
      made.insert({embeddedName(name), softName(name)});
      if (!relation.triples.empty())
        made.insert({relation.triples, embeddedName(relation.triples)});
    }
    for (const ast::Statement &statement : program.statements) {
      const ast::Head *head = nullptr;
      if (const auto *equation = std::get_if<ast::Equation>(&statement.node))
        head = &equation->head;
      else if (const auto *rule = std::get_if<ast::Rule>(&statement.node))
        head = &rule->head;
      else if (const auto *literal = std::get_if<ast::Literal>(&statement.node))
        head = &literal->head;
      if (head && made.count(head->name))
        report(DiagnosticId::DuplicateDeclaration, head->range,
               "'" + head->name + "' is what 'embed' defines");
    }
  }

  void rewrite(ast::Statement statement) {
    if (std::holds_alternative<ast::Embed>(statement.node)) {
      keptEmbeds.push_back(std::move(statement)); // options are read until the end
      return;
    }
    if (auto *rule = std::get_if<ast::Rule>(&statement.node); rule && relations.count(rule->head.name))
      return rewriteRule(std::move(*rule), statement.range);
    std::string *name = nullptr;
    if (auto *block = std::get_if<ast::FactBlock>(&statement.node))
      name = &block->name;
    else if (auto *fact = std::get_if<ast::Fact>(&statement.node))
      name = &fact->head.name;
    else if (auto *read = std::get_if<ast::Read>(&statement.node))
      name = &read->head.name;
    if (auto found = name ? relations.find(*name) : relations.end(); found != relations.end()) {
      found->second.hasFacts = true;
      *name = factsName(*name);
    }
    program.statements.push_back(std::move(statement));
  }

  void rewriteRule(ast::Rule rule, source::SourceRange range) {
    EmbeddedRelation &relation = relations.at(rule.head.name);
    const bool isEmbedded = std::any_of(rule.body.begin(), rule.body.end(), [&](const ExprPtr &literal) {
      const auto *access = std::get_if<ast::Access>(&literal->node);
      return access && relations.count(access->name);
    });
    if (!isEmbedded) { // it reads nothing in embedding space, so it gives facts
      relation.hasFacts = true;
      rule.head.name = factsName(rule.head.name);
      program.statements.push_back({range, std::move(rule)});
      return;
    }
    expandRule(std::move(rule), range, {relations, ++rules}, program.statements, diagnostics);
  }

  void addRelation(const std::string &name, const EmbeddedRelation &relation) {
    Syntax syntax(relation.range);
    const std::size_t arity = *relation.arity;
    std::vector<std::string> columns;
    for (std::size_t column = 0; column < arity; ++column)
      columns.push_back("x" + std::to_string(column + 1));
    if (relation.hasFacts)
      program.statements.push_back(syntax.equation(softName(name), syntax.variables(columns),
                                                   ast::AssignOp::Max,
                                                   syntax.atom(factsName(name), syntax.variables(columns))));
    program.statements.push_back(
        syntax.rule(name, syntax.variables(columns),
                    syntax.list(syntax.compare(syntax.element(softName(name), syntax.variables(columns)),
                                               ast::CompareOp::Greater, syntax.real(0.5)))));
    std::string from = softName(name);
    for (std::size_t position = 0; position < arity; ++position) {
      const std::string to = position + 1 == arity
                                 ? (relation.triples.empty() ? embeddedName(name) : partName(name))
                                 : "part " + std::to_string(position + 1) + " of " + embeddedName(name);
      std::vector<std::string> next = columns;
      next[position] = "i" + std::to_string(position + 1);
      program.statements.push_back(
          syntax.equation(to, syntax.variables(next), ast::AssignOp::Assign,
                          syntax.product(syntax.list(
                              syntax.element(from, syntax.variables(columns)),
                              syntax.element(relation.spaces[position],
                                             syntax.variables({columns[position], next[position]}))))));
      from = to;
      columns = next;
    }
    if (arity == 0)
      program.statements.push_back(
          syntax.equation(embeddedName(name), {}, ast::AssignOp::Assign, syntax.element(from, {})));
  }

  using Triples = std::vector<std::pair<const std::string *, const EmbeddedRelation *>>;

  /// What one relation puts into the database of its directive.
  static std::string partName(const std::string &relation) { return "triples of " + relation; }

  /// With EmbDb[r,k] the vector of the symbol of a relation, the database is
  ///   Db[k,i,j] = EmbDb[R,k] (what R puts in)[i,j] + EmbDb[S,k] (what S puts in)[i,j] + ...
  /// and rules read the relations out of it, EmbR[i,j] = EmbDb[R,k] Db[k,i,j]. That is exact where the
  /// vectors of the relations are orthonormal.
  void addTriples(const std::string &name, const Triples &parts) {
    Syntax syntax(parts.front().second->range);
    auto code = [&](const std::string &relation) {
      return syntax.element(embeddedName(name),
                            syntax.list(syntax.make(ast::Text{relation}), syntax.variable("k")));
    };
    ast::Sum all;
    for (const auto &[relation, settings] : parts) {
      all.terms.push_back(
          {false, syntax.product(syntax.list(
                      code(*relation), syntax.element(partName(*relation), syntax.variables({"i", "j"}))))});
      program.statements.push_back(
          syntax.equation(embeddedName(*relation), syntax.variables({"i", "j"}), ast::AssignOp::Assign,
                          syntax.product(syntax.list(
                              code(*relation), syntax.element(name, syntax.variables({"k", "i", "j"}))))));
    }
    program.statements.push_back(syntax.equation(name, syntax.variables({"k", "i", "j"}),
                                                 ast::AssignOp::Assign, syntax.make(std::move(all))));
    EmbeddedRelation settings = *parts.front().second;
    settings.isOrthonormal |= !settings.given.empty();
    addSpace(syntax, embeddedName(name), settings.isOrthonormal,
             settings.given.empty() ? copy(*settings.dimension)
                                    : syntax.integer(static_cast<std::int64_t>(parts.size())));
  }

  /// Random unit vectors, and, when asked for, the orthonormal ones nearest to them: X <- 3/2 X - 1/2 X X' X
  /// brings every singular value to 1.
  void addSpace(const Syntax &syntax, const std::string &name, bool isOrthonormal, ExprPtr dimension) {
    const std::string drawn = "random " + name, unit = "unit " + name;
    auto xi = [&] { return syntax.variables({"x", "i"}); };
    program.statements.push_back(syntax.equation(
        drawn, xi(), ast::AssignOp::Assign, syntax.call("normal", {}),
        syntax.list(syntax.compare(syntax.variable("i"), ast::CompareOp::Less, std::move(dimension)))));
    ast::Statement scaled = syntax.equation(isOrthonormal ? unit : name, xi(), ast::AssignOp::Assign,
                                            syntax.call("l2norm", syntax.list(syntax.element(drawn, xi()))));
    std::get<ast::Equation>(scaled.node).head.indices[1].isDotted = true;
    program.statements.push_back(std::move(scaled));
    if (isOrthonormal)
      addOrthonormal(syntax, unit, name);
  }

  void addSpaces() {
    for (const Space &space : spaces)
      if (space.settings->given.empty())
        addSpace(Syntax(space.settings->range), space.name, space.settings->isOrthonormal,
                 copy(*space.settings->dimension));
  }

  void addOrthonormal(const Syntax &syntax, const std::string &unit, const std::string &name) {
    const std::string state = "improved " + name;
    auto at = [&](ExprPtr time, const char *row, const char *column) {
      std::vector<ExprPtr> positions =
          syntax.list(std::move(time), syntax.variable(row), syntax.variable(column));
      ExprPtr read = syntax.element(state, std::move(positions));
      std::get<ast::Access>(read->node).indices[0].isVirtual = true;
      return read;
    };
    auto time = [&] { return syntax.variable("t"); };
    ast::Statement first =
        syntax.equation(state, syntax.list(syntax.integer(0), syntax.variable("x"), syntax.variable("i")),
                        ast::AssignOp::Assign, syntax.element(unit, syntax.variables({"x", "i"})));
    std::get<ast::Equation>(first.node).head.indices[0].isVirtual = true;
    program.statements.push_back(std::move(first));
    ast::Sum later;
    later.terms.push_back({false, time()});
    later.terms.push_back({false, syntax.integer(1)});
    ast::Sum value;
    value.terms.push_back({false, syntax.product(syntax.list(syntax.real(1.5), at(time(), "x", "i")))});
    value.terms.push_back({true, syntax.product(syntax.list(syntax.real(0.5), at(time(), "x", "j"),
                                                            at(time(), "y", "j"), at(time(), "y", "i")))});
    ast::Statement next = syntax.equation(
        state, syntax.list(syntax.make(std::move(later)), syntax.variable("x"), syntax.variable("i")),
        ast::AssignOp::Assign, syntax.make(std::move(value)),
        syntax.list(syntax.compare(time(), ast::CompareOp::Less, syntax.integer(kOrthogonalSteps))));
    std::get<ast::Equation>(next.node).head.indices[0].isVirtual = true;
    program.statements.push_back(std::move(next));
    program.statements.push_back(syntax.equation(name, syntax.variables({"x", "i"}), ast::AssignOp::Assign,
                                                 syntax.element(state, syntax.variables({"x", "i"}))));
  }

  struct Space {
    std::string name;
    const EmbeddedRelation *settings;
  };

  ast::Program &program;
  source::DiagnosticEngine &diagnostics;
  EmbeddedRelations relations;
  std::vector<std::size_t> parent; ///< of each position, until groups are known
  std::vector<Space> spaces;
  std::vector<ast::Statement> keptEmbeds;
  std::size_t rules = 0;
};

} // namespace

std::string embeddedName(const std::string &relation) {
  return "Emb" + relation;
}

std::string softName(const std::string &relation) {
  return "Soft" + relation;
}

std::string factsName(const std::string &relation) {
  return "facts of " + relation;
}

bool expandEmbeddings(ast::Program &program, source::DiagnosticEngine &diagnostics) {
  return Embeddings(program, diagnostics).run();
}

} // namespace tl::expand
