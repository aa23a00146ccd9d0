// Types by iteration: an equation is real when something in it is.
#include "frontend/sema/Types.h"

#include "frontend/sema/Build.h"
#include "frontend/sema/Walk.h"

#include <algorithm>

namespace tl::sema {
namespace {

using runtime::ElementType;

ValueType valueType(ElementType type) {
  if (type == ElementType::Bool)
    return ValueType::Bool;
  return runtime::isFloat(type) ? ValueType::Real : ValueType::Integer;
}

/// What arithmetic makes of its operands: truth values count as 0 and 1.
ValueType arithmetic(ValueType type) {
  return std::max(type, ValueType::Integer);
}

class Typing {
public:
  Typing(TypedProgram &program, const Names &names, const CheckOptions &options,
         source::DiagnosticEngine &diagnostics)
      : program(program), names(names), options(options), diagnostics(diagnostics) {}

  void run() {
    findIndexTensors();
    for (TensorId id = 0; id < program.tensors.size(); ++id)
      start(id);
    for (bool progress = true; progress;) {
      progress = false;
      for (Equation &equation : program.equations)
        progress = refine(equation) || progress;
    }
    for (Equation &equation : program.equations)
      finish(equation);
  }

private:
  void findIndexTensors() {
    isIndex.resize(program.tensors.size());
    auto note = [&](const IndexExpr &index) {
      if (index.value && index.value->kind == Expr::Kind::Element)
        isIndex[index.value->tensor] = true;
    };
    for (Equation &equation : program.equations) {
      for (IndexExpr &index : equation.head)
        note(index);
      walkEquation(equation, [&](Expr &expr) { forEachIndex(expr, note); });
      forEachGuard(equation.guards, [&](Guard &guard) { note(guard.binding); });
    }
  }

  /// Data has a type of its own; what equations compute starts as integers.
  void start(TensorId id) {
    TensorSymbol &tensor = program.tensors[id];
    if (tensor.kind == TensorKind::Relation)
      return;
    std::optional<ElementType> declared = names.declaredType(id);
    tensor.elementType = ElementType::I64;
    const bool hasFile = tensor.isBound || !tensor.reads.empty();
    const std::optional<ElementType> stored = names.fileType(id);
    const bool isRealFile = hasFile && !isIndex[id] && (!stored || runtime::isFloat(*stored));
    // Integers of files keep their width where nothing is added to them.
    const bool keepsType = stored && !isRealFile && tensor.literals.empty() && tensor.equations.empty();
    if (declared)
      tensor.elementType = *declared;
    else if (keepsType && !runtime::isFloat(*stored))
      tensor.elementType = *stored;
    else if (tensor.hasRealLiteral() || isRealFile || tensor.isParam || tensor.monoid == Monoid::Average ||
             tensor.isUndefined)
      tensor.elementType = options.realType;
    for (const ast::Literal *literal : tensor.literals)
      if (!literal->allIntegers && declared && !runtime::isFloat(*declared))
        diagnostics.report(source::DiagnosticId::TypeMismatch, literal->head.range,
                           "'" + tensor.name + "' is declared " + std::string(runtime::name(*declared)) +
                               " but its literal has a fraction");
  }

  bool refine(Equation &equation) {
    TensorSymbol &tensor = program.tensors[equation.tensor];
    bool isReal = false;
    for (Term &term : equation.terms)
      isReal = (term.value && type(*term.value) == ValueType::Real) || isReal;
    bool isFixed = tensor.kind == TensorKind::Relation || names.declaredType(equation.tensor).has_value();
    if (!isReal || isFixed || runtime::isFloat(tensor.elementType))
      return false;
    tensor.elementType = options.realType;
    return true;
  }

  void finish(Equation &equation) {
    for (Term &term : equation.terms)
      if (term.value)
        type(*term.value);
    for (IndexExpr &index : equation.head)
      checkIndex(index);
    forEachGuard(equation.guards, [&](Guard &guard) {
      if (guard.expr)
        type(*guard.expr);
      if (guard.kind == Guard::Kind::Bind)
        checkIndex(guard.binding);
    });
    for (Term &term : equation.terms)
      for (Guard &literal : term.literals)
        type(*literal.expr);
    walkEquation(equation,
                 [&](Expr &expr) { forEachIndex(expr, [&](IndexExpr &index) { checkIndex(index); }); });
  }

