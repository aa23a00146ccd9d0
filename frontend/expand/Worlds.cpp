// Probabilistic facts as possible worlds.
#include "frontend/expand/Worlds.h"

#include "frontend/ast/Walk.h"
#include "frontend/expand/Syntax.h"
#include "frontend/expand/TensorFacts.h"

#include <algorithm>
#include <map>
#include <set>

namespace tl::expand {
namespace {

using ast::ExprPtr;
using source::DiagnosticId;
using Names = std::set<std::string, std::less<>>;

// Names that no text can hold.
const std::string kWorld = "in world", kWorlds = "worlds", kFacts = "uncertain facts",
                  kChosen = "true in world", kWeight = "P(world)", kChance = "P(fact)";
constexpr std::size_t kMostFacts = 16; ///< 65,536 worlds

std::string certain(const std::string &relation) {
  return "certain " + relation;
}
std::string uncertain(const std::string &relation) {
  return "uncertain " + relation;
}
std::string probability(const std::string &relation) {
  return "P(" + relation + ")";
}
/// The probability that no fact gives the row.
std::string failure(const std::string &relation) {
  return "P(no " + relation + ")";
}
std::string possible(const std::string &relation) {
  return "possible " + relation;
}

/// A relation's use: as what holds in a world, or as a number.
enum class Use { Atom, Number };

/// Calls `visit(name, use, expr)` on every mention of a tensor below `expr`. `isCondition`: a bare name is an
/// atom here.
template <typename Visit> void forEachMention(ExprPtr &expr, bool isCondition, const Visit &visit) {
  if (auto *name = std::get_if<ast::Name>(&expr->node))
    return visit(name->name, isCondition ? Use::Atom : Use::Number, *expr);
  if (auto *access = std::get_if<ast::Access>(&expr->node))
    visit(access->name, access->hasParentheses ? Use::Atom : Use::Number, *expr);
  const bool staysCondition = isCondition && std::holds_alternative<ast::Not>(expr->node);
  ast::forEachPart(*expr, [&](ExprPtr &part, bool isIndex) {
    // A bare name in an index position is a symbol or an integer.
    if (!isIndex || !std::holds_alternative<ast::Name>(part->node))
      forEachMention(part, staysCondition, visit);
  });
}

class Worlds {
public:
  Worlds(ast::Program &program, source::DiagnosticEngine &diagnostics)
      : program(program), diagnostics(diagnostics) {}

  bool run() {
    for (const ast::Statement &statement : program.statements)
      if (const auto *fact = std::get_if<ast::Fact>(&statement.node); fact && fact->isProbabilistic()) {
        relations.insert(fact->head.name);
        place = place.value_or(statement.range);
      }
    if (!place)
      return true;
    spread();
    findNeeded();
    checkArities();
    if (diagnostics.hasErrors() || !collectFacts())
      return false;
    const std::size_t count = program.statements.size();
    std::vector<ast::Statement> statements = std::move(program.statements);
    program.statements.clear();
    program.statements.reserve(count + relations.size() * 4);
    for (ast::Statement &statement : statements)
      rewrite(std::move(statement));
    addWorlds();
    for (const std::string &relation : relations)
      addRelation(relation);
    return !diagnostics.hasErrors();
  }

private:
  /// The head of a rule, or of an equation that says when a row holds.
  static ast::Head *ruleHead(ast::Statement &statement) {
    if (auto *rule = std::get_if<ast::Rule>(&statement.node))
      return &rule->head;
    auto *equation = std::get_if<ast::Equation>(&statement.node);
    return equation && equation->head.form == ast::Head::Form::Parentheses ? &equation->head : nullptr;
  }

