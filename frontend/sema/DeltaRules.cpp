// What new rows of some relations add to others: rules over what is new.
#include "frontend/sema/DeltaRules.h"

#include "frontend/sema/Build.h"
#include "frontend/sema/Clone.h"
#include "frontend/sema/DemandRules.h"
#include "frontend/sema/Walk.h"

#include <algorithm>

namespace tl::sema {
namespace {

/// A rule reads its own component by old and new rows apart, so its copies double with each literal.
constexpr std::size_t kMostOwnLiterals = 3;

bool isPlainIndex(const IndexExpr &index) {
  return index.kind == IndexExpr::Kind::Symbol ||
         (index.kind == IndexExpr::Kind::Affine && index.flattened.empty() && !index.sizeOf && !index.slice);
}

bool isRelation(const TensorSymbol &tensor) {
  return tensor.kind == TensorKind::Relation && !tensor.hasVirtualAxis && !tensor.axes.empty();
}

/// Whether the equation is a rule without functions along an index, which look at all rows at once.
bool isRule(const Equation &equation) {
  bool isPlain = equation.monoid == Monoid::Or && equation.terms.size() == 1 && !equation.terms[0].value &&
                 equation.terms[0].literals.empty() && !equation.virtualPosition &&
                 std::ranges::all_of(equation.head, isPlainIndex) &&
                 std::ranges::none_of(equation.guards,
                                      [](const Guard &guard) { return guard.kind == Guard::Kind::Exists; });
  walkEquation(equation, [&](const Expr &expr) {
    isPlain = isPlain && expr.kind != Expr::Kind::Normalize && expr.kind != Expr::Kind::Matrix &&
              expr.kind != Expr::Kind::Random;
  });
  return isPlain;
}

class DeltaWriter {
public:
  DeltaWriter(const TypedProgram &original, const Component &component, const std::set<TensorId> &changed)
      : original(original), component(component), changed(changed),
        own(component.tensors.begin(), component.tensors.end()) {}

  std::optional<DeltaProgram> run() {
    if (!isWritable())
      return std::nullopt;
    start();
    for (TensorId tensor : component.tensors)
      for (EquationId id : original.tensors[tensor].equations)
        writeRule(original.equations[id]);
    order();
    return std::move(made);
  }

private:
  bool isWritable() const {
    bool isBoolean = component.kind == Component::Kind::Plain ||
                     (component.kind == Component::Kind::Fixpoint && component.isBoolean);
    auto isOfRelations = [&](TensorId tensor) { return isRelation(original.tensors[tensor]); };
    if (!isBoolean || !std::ranges::all_of(component.tensors, isOfRelations) ||
        !std::ranges::all_of(changed, isOfRelations))
      return false;
    return std::ranges::all_of(component.tensors, [&](TensorId tensor) {
      const std::vector<EquationId> &rules = original.tensors[tensor].equations;
      return std::ranges::all_of(rules,
                                 [&](EquationId id) { return readsPositively(original.equations[id]); });
    });
  }

  bool grows(TensorId tensor) const { return changed.count(tensor) != 0 || own.count(tensor) != 0; }

  /// Every mention of a relation that grows is a positive literal of its own.
  bool readsPositively(const Equation &rule) const {
    if (!isRule(rule))
      return false;
    std::size_t mentions = 0, literals = 0, ownLiterals = 0;
    walkEquation(rule, [&](const Expr &expr) {
      bool isRead = expr.kind == Expr::Kind::Literal || expr.kind == Expr::Kind::Test ||
                    expr.kind == Expr::Kind::Element;
      mentions += isRead && grows(expr.tensor);
    });
    for (const Guard &guard : rule.guards)
      if (guard.kind == Guard::Kind::Positive && grows(guard.expr->tensor)) {
        ++literals;
        ownLiterals += own.count(guard.expr->tensor);
      }
    return mentions == literals && ownLiterals <= kMostOwnLiterals;
  }

  TensorId addTensor(TensorId like, const std::string &suffix) {
    TensorSymbol symbol;
    symbol.name = original.tensors[like].name + suffix;
    symbol.range = original.tensors[like].range;
    symbol.kind = TensorKind::Relation;
    symbol.monoid = Monoid::Or;
    symbol.elementType = runtime::ElementType::Bool;
    symbol.axes = original.tensors[like].axes;
    symbol.onlyParentheses = true;
    made.program.tensors.push_back(std::move(symbol));
    return static_cast<TensorId>(made.program.tensors.size() - 1);
  }