  void checkIndex(IndexExpr &index) {
    if (!index.value || type(*index.value) != ValueType::Real)
      return;
    auto &report = diagnostics.report(source::DiagnosticId::TypeMismatch, index.range,
                                      "an index is an integer, this is a real number");
    if (index.value->kind == Expr::Kind::Element)
      report.labels.push_back({program.tensors[index.value->tensor].range,
                               "'" + program.tensors[index.value->tensor].name + "' holds real numbers"});
  }

  ValueType type(Expr &expr) {
    forEachIndex(expr, [&](IndexExpr &index) {
      if (index.value)
        type(*index.value);
    });
    ValueType widest = ValueType::Bool;
    for (ExprPtr &operand : expr.operands)
      widest = std::max(widest, type(*operand));
    expr.type = ownType(expr, widest);
    return expr.type;
  }

  ValueType ownType(const Expr &expr, ValueType widest) {
    switch (expr.kind) {
    case Expr::Kind::Number:
      return expr.type;
    case Expr::Kind::IndexValue:
      return ValueType::Integer;
    case Expr::Kind::Element:
      return valueType(program.tensors[expr.tensor].elementType);
    case Expr::Kind::Test:
    case Expr::Kind::Literal:
      return ValueType::Bool;
    case Expr::Kind::Apply:
      return applyType(expr, widest);
    case Expr::Kind::Project:
      return projectType(expr.projection, widest);
    case Expr::Kind::Normalize:
      return alongType(expr);
    case Expr::Kind::Random:
      return expr.function == "bernoulli" ? ValueType::Bool : ValueType::Real;
    case Expr::Kind::Matrix:
    case Expr::Kind::External:
    case Expr::Kind::Concat:
      return ValueType::Real;
    }
    return ValueType::Real;
  }

  /// Of a function along the dotted index.
  static ValueType alongType(const Expr &expr) {
    if (isSelecting(expr.function))
      return ValueType::Bool;
    if (expr.function == "rank")
      return ValueType::Integer;
    bool isOrdered = findFunction(expr.function)->kind == Function::Kind::Ordered;
    return isOrdered ? arithmetic(expr.operands[0]->type) : ValueType::Real;
  }

  static ValueType projectType(const std::string &projection, ValueType body) {
    if (projection == "any" || projection == "all")
      return ValueType::Bool;
    if (projection == "count" || projection == "argmax" || projection == "argmin")
      return ValueType::Integer;
    return projection == "mean" ? ValueType::Real : arithmetic(body);
  }

  static ValueType applyType(const Expr &expr, ValueType widest) {
    const std::string &function = expr.function;
    if (isComparison(expr) || function == "and" || function == "or" || function == "not")
      return ValueType::Bool;
    if (function == "pow") {
      const Expr &exponent = *expr.operands[1];
      bool staysWhole =
          exponent.kind == Expr::Kind::Number && exponent.type == ValueType::Integer && exponent.integer >= 0;
      return staysWhole ? arithmetic(expr.operands[0]->type) : ValueType::Real;
    }
    if (function == "where")
      return arithmetic(std::max(expr.operands[1]->type, expr.operands[2]->type));
    static constexpr std::string_view kSame[] = {"add",   "sub",  "mul",   "neg",  "abs",     "sign",
                                                 "min",   "max",  "mod",   "relu", "clamp",   "floordiv",
                                                 "floor", "ceil", "round", "step", "stopgrad"};
    bool isSame = std::find(std::begin(kSame), std::end(kSame), function) != std::end(kSame);
    return isSame ? arithmetic(widest) : ValueType::Real;
  }

  TypedProgram &program;
  const Names &names;
  const CheckOptions &options;
  source::DiagnosticEngine &diagnostics;
  std::vector<bool> isIndex;
};

} // namespace

void assignTypes(TypedProgram &program, const Names &names, const CheckOptions &options,
                 source::DiagnosticEngine &diagnostics) {
  Typing(program, names, options, diagnostics).run();
}

} // namespace tl::sema