  template <typename Visit> static void forEachMentionIn(ast::Statement &statement, const Visit &visit) {
    if (auto *rule = std::get_if<ast::Rule>(&statement.node)) {
      for (ExprPtr &literal : rule->body)
        forEachMention(literal, true, visit);
    } else if (auto *equation = std::get_if<ast::Equation>(&statement.node)) {
      forEachMention(equation->value, equation->head.form == ast::Head::Form::Parentheses, visit);
      for (ExprPtr &guard : equation->guards)
        forEachMention(guard, true, visit);
    }
  }

  /// A rule with an atom of an uncertain relation makes its head uncertain.
  void spread() {
    for (bool progress = true; progress;) {
      progress = false;
      for (ast::Statement &statement : program.statements) {
        ast::Head *head = ruleHead(statement);
        if (!head || relations.count(head->name))
          continue;
        forEachMentionIn(statement, [&](const std::string &name, Use use, const ast::Expr &) {
          if (use == Use::Atom && relations.count(name) && relations.insert(head->name).second)
            progress = true;
        });
      }
    }
  }

  /// Calls `add` with the tensors that a statement asks for.
  template <typename Add> static void addLearnt(const ast::Learn &learn, const Add &add) {
    add(learn.loss.name);
    for (const ast::NamedArgument &option : learn.options)
      if (const auto *name = std::get_if<ast::Name>(&option.value->node))
        add(name->name);
  }

  /// The relations whose rows differ between the worlds that the queries need. Of one that only facts define
  /// a number says all by itself.
  void findNeeded() {
    struct Mention {
      std::string name;
      Use use;
    };
    std::map<std::string, std::vector<Mention>> mentions;
    std::vector<Mention> waiting;
    for (ast::Statement &statement : program.statements) {
      if (const auto *query = std::get_if<ast::Query>(&statement.node))
        waiting.push_back({query->head.name, Use::Number});
      else if (const auto *write = std::get_if<ast::Write>(&statement.node))
        waiting.push_back({write->source.name, Use::Number});
      else if (const auto *learn = std::get_if<ast::Learn>(&statement.node))
        addLearnt(*learn, [&](const std::string &name) { waiting.push_back({name, Use::Number}); });
      else if (const auto *fact = std::get_if<ast::Fact>(&statement.node); fact && fact->chance)
        mentions[fact->head.name].push_back({fact->chance->name, Use::Number});
      if (const auto *query = std::get_if<ast::Query>(&statement.node); query && !query->derived.empty())
        waiting.push_back({query->derived, Use::Number});
      const ast::Head *head = ruleHead(statement);
      if (head)
        arities.emplace(head->name, head->indices.size());
      if (const auto *equation = std::get_if<ast::Equation>(&statement.node))
        head = &equation->head;
      if (head)
        forEachMentionIn(statement, [&](const std::string &name, Use use, const ast::Expr &) {
          mentions[head->name].push_back({name, use});
        });
    }
    Names seen;
    while (!waiting.empty()) {
      const Mention next = std::move(waiting.back());
      waiting.pop_back();
      if (relations.count(next.name)) {
        const bool isGiven = next.use == Use::Number && !arities.count(next.name);
        if (isGiven || !inWorlds.insert(next.name).second)
          continue;
      } else if (!seen.insert(next.name).second) {
        continue;
      }
      const std::vector<Mention> &reads = mentions[next.name];
      waiting.insert(waiting.end(), reads.begin(), reads.end());
    }
  }

  /// Rewriting gives relations names and positions of its own, so that the same number of positions
  /// everywhere is a matter of here.
  void checkArities() {
    for (ast::Statement &statement : program.statements)
      forEachMentionIn(statement, [&](const std::string &name, Use, const ast::Expr &expr) {
        const auto *access = std::get_if<ast::Access>(&expr.node);
        const std::optional<std::size_t> known = relations.count(name) ? arityOf(name) : std::nullopt;
        if (access && known && access->indices.size() != *known)
          diagnostics.report(DiagnosticId::ArityClash, access->nameRange,
                             "'" + name + "' has " + positions(access->indices.size()) + " here but " +
                                 positions(*known) + " elsewhere");
      });
  }

