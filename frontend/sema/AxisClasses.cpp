// Union-find of axes and variables.
#include "frontend/sema/AxisClasses.h"

#include "frontend/sema/Build.h"
#include "frontend/sema/Reads.h"
#include "frontend/sema/Walk.h"

#include <algorithm>

namespace tl::sema {

using source::DiagnosticId;

/// How the variables of one equation are used by reads.
struct AxisClasses::Uses {
  std::vector<bool>
      isAffinelyBounded; ///< an affine read bounds it, so a left axis of its own takes the computed extent
};

AxisClasses::AxisClasses(TypedProgram &program, source::DiagnosticEngine &diagnostics)
    : program(program), diagnostics(diagnostics), components(ownComponents(program)) {
  for (ClassId id = 0; id < program.classes.size(); ++id)
    parents.push_back(id);
  for (const Equation &equation : program.equations) {
    variables.emplace_back();
    for (std::size_t k = 0; k < equation.variables.size(); ++k) {
      variables.back().push_back(static_cast<ClassId>(program.classes.size()));
      parents.push_back(variables.back().back());
      program.classes.emplace_back();
    }
  }
  kinds.resize(program.classes.size());
  isCyclic.resize(program.tensors.size() + 1);
  std::vector<bool> isSeen(program.tensors.size() + 1);
  for (std::uint32_t component : components) {
    isCyclic[component] = isCyclic[component] || isSeen[component];
    isSeen[component] = true;
  }
  for (const Equation &equation : program.equations)
    if (std::binary_search(equation.reads.begin(), equation.reads.end(), equation.tensor))
      isCyclic[components[equation.tensor]] = true;
}

ClassId AxisClasses::root(ClassId axisClass) {
  while (parents[axisClass] != axisClass)
    axisClass = parents[axisClass] = parents[parents[axisClass]];
  return axisClass;
}

ClassId AxisClasses::variableClass(const Equation &equation, VariableId variable) const {
  return variables[equation.id][variable];
}

bool AxisClasses::isDeclaredExtent(TensorId tensor, std::size_t axis) const {
  const auto &declared = program.tensors[tensor].declaredExtents;
  return axis < declared.size() && declared[axis];
}

AxisClasses::Place AxisClasses::placeOf(const Equation &equation, VariableId variable, SourceRange range) {
  return {equation.variables[variable].name, range};
}

void AxisClasses::mergeDomains(AxisClass &into, const AxisClass &from, const Place &place) {
  if (from.domain.empty() || into.domain == from.domain)
    return;
  if (into.domain.empty()) {
    into.domain = from.domain;
    into.domainRange = from.domainRange;
    return;
  }
  auto &report = diagnostics.report(DiagnosticId::DomainClash, place.range,
                                    "index '" + place.variable + "' runs over domain '" + from.domain +
                                        "' and over domain '" + into.domain + "'");
  report.labels.push_back({into.domainRange, "domain '" + into.domain + "' here"});
  report.labels.push_back({from.domainRange, "domain '" + from.domain + "' here"});
}

void AxisClasses::unite(ClassId lhs, ClassId rhs, const Place &place) {
  lhs = root(lhs);
  rhs = root(rhs);
  if (lhs == rhs)
    return;
  // The smaller number stays, so that places reported first are those of the text.
  if (rhs < lhs)
    std::swap(lhs, rhs);
  parents[rhs] = lhs;
  AxisClass &into = program.classes[lhs];
  AxisClass &from = program.classes[rhs];
  mergeDomains(into, from, place);
  into.hard.insert(into.hard.end(), from.hard.begin(), from.hard.end());
  into.softExtent = std::max(into.softExtent, from.softExtent);
  into.isComputed = into.isComputed || from.isComputed;
  into.isRecurrence = into.isRecurrence || from.isRecurrence;
  auto keep = [](auto &known, const auto &other) { known = known ? known : other; };
  keep(kinds[lhs].integer, kinds[rhs].integer);
  keep(kinds[lhs].cell, kinds[rhs].cell);
  keep(kinds[lhs].symbol, kinds[rhs].symbol);
  keep(kinds[lhs].meeting, kinds[rhs].meeting);
  bool isMeeting = kinds[lhs].symbol && (kinds[lhs].integer || kinds[lhs].cell);
  if (isMeeting && !kinds[lhs].meeting)
    kinds[lhs].meeting = place;
}

void AxisClasses::noteInteger(ClassId axisClass, SourceRange range) {
  auto &place = kinds[root(axisClass)].integer;
  place = place.value_or(range);
}

void AxisClasses::noteSymbol(ClassId axisClass, SourceRange range) {
  auto &place = kinds[root(axisClass)].symbol;
  place = place.value_or(range);
}

void AxisClasses::join() {
  for (const TensorSymbol &tensor : program.tensors)
    for (ClassId id : tensor.axes) {
      const AxisClass &axis = program.classes[id];
      if (axis.kind == AxisClass::Kind::Symbol)
        kinds[id].symbol = axis.kindRange;
      else if (axis.kind == AxisClass::Kind::Integer)
        (tensor.kind == TensorKind::Relation ? kinds[id].cell : kinds[id].integer) = axis.kindRange;
    }
  markLeftForms();
  for (Equation &equation : program.equations)
    markSelfReads(equation);
  for (Equation &equation : program.equations)
    joinEquation(equation);
  for (const Query &query : program.queries)
    joinQuery(query);
  reportKinds();
  renumber();
}

/// Left positions that are not a variable alone: offsets make recurrence axes, other forms computed ones,
/// constants reach.
void AxisClasses::markLeftForms() {
  for (const Equation &equation : program.equations)
    for (std::size_t k = 0; k < equation.head.size(); ++k) {
      const IndexExpr &index = equation.head[k];
      AxisClass &axis = program.classes[program.tensors[equation.tensor].axes[k]];
      if (index.kind != IndexExpr::Kind::Affine || index.plainVariable())
        continue;
      bool isOffset = index.terms.size() == 1 && index.terms[0].coefficient == 1 && index.divisor == 1 &&
                      index.modulus == 0 && index.constant != 0;
      if (isOffset)
        axis.isRecurrence = true;
      else if (index.terms.empty() && index.flattened.empty())
        axis.softExtent = std::max(axis.softExtent, index.constant + 1);
      else
        axis.isComputed = true;
    }
}

void AxisClasses::markSelfReads(Equation &equation) {
  std::uint32_t own = components[equation.tensor];
  if (isCyclic[own])
    walkEquation(equation, [&](Expr &expr) {
      bool reads = expr.kind == Expr::Kind::Element || expr.kind == Expr::Kind::Test ||
                   expr.kind == Expr::Kind::Literal;
      if (!reads || components[expr.tensor] != own)
        return;
      for (IndexExpr &index : expr.indices)
        index.isSelfRead = true;
    });
}

/// Variables of one name are one index, also where a reduction gives them a level of their own.
void AxisClasses::joinNames(const Equation &equation) {
  std::map<std::string_view, VariableId> first;
  for (VariableId id = 0; id < equation.variables.size(); ++id) {
    const std::string &name = equation.variables[id].name;
    auto [known, isNew] = first.emplace(name, id);
    if (!isNew && name != "_")
      unite(variableClass(equation, known->second), variableClass(equation, id),
            placeOf(equation, id, equation.variables[id].range));
  }
}

void AxisClasses::joinEquation(Equation &equation) {
  Uses uses;
  uses.isAffinelyBounded.resize(equation.variables.size());
  joinNames(equation);
  collectUses(equation, uses);
  joinLeft(equation, uses);
  forEachGuard(equation.guards, [&](const Guard &guard) {
    if (guard.kind == Guard::Kind::Bind)
      joinBinding(guard, equation);
  });
  for (const Term &term : equation.terms)
    if (term.value && term.value->kind == Expr::Kind::IndexValue)
      for (const AffineTerm &part : term.value->index.terms)
        noteInteger(variableClass(equation, part.variable), term.value->range);
  walkEquation(equation, [&](const Expr &expr) {
    joinComparison(expr, equation);
    noteNumbers(expr, equation);
  });
  // A variable that only a reduction's namesake places on an axis still has that axis's class.
  std::map<std::string_view, bool> isPlaced;
  for (const Variable &variable : equation.variables)
    isPlaced[variable.name] = isPlaced[variable.name] || variable.hasClass;
  for (Variable &variable : equation.variables)
    variable.hasClass = variable.hasClass || (variable.name != "_" && isPlaced[variable.name]);
}

void AxisClasses::collectUses(Equation &equation, Uses &uses) {
  walkEquation(equation, [&](const Expr &expr) {
    bool reads =
        expr.kind == Expr::Kind::Element || expr.kind == Expr::Kind::Test || expr.kind == Expr::Kind::Literal;
    if (reads)
      joinRead(expr, equation, uses);
    if (expr.kind == Expr::Kind::Matrix)
      joinMatrix(expr, equation);
  });
}

/// Rows and columns of a square matrix have one extent, as has the index that counts its eigenvalues.
void AxisClasses::joinMatrix(const Expr &expr, const Equation &equation) {
  if (expr.function == "svd")
    return;
  const ClassId rows = variableClass(equation, expr.variables[0]);
  unite(rows, variableClass(equation, expr.variables[1]), placeOf(equation, expr.variables[1], expr.range));
  if (expr.function == "eigh") {
    const VariableId counter = *expr.indices.back().plainVariable();
    unite(rows, variableClass(equation, counter), placeOf(equation, counter, expr.range));
  }
}

void AxisClasses::joinRead(const Expr &expr, const Equation &equation, Uses &uses) {
  const TensorSymbol &tensor = program.tensors[expr.tensor];
  bool isDense = tensor.kind == TensorKind::Dense;
  for (std::size_t k = 0; k < expr.indices.size(); ++k) {
    const IndexExpr &index = expr.indices[k];
    ClassId axis = tensor.axes[k];
    notePosition(axis, index, isDense);
    bool isRecurrence = program.classes[axis].isRecurrence;
    std::optional<VariableId> plain = index.plainVariable();
    if (plain && !isRecurrence) {
      unite(axis, variableClass(equation, *plain), placeOf(equation, *plain, index.range));
      program.equations[equation.id].variables[*plain].hasClass = true;
      continue;
    }
    if (!isDense || index.kind != IndexExpr::Kind::Affine || index.modulus != 0)
      continue;
    // Reads of the equation's own component bound from below only.
    bool reachesBelow = index.constant < 0;
    for (const AffineTerm &term : index.terms)
      reachesBelow = reachesBelow || term.coefficient < 0;
    if (!index.isSelfRead || reachesBelow)
      for (const AffineTerm &term : index.terms)
        uses.isAffinelyBounded[term.variable] = true;
  }
}

void AxisClasses::notePosition(ClassId axisClass, const IndexExpr &index, bool isDense) {
  switch (index.kind) {
  case IndexExpr::Kind::Symbol:
    noteSymbol(axisClass, index.range);
    return;
  case IndexExpr::Kind::Value:
    noteInteger(axisClass, index.range);
    return;
  case IndexExpr::Kind::Affine:
    break;
  }
  if (index.plainVariable() || !index.flattened.empty())
    return;
  if (isDense)
    noteInteger(axisClass, index.range);
  else
    kinds[root(axisClass)].cell = kinds[root(axisClass)].cell.value_or(index.range);
}

void AxisClasses::joinLeft(Equation &equation, const Uses &uses) {
  const TensorSymbol &tensor = program.tensors[equation.tensor];
  for (std::size_t k = 0; k < equation.head.size(); ++k) {
    const IndexExpr &index = equation.head[k];
    ClassId axis = tensor.axes[k];
    notePosition(axis, index, tensor.kind == TensorKind::Dense);
    std::optional<VariableId> plain = index.plainVariable();
    if (!plain || program.classes[axis].isRecurrence)
      continue;
    Variable &variable = equation.variables[*plain];
    if (tensor.kind == TensorKind::Dense && uses.isAffinelyBounded[*plain]) {
      program.classes[root(axis)].isComputed = true;
      continue;
    }
    if (isDeclaredExtent(equation.tensor, k) && variable.hasClass)
      continue;
    unite(axis, variableClass(equation, *plain), placeOf(equation, *plain, index.range));
    variable.hasClass = true;
  }
}

void AxisClasses::joinBinding(const Guard &guard, const Equation &equation) {
  ClassId bound = variableClass(equation, guard.variable);
  if (guard.binding.kind == IndexExpr::Kind::Symbol)
    return noteSymbol(bound, guard.range);
  std::optional<VariableId> plain = guard.binding.plainVariable();
  if (!plain)
    return notePosition(bound, guard.binding, false);
  const AxisClass &lhs = program.classes[root(bound)],
                  &rhs = program.classes[root(variableClass(equation, *plain))];
  if (lhs.hard.empty() && rhs.hard.empty())
    unite(bound, variableClass(equation, *plain), placeOf(equation, guard.variable, guard.range));
}

/// `x = y` and `x != y` compare ids, so both must be of one domain; integers need not be of one extent.
void AxisClasses::joinComparison(const Expr &expr, const Equation &equation) {
  if (!isApply(expr, "eq") && !isApply(expr, "ne"))
    return;
  const Expr &lhs = *expr.operands[0], &rhs = *expr.operands[1];
  if (lhs.kind != Expr::Kind::IndexValue || rhs.kind != Expr::Kind::IndexValue)
    return;
  std::optional<VariableId> left = lhs.index.plainVariable(), right = rhs.index.plainVariable();
  if (left && rhs.index.kind == IndexExpr::Kind::Symbol)
    noteSymbol(variableClass(equation, *left), rhs.range);
  if (right && lhs.index.kind == IndexExpr::Kind::Symbol)
    noteSymbol(variableClass(equation, *right), lhs.range);
  if (!left || !right)
    return;
  ClassId leftRoot = root(variableClass(equation, *left)), rightRoot = root(variableClass(equation, *right));
  bool mayBeSymbols = !kinds[leftRoot].integer && !kinds[leftRoot].cell && !kinds[rightRoot].integer &&
                      !kinds[rightRoot].cell;
  bool isSymbol = kinds[leftRoot].symbol || kinds[rightRoot].symbol;
  if (isSymbol || mayBeSymbols)
    unite(leftRoot, rightRoot, placeOf(equation, *left, expr.range));
}

/// A variable in arithmetic or an order comparison is a number.
void AxisClasses::noteNumbers(const Expr &expr, const Equation &equation) {
  bool isEquality = isApply(expr, "eq") || isApply(expr, "ne");
  if (isEquality)
    return;
  for (const ExprPtr &operand : expr.operands) {
    if (operand->kind != Expr::Kind::IndexValue)
      continue;
    for (const AffineTerm &term : operand->index.terms)
      noteInteger(variableClass(equation, term.variable), operand->range);
  }
}

/// `P(x, x)?` compares the ids of two columns, so both must be of one domain; integers are compared as they
/// are.
void AxisClasses::joinQuery(const Query &query) {
  std::map<std::string_view, ClassId> first;
  const std::vector<ClassId> &axes = program.tensors[query.tensor].axes;
  for (std::size_t axis = 0; axis < std::min(axes.size(), query.arguments.size()); ++axis) {
    if (query.arguments[axis].kind != QueryArgument::Kind::Variable)
      continue;
    auto [known, isNew] = first.emplace(query.arguments[axis].text, axes[axis]);
    const AxisClass &lhs = program.classes[root(known->second)], &rhs = program.classes[root(axes[axis])];
    if (!isNew && lhs.hard.empty() && rhs.hard.empty())
      unite(known->second, axes[axis], {query.arguments[axis].text, query.range});
  }
}

/// The variable of the class in the statement at `range`; empty when there is none.
std::string AxisClasses::variableAt(ClassId id, SourceRange range) {
  for (const Equation &equation : program.equations) {
    const SourceRange whole = equation.range;
    if (whole.file != range.file || range.begin < whole.begin || whole.end < range.end)
      continue;
    for (VariableId variable = 0; variable < equation.variables.size(); ++variable)
      if (equation.variables[variable].name != "_" && root(variableClass(equation, variable)) == id)
        return equation.variables[variable].name;
  }
  return "";
}

/// Integers and symbols meet in one class: rows of an array may stand for the symbols of a declared domain,
/// whose order is fixed; everything else is a clash.
void AxisClasses::reportKinds() {
  for (ClassId id = 0; id < parents.size(); ++id) {
    if (root(id) != id)
      continue;
    AxisClass &axis = program.classes[id];
    const KindPlaces &places = kinds[id];
    std::optional<SourceRange> integer = places.cell ? places.cell : places.integer;
    bool isSymbol = places.symbol || !axis.domain.empty();
    if (isSymbol) {
      axis.kind = AxisClass::Kind::Symbol;
      axis.kindRange = places.symbol.value_or(axis.domainRange);
    } else if (integer) {
      axis.kind = AxisClass::Kind::Integer;
      axis.kindRange = *integer;
    }
    bool isClash = isSymbol && (axis.domain.empty() ? integer.has_value() : places.cell.has_value());
    // A number that has been taken for a symbol is reported as that.
    const bool isReported = std::any_of(diagnostics.all().begin(), diagnostics.all().end(),
                                        [&](const source::Diagnostic &diagnostic) {
                                          return diagnostic.id == DiagnosticId::SymbolOrConstant &&
                                                 diagnostic.range.begin == axis.kindRange.begin;
                                        });
    if (!isClash || isReported)
      continue;
    SourceRange later = integer->begin < axis.kindRange.begin ? axis.kindRange : *integer;
    Place place = places.meeting.value_or(Place{variableAt(id, later), later});
    std::string subject = place.variable.empty() ? "an index" : "index '" + place.variable + "'";
    auto &report =
        diagnostics.report(DiagnosticId::KindClash, place.range,
                           subject + " runs over integers in one place and over symbols in another");
    report.labels.push_back({*integer, "integers here"});
    report.labels.push_back({axis.kindRange, "symbols here"});
    bool isLetter = axis.kindRange.end - axis.kindRange.begin == 1;
    if (!places.meeting && !places.cell && axis.hard.empty())
      report.hint = "a symbol is no number: only '=' and '!=' compare symbols";
    else if (!places.meeting && isLetter)
      report.hint = "an index variable starts lower-case";
    else if (!places.cell && !axis.hard.empty())
      report.hint = "declare the order of the symbols: domain Name = {...}";
  }
}

/// Keeps the classes of axes, and of variables that only symbols or comparisons place.
void AxisClasses::renumber() {
  std::vector<bool> isKept(parents.size());
  for (const TensorSymbol &tensor : program.tensors)
    for (ClassId axis : tensor.axes)
      isKept[root(axis)] = true;
  for (const auto &ofEquation : variables)
    for (ClassId id : ofEquation)
      if (program.classes[root(id)].kind == AxisClass::Kind::Symbol)
        isKept[root(id)] = true;
  std::vector<ClassId> number(parents.size());
  std::vector<AxisClass> kept;
  for (ClassId id = 0; id < parents.size(); ++id)
    if (isKept[id]) {
      number[id] = static_cast<ClassId>(kept.size());
      kept.push_back(std::move(program.classes[id]));
    }
  for (TensorSymbol &tensor : program.tensors)
    for (ClassId &axis : tensor.axes)
      axis = number[root(axis)];
  for (Equation &equation : program.equations)
    for (VariableId id = 0; id < equation.variables.size(); ++id)
      equation.variables[id].axisClass = number[root(variableClass(equation, id))];
  program.classes = std::move(kept);
  for (Equation &equation : program.equations)
    placeSymbols(equation);
}

/// A symbol belongs to the domain of the axis where it stands, or of the variable it is compared with or
/// bound to.
void AxisClasses::placeSymbols(Equation &equation) {
  auto place = [](IndexExpr &index, ClassId axisClass) {
    if (index.kind == IndexExpr::Kind::Symbol)
      index.symbolClass = axisClass;
  };
  auto placeAll = [&](std::vector<IndexExpr> &positions, TensorId tensor) {
    for (std::size_t k = 0; k < positions.size(); ++k)
      place(positions[k], program.tensors[tensor].axes[k]);
  };
  placeAll(equation.head, equation.tensor);
  forEachGuard(equation.guards, [&](Guard &guard) {
    if (guard.kind == Guard::Kind::Bind)
      place(guard.binding, equation.variables[guard.variable].axisClass);
  });
  walkEquation(equation, [&](Expr &expr) {
    bool reads =
        expr.kind == Expr::Kind::Element || expr.kind == Expr::Kind::Test || expr.kind == Expr::Kind::Literal;
    if (reads)
      placeAll(expr.indices, expr.tensor);
    if (!isApply(expr, "eq") && !isApply(expr, "ne"))
      return;
    for (std::size_t side = 0; side < 2; ++side) {
      IndexExpr &symbol = expr.operands[side]->index, &other = expr.operands[1 - side]->index;
      bool isSymbol =
          expr.operands[side]->kind == Expr::Kind::IndexValue && symbol.kind == IndexExpr::Kind::Symbol;
      if (!isSymbol)
        continue;
      if (std::optional<VariableId> variable = other.plainVariable())
        symbol.symbolClass = equation.variables[*variable].axisClass;
      else
        diagnostics
            .report(DiagnosticId::TypeMismatch, expr.range,
                    "'" + symbol.symbol + "' is a symbol, which only an index variable can equal")
            .labels.push_back({symbol.range, "a symbol"});
    }
  });
}

} // namespace tl::sema
