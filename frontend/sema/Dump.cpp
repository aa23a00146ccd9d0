// Printing equations with their sums explicit.
#include "frontend/sema/Dump.h"

#include "frontend/sema/Build.h"
#include "frontend/sema/Walk.h"

#include <array>
#include <charconv>

namespace tl::sema {
namespace {

/// How tightly an expression binds, loosest first.
enum class Level { Comparison, Sum, Product, Unary, Power, Atom };

struct Operator {
  const char *function;
  const char *spelling;
  Level level;
};

constexpr Operator kOperators[] = {
    {"add", " + ", Level::Sum},        {"sub", " - ", Level::Sum},          {"mul", " * ", Level::Product},
    {"div", " / ", Level::Product},    {"floordiv", " / ", Level::Product}, {"mod", " % ", Level::Product},
    {"eq", " = ", Level::Comparison},  {"ne", " != ", Level::Comparison},   {"lt", " < ", Level::Comparison},
    {"le", " <= ", Level::Comparison}, {"gt", " > ", Level::Comparison},    {"ge", " >= ", Level::Comparison},
    {"and", " * ", Level::Product},
};

const Operator *findOperator(const Expr &expr) {
  for (const Operator &known : kOperators)
    if (isApply(expr, known.function))
      return &known;
  return nullptr;
}

std::string number(double value) {
  std::array<char, 32> text;
  auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  std::string result(text.data(), error == std::errc() ? end : text.data());
  bool isWhole = result.find_first_of(".eni") == std::string::npos;
  return isWhole ? result + ".0" : result;
}

class Printer {
public:
  Printer(const TypedProgram &program, const Equation &equation) : program(program), equation(equation) {}

  std::string statement() {
    const TensorSymbol &tensor = program.tensors[equation.tensor];
    bool isRelation = tensor.kind == TensorKind::Relation;
    findDots();
    std::string text = tensor.name + left(isRelation);
    if (!isRelation)
      return text + assignment() + terms() + guards(", ");
    std::string body = guards("");
    return body.empty() ? text : text + " <- " + body;
  }

  std::string expression(const Expr &value) { return expr(value, Level::Comparison); }

private:
  std::string assignment() const {
    switch (equation.monoid) {
    case Monoid::Add:
    case Monoid::Or:
      return " = ";
    case Monoid::Max:
      return " max= ";
    case Monoid::Min:
      return " min= ";
    case Monoid::Multiply:
      return " *= ";
    case Monoid::Average:
      return " avg= ";
    }
    return " = ";
  }

  std::string variables(const std::vector<VariableId> &ids) const {
    std::string text;
    for (VariableId id : ids)
      text += (text.empty() ? "" : ",") + equation.variables[id].name;
    return text;
  }

  std::string terms() {
    std::string text;
    for (const Term &term : equation.terms) {
      const Expr *value = term.value.get();
      bool isNegative = isApply(*value, "neg");
      if (isNegative)
        value = value->operands[0].get();
      if (!text.empty())
        text += isNegative ? " - " : " + ";
      else if (isNegative)
        text += "-";
      text += this->term(term, *value, isNegative);
    }
    return text;
  }

  std::string term(const Term &term, const Expr &value, bool isNegative) {
    std::string product;
    for (const Guard &literal : term.literals)
      product += (product.empty() ? "" : " * ") + expr(*literal.expr, Level::Product);
    bool isOne = value.kind == Expr::Kind::Number && value.type == ValueType::Integer && value.integer == 1;
    bool isSummed = equation.monoid == Monoid::Add && !term.projected.empty();
    Level level = !term.literals.empty() ? Level::Unary
                  : isSummed             ? Level::Comparison
                  : isNegative           ? Level::Product
                                         : Level::Sum;
    if (product.empty() || !isOne)
      product += (product.empty() ? "" : " * ") + expr(value, level);
    return isSummed ? "sum[" + variables(term.projected) + "](" + product + ")" : product;
  }

  std::string guards(const std::string &lead) {
    std::string text;
    for (const Guard &guard : equation.guards)
      text += (text.empty() ? lead : ", ") + this->guard(guard);
    return text;
  }