  /// As its facts, or the heads of its rules, have it.
  std::optional<std::size_t> arityOf(const std::string &name) {
    for (ast::Statement &statement : program.statements) {
      if (const auto *fact = std::get_if<ast::Fact>(&statement.node); fact && fact->head.name == name)
        return fact->head.indices.size();
      if (const auto *block = std::get_if<ast::FactBlock>(&statement.node); block && block->name == name)
        return block->arity;
    }
    for (ast::Statement &statement : program.statements)
      if (const ast::Head *head = ruleHead(statement); head && head->name == name)
        return head->indices.size();
    return std::nullopt;
  }

  static std::string positions(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " position" : " positions");
  }

  /// Numbers the facts that make worlds.
  bool collectFacts() {
    const ast::Statement *last = nullptr;
    for (const ast::Statement &statement : program.statements)
      if (const auto *fact = std::get_if<ast::Fact>(&statement.node); fact && fact->isProbabilistic()) {
        if (inWorlds.count(fact->head.name)) {
          bits.push_back(chances.size());
          last = &statement;
        }
        chances.push_back(fact->probability.value_or(0));
      }
    if (bits.empty()) { // one fact that never holds keeps the rules right
      bits.push_back(chances.size());
      chances.push_back(0);
    }
    if (bits.size() <= kMostFacts)
      return true;
    auto &report = diagnostics.report(
        DiagnosticId::TooManyWorlds, last->range,
        "the queries depend on " + std::to_string(bits.size()) +
            " probabilistic facts; exact probabilities are computed for up to " + std::to_string(kMostFacts));
    report.labels.push_back({*place, "the first is here"});
    report.hint = "ask for less, or follow the best proof alone: Best[x,z] max= Best[x,y] Edge[y,z]";
    return false;
  }

  ExprPtr world() const { return Syntax(*place).variable(kWorld); }

  /// Atoms of uncertain relations get the world, numbers become probabilities.
  void rewriteMentions(ast::Statement &statement, bool isRule) {
    auto replace = [&](std::string &name, Use use, ast::Expr &expr) {
      if (!relations.count(name))
        return;
      auto *access = std::get_if<ast::Access>(&expr.node);
      if (use == Use::Number || !isRule) {
        read.insert(name);
        name = probability(name);
        if (access)
          access->hasParentheses = false;
        return;
      }
      Syntax syntax(expr.range);
      if (!access) {
        expr.node = std::move(syntax.atom(name, syntax.list(syntax.variable(kWorld)))->node);
        return;
      }
      access->indices.insert(access->indices.begin(), syntax.index(syntax.variable(kWorld)));
    };
    forEachMentionIn(statement, replace);
    ast::Head *head = ruleHead(statement);
    if (!isRule || !head || !relations.count(head->name))
      return;
    Syntax syntax(head->range);
    head->indices.insert(head->indices.begin(), syntax.index(syntax.variable(kWorld)));
    head->form = ast::Head::Form::Parentheses;
    if (auto *rule = std::get_if<ast::Rule>(&statement.node))
      rule->body.push_back(syntax.atom(kWorlds, syntax.list(world())));
    else if (auto *equation = std::get_if<ast::Equation>(&statement.node))
      equation->guards.push_back(syntax.atom(kWorlds, syntax.list(world())));
  }

  void refuseGuards(ast::Equation &equation) {
    for (ExprPtr &guard : equation.guards) {
      forEachMention(guard, true, [&](const std::string &name, Use use, const ast::Expr &expr) {
        if (use == Use::Atom && relations.count(name))
          diagnostics
              .report(DiagnosticId::TypeMismatch, expr.range,
                      "'" + name +
                          "' holds in some worlds only, so it cannot say what this equation ranges over")
              .hint = "its probability can: " + name + "[...] > 0.5";
      });
    }
  }