  /// The names hold a '.', which no program can write.
  void start() {
    made.program.tensors = original.tensors;
    made.program.classes = original.classes;
    made.program.domains = original.domains;
    made.program.externals = original.externals;
    made.program.integerNames = original.integerNames;
    for (TensorSymbol &tensor : made.program.tensors)
      tensor.equations.clear();
    for (TensorId tensor : changed)
      made.fresh.emplace(tensor, addTensor(tensor, ".new"));
    for (TensorId tensor : component.tensors) {
      made.gained.push_back(addTensor(tensor, ".gained"));
      gainedOf.emplace(tensor, made.gained.back());
      made.read.insert(tensor);
    }
  }

  /// One copy for each literal that may be new: before it own literals read old rows, after it old or new
  /// ones.
  void writeRule(const Equation &rule) {
    std::vector<std::size_t> places;
    for (std::size_t place = 0; place < rule.guards.size(); ++place)
      if (rule.guards[place].kind == Guard::Kind::Positive && grows(rule.guards[place].expr->tensor))
        places.push_back(place);
    for (std::size_t first = 0; first < places.size(); ++first) {
      std::vector<std::size_t> later;
      for (std::size_t next = first + 1; next < places.size(); ++next)
        if (own.count(rule.guards[places[next]].expr->tensor))
          later.push_back(places[next]);
      for (std::size_t choice = 0; choice < std::size_t{1} << later.size(); ++choice) {
        std::set<std::size_t> isNew{places[first]};
        for (std::size_t number = 0; number < later.size(); ++number)
          if (choice >> number & 1)
            isNew.insert(later[number]);
        writeCopy(rule, isNew);
      }
    }
  }

  void writeCopy(const Equation &rule, const std::set<std::size_t> &isNew) {
    Equation copy = emptyRule(rule, gainedOf.at(rule.tensor));
    copy.head = clone(rule.head);
    copy.guards = clone(rule.guards);
    for (std::size_t place : isNew) {
      TensorId &tensor = copy.guards[place].expr->tensor;
      tensor = own.count(tensor) ? gainedOf.at(tensor) : made.fresh.at(tensor);
    }
    copy.guards.push_back(lacks(rule));
    settleRule(copy);
    copy.id = static_cast<EquationId>(made.program.equations.size());
    for (TensorId read : copy.reads)
      if (read < original.tensors.size())
        made.read.insert(read);
    made.program.tensors[copy.tensor].equations.push_back(copy.id);
    made.program.equations.push_back(std::move(copy));
  }

  /// `not R(head)` over the old rows.
  Guard lacks(const Equation &rule) const {
    Guard guard = positiveLiteral(rule.tensor, clone(rule.head), rule.range);
    guard.kind = Guard::Kind::Negative;
    guard.expr->kind = Expr::Kind::Test;
    return guard;
  }

  /// What is read comes first, then one component like the original.
  void order() {
    Component gains;
    gains.kind = component.kind;
    gains.isBoolean = component.isBoolean;
    gains.isIdempotent = component.isIdempotent;
    gains.tensors = made.gained;
    const std::set<TensorId> all(made.gained.begin(), made.gained.end());
    for (const Equation &rule : made.program.equations) {
      bool isRecursive = std::ranges::any_of(rule.reads, [&](TensorId read) { return all.count(read) != 0; });
      (isRecursive ? gains.equations : gains.base).push_back(rule.id);
    }
    std::set<TensorId> given = made.read;
    for (auto [tensor, fresh] : made.fresh)
      given.insert(fresh);
    for (TensorId tensor : given) {
      Component data;
      data.tensors = {tensor};
      made.program.components.push_back(std::move(data));
    }
    made.program.components.push_back(std::move(gains));
  }

  const TypedProgram &original;
  const Component &component;
  const std::set<TensorId> &changed;
  const std::set<TensorId> own;
  std::map<TensorId, TensorId> gainedOf;
  DeltaProgram made;
};

} // namespace

std::optional<DeltaProgram> deltaProgram(const TypedProgram &program, const Component &component,
                                         const std::set<TensorId> &changed) {
  return DeltaWriter(program, component, changed).run();
}

} // namespace tl::sema
