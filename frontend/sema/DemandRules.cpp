// Rules restricted to what is asked of their heads.
#include "frontend/sema/DemandRules.h"

#include "frontend/sema/Clone.h"
#include "frontend/sema/DemandBody.h"
#include "frontend/sema/Reads.h"
#include "frontend/sema/Walk.h"

#include <algorithm>
#include <bit>

namespace tl::sema {
namespace {

/// Whether `demand(.., index, ..)` can be solved for the variables of a head's index.
bool isSolvable(const IndexExpr &index) {
  bool isPlainForm = index.divisor == 1 && index.modulus == 0 && index.flattened.empty();
  bool isLinear = index.terms.empty() || (index.terms.size() == 1 && index.terms[0].coefficient > 0);
  return index.kind == IndexExpr::Kind::Symbol ||
         (index.kind == IndexExpr::Kind::Affine && isPlainForm && isLinear && !index.sizeOf);
}

/// A function along an index takes whatever the conditions keep: one more condition would change its value.
bool looksAlong(const Equation &equation) {
  bool found = false;
  walkEquation(equation, [&](const Expr &expr) { found = found || expr.kind == Expr::Kind::Normalize; });
  return found;
}

bool isRule(const Equation &equation) {
  return !looksAlong(equation) && equation.monoid == Monoid::Or && equation.terms.size() == 1 &&
         !equation.terms[0].value && equation.terms[0].literals.empty() && !equation.virtualPosition &&
         std::none_of(equation.guards.begin(), equation.guards.end(),
                      [](const Guard &guard) { return guard.kind == Guard::Kind::Exists; });
}

Adornment positionsOf(const TypedProgram &program, TensorId tensor) {
  const TensorSymbol &symbol = program.tensors[tensor];
  if (symbol.kind != TensorKind::Relation || symbol.hasVirtualAxis || symbol.equations.empty())
    return 0;
  const std::size_t arity = std::min(symbol.axes.size(), kPositions);
  auto positions = static_cast<Adornment>((std::uint64_t{1} << arity) - 1);
  for (EquationId id : symbol.equations) {
    const Equation &equation = program.equations[id];
    if (!isRule(equation))
      return 0;
    for (std::size_t position = 0; position < arity; ++position)
      if (!isSolvable(equation.head[position]))
        positions &= ~(Adornment{1} << position);
  }
  return positions;
}

} // namespace

DemandBuilder::DemandBuilder(TypedProgram &program, const std::set<TensorId> &bound,
                             const std::set<TensorId> &full, bool onlyPositive, bool isTrial)
    : program(program), bound(bound), full(full), onlyPositive(onlyPositive), isTrial(isTrial),
      tensors(program.tensors.size()), equations(program.equations.size()) {
  for (std::size_t number = 0; number < program.components.size(); ++number) {
    const Component &component = program.components[number];
    bool isRules = component.kind == Component::Kind::Plain || component.isBoolean;
    for (TensorId tensor : component.tensors) {
      componentOf[tensor] = number;
      if (Adornment found = isRules ? positionsOf(program, tensor) : 0)
        positions[tensor] = found;
      if (isRules && component.kind == Component::Kind::Fixpoint)
        recursive.insert(tensor);
    }
  }
}

Adornment DemandBuilder::restrictablePositions(TensorId tensor) const {
  auto found = positions.find(tensor);
  return found == positions.end() || full.count(tensor) ? 0 : found->second;
}

bool DemandBuilder::isPlain(TensorId tensor) const {
  auto found = componentOf.find(tensor);
  return found != componentOf.end() && program.components[found->second].kind == Component::Kind::Plain;
}

TensorId DemandBuilder::addTensor(TensorId like, std::string name, std::vector<ClassId> axes) {
  auto id = static_cast<TensorId>(program.tensors.size());
  TensorSymbol symbol;
  symbol.name = std::move(name);
  symbol.range = program.tensors[like].range;
  symbol.kind = TensorKind::Relation;
  symbol.monoid = Monoid::Or;
  symbol.elementType = runtime::ElementType::Bool;
  symbol.axes = std::move(axes);
  symbol.onlyParentheses = true;
  program.tensors.push_back(std::move(symbol));
  return id;
}

void DemandBuilder::addRule(Equation rule) {
  settleRule(rule);
  rule.id = static_cast<EquationId>(program.equations.size());
  program.tensors[rule.tensor].equations.push_back(rule.id);
  program.equations.push_back(std::move(rule));
}

/// Calls that a relation makes to itself can be answered as if they were the first call, when each rule
/// either hands the bound positions to its call or takes the free ones from it. Then every call is tagged
/// with the first one and its answers are those of the first call: no call's answers are kept for themselves.
bool DemandBuilder::isTaggable(TensorId tensor, Adornment bound) const {
  if (!isRecursive(tensor))
    return false;
  const std::vector<TensorId> &members = program.components[componentOf.at(tensor)].tensors;
  bool calls = false;
  for (EquationId id : program.tensors[tensor].equations) {
    const Equation &rule = program.equations[id];
    const RuleForm form = formOf(rule, {members.begin(), members.end()}, bound);
    if (form.form == RecursionForm::Other)
      return false;
    if (form.form != RecursionForm::Right && form.form != RecursionForm::Combined)
      continue;
    calls = true;
    std::set<VariableId> known;
    for (const IndexExpr &index : boundPositions(rule.head, bound))
      addVariables(index, known);
    for (std::size_t position = 0; position < rule.guards.size(); ++position) {
      const Guard &guard = rule.guards[position];
      if (guard.kind == Guard::Kind::Bind)
        known.insert(guard.variable);
      if (guard.kind == Guard::Kind::Positive && position != form.right)
        for (const IndexExpr &index : guard.expr->indices)
          if (index.plainVariable())
            known.insert(*index.plainVariable());
    }
    for (const IndexExpr &index : boundPositions(rule.guards[form.right].expr->indices, bound)) {
      std::set<VariableId> needed;
      addVariables(index, needed);
      if (index.kind == IndexExpr::Kind::Value ||
          !std::includes(known.begin(), known.end(), needed.begin(), needed.end()))
        return false;
    }
  }
  return calls;
}

/// Whether the relation's rules call it with nothing but the positions that they were called with.
bool DemandBuilder::hasOneCall(TensorId tensor, Adornment bound) const {
  const std::vector<TensorId> &members = program.components[componentOf.at(tensor)].tensors;
  const std::vector<EquationId> &rules = program.tensors[tensor].equations;
  return std::all_of(rules.begin(), rules.end(), [&](EquationId id) {
    RecursionForm form = formOf(program.equations[id], {members.begin(), members.end()}, bound).form;
    return form == RecursionForm::Exit || form == RecursionForm::Left;
  });
}

Adornment DemandBuilder::preferred(TensorId tensor, Adornment bound) {
  constexpr int kPositionsTried = 4, kTrials = 64; // what compiling may cost
  const int count = std::popcount(bound);
  if (isTrial || count < 2 || count > kPositionsTried || !isRecursive(tensor))
    return bound;
  auto [found, isNew] = preferences.emplace(std::pair(tensor, bound), bound);
  if (!isNew)
    return found->second;
  std::optional<std::pair<std::size_t, std::size_t>> least;
  for (Adornment some = bound; some && trials < kTrials; some = (some - 1) & bound, ++trials) {
    DemandBuilder trial(program, this->bound, full, onlyPositive, true);
    trial.request(tensor, some);
    trial.finish();
    if (!least || trial.cost() < *least) {
      least = trial.cost();
      found->second = some;
    }
    trial.undo();
  }
  return found->second;
}

const RestrictedRelation &DemandBuilder::request(TensorId tensor, Adornment bound) {
  auto found = restricted.find({tensor, bound});
  if (found != restricted.end())
    return found->second;
  const std::string name =
      program.tensors[tensor].name + "." + adornmentText(bound, program.tensors[tensor].axes.size());
  std::vector<ClassId> asked;
  for (std::size_t position = 0; position < program.tensors[tensor].axes.size(); ++position)
    if (position < kPositions && bound >> position & 1)
      asked.push_back(program.tensors[tensor].axes[position]);
  const bool isTagged = isTaggable(tensor, bound) && asked.size() * 2 <= kPositions;
  if (isTagged)
    asked.insert(asked.end(), asked.begin(), asked.begin() + static_cast<std::ptrdiff_t>(asked.size()));
  RestrictedRelation relation{tensor, bound, 0, 0, isTagged};
  relation.answers = addTensor(tensor, name, program.tensors[tensor].axes);
  relation.demand = addTensor(tensor, "demand " + name, std::move(asked));
  const RestrictedRelation &added = restricted.emplace(std::pair(tensor, bound), relation).first->second;
  waiting.push_back(&added);
  return added;
}

void DemandBuilder::ask(const RestrictedRelation &relation, const std::vector<runtime::Cell> &constants) {
  const std::vector<ClassId> &axes = program.tensors[relation.demand].axes;
  for (std::size_t position = 0; position < constants.size(); ++position) {
    const AxisClass &axis = program.classes[axes[position]];
    if (!axis.isOpen && (constants[position] < 0 || constants[position] >= axis.extent))
      return; // no row has it
  }
  std::vector<runtime::Cell> &rows = seeds[relation.demand];
  rows.insert(rows.end(), constants.begin(), constants.end());
  if (relation.isTagged)
    rows.insert(rows.end(), constants.begin(), constants.end());
}

void DemandBuilder::finish() {
  while (!waiting.empty()) {
    const RestrictedRelation relation = *waiting.front();
    waiting.pop_front();
    writeFacts(relation);
    if (relation.isTagged)
      writeTagged(relation);
    else
      write(relation);
  }
}

/// `P'(x, y) <- demand(x), body`.
void DemandBuilder::write(const RestrictedRelation &relation) {
  const std::vector<EquationId> rules = program.tensors[relation.original].equations;
  for (EquationId id : rules) {
    Equation rule = emptyRule(program.equations[id], relation.original);
    rule.head = clone(program.equations[id].head);
    rule.guards = clone(program.equations[id].guards);
    BodyPass pass(*this, rule);
    pass.start(relation.demand, boundPositions(rule.head, relation.bound));
    pass.run();
    pass.finish();
    rule.tensor = relation.answers;
    addRule(std::move(rule));
  }
}

/// With s the call that was asked and x what it leads to, P(x, y) being an answer to s:
///   exit      P'(s, y) <- demand(s, x), body
///   right     demand(s, v) <- demand(s, x), the body without P(v, y)
///   left      P'(s, y) <- P'(s, u), the body without P(x, u)
///   combined  demand(s, v) <- P'(s, u), the body without P(x, u) and P(v, y)
void DemandBuilder::writeTagged(const RestrictedRelation &relation) {
  const std::vector<TensorId> &members = program.components[componentOf.at(relation.original)].tensors;
  const std::set<TensorId> cycle(members.begin(), members.end());
  const std::vector<EquationId> rules = program.tensors[relation.original].equations;
  for (EquationId id : rules) {
    const RuleForm form = formOf(program.equations[id], cycle, relation.bound);
    Equation rule = emptyRule(program.equations[id], relation.original);
    rule.head = clone(program.equations[id].head);
    rule.guards = clone(program.equations[id].guards);
    std::vector<IndexExpr> tags;
    for (std::size_t position = 0; position < rule.head.size(); ++position) {
      if (!(relation.bound >> position & 1))
        continue;
      Variable tag;
      tag.name = "asked" + std::to_string(position + 1);
      tag.range = rule.range;
      tag.axisClass = program.tensors[relation.original].axes[position];
      tag.hasClass = true;
      tags.push_back(variableIndex(static_cast<VariableId>(rule.variables.size()), rule.range));
      rule.variables.push_back(std::move(tag));
    }
    const bool readsAnswers = form.form == RecursionForm::Left || form.form == RecursionForm::Combined;
    const bool calls = form.form == RecursionForm::Right || form.form == RecursionForm::Combined;
    std::vector<IndexExpr> start = clone(tags);
    if (readsAnswers)
      start = clone(rule.guards[form.left].expr->indices);
    else
      for (IndexExpr &index : boundPositions(rule.head, relation.bound))
        start.push_back(std::move(index));
    std::vector<IndexExpr> called =
        calls ? boundPositions(rule.guards[form.right].expr->indices, relation.bound)
              : std::vector<IndexExpr>();
    std::vector<std::size_t> taken;
    if (readsAnswers)
      taken.push_back(form.left);
    if (calls)
      taken.push_back(form.right);
    std::sort(taken.rbegin(), taken.rend());
    for (std::size_t position : taken)
      rule.guards.erase(rule.guards.begin() + static_cast<std::ptrdiff_t>(position));
    std::size_t tag = 0;
    for (std::size_t position = 0; position < rule.head.size(); ++position)
      if (relation.bound >> position & 1) {
        if (readsAnswers)
          start[position] = clone(tags[tag]);
        rule.head[position] = clone(tags[tag++]);
      }
    BodyPass pass(*this, rule);
    pass.start(readsAnswers ? relation.answers : relation.demand, std::move(start));
    if (calls) {
      rule.head = clone(tags);
      std::move(called.begin(), called.end(), std::back_inserter(rule.head));
    }
    pass.run();
    pass.finish();
    rule.tensor = calls ? relation.demand : relation.answers;
    addRule(std::move(rule));
  }
}

/// A relation that has facts besides its rules: the facts become a relation that restricted rules can read.
TensorId DemandBuilder::factsOf(TensorId tensor) {
  auto [found, isNew] = facts.emplace(tensor, 0);
  if (isNew) {
    found->second = addTensor(tensor, program.tensors[tensor].name + " facts", program.tensors[tensor].axes);
    copies.emplace_back(found->second, tensor);
  }
  return found->second;
}

void DemandBuilder::writeFacts(const RestrictedRelation &relation) {
  if (!bound.count(relation.original))
    return;
  const TensorId stored = factsOf(relation.original);
  Equation rule;
  rule.range = program.tensors[relation.original].range;
  rule.tensor = relation.answers;
  rule.monoid = Monoid::Or;
  rule.terms.emplace_back();
  std::vector<IndexExpr> row, tags, called;
  for (std::size_t position = 0; position < program.tensors[relation.original].axes.size(); ++position) {
    auto add = [&](const char *name) {
      Variable variable;
      variable.name = name + std::to_string(position + 1);
      variable.range = rule.range;
      variable.axisClass = program.tensors[relation.original].axes[position];
      variable.hasClass = true;
      rule.variables.push_back(std::move(variable));
      return variableIndex(static_cast<VariableId>(rule.variables.size() - 1), rule.range);
    };
    row.push_back(add("x"));
    rule.head.push_back(clone(row.back()));
    if (position >= kPositions || !(relation.bound >> position & 1))
      continue;
    called.push_back(clone(row.back()));
    if (relation.isTagged) {
      tags.push_back(add("asked"));
      rule.head.back() = clone(tags.back());
    }
  }
  std::move(called.begin(), called.end(), std::back_inserter(tags));
  rule.guards.push_back(positiveLiteral(relation.demand, std::move(tags), rule.range));
  rule.guards.push_back(positiveLiteral(stored, std::move(row), rule.range));
  addRule(std::move(rule));
}

void DemandBuilder::restrictReads(EquationId id) {
  Equation changed;
  {
    const Equation &original = program.equations[id];
    changed.id = original.id;
    changed.range = original.range;
    changed.tensor = original.tensor;
    changed.monoid = original.monoid;
    changed.head = clone(original.head);
    if (original.virtualPosition)
      changed.virtualPosition = clone(*original.virtualPosition);
    changed.variables = original.variables;
    changed.guards = clone(original.guards);
    for (const Term &term : original.terms) {
      Term &copy = changed.terms.emplace_back();
      copy.value = term.value ? clone(*term.value) : nullptr;
      copy.projected = term.projected;
      copy.literals = clone(term.literals);
    }
  }
  BodyPass pass(*this, changed);
  pass.run();
  for (Term &term : changed.terms) {
    for (Guard &literal : term.literals)
      pass.restrict(*literal.expr);
    if (term.value)
      walk(*term.value, [&](Expr &expr) {
        if (expr.kind == Expr::Kind::Test || expr.kind == Expr::Kind::Literal)
          pass.restrictByConstants(expr);
      });
  }
  pass.finish();
  collectReads(changed);
  replaced.emplace_back(id, std::move(program.equations[id]));
  program.equations[id] = std::move(changed);
}

void DemandBuilder::undo() {
  for (auto &[id, original] : replaced)
    program.equations[id] = std::move(original);
  replaced.clear();
  program.equations.erase(program.equations.begin() + static_cast<std::ptrdiff_t>(equations),
                          program.equations.end());
  program.tensors.erase(program.tensors.begin() + static_cast<std::ptrdiff_t>(tensors),
                        program.tensors.end());
}

/// Recursive relations whose calls multiply, then all restricted relations: fewer is better.
std::pair<std::size_t, std::size_t> DemandBuilder::cost() const {
  std::size_t multiplying = 0;
  for (const auto &[key, relation] : restricted)
    multiplying += isRecursive(relation.original) && !relation.isTagged &&
                   !hasOneCall(relation.original, relation.bound);
  return {multiplying, restricted.size()};
}

std::set<TensorId> DemandBuilder::overlap(const std::set<TensorId> &needed) const {
  std::set<TensorId> both;
  for (const auto &[key, relation] : restricted)
    if (needed.count(relation.original))
      both.insert(relation.original);
  return both;
}

} // namespace tl::sema