  void rewrite(ast::Statement statement) {
    if (auto *equation = std::get_if<ast::Equation>(&statement.node)) {
      const bool isRule = relations.count(equation->head.name) != 0;
      if (!isRule)
        refuseGuards(*equation);
      rewriteMentions(statement, isRule);
    } else if (std::holds_alternative<ast::Rule>(statement.node)) {
      rewriteMentions(statement, true);
    } else if (auto *query = std::get_if<ast::Query>(&statement.node)) {
      rewriteQuery(query->head);
    } else if (auto *write = std::get_if<ast::Write>(&statement.node)) {
      rewriteQuery(write->source);
    } else if (auto *fact = std::get_if<ast::Fact>(&statement.node)) {
      return rewriteFact(std::move(*fact), statement.range);
    } else if (auto *block = std::get_if<ast::FactBlock>(&statement.node);
               block && relations.count(block->name)) {
      haveCertain[block->name] = block->arity;
      block->name = certain(block->name);
    } else if (auto *read = std::get_if<ast::Read>(&statement.node);
               read && relations.count(read->head.name)) {
      return refuse(statement.range, "a file for '" + read->head.name + "', which has probabilistic facts,");
    } else if (auto *declaration = std::get_if<ast::TensorDeclaration>(&statement.node);
               declaration && relations.count(declaration->head.name)) {
      ast::DeclaredAxis axis;
      axis.range = declaration->head.range;
      declaration->axes.insert(declaration->axes.begin(), std::move(axis));
    }
    program.statements.push_back(std::move(statement));
  }

  void refuse(source::SourceRange range, const std::string &what) {
    diagnostics.report(DiagnosticId::NotSupportedYet, range, what + " is not supported yet");
  }

  void rewriteQuery(ast::Head &head) {
    if (!relations.count(head.name))
      return;
    const bool isTruth = head.form == ast::Head::Form::Parentheses;
    (isTruth ? asked : read).insert(head.name);
    head.name = isTruth ? possible(head.name) : probability(head.name);
  }

  void rewriteFact(ast::Fact fact, source::SourceRange range) {
    const std::string name = fact.head.name;
    if (!relations.count(name)) {
      program.statements.push_back({range, std::move(fact)});
      return;
    }
    const std::size_t arity = fact.head.indices.size();
    if (!fact.isProbabilistic()) {
      haveCertain[name] = arity;
      fact.head.name = certain(name);
      program.statements.push_back({range, std::move(fact)});
      return;
    }
    haveUncertain[name] = arity;
    Syntax syntax(range);
    if (fact.chance)
      addChance(*std::exchange(fact.chance, std::nullopt), numbered);
    fact.head.name = uncertain(name);
    fact.head.indices.insert(fact.head.indices.begin(),
                             syntax.index(syntax.integer(static_cast<std::int64_t>(numbered++))));
    fact.probability.reset();
    program.statements.push_back({range, std::move(fact)});
  }

  /// The probability of fact `number` is an element, kept between 0 and 1.
  void addChance(ast::Head chance, std::size_t number) {
    Syntax syntax(chance.range);
    std::vector<ExprPtr> positions;
    for (ast::Index &index : chance.indices)
      positions.push_back(std::move(index.expr));
    ExprPtr value = syntax.call("clamp", syntax.list(syntax.element(chance.name, std::move(positions)),
                                                     syntax.real(0), syntax.real(1)));
    program.statements.push_back(
        syntax.equation(kChance, syntax.list(syntax.integer(static_cast<std::int64_t>(number))),
                        ast::AssignOp::Assign, std::move(value), {}));
  }