  std::string guard(const Guard &guard) {
    switch (guard.kind) {
    case Guard::Kind::Positive:
      return expr(*guard.expr, Level::Comparison);
    case Guard::Kind::Negative:
      return "not " + expr(*guard.expr, Level::Comparison);
    case Guard::Kind::Holds:
      return expr(*guard.expr, Level::Comparison);
    case Guard::Kind::Bind:
      return equation.variables[guard.variable].name + " = " + index(guard.binding);
    case Guard::Kind::Exists: {
      std::string text;
      for (const Guard &part : guard.parts)
        text += (text.empty() ? "" : ", ") + this->guard(part);
      return text;
    }
    }
    return "";
  }

  /// The left variables that some function in the equation normalises along.
  void findDots() {
    walkEquation(equation, [&](const Expr &expr) {
      if (expr.kind == Expr::Kind::Normalize)
        dotted.insert(expr.variables.begin(), expr.variables.end());
    });
  }

  std::string left(bool isRelation) {
    std::string text;
    for (const IndexExpr &position : equation.head) {
      std::optional<VariableId> plain = position.plainVariable();
      text += (text.empty() ? "" : ",") + index(position) + (plain && dotted.count(*plain) ? "." : "");
    }
    if (equation.virtualPosition)
      text += (text.empty() ? "*" : ",*") + index(*equation.virtualPosition);
    if (text.empty())
      return "";
    return isRelation ? "(" + text + ")" : "[" + text + "]";
  }

  std::string positions(const std::vector<IndexExpr> &indices,
                        const std::optional<IndexExpr> &virtualPosition, bool isRelation) {
    std::string text;
    for (const IndexExpr &position : indices)
      text += (text.empty() ? "" : ",") + index(position);
    if (virtualPosition)
      text += (text.empty() ? "*" : ",*") + index(*virtualPosition);
    if (text.empty())
      return "";
    return isRelation ? "(" + text + ")" : "[" + text + "]";
  }

  std::string index(const IndexExpr &index) {
    if (index.kind == IndexExpr::Kind::Symbol)
      return symbol(index.symbol);
    if (index.kind == IndexExpr::Kind::Value)
      return expr(*index.value, Level::Comparison);
    if (index.sizeOf)
      return "size(" + equation.variables[*index.sizeOf].name + ")";
    if (index.slice)
      return slice(*index.slice);
    if (!index.flattened.empty())
      return "concat(" + variables(index.flattened) + ")";
    std::string text;
    for (const AffineTerm &term : index.terms) {
      std::int64_t size = term.coefficient < 0 ? -term.coefficient : term.coefficient;
      text += term.coefficient < 0 ? "-" : text.empty() ? "" : "+";
      text += (size == 1 ? "" : std::to_string(size) + "*") + equation.variables[term.variable].name;
    }
    if (index.constant != 0 || text.empty())
      text += (index.constant >= 0 && !text.empty() ? "+" : "") + std::to_string(index.constant);
    bool isCompound = index.terms.size() > 1 || (index.constant != 0 && !index.terms.empty());
    if (isCompound && (index.divisor != 1 || index.modulus != 0))
      text = "(" + text + ")";
    if (index.divisor != 1)
      text += "/" + std::to_string(index.divisor);
    return index.modulus != 0 ? text + "%" + std::to_string(index.modulus) : text;
  }

  static std::string slice(const Slice &slice) {
    auto bound = [](std::optional<std::int64_t> value) { return value ? std::to_string(*value) : ""; };
    std::string step = slice.step == 1 ? "" : ":" + std::to_string(slice.step);
    return bound(slice.begin) + ":" + bound(slice.end) + step;
  }

  static std::string symbol(const std::string &text) {
    bool isName = !text.empty() && text[0] >= 'A' && text[0] <= 'Z' &&
                  text.find_first_of(" \t\"\\,()[]") == std::string::npos;
    return isName ? text : "\"" + text + "\"";
  }

