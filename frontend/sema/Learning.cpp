// What `learn` statements ask for: the loss, what is learnt, the index of the examples.
#include "frontend/sema/Learning.h"

#include "frontend/sema/Draws.h"
#include "frontend/sema/Initializers.h"
#include "frontend/sema/LearningOptions.h"
#include "frontend/sema/Needed.h"
#include "frontend/sema/Walk.h"

#include <algorithm>

namespace tl::sema {

using source::DiagnosticId;

namespace {

std::string quoted(std::string_view name) {
  return "'" + std::string(name) + "'";
}

class LearningChecker {
public:
  LearningChecker(TypedProgram &program, const Names &names, const CheckOptions &options,
                  source::DiagnosticEngine &diagnostics)
      : program(program), names(names), options(options), diagnostics(diagnostics) {}

  void add(const ast::Learn &statement, SourceRange range) {
    Learning learning;
    learning.range = range;
    readLearningOptions(statement, learning, names, options, diagnostics);
    learning.loss = *names.tensor(statement.loss.name);
    if (!checkLoss(statement, learning) || !findParameters(statement, learning))
      return;
    if (statement.batchSize && !findBatch(statement, learning))
      return;
    noteDrawnOnce(learning);
    program.learnings.push_back(std::move(learning));
  }

private:
  bool checkLoss(const ast::Learn &statement, const Learning &learning) {
    const TensorSymbol &loss = program.tensors[learning.loss];
    const std::string name = quoted(loss.name);
    SourceRange place = statement.loss.range;
    auto report = [&](const std::string &text) -> source::Diagnostic & {
      return diagnostics.report(DiagnosticId::BadLoss, place, text);
    };
    if (!names.isDefined(loss.name) || loss.equations.empty()) {
      report("no equation defines the loss " + name).hint = "define it: " + loss.name + " = ...";
      return false;
    }
    if (loss.kind == TensorKind::Relation) {
      report("a loss is a number, " + name + " is a relation");
      return false;
    }
    if (!loss.axes.empty()) {
      auto &diagnostic = report("a loss is one number, " + name + " has " + std::to_string(loss.axes.size()) +
                                (loss.axes.size() == 1 ? " index" : " indices"));
      diagnostic.labels.push_back(
          {program.equations[loss.equations.front()].range, name + " is defined here"});
      diagnostic.hint = "sum it: leave the indices out on the left of its equation";
      return false;
    }
    if (!runtime::isFloat(loss.elementType)) {
      report("a loss is a real number, " + name + " counts in " +
             std::string(runtime::name(loss.elementType)));
      return false;
    }
    if (loss.monoid != Monoid::Add && loss.monoid != Monoid::Average) {
      report("a loss is a sum or a mean, " + name + " is defined by another operator");
      return false;
    }
    return true;
  }

  bool findParameters(const ast::Learn &statement, Learning &learning) {
    const std::set<TensorId> reached = readFrom(program, {learning.loss});
    learning.isImplicit =
        std::none_of(program.tensors.begin(), program.tensors.end(),
                     [](const TensorSymbol &one) { return one.isParam && !one.isUndefined; });
    for (TensorId id : reached) {
      const TensorSymbol &tensor = program.tensors[id];
      bool isFree = tensor.isUndefined && tensor.kind == TensorKind::Dense;
      if ((learning.isImplicit ? isFree : tensor.isParam) && runtime::isFloat(tensor.elementType))
        learning.parameters.push_back(id);
    }
    if (!learning.parameters.empty())
      return true;
    auto &report = diagnostics.report(DiagnosticId::NothingToLearn, statement.loss.range,
                                      quoted(program.tensors[learning.loss].name) +
                                          " depends on nothing that can be learnt");
    for (const TensorSymbol &tensor : program.tensors)
      if (tensor.isParam && !learning.isImplicit)
        report.labels.push_back({tensor.range, "parameter " + quoted(tensor.name) + " is not read by it"});
    if (learning.isImplicit)
      report.hint =
          "a tensor is learnt when its equations read it and it is declared with 'param', or when nothing defines it";
    return false;
  }

  bool findBatch(const ast::Learn &statement, Learning &learning) {
    std::vector<std::string> variables;
    for (EquationId id : program.tensors[learning.loss].equations)
      for (const Variable &variable : program.equations[id].variables) {
        if (variable.hasClass)
          variables.push_back(variable.name);
        if (variable.name == statement.batchVariable && variable.hasClass)
          learning.batch =
              Learning::Batch{variable.axisClass, variable.name, *statement.batchSize, statement.batchRange};
      }
    if (!learning.batch) {
      const TensorSymbol &loss = program.tensors[learning.loss];
      auto &report = diagnostics.report(DiagnosticId::BadBatch, statement.batchRange,
                                        "the equation of " + quoted(loss.name) + " has no index " +
                                            quoted(statement.batchVariable));
      report.labels.push_back({program.equations[loss.equations.front()].range, "its equation"});
      if (std::optional<std::string> near = source::nearest(statement.batchVariable, variables))
        report.fix = source::Fix{statement.batchRange, *near, "did you mean " + quoted(*near) + "?"};
      return false;
    }
    if (learning.batch->size < 1) {
      diagnostics.report(DiagnosticId::BadBatch, statement.batchRange, "a batch holds 1 or more examples");
      return false;
    }
    return checkBatch(learning);
  }