  /// Which facts hold in which world, and what a world weighs: fact k holds where bit k of the world is set.
  void addWorlds() {
    Syntax syntax(*place);
    const std::int64_t count = std::int64_t{1} << bits.size();
    auto fact = [&] { return syntax.variable("fact"); };
    program.statements.push_back(
        syntax.rule(kWorlds, syntax.list(world()),
                    syntax.list(syntax.compare(world(), ast::CompareOp::Less, syntax.integer(count)))));
    for (std::size_t bit = 0; bit < bits.size(); ++bit) {
      const auto id = static_cast<std::int64_t>(bits[bit]);
      ast::Fact row{syntax.head(kFacts, ast::Head::Form::Parentheses,
                                syntax.list(syntax.integer(id), syntax.integer(std::int64_t{1} << bit))),
                    std::nullopt, std::nullopt};
      program.statements.push_back({*place, std::move(row)});
    }
    ExprPtr shifted =
        syntax.compare(syntax.variable("rest"), ast::CompareOp::Equal,
                       syntax.binary(world(), ast::Product::Op::Divide, syntax.variable("bit")));
    ExprPtr isOdd = syntax.compare(
        syntax.integer(1), ast::CompareOp::Equal,
        syntax.binary(syntax.variable("rest"), ast::Product::Op::Remainder, syntax.integer(2)));
    program.statements.push_back(
        syntax.rule(kChosen, syntax.list(world(), fact()),
                    syntax.list(syntax.atom(kWorlds, syntax.list(world())),
                                syntax.atom(kFacts, syntax.list(fact(), syntax.variable("bit"))),
                                std::move(shifted), std::move(isOdd))));
    declare(kWeight, {count});
    declare(kChance, {static_cast<std::int64_t>(chances.size())});
    ast::Literal chance;
    chance.head = syntax.head(kChance, ast::Head::Form::Bare, {});
    chance.shape = {static_cast<std::int64_t>(chances.size())};
    chance.values = chances;
    program.statements.push_back({*place, std::move(chance)});
    ExprPtr holds = syntax.element(kChance, syntax.list(fact()));
    ExprPtr fails = syntax.difference(syntax.integer(1), syntax.element(kChance, syntax.list(fact())));
    ExprPtr isChosen = syntax.atom(kChosen, syntax.list(world(), fact()));
    program.statements.push_back(syntax.equation(
        kWeight, syntax.list(world()), ast::AssignOp::Multiply,
        syntax.call("where", syntax.list(std::move(isChosen), std::move(holds), std::move(fails))),
        syntax.list(syntax.atom(kFacts, syntax.list(fact(), syntax.variable("_"))))));
  }

  /// Probabilities are f64: a sum over many worlds of weights that are products.
  void declare(const std::string &name, const std::vector<std::optional<std::int64_t>> &extents) {
    ast::TensorDeclaration declaration;
    declaration.head = Syntax(*place).head(name, ast::Head::Form::Bare, {});
    declaration.elementType = "f64";
    for (const std::optional<std::int64_t> &extent : extents)
      declaration.axes.push_back({*place, "", extent, ""});
    program.statements.push_back({*place, std::move(declaration)});
  }

  static std::vector<std::string> columns(std::size_t arity) {
    std::vector<std::string> names;
    for (std::size_t column = 0; column < arity; ++column)
      names.push_back("x" + std::to_string(column + 1));
    return names;
  }

  std::vector<ExprPtr> row(ExprPtr first, std::size_t arity) const {
    std::vector<ExprPtr> positions = Syntax(*place).variables(columns(arity));
    positions.insert(positions.begin(), std::move(first));
    return positions;
  }

  /// What holds in every world of it, and what its facts add in some.
  void addRelation(const std::string &name) {
    Syntax syntax(*place);
    if (auto found = haveCertain.find(name); found != haveCertain.end())
      program.statements.push_back(
          syntax.rule(name, row(world(), found->second),
                      syntax.list(syntax.atom(kWorlds, syntax.list(world())),
                                  syntax.atom(certain(name), syntax.variables(columns(found->second))))));
    if (auto found = haveUncertain.find(name); found != haveUncertain.end())
      program.statements.push_back(
          syntax.rule(name, row(world(), found->second),
                      syntax.list(syntax.atom(uncertain(name), row(syntax.variable("fact"), found->second)),
                                  syntax.atom(kChosen, syntax.list(world(), syntax.variable("fact"))))));
    if (arities.count(name))
      return addDerived(name, arities.at(name));
    addGiven(name, haveUncertain.at(name));
  }