  std::string expr(const Expr &expr, Level around) {
    const Operator *known = findOperator(expr);
    if (known) {
      // A sum binds its right operand one level tighter: a - (b - c) keeps its brackets.
      Level right = Level(int(known->level) + 1);
      Level left = known->level == Level::Comparison ? Level::Sum : known->level;
      // Before sums are placed, a sum or product may have any number of operands.
      std::string text = this->expr(*expr.operands[0], left);
      for (std::size_t k = 1; k < expr.operands.size(); ++k) {
        bool subtracts = isApply(expr, "add") && isApply(*expr.operands[k], "neg");
        const Expr &operand = subtracts ? *expr.operands[k]->operands[0] : *expr.operands[k];
        text += (subtracts ? " - " : known->spelling) + this->expr(operand, right);
      }
      return known->level < around ? "(" + text + ")" : text;
    }
    if (isApply(expr, "neg")) {
      std::string text = "-" + this->expr(*expr.operands[0], Level::Unary);
      return around > Level::Sum ? "(" + text + ")" : text;
    }
    if (isApply(expr, "pow")) {
      std::string text =
          this->expr(*expr.operands[0], Level::Atom) + "^" + this->expr(*expr.operands[1], Level::Atom);
      return around > Level::Power ? "(" + text + ")" : text;
    }
    return atom(expr, around);
  }

  std::string call(const std::string &function, const Expr &expr) {
    std::string text;
    for (const ExprPtr &operand : expr.operands)
      text += (text.empty() ? "" : ", ") + this->expr(*operand, Level::Comparison);
    return function + "(" + text + ")";
  }

  std::string atom(const Expr &expr, Level around) {
    switch (expr.kind) {
    case Expr::Kind::Number: {
      std::string text = expr.type == ValueType::Integer ? std::to_string(expr.integer) : number(expr.number);
      return text[0] == '-' && around > Level::Sum ? "(" + text + ")" : text;
    }
    case Expr::Kind::IndexValue: {
      std::string text = index(expr.index);
      bool isCompound =
          expr.index.terms.size() > 1 || (!expr.index.terms.empty() && !expr.index.plainVariable());
      return isCompound && around > Level::Sum ? "(" + text + ")" : text;
    }
    case Expr::Kind::Element:
    case Expr::Kind::Test:
    case Expr::Kind::Literal: {
      bool isRelation = program.tensors[expr.tensor].kind == TensorKind::Relation;
      return program.tensors[expr.tensor].name + positions(expr.indices, expr.virtualPosition, isRelation);
    }
    case Expr::Kind::Apply:
      if (expr.function == "not")
        return "not " + this->expr(*expr.operands[0], Level::Comparison);
      return call(expr.function == "sigt" ? "sig" : expr.function, expr);
    case Expr::Kind::Project:
      if (expr.variables.empty())
        return "(" + this->expr(*expr.operands[0], Level::Comparison) + ")";
      return call(expr.projection + "[" + variables(expr.variables) + "]", expr);
    case Expr::Kind::Matrix:
    case Expr::Kind::External:
    case Expr::Kind::Random:
      return call(expr.function, expr);
    case Expr::Kind::Normalize:
    case Expr::Kind::Concat:
      return normalization(expr);
    }
    return "";
  }

  std::string normalization(const Expr &expr) {
    std::string text = expr.function + "(" + this->expr(*expr.operands[0], Level::Comparison);
    if (expr.function == "topk")
      text += ", " + this->expr(*expr.operands[1], Level::Comparison);
    for (double parameter : expr.parameters)
      text += "; eps = " + number(parameter);
    return text + ")";
  }

  const TypedProgram &program;
  const Equation &equation;
  std::set<VariableId> dotted;
};

} // namespace

std::string toString(const TypedProgram &program, const Equation &equation) {
  return Printer(program, equation).statement();
}

std::string toString(const TypedProgram &program, const Equation &equation, const Expr &expr) {
  return Printer(program, equation).expression(expr);
}

std::string dump(const TypedProgram &program) {
  std::string text;
  for (const Equation &equation : program.equations)
    text += toString(program, equation) + "\n";
  return text;
}

} // namespace tl::sema
