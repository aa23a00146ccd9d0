// Expressions as text, with no more parentheses than precedence asks for.
#include "frontend/ast/Joined.h"
#include "frontend/ast/Printer.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace tl::ast {
namespace {

/// How tightly a node binds; an operand that binds less than its place asks for gets parentheses.
enum class Binding { Condition, Comparison, Sum, Factor, Signed, Power, Operand };

std::string_view symbolOf(CompareOp op) {
  switch (op) {
  case CompareOp::Equal:
    return "=";
  case CompareOp::NotEqual:
    return "!=";
  case CompareOp::Less:
    return "<";
  case CompareOp::LessEqual:
    return "<=";
  case CompareOp::Greater:
    return ">";
  case CompareOp::GreaterEqual:
    return ">=";
  }
  return "";
}

std::string printNamed(const NamedArgument &argument) {
  return argument.name + " = " + print(*argument.value);
}

Binding bindingOf(const Expr &expr) {
  struct Visitor {
    Binding operator()(const Not &) { return Binding::Condition; }
    Binding operator()(const Comparison &) { return Binding::Comparison; }
    Binding operator()(const Sum &) { return Binding::Sum; }
    Binding operator()(const Product &) { return Binding::Factor; }
    Binding operator()(const Negation &) { return Binding::Signed; }
    Binding operator()(const Number &number) {
      bool isSigned = number.isInteger ? number.integer < 0 : printReal(number.value).front() == '-';
      return isSigned ? Binding::Signed : Binding::Operand;
    }
    Binding operator()(const Power &) { return Binding::Power; }
    Binding operator()(const Text &) { return Binding::Operand; }
    Binding operator()(const Variable &) { return Binding::Operand; }
    Binding operator()(const Name &) { return Binding::Operand; }
    Binding operator()(const Access &) { return Binding::Operand; }
    Binding operator()(const Call &) { return Binding::Operand; }
    Binding operator()(const Reduction &) { return Binding::Operand; }
  };
  return std::visit(Visitor{}, expr.node);
}

std::string within(const Expr &expr, Binding least) {
  return bindingOf(expr) < least ? "(" + print(expr) + ")" : print(expr);
}

/// An index has no bare comparison.
std::string printPosition(const Expr &expr) {
  return within(expr, Binding::Sum);
}

std::string printIndex(const Index &index) {
  switch (index.form) {
  case Index::Form::Group:
    return "...";
  case Index::Form::Slice: {
    std::string out = index.begin ? printPosition(*index.begin) : "";
    out += index.end ? ":" + printPosition(*index.end) : index.step ? "" : ":";
    if (index.step)
      out += (index.end ? ":" : "::") + printPosition(*index.step);
    return out;
  }
  case Index::Form::Plain:
    break;
  }
  return (index.isVirtual ? "*" : "") + printPosition(*index.expr) + (index.isDotted ? "." : "");
}

/// `P(K K)` reads as a comma that is missing, so two names of a product have a star between them.
bool isName(const Expr &expr) {
  return std::holds_alternative<Name>(expr.node) || std::holds_alternative<Text>(expr.node);
}

struct NodePrinter {
  std::string operator()(const Number &number) {
    return number.isInteger ? std::to_string(number.integer) : printReal(number.value);
  }
  std::string operator()(const Text &text) { return printQuoted(text.text); }
  std::string operator()(const Variable &variable) { return variable.name; }
  std::string operator()(const Name &name) { return name.name; }
  std::string operator()(const Access &access) {
    std::string indices = joined(access.indices, printIndex);
    return access.name + (access.hasParentheses ? "(" + indices + ")" : "[" + indices + "]");
  }
  std::string operator()(const Call &call) {
    std::string out = call.function + "(" +
                      joined(call.arguments, [](const ExprPtr &argument) { return print(*argument); });
    if (!call.named.empty())
      out += "; " + joined(call.named, printNamed);
    return out + ")";
  }
  std::string operator()(const Reduction &reduction) {
    std::string indices = joined(reduction.indices, [](const Variable &variable) { return variable.name; });
    return reduction.kind + "[" + indices + "](" + print(*reduction.body) + ")";
  }
  /// `-(3)` is a negation, `-3` a number.
  std::string operator()(const Negation &negation) {
    const auto *number = std::get_if<Number>(&negation.operand->node);
    bool isPlainNumber = number && bindingOf(*negation.operand) == Binding::Operand;
    return isPlainNumber ? "-(" + print(*negation.operand) + ")"
                         : "-" + within(*negation.operand, Binding::Signed);
  }
  std::string operator()(const Sum &sum) {
    std::string out;
    for (const Sum::Term &term : sum.terms) {
      if (!out.empty())
        out += term.isNegative ? " - " : " + ";
      out += within(*term.expr, Binding::Factor);
    }
    return out;
  }
  std::string operator()(const Product &product) {
    std::string out;
    const Expr *before = nullptr;
    for (const Product::Factor &factor : product.factors) {
      const bool needsStar =
          bindingOf(*factor.expr) == Binding::Signed || (before && isName(*before) && isName(*factor.expr));
      if (before)
        out += factor.op == Product::Op::Divide      ? " / "
               : factor.op == Product::Op::Remainder ? " % "
               : needsStar                           ? " * "
                                                     : " ";
      out += within(*factor.expr, Binding::Signed);
      before = factor.expr.get();
    }
    return out;
  }
  std::string operator()(const Power &power) {
    return within(*power.base, Binding::Operand) + "^" + within(*power.exponent, Binding::Signed);
  }
  std::string operator()(const Comparison &comparison) {
    return within(*comparison.lhs, Binding::Sum) + " " + std::string(symbolOf(comparison.op)) + " " +
           within(*comparison.rhs, Binding::Sum);
  }
  std::string operator()(const Not &negation) { return "not " + print(*negation.operand); }
};

} // namespace

std::string print(const Expr &expr) {
  return std::visit(NodePrinter{}, expr.node);
}

std::string print(const Head &head) {
  std::string indices = joined(head.indices, printIndex);
  switch (head.form) {
  case Head::Form::Bare:
    return head.name;
  case Head::Form::Brackets:
    return head.name + "[" + indices + "]";
  case Head::Form::Parentheses:
    return head.name + "(" + indices + ")";
  }
  return head.name;
}

std::string printReal(double value) {
  char digits[32];
  std::string text(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

std::string printQuoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      out += c;
    }
  }
  return out + "\"";
}

std::string printSymbol(std::string_view text) {
  auto isNameByte = [](unsigned char c) { return c < 0x80 && (std::isalnum(c) || c == '_'); };
  std::string_view name = text.substr(0, text.find_last_not_of('\'') + 1);
  bool isName =
      !name.empty() && name[0] >= 'A' && name[0] <= 'Z' && std::all_of(name.begin(), name.end(), isNameByte);
  return isName ? std::string(text) : printQuoted(text);
}

} // namespace tl::ast