  /// Of a relation with rules: summed and searched over the worlds.
  void addDerived(const std::string &name, std::size_t arity) {
    Syntax syntax(*place);
    if (read.count(name)) {
      declare(probability(name), std::vector<std::optional<std::int64_t>>(arity));
      program.statements.push_back(
          syntax.equation(probability(name), syntax.variables(columns(arity)), ast::AssignOp::Assign,
                          syntax.product(syntax.list(syntax.atom(name, row(world(), arity)),
                                                     syntax.element(kWeight, syntax.list(world()))))));
    }
    if (asked.count(name))
      program.statements.push_back(
          syntax.rule(possible(name), syntax.variables(columns(arity)),
                      syntax.list(syntax.atom(name, row(world(), arity)),
                                  syntax.compare(syntax.element(kWeight, syntax.list(world())),
                                                 ast::CompareOp::Greater, syntax.integer(0)))));
  }

  /// Of a relation that only facts define: it fails where all of its causes do.
  void addGiven(const std::string &name, std::size_t arity) {
    Syntax syntax(*place);
    const bool hasCertain = haveCertain.count(name) != 0;
    auto chance = [&] { return syntax.element(kChance, syntax.list(syntax.variable("fact"))); };
    auto cause = [&] { return syntax.atom(uncertain(name), row(syntax.variable("fact"), arity)); };
    if (read.count(name)) {
      const std::vector<std::optional<std::int64_t>> extents(arity);
      declare(failure(name), extents);
      declare(probability(name), extents);
      program.statements.push_back(syntax.equation(
          failure(name), syntax.variables(columns(arity)), ast::AssignOp::Multiply,
          syntax.product(syntax.list(cause(), syntax.difference(syntax.integer(1), chance())))));
      if (hasCertain)
        program.statements.push_back(syntax.equation(
            failure(name), syntax.variables(columns(arity)), ast::AssignOp::Multiply,
            syntax.product(syntax.list(syntax.atom(certain(name), syntax.variables(columns(arity))),
                                       syntax.integer(0)))));
      program.statements.push_back(syntax.equation(
          probability(name), syntax.variables(columns(arity)), ast::AssignOp::Assign,
          syntax.difference(syntax.integer(1),
                            syntax.element(failure(name), syntax.variables(columns(arity))))));
    }
    if (!asked.count(name))
      return;
    program.statements.push_back(syntax.rule(
        possible(name), syntax.variables(columns(arity)),
        syntax.list(cause(), syntax.compare(chance(), ast::CompareOp::Greater, syntax.integer(0)))));
    if (hasCertain)
      program.statements.push_back(
          syntax.rule(possible(name), syntax.variables(columns(arity)),
                      syntax.list(syntax.atom(certain(name), syntax.variables(columns(arity))))));
  }

  ast::Program &program;
  source::DiagnosticEngine &diagnostics;
  std::optional<source::SourceRange> place; ///< of the first probabilistic fact
  Names relations;                          ///< those that differ between worlds
  Names inWorlds;                           ///< of those, the ones whose rows in worlds the queries need
  Names read, asked;             ///< relations of which the probability, or the possible rows, are wanted
  std::vector<double> chances;   ///< by number of the fact
  std::vector<std::size_t> bits; ///< numbers of the facts that make worlds
  std::size_t numbered = 0;
  std::map<std::string, std::size_t> arities;                    ///< of what rules define
  std::map<std::string, std::size_t> haveCertain, haveUncertain; ///< with the number of columns
};

} // namespace

bool expandWorlds(ast::Program &program, source::DiagnosticEngine &diagnostics) {
  return expandTensorFacts(program, diagnostics) && Worlds(program, diagnostics).run();
}

} // namespace tl::expand
