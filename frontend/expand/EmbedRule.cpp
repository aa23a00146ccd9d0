// One rule as a contraction in embedding space.
#include "frontend/expand/EmbedRule.h"

#include "frontend/ast/Walk.h"
#include "frontend/expand/Copier.h"
#include "frontend/expand/Syntax.h"

#include <algorithm>
#include <set>

namespace tl::expand {
namespace {

using ast::ExprPtr;
using source::DiagnosticId;
using Indices = std::set<std::string>;

/// A tensor under its indices; a constant stands where a symbol's embedding is read.
struct Factor {
  std::string tensor;
  std::vector<std::string> indices;
  ExprPtr constant; ///< the first position, before `indices`

  Indices set() const { return {indices.begin(), indices.end()}; }
};

void addVariables(const ast::Expr &expr, std::multiset<std::string> &into) {
  if (const auto *variable = std::get_if<ast::Variable>(&expr.node))
    into.insert(variable->name);
  ast::forEachPart(expr, [&](const ExprPtr &part, bool) { addVariables(*part, into); });
}

class RuleExpander {
public:
  RuleExpander(ast::Rule rule, source::SourceRange range, const EmbeddedRule &context,
               std::vector<ast::Statement> &into, source::DiagnosticEngine &diagnostics)
      : rule(std::move(rule)), syntax(range), context(context), into(into), diagnostics(diagnostics) {}

  void run() {
    sortLiterals();
    for (std::size_t number = 0; number < embedded.size(); ++number)
      addFactors(std::get<ast::Access>(embedded[number]->node), number);
    if (diagnostics.hasErrors())
      return;
    Indices kept(outside.begin(), outside.end());
    while (factors.size() > 2)
      contract(kept);
    finish();
  }

private:
  const EmbeddedRelation *relationOf(const ast::Expr &literal) const {
    const auto *access = std::get_if<ast::Access>(&literal.node);
    auto found =
        access && access->hasParentheses ? context.relations.find(access->name) : context.relations.end();
    return found == context.relations.end() ? nullptr : &found->second;
  }

  /// Embedded atoms become factors, everything else conditions; what conditions and the head mention is read
  /// out at symbols.
  void sortLiterals() {
    for (ExprPtr &literal : rule.body)
      (relationOf(*literal) ? embedded : guards).push_back(std::move(literal));
    ast::forEachIndexPart(rule.head.indices,
                          [&](const ExprPtr &part, bool) { addVariables(*part, outside); });
    for (const ExprPtr &guard : guards)
      addVariables(*guard, outside);
    for (const ExprPtr &literal : embedded)
      addVariables(*literal, inside);
  }

  /// EmbR under fresh embedding indices. A variable that occurs twice, in embedded atoms alone, is one index;
  /// any other stands for a symbol, whose embedding is one more factor.
  void addFactors(const ast::Access &access, std::size_t number) {
    const EmbeddedRelation &relation = context.relations.at(access.name);
    if (access.indices.size() != relation.spaces.size()) {
      diagnostics.report(DiagnosticId::ArityClash, access.nameRange,
                         "'" + access.name + "' has " + std::to_string(access.indices.size()) +
                             " positions here but " + std::to_string(relation.spaces.size()) + " elsewhere");
      return;
    }
    Factor atom{embeddedName(access.name), {}, nullptr};
    std::vector<Factor> readers;
    for (std::size_t position = 0; position < access.indices.size(); ++position) {
      const ast::Index &index = access.indices[position];
      const auto *variable = index.expr ? std::get_if<ast::Variable>(&index.expr->node) : nullptr;
      const std::string name = "e" + std::to_string(number + 1) + "." + std::to_string(position + 1);
      if (variable && variable->name != "_" && !outside.count(variable->name) &&
          inside.count(variable->name) == 2) {
        atom.indices.push_back(variable->name + " embedded");
        continue;
      }
      atom.indices.push_back(name);
      if (variable) {
        const std::string symbol = variable->name == "_" ? "any " + name : variable->name;
        readers.push_back({relation.spaces[position], {symbol, name}, nullptr});
      } else if (index.expr && isConstant(*index.expr)) {
        readers.push_back({relation.spaces[position], {name}, copy(*index.expr)});
      } else {
        diagnostics.report(DiagnosticId::NotSupportedYet, index.range,
                           "arithmetic in a position of an embedded relation is not supported yet");
      }
    }
    factors.push_back(std::move(atom));
    std::move(readers.begin(), readers.end(), std::back_inserter(factors));
  }

