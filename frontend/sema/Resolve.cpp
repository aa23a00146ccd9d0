// Extents of all axes, ranges of all variables, positions of all scans.
#include "frontend/sema/Resolve.h"

#include "frontend/sema/Functions.h"
#include "frontend/sema/OrderReads.h"
#include "frontend/sema/ResolveExtents.h"
#include "frontend/sema/Walk.h"

#include <algorithm>

namespace tl::sema {
namespace {

using SymbolIds = std::function<std::optional<std::int64_t>(ClassId, std::string_view)>;

/// Gives every constant symbol its id.
bool resolveSymbols(TypedProgram &program, const SymbolIds &symbolId, source::DiagnosticEngine &diagnostics) {
  bool succeeded = true;
  for (Equation &equation : program.equations)
    visitIndices(equation, [&](IndexExpr &index) {
      if (index.kind != IndexExpr::Kind::Symbol)
        return;
      if (std::optional<std::int64_t> id = symbolId(index.symbolClass, index.symbol)) {
        index.constant = *id;
        return;
      }
      succeeded = false;
      const AxisClass &axisClass = program.classes[index.symbolClass];
      source::Diagnostic &diagnostic =
          diagnostics.report(source::DiagnosticId::UnknownSymbol, index.range,
                             "domain '" + axisClass.domain + "' has no symbol '" + index.symbol + "'");
      diagnostic.labels.push_back(
          {axisClass.domainRange, "the symbols of '" + axisClass.domain + "' are declared here"});
    });
  return succeeded;
}

/// Which variables still stand somewhere: `concat` leaves behind the one that its parts have replaced.
std::vector<bool> mentioned(Equation &equation) {
  std::vector<bool> isMentioned(equation.variables.size(), false);
  auto mention = [&](const std::vector<VariableId> &variables) {
    for (VariableId variable : variables)
      isMentioned[variable] = true;
  };
  visitIndices(equation, [&](IndexExpr &index) {
    for (const AffineTerm &term : index.terms)
      isMentioned[term.variable] = true;
    mention(index.flattened);
  });
  visitExprs(equation, [&](Expr &expr, const ExprContext &) { mention(expr.variables); });
  for (const Term &term : equation.terms)
    mention(term.projected);
  for (const Guard &guard : equation.guards)
    mention(guard.existential);
  return isMentioned;
}

/// Variables whose whole range is computed beforehand or numbers positions, so that a literal alone cannot
/// give them values.
std::vector<bool> tabulated(Equation &equation) {
  std::vector<bool> isTabulated(equation.variables.size(), false);
  auto mark = [&](VariableId variable) { isTabulated[variable] = true; };
  visitExprs(equation, [&](Expr &expr, const ExprContext &) {
    const bool isPosition = expr.kind == Expr::Kind::Project && expr.variables.size() > 1 &&
                            (expr.projection == "argmax" || expr.projection == "argmin");
    if (isPosition || expr.kind == Expr::Kind::Normalize)
      std::for_each(expr.variables.begin(), expr.variables.end(), mark);
    if (expr.kind == Expr::Kind::Normalize)
      for (VariableId variable : freeVariables(*expr.operands[0]))
        mark(variable);
  });
  return isTabulated;
}

class Resolution {
public:
  /// Quiet after an extent was not found: what else is unbounded follows from it.
  Resolution(TypedProgram &program, const ExtentSearch &search, bool isQuiet,
             source::DiagnosticEngine &diagnostics)
      : program(program), search(search), isQuiet(isQuiet), diagnostics(diagnostics) {}

  bool run() {
    for (Equation &equation : program.equations) {
      setRanges(equation);
      checkSquare(equation);
      checkExternals(equation);
    }
    for (Equation &equation : program.equations) {
      setSizes(equation);
      for (std::size_t axis = 0; axis < equation.head.size(); ++axis)
        unflatten(equation, axis);
    }
    if (succeeded)
      for (Component &component : program.components)
        setScans(component);
    return succeeded;
  }

private:
  void setRanges(Equation &equation);
  void reportUnbounded(const Equation &equation, VariableId variable);
  void checkSquare(Equation &equation);
  void reportSizeless(const Variable &variable, SourceRange range);
  void checkExternals(Equation &equation);
  void setSizes(Equation &equation);
  void placeSlice(Equation &equation, IndexExpr &index, std::int64_t extent);
  void unflatten(Equation &equation, std::size_t axis);
  std::optional<std::int64_t> flattenedSize(const Equation &equation, std::size_t axis) const;
  void setScans(Component &component);
  void checkInitialState(const Component &component);

