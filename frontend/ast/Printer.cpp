// Statements as text.
#include "frontend/ast/Printer.h"

#include "frontend/ast/Joined.h"

#include <algorithm>

namespace tl::ast {
namespace {

std::string_view symbolOf(AssignOp op) {
  switch (op) {
  case AssignOp::Assign:
    return "=";
  case AssignOp::Add:
    return "+=";
  case AssignOp::Max:
    return "max=";
  case AssignOp::Min:
    return "min=";
  case AssignOp::Average:
    return "avg=";
  case AssignOp::Multiply:
    return "*=";
  }
  return "";
}

std::string printPart(const ExprPtr &expr) {
  return print(*expr);
}
std::string printHead(const Head &head) {
  return print(head);
}
std::string printOption(const NamedArgument &option) {
  return option.name + " = " + print(*option.value);
}

/// Nested lists of a literal; `next` walks through the flat values.
std::string printList(const Literal &literal, std::size_t depth, std::size_t &next) {
  if (depth == literal.shape.size()) {
    std::size_t place = next++;
    return literal.allIntegers ? std::to_string(literal.integers[place]) : printReal(literal.values[place]);
  }
  std::string out = "[";
  for (std::int64_t n = 0; n < literal.shape[depth]; ++n)
    out += (n == 0 ? "" : ", ") + printList(literal, depth + 1, next);
  return out + "]";
}

std::string printCell(const FactCell &cell) {
  if (cell.isInteger())
    return std::to_string(cell.integer());
  return cell.isQuoted() ? printQuoted(cell.text()) : std::string(cell.text());
}

std::string printAxis(const DeclaredAxis &axis) {
  std::string extent = axis.extent ? std::to_string(*axis.extent) : axis.domain;
  return axis.variable + (axis.variable.empty() || extent.empty() ? "" : ": ") + extent;
}

struct StatementPrinter {
  std::string operator()(const Equation &equation) {
    std::string out =
        print(equation.head) + " " + std::string(symbolOf(equation.op)) + " " + print(*equation.value);
    for (const ExprPtr &guard : equation.guards)
      out += ", " + print(*guard);
    return out;
  }
  std::string operator()(const Literal &literal) {
    std::size_t next = 0;
    return (literal.isParam ? "param " : "") + print(literal.head) + " = " + printList(literal, 0, next);
  }
  std::string operator()(const Rule &rule) {
    return print(rule.head) + " <- " + joined(rule.body, printPart);
  }
  std::string operator()(const Fact &fact) {
    std::string chance = fact.chance ? print(*fact.chance) + " :: " : "";
    return (fact.probability ? printReal(*fact.probability) + " :: " : chance) + print(fact.head);
  }
  std::string operator()(const FactBlock &facts) {
    std::string out;
    for (std::size_t row = 0; row < facts.rows; ++row) {
      out += (row == 0 ? "" : "\n") + facts.name + "(";
      for (std::size_t column = 0; column < facts.arity; ++column)
        out += (column == 0 ? "" : ", ") + printCell(facts.cells[row * facts.arity + column]);
      out += ")";
    }
    return out;
  }
  std::string operator()(const Query &query) {
    std::string derived = query.derived.empty() ? "" : "d" + query.derived + "/d";
    return derived + print(query.head) + "?";
  }
  std::string operator()(const Read &read) {
    std::string out = print(read.head) + " " + std::string(symbolOf(read.op)) + " " + printQuoted(read.path);
    for (const NamedArgument &option : read.options)
      out += ", " + printOption(option);
    return out;
  }
  std::string operator()(const Write &write) { return printQuoted(write.path) + " = " + print(write.source); }
  std::string operator()(const DomainDeclaration &domain) {
    std::string out = "domain " + domain.name + " = ";
    if (!domain.path.empty())
      return out + printQuoted(domain.path);
    return out + "{" + joined(domain.symbols, printSymbol) + "}";
  }
  std::string operator()(const TensorDeclaration &tensor) {
    std::string out = (tensor.isParam ? "param " : "tensor ") + tensor.head.name;
    bool hasParentheses = tensor.head.form == Head::Form::Parentheses;
    if (tensor.head.form != Head::Form::Bare)
      out += (hasParentheses ? "(" : "[") + joined(tensor.axes, printAxis) + (hasParentheses ? ")" : "]");
    if (!tensor.elementType.empty())
      out += ": " + tensor.elementType;
    return out + (tensor.initializer ? " ~ " + print(*tensor.initializer) : "");
  }
  std::string operator()(const ConstDeclaration &constant) {
    return "const " + constant.name + " = " + print(*constant.value);
  }
  std::string operator()(const Import &import) { return "import " + import.module; }
  std::string operator()(const External &external) {
    std::string parameters;
    for (const std::string &parameter : external.parameters)
      parameters += (parameters.empty() ? "" : ", ") + parameter;
    std::string out =
        "extern " + printQuoted(external.library) + " " + external.name + "(" + parameters + ")";
    for (const External::Partial &partial : external.partials)
      out += ", " + partial.change + " = " + partial.function;
    return out;
  }
  std::string operator()(const Learn &learn) {
    std::string out = "learn " + print(learn.loss) + " by " + learn.optimizer;
    if (!learn.optimizerOptions.empty())
      out += "(" + joined(learn.optimizerOptions, printOption) + ")";
    for (const NamedArgument &option : learn.options)
      out += ", " + printOption(option);
    if (learn.batchSize)
      out += ", batch = " + learn.batchVariable + ": " + std::to_string(*learn.batchSize);
    return out;
  }
  std::string operator()(const Embed &embed) {
    return "embed " + joined(embed.relations, printHead) + " by " + joined(embed.options, printOption);
  }
  std::string operator()(const Definition &definition) {
    std::string out = "def " + definition.name + "(" + joined(definition.parameters, printHead);
    if (!definition.options.empty())
      out += "; " + joined(definition.options, printOption);
    out += ") -> " + joined(definition.results, printHead) + " {\n";
    for (const Statement &statement : definition.body)
      out += "  " + print(statement) + "\n";
    return out + "}";
  }
  std::string operator()(const MultiAssign &assign) {
    return "(" + joined(assign.heads, printHead) + ") = " + print(*assign.value);
  }
};

} // namespace

std::string print(const Statement &statement) {
  return std::visit(StatementPrinter{}, statement.node);
}

std::string printSorted(const Program &program) {
  std::vector<std::string> facts;
  std::string others;
  for (const Statement &statement : program.statements) {
    const bool isFact =
        std::holds_alternative<Fact>(statement.node) || std::holds_alternative<FactBlock>(statement.node);
    std::string text = print(statement);
    if (!isFact)
      others += text + "\n";
    for (std::size_t begin = 0; isFact && begin <= text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      facts.push_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  std::sort(facts.begin(), facts.end());
  std::string sorted;
  for (const std::string &fact : facts)
    sorted += fact + "\n";
  return sorted + others;
}

std::string print(const Program &program) {
  std::string out;
  for (const Statement &statement : program.statements)
    out += print(statement) + "\n";
  return out;
}

} // namespace tl::ast