  static bool isConstant(const ast::Expr &expr) {
    return std::holds_alternative<ast::Name>(expr.node) || std::holds_alternative<ast::Text>(expr.node) ||
           std::holds_alternative<ast::Number>(expr.node);
  }

  ExprPtr read(Factor &factor) {
    std::vector<ExprPtr> positions = syntax.variables(factor.indices);
    if (factor.constant)
      positions.insert(positions.begin(), std::move(factor.constant));
    return syntax.element(factor.tensor, std::move(positions));
  }

  /// What is left of two factors once the indices that nothing else needs are summed.
  std::vector<std::string> productOf(std::size_t lhs, std::size_t rhs, const Indices &kept) const {
    Indices all = factors[lhs].set(), needed = kept;
    all.merge(factors[rhs].set());
    for (std::size_t other = 0; other < factors.size(); ++other)
      if (other != lhs && other != rhs)
        needed.insert(factors[other].indices.begin(), factors[other].indices.end());
    std::vector<std::string> left;
    std::set_intersection(all.begin(), all.end(), needed.begin(), needed.end(), std::back_inserter(left));
    return left;
  }

  /// Multiplies the two factors whose product has the fewest indices; of those, factors that share one first.
  void contract(const Indices &kept) {
    std::size_t lhs = 0, rhs = 1;
    std::pair<std::size_t, std::size_t> best{SIZE_MAX, 0};
    for (std::size_t one = 0; one < factors.size(); ++one)
      for (std::size_t two = one + 1; two < factors.size(); ++two) {
        Indices both = factors[one].set();
        both.merge(factors[two].set());
        const bool isShared = both.size() < factors[one].indices.size() + factors[two].indices.size();
        const std::pair rank(both.size() + (isShared ? 0 : 100), productOf(one, two, kept).size());
        if (rank < best) {
          best = rank;
          lhs = one;
          rhs = two;
        }
      }
    Factor product{"step " + std::to_string(++steps) + " of rule " + std::to_string(context.number),
                   productOf(lhs, rhs, kept), nullptr};
    into.push_back(syntax.equation(product.tensor, syntax.variables(product.indices), ast::AssignOp::Assign,
                                   syntax.product(syntax.list(read(factors[lhs]), read(factors[rhs])))));
    factors.erase(factors.begin() + static_cast<std::ptrdiff_t>(rhs));
    factors[lhs] = std::move(product);
  }

  void finish() {
    std::vector<std::string> columns;
    ast::forEachIndexPart(rule.head.indices, [&](const ExprPtr &part, bool) {
      const auto *variable = std::get_if<ast::Variable>(&part->node);
      if (variable && std::find(columns.begin(), columns.end(), variable->name) == columns.end())
        columns.push_back(variable->name);
      else if (!variable && !isConstant(*part))
        diagnostics.report(DiagnosticId::NotSupportedYet, part->range,
                           "arithmetic in the head of an embedded rule is not supported yet");
    });
    const std::string score = "score of rule " + std::to_string(context.number);
    std::vector<ExprPtr> product;
    for (Factor &factor : factors)
      product.push_back(read(factor));
    into.push_back(syntax.equation(score, syntax.variables(columns), ast::AssignOp::Assign,
                                   syntax.product(std::move(product)), std::move(guards)));
    const ast::Expr *given = context.relations.at(rule.head.name).temperature;
    ExprPtr centred = syntax.difference(syntax.element(score, syntax.variables(columns)), syntax.real(0.5));
    ast::Statement held{
        rule.head.range,
        ast::Equation{
            std::move(rule.head),
            ast::AssignOp::Max,
            syntax.call("sig", syntax.list(std::move(centred), given ? copy(*given) : syntax.integer(0))),
            {}}};
    ast::Head &head = std::get<ast::Equation>(held.node).head;
    head.name = softName(head.name);
    head.form = head.indices.empty() ? ast::Head::Form::Bare : ast::Head::Form::Brackets;
    into.push_back(std::move(held));
  }

  ast::Rule rule;
  Syntax syntax;
  const EmbeddedRule &context;
  std::vector<ast::Statement> &into;
  source::DiagnosticEngine &diagnostics;
  std::vector<ExprPtr> embedded, guards;
  std::multiset<std::string> outside, inside; ///< variables of the head and conditions, of embedded atoms
  std::vector<Factor> factors;
  std::size_t steps = 0;
};

} // namespace

void expandRule(ast::Rule rule, source::SourceRange range, const EmbeddedRule &context,
                std::vector<ast::Statement> &into, source::DiagnosticEngine &diagnostics) {
  RuleExpander(std::move(rule), range, context, into, diagnostics).run();
}

} // namespace tl::expand