  TypedProgram &program;
  const ExtentSearch &search;
  const bool isQuiet;
  source::DiagnosticEngine &diagnostics;
  bool succeeded = true;
};

void Resolution::setRanges(Equation &equation) {
  const std::vector<Interval> ranges = search.ranges(equation.id).solve(search.known());
  const std::vector<bool> isMentioned = mentioned(equation), isTabulated = tabulated(equation);
  for (VariableId variable = 0; variable < ranges.size(); ++variable) {
    Variable &symbol = equation.variables[variable];
    const Interval &range = ranges[variable];
    if (range.least && range.most && *range.most < INT64_MAX) {
      symbol.lower = range.least;
      symbol.upper = std::max(*range.least, *range.most + 1);
    } else if (isTabulated[variable] || (!symbol.isGenerated && isMentioned[variable])) {
      reportUnbounded(equation, variable);
    }
  }
}

void Resolution::reportUnbounded(const Equation &equation, VariableId variable) {
  succeeded = false;
  const Variable &symbol = equation.variables[variable];
  if (isQuiet)
    return;
  source::Diagnostic &diagnostic = diagnostics.report(source::DiagnosticId::UnboundedIndex, symbol.range,
                                                      "nothing bounds index '" + symbol.name + "'");
  diagnostic.hint =
      findFunction(symbol.name)
          ? "the function '" + symbol.name + "' takes its argument in parentheses: " + symbol.name + "(...)"
          : "bound it with a guard, as in `" + symbol.name + " < 10`, or declare the tensor's size";
}

/// An external function is computed for all values of its indices before anything else.
void Resolution::checkExternals(Equation &equation) {
  visitExprs(equation, [&](Expr &expr, const ExprContext &) {
    if (expr.kind != Expr::Kind::External || isQuiet)
      return;
    for (VariableId variable : freeVariables(expr))
      if (!equation.variables[variable].upper)
        reportUnbounded(equation, variable);
  });
}

void Resolution::checkSquare(Equation &equation) {
  visitExprs(equation, [&](Expr &expr, const ExprContext &) {
    if (expr.kind != Expr::Kind::Matrix || expr.function == "svd")
      return;
    const Variable &rows = equation.variables[expr.variables[0]],
                   &columns = equation.variables[expr.variables[1]];
    if (!rows.upper || !columns.upper || *rows.upper == *columns.upper || isQuiet)
      return;
    succeeded = false;
    source::Diagnostic &diagnostic =
        diagnostics.report(source::DiagnosticId::ExtentClash, expr.range,
                           "'" + expr.function + "' takes a square matrix, but index '" + rows.name +
                               "' has size " + std::to_string(*rows.upper) + " and index '" + columns.name +
                               "' size " + std::to_string(*columns.upper));
    diagnostic.labels.push_back({rows.range, std::to_string(*rows.upper) + " rows"});
    diagnostic.labels.push_back({columns.range, std::to_string(*columns.upper) + " columns"});
  });
}

/// `size(i)` of an index that is on no axis here.
void Resolution::reportSizeless(const Variable &variable, SourceRange range) {
  succeeded = false;
  if (isQuiet)
    return;
  diagnostics
      .report(source::DiagnosticId::UnboundedIndex, range,
              "nothing says what the size of index '" + variable.name + "' is")
      .hint = "use '" + variable.name + "' as an index of a tensor in the same statement";
}

/// Puts the numbers in for `size(i)`, and places slices on their axes.
void Resolution::setSizes(Equation &equation) {
  visitExprs(equation, [&](Expr &expr, const ExprContext &) {
    for (std::size_t axis = 0; readsTensor(expr) && axis < expr.indices.size(); ++axis)
      if (expr.indices[axis].slice)
        placeSlice(equation, expr.indices[axis],
                   program.classes[program.tensors[expr.tensor].axes[axis]].extent);
  });
  visitIndices(equation, [&](IndexExpr &index) {
    if (!index.sizeOf)
      return;
    const Variable &variable = equation.variables[*index.sizeOf];
    if (!variable.hasClass)
      return reportSizeless(variable, index.range);
    index.constant = program.classes[variable.axisClass].extent;
  });
}

void Resolution::placeSlice(Equation &equation, IndexExpr &index, std::int64_t extent) {
  const auto [first, length] = index.slice->on(extent);
  index.constant = first;
  index.terms[0].coefficient = index.slice->step;
  const Variable &counter = equation.variables[index.terms[0].variable];
  if (!counter.isLeftSlice || !counter.limit || *counter.limit == length || isQuiet)
    return;
  succeeded = false;
  source::Diagnostic &diagnostic =
      diagnostics.report(source::DiagnosticId::ExtentClash, index.range,
                         "this slice has " + std::to_string(length) + " elements, but the left side's has " +
                             std::to_string(*counter.limit));
  diagnostic.labels.push_back({counter.range, std::to_string(*counter.limit) + " elements here"});
}

std::optional<std::int64_t> Resolution::flattenedSize(const Equation &equation, std::size_t axis) const {
  std::int64_t size = 1;
  for (VariableId variable : equation.head[axis].flattened)
    if (!equation.variables[variable].upper ||
        __builtin_mul_overflow(size, *equation.variables[variable].upper, &size))
      return std::nullopt;
  return size;
}

/// Turns `concat` on the left into an affine form.
void Resolution::unflatten(Equation &equation, std::size_t axis) {
  IndexExpr &index = equation.head[axis];
  if (index.flattened.empty() && index.flattenedAfter.empty())
    return;
  std::int64_t stride = 1, offset = 0;
  index.terms.clear();
  bool isBounded = true;
  for (auto variable = index.flattened.rbegin(); variable != index.flattened.rend(); ++variable) {
    index.terms.push_back({*variable, stride});
    const std::optional<std::int64_t> extent = equation.variables[*variable].upper;
    isBounded &= extent && !__builtin_mul_overflow(stride, *extent, &stride);
  }
  for (EquationId part : index.flattenedAfter) {
    const std::optional<std::int64_t> size = flattenedSize(program.equations[part], axis);
    isBounded &= size && !__builtin_add_overflow(offset, *size, &offset);
  }
  std::sort(index.terms.begin(), index.terms.end(),
            [](const AffineTerm &lhs, const AffineTerm &rhs) { return lhs.variable < rhs.variable; });
  index.constant = offset;
  if (!isBounded && succeeded && !isQuiet) {
    succeeded = false;
    diagnostics.report(source::DiagnosticId::UnboundedIndex, index.range,
                       "nothing bounds the parts of this 'concat'");
  }
}

/// The positions that some equation of the scan computes.
void Resolution::setScans(Component &component) {
  for (Component &part : component.step)
    setScans(part);
  if (component.kind != Component::Kind::Scan)
    return;
  bool isFirst = true;
  for (const StepPosition &position : component.positions) {
    std::int64_t begin = position.offset, end = position.offset + 1;
    if (position.variable) {
      const Variable &variable = program.equations[position.equation].variables[*position.variable];
      if (!variable.lower || !variable.upper) {
        reportUnbounded(program.equations[position.equation], *position.variable);
        continue;
      }
      if (*variable.upper <= *variable.lower)
        continue;
      begin = *variable.lower - position.offset;
      end = *variable.upper - position.offset;
    }
    component.begin = isFirst ? begin : std::min(component.begin, begin);
    component.end = isFirst ? end : std::max(component.end, end);
    isFirst = false;
  }
  checkInitialState(component);
}

/// The state before the first step is the one that `*0` gives.
void Resolution::checkInitialState(const Component &component) {
  for (EquationId id : component.base) {
    const Equation &equation = program.equations[id];
    if (!equation.virtualPosition || !equation.virtualPosition->isConstant() ||
        component.begin == component.end)
      continue;
    std::int64_t first = component.end;
    for (const StepPosition &position : component.positions) {
      const Equation &step = program.equations[position.equation];
      if (step.tensor == equation.tensor && position.variable && step.variables[*position.variable].lower)
        first = std::min(first, *step.variables[*position.variable].lower - position.offset);
    }
    if (equation.virtualPosition->constant == first - 1)
      continue;
    succeeded = false;
    diagnostics
        .report(source::DiagnosticId::VirtualState, equation.virtualPosition->range,
                "a virtual index has one state before its first step, number " + std::to_string(first - 1) +
                    " here")
        .hint = "write '*" + std::to_string(first - 1) + "', or leave out every '*' to keep all states";
  }
}

} // namespace

bool resolve(TypedProgram &program, const std::map<TensorId, LoadedSizes> &sizes,
             const std::function<std::int64_t(ClassId)> &domainSize, const SymbolIds &symbolId,
             source::DiagnosticEngine &diagnostics, const std::map<ClassId, std::int64_t> &fixed) {
  if (!settleKinds(program, sizes, diagnostics) || !resolveSymbols(program, symbolId, diagnostics))
    return false;
  ExtentSearch search(program, sizes, domainSize, fixed, diagnostics);
  const bool hasExtents = search.run();
  return Resolution(program, search, !hasExtents, diagnostics).run() && hasExtents;
}

} // namespace tl::sema