  /// A batch numbers its examples anew, so what is computed for it may use their index only to stand in a
  /// position.
  bool checkBatch(const Learning &learning) {
    const std::size_t before = diagnostics.all().size();
    for (TensorId id : learning.parameters)
      for (ClassId axisClass : program.tensors[id].axes)
        if (axisClass == learning.batch->axisClass)
          report(learning, program.tensors[id].range,
                 "parameter " + quoted(program.tensors[id].name) +
                     " has an index over the examples of a batch");
    const std::set<TensorId> reached = readFrom(program, {learning.loss});
    for (TensorId id : changingIn(program, learning))
      if (reached.count(id))
        for (EquationId equation : program.tensors[id].equations)
          checkBatchUse(learning, program.equations[equation]);
    return diagnostics.all().size() == before;
  }

  void checkBatchUse(const Learning &learning, Equation &equation) {
    const ClassId batch = learning.batch->axisClass;
    auto checkPositions = [&](TensorId tensor, const std::vector<IndexExpr> &indices) {
      for (std::size_t axis = 0; axis < indices.size() && axis < program.tensors[tensor].axes.size(); ++axis)
        if (program.tensors[tensor].axes[axis] == batch && !indices[axis].plainVariable())
          report(learning, indices[axis].range,
                 "only a variable can stand where " + quoted(program.tensors[tensor].name) +
                     " has its examples");
    };
    auto checkValue = [&](const IndexExpr &index) {
      for (const AffineTerm &term : index.terms)
        if (equation.variables[term.variable].hasClass &&
            equation.variables[term.variable].axisClass == batch)
          report(learning, index.range,
                 "the number of an example, " + quoted(equation.variables[term.variable].name) +
                     ", is not known in a batch");
    };
    checkPositions(equation.tensor, equation.head);
    walkEquation(equation, [&](const Expr &expr) {
      if (expr.kind == Expr::Kind::Element || expr.kind == Expr::Kind::Test ||
          expr.kind == Expr::Kind::Literal)
        checkPositions(expr.tensor, expr.indices);
      if (expr.kind == Expr::Kind::IndexValue)
        checkValue(expr.index);
    });
    forEachGuard(equation.guards, [&](Guard &guard) {
      if (guard.kind == Guard::Kind::Bind)
        checkValue(guard.binding);
    });
  }

  void noteDrawnOnce(const Learning &learning) {
    const std::set<TensorId> changing = changingIn(program, learning);
    for (TensorId id : readFrom(program, {learning.loss})) {
      if (changing.count(id) || !isDrawn(program, id))
        continue;
      const TensorSymbol &tensor = program.tensors[id];
      diagnostics
          .report(DiagnosticId::DrawnOnce, program.equations[tensor.equations.front()].range,
                  quoted(tensor.name) +
                      " is random and depends on no parameter: it is the same in every step")
          .hint = "'redraw = " + tensor.name + "' in the 'learn' statement draws it anew in every step";
    }
  }

  void report(const Learning &learning, SourceRange range, const std::string &text) {
    auto &diagnostic = diagnostics.report(DiagnosticId::BadBatch, range, text);
    diagnostic.labels.push_back({learning.batch->range, "batches are over this index"});
    diagnostic.hint = "choose examples by a relation or a tensor, as in 'Train(e)', or learn without 'batch'";
  }

  TypedProgram &program;
  const Names &names;
  const CheckOptions &options;
  source::DiagnosticEngine &diagnostics;
};

} // namespace

namespace {

/// Everything that changes when one of `changing` does, themselves included.
std::set<TensorId> dependentOn(const TypedProgram &program, const std::vector<TensorId> &changing) {
  std::vector<std::vector<TensorId>> readers(program.tensors.size());
  for (const Equation &equation : program.equations)
    for (TensorId read : equation.reads)
      readers[read].push_back(equation.tensor);
  std::set<TensorId> dependent;
  std::vector<TensorId> waiting = changing;
  while (!waiting.empty()) {
    TensorId id = waiting.back();
    waiting.pop_back();
    if (!dependent.insert(id).second)
      continue;
    waiting.insert(waiting.end(), readers[id].begin(), readers[id].end());
  }
  return dependent;
}

} // namespace

std::set<TensorId> changingIn(const TypedProgram &program, const Learning &learning) {
  std::vector<TensorId> changing = learning.parameters;
  for (TensorId id = 0; id < program.tensors.size(); ++id)
    if (program.tensors[id].isParam)
      changing.push_back(id);
  for (TensorId id : readFrom(program, learning.redrawn))
    if (isDrawn(program, id))
      changing.push_back(id);
  return dependentOn(program, changing);
}

/// What nothing defines is learnt: it is a parameter from here on, and the program says which those are.
void becomeParameters(const Learning &learning, TypedProgram &program,
                      source::DiagnosticEngine &diagnostics) {
  std::string names;
  for (std::size_t k = 0; k < learning.parameters.size(); ++k) {
    TensorSymbol &tensor = program.tensors[learning.parameters[k]];
    tensor.isParam = true;
    tensor.initializer = defaultInitializer(tensor.axes.size());
    tensor.isUndefined = false;
    names += (k == 0 ? "" : k + 1 == learning.parameters.size() ? " and " : ", ") + quoted(tensor.name);
  }
  diagnostics.report(DiagnosticId::Learns, learning.range, "learns " + names + ", which nothing defines");
}

void addLearning(const ast::Program &ast, TypedProgram &program, const Names &names,
                 const CheckOptions &options, source::DiagnosticEngine &diagnostics) {
  LearningChecker checker(program, names, options, diagnostics);
  for (const ast::Statement &statement : ast.statements)
    if (const auto *learn = std::get_if<ast::Learn>(&statement.node))
      checker.add(*learn, statement.range);
  for (const Learning &learning : program.learnings)
    if (learning.isImplicit)
      becomeParameters(learning, program, diagnostics);
}

} // namespace tl::sema
