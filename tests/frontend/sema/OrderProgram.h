// Checked programs written as short texts, for tests of order and extents.
#pragma once

#include "frontend/sema/Check.h"
#include "frontend/sema/Order.h"
#include "frontend/sema/TypedProgram.h"

#include <cctype>
#include <map>
#include <string>
#include <string_view>

namespace tl::sema::test {

/// Builds a `TypedProgram` by hand: tensors with one class label per axis, equations as a head and reads
/// separated by blanks (brackets: dense, parentheses: relation, `!R(x)`: negated), guards after `;` as `v <=
/// w`, `v < w` or `v = w`.
class ProgramText {
public:
  TypedProgram program;
  source::DiagnosticEngine diagnostics;

  ClassId axisClass(const std::string &label) {
    auto [found, isNew] = labels.emplace(label, static_cast<ClassId>(program.classes.size()));
    if (isNew)
      program.classes.emplace_back();
    return found->second;
  }
  AxisClass &of(const std::string &label) { return program.classes[axisClass(label)]; }
  TensorSymbol &of(std::string_view name, int) { return program.tensors[*program.find(name)]; }

  /// `tensor("X", "a b")`: X has two axes, of classes a and b; a label with `*` is virtual, one with `^` a
  /// recurrence axis.
  TensorSymbol &tensor(const std::string &name, std::string_view axes, TensorKind kind = TensorKind::Dense,
                       Monoid monoid = Monoid::Add) {
    TensorSymbol &tensor = program.tensors.emplace_back();
    tensor.name = name;
    tensor.kind = kind;
    tensor.monoid = kind == TensorKind::Relation ? Monoid::Or : monoid;
    for (std::size_t begin = 0; begin < axes.size();) {
      const std::size_t end = std::min(axes.find(' ', begin), axes.size());
      const std::string label(axes.substr(begin, end - begin));
      if (label == "*") {
        tensor.hasVirtualAxis = true;
      } else {
        tensor.axes.push_back(axisClass(label));
        program.classes[tensor.axes.back()].isRecurrence = label.back() == '^';
      }
      begin = end + 1;
    }
    return tensor;
  }
  TensorSymbol &relation(const std::string &name, std::string_view axes) {
    return tensor(name, axes, TensorKind::Relation);
  }

  /// The size of a class as an array of the program gives it.
  void hard(const std::string &label, std::int64_t extent, const std::string &owner = "'W'") {
    of(label).hard.push_back({extent, {}, owner});
  }

  Equation &equation(std::string_view text) {
    this->text = text;
    position = 0;
    current = &program.equations.emplace_back();
    current->id = static_cast<EquationId>(program.equations.size() - 1);
    names.clear();
    ExprPtr head = access();
    current->tensor = head->tensor;
    current->monoid = program.tensors[head->tensor].monoid;
    current->head = std::move(head->indices);
    current->virtualPosition = std::move(head->virtualPosition);
    for (IndexExpr &index : current->head)
      markLeft(index);
    if (current->virtualPosition)
      markLeft(*current->virtualPosition);
    skip('=');
    Term &term = current->terms.emplace_back();
    while (peek() && peek() != ';')
      addRead(term);
    while (peek()) {
      ++position;
      current->guards.push_back(comparison());
    }
    program.tensors[current->tensor].equations.push_back(current->id);
    return *current;
  }

private:
  char peek() {
    while (position < text.size() && text[position] == ' ')
      ++position;
    return position < text.size() ? text[position] : '\0';
  }
  bool skip(char c) {
    if (peek() != c)
      return false;
    ++position;
    return true;
  }
  std::string word() {
    peek();
    const std::size_t begin = position;
    while (position < text.size() && (std::isalnum(text[position]) || text[position] == '\''))
      ++position;
    return std::string(text.substr(begin, position - begin));
  }
  VariableId variable(const std::string &name) {
    auto [found, isNew] = names.emplace(name, static_cast<VariableId>(current->variables.size()));
    if (isNew)
      current->variables.emplace_back().name = name;
    return found->second;
  }
  void markLeft(const IndexExpr &index) {
    for (const AffineTerm &term : index.terms)
      current->variables[term.variable].isOnLeft = true;
  }

  void addRead(Term &term) {
    const bool isNegated = skip('!');
    ExprPtr read = access();
    if (read->kind == Expr::Kind::Element) {
      ExprPtr product = std::make_unique<Expr>();
      product->kind = Expr::Kind::Apply;
      product->function = "mul";
      product->operands.push_back(std::move(read));
      if (term.value)
        product->operands.push_back(std::move(term.value));
      term.value = std::move(product);
      return;
    }
    Guard guard;
    guard.kind = isNegated ? Guard::Kind::Negative : Guard::Kind::Positive;
    if (isNegated)
      read->kind = Expr::Kind::Test;
    else
      for (const IndexExpr &index : read->indices)
        if (auto plain = index.plainVariable())
          current->variables[*plain].isGenerated = true;
    guard.expr = std::move(read);
    current->guards.push_back(std::move(guard));
  }

  ExprPtr access() {
    ExprPtr expr = std::make_unique<Expr>();
    expr->tensor = *program.find(word());
    expr->kind = program.tensors[expr->tensor].kind == TensorKind::Relation ? Expr::Kind::Literal
                                                                            : Expr::Kind::Element;
    if (peek() != '[' && peek() != '(')
      return expr;
    ++position;
    while (peek() != ']' && peek() != ')') {
      const bool isVirtual = skip('*');
      IndexExpr index = affine();
      const std::size_t axis = expr->indices.size();
      if (isVirtual)
        expr->virtualPosition = std::move(index);
      else
        expr->indices.push_back(std::move(index));
      if (!isVirtual)
        if (auto plain = expr->indices.back().plainVariable()) {
          current->variables[*plain].axisClass = program.tensors[expr->tensor].axes[axis];
          current->variables[*plain].hasClass = true;
        }
      skip(',');
    }
    ++position;
    return expr;
  }

  /// `2*x+dx-1`, `x/2`, `3`.
  IndexExpr affine() {
    IndexExpr index;
    std::int64_t sign = 1;
    for (bool isFirst = true; isFirst || peek() == '+' || peek() == '-'; isFirst = false) {
      if (skip('-'))
        sign = -1;
      else if (skip('+'))
        sign = 1;
      std::string item = word();
      std::int64_t factor = sign;
      if (std::isdigit(item[0])) {
        factor = sign * std::stoll(item);
        if (!skip('*')) {
          index.constant += factor;
          continue;
        }
        item = word();
      }
      index.terms.push_back({variable(item), factor});
    }
    if (skip('/'))
      index.divisor = std::stoll(word());
    return index;
  }

  Guard comparison() {
    auto side = [&] {
      ExprPtr expr = std::make_unique<Expr>();
      expr->kind = Expr::Kind::IndexValue;
      expr->type = ValueType::Integer;
      expr->index = affine();
      return expr;
    };
    Guard guard;
    guard.kind = Guard::Kind::Holds;
    guard.expr = std::make_unique<Expr>();
    guard.expr->kind = Expr::Kind::Apply;
    guard.expr->operands.push_back(side());
    const char op = peek();
    ++position;
    const bool hasEqual = op != '=' && skip('=');
    guard.expr->function = op == '=' ? "eq" : op == '<' ? (hasEqual ? "le" : "lt") : (hasEqual ? "ge" : "gt");
    guard.expr->operands.push_back(side());
    return guard;
  }

  std::map<std::string, ClassId> labels;
  std::map<std::string, VariableId> names;
  std::string text;
  std::size_t position = 0;
  Equation *current = nullptr;
};

} // namespace tl::sema::test
