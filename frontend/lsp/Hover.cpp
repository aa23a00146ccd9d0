// Types, shapes and sums in Markdown.
#include "frontend/lsp/Hover.h"

#include "frontend/print/Explain.h"
#include "frontend/sema/Dump.h"
#include "frontend/sema/Functions.h"
#include "frontend/sema/Walk.h"

#include <algorithm>
#include <map>

namespace tl::lsp {
namespace {

using names::NameKind;
using sema::Monoid;

std::string code(const std::string &text) {
  return "```tl\n" + text + "\n```\n";
}

/// How the combined variables of an equation are spoken of.
std::string_view combination(Monoid monoid) {
  switch (monoid) {
  case Monoid::Add:
    return "summed over";
  case Monoid::Or:
    return "for some";
  case Monoid::Max:
    return "the largest over";
  case Monoid::Min:
    return "the smallest over";
  case Monoid::Multiply:
    return "multiplied over";
  case Monoid::Average:
    return "averaged over";
  }
  return "";
}

/// `j (784)`, `y (Person: 12)`; without sizes the name alone.
std::string variableText(const sema::TypedProgram &program, const sema::Variable &variable) {
  std::string text = "`" + variable.name + "`";
  const bool hasRange = variable.lower && variable.upper;
  if (variable.hasClass && program.classes[variable.axisClass].kind == sema::AxisClass::Kind::Symbol) {
    const sema::AxisClass &axis = program.classes[variable.axisClass];
    std::string domain = axis.domain.empty() ? "symbols" : axis.domain;
    return text + " (" + domain + (axis.extent >= 0 ? ": " + std::to_string(axis.extent) : "") + ")";
  }
  if (!hasRange)
    return text;
  std::string lower = std::to_string(*variable.lower), upper = std::to_string(*variable.upper - 1);
  return text + (*variable.lower < *variable.upper ? " (" + lower + " to " + upper + ")" : " (no values)");
}

/// Every combination of the equation: what is combined, and over which variables.
std::map<std::string, std::vector<sema::VariableId>> combined(const sema::Equation &equation) {
  std::map<std::string, std::vector<sema::VariableId>> made;
  auto add = [&](std::string how, const std::vector<sema::VariableId> &variables) {
    std::vector<sema::VariableId> &known = made[std::move(how)];
    for (sema::VariableId id : variables)
      if (std::ranges::find(known, id) == known.end())
        known.push_back(id);
  };
  for (const sema::Term &term : equation.terms)
    if (!term.projected.empty())
      add(std::string(combination(equation.monoid)), term.projected);
  if (equation.monoid == Monoid::Or)
    for (sema::VariableId id = 0; id < equation.variables.size(); ++id)
      if (!equation.variables[id].isOnLeft && !equation.variables[id].name.starts_with("_"))
        add("for some", {id});
  sema::walkEquation(equation, [&](const sema::Expr &expr) {
    if (expr.kind == sema::Expr::Kind::Project && !expr.variables.empty())
      add(expr.projection == "sum" ? "summed over" : "`" + expr.projection + "` over", expr.variables);
    if (expr.kind == sema::Expr::Kind::Normalize)
      add("`" + expr.function + "` along", expr.variables);
  });
  return made;
}

/// The equations of the statement around `offset`; several when it has several terms of its own.
std::vector<const sema::Equation *> equationsAt(const driver::Compilation &compilation,
                                                std::uint32_t offset) {
  std::vector<const sema::Equation *> found;
  for (const sema::Equation &equation : compilation.program().equations)
    if (equation.range.file == 0 && equation.range.begin <= offset && offset <= equation.range.end)
      found.push_back(&equation);
  return found;
}

std::string equationText(const sema::TypedProgram &program, const sema::Equation &equation) {
  std::string text = code(sema::toString(program, equation));
  for (const auto &[how, variables] : combined(equation)) {
    text += how;
    for (std::size_t number = 0; number < variables.size(); ++number)
      text += (number ? ", " : " ") + variableText(program, equation.variables[variables[number]]);
    text += "  \n";
  }
  return text;
}

std::string indexText(const sema::TypedProgram &program, const sema::Equation &equation,
                      std::string_view name) {
  for (const sema::Variable &variable : equation.variables)
    if (variable.name == name)
      return "index " + variableText(program, variable) + (variable.isOnLeft ? ", on the left" : "") + "  \n";
  return "";
}

} // namespace

std::string definitionText(const names::NameIndex &text, const names::Occurrence &definition) {
  auto [begin, end] = text.statement(definition.statement);
  std::string_view source = text.text();
  std::string_view header = source.substr(begin, std::min(source.find('{', begin), std::size_t{end}) - begin);
  header = header.substr(0, header.find_last_not_of(" \n\r\t") + 1);
  std::string comment;
  for (std::size_t line = begin; line > 0;) {
    std::size_t before = source.rfind('\n', line - 1);
    std::size_t previous =
        before == 0 || before == std::string_view::npos ? 0 : source.rfind('\n', before - 1) + 1;
    if (before == std::string_view::npos)
      break;
    std::string_view above = source.substr(previous, before - previous);
    if (!above.starts_with("///"))
      break;
    above.remove_prefix(std::min(above.find_first_not_of("/ "), above.size()));
    comment = std::string(above) + "\n" + comment;
    line = previous;
  }
  return code(std::string(header)) + comment;
}

std::string hover(const Analysis &analysis, const names::NameIndex &names, const names::Occurrence &one) {
  if (!analysis.compilation)
    return "";
  const sema::TypedProgram &program = analysis.compilation->program();
  std::string text;
  std::string_view name = names.name(one);
  const bool isGlobal = one.kind == NameKind::Tensor && one.scope == 0;
  if (isGlobal) {
    if (std::optional<sema::TensorId> tensor = program.find(name))
      text += code(print::tensorText(program, program.tensors[*tensor]));
    else if (!one.access.empty())
      text += "a symbol  \n";
  }
  // Places of equations are those of the text that was analysed.
  if (analysis.text->content() != names.text())
    return text;
  std::vector<const sema::Equation *> equations = equationsAt(*analysis.compilation, one.begin);
  if (one.kind == NameKind::Index && !equations.empty())
    text += indexText(program, *equations.front(), name);
  if (isGlobal || one.kind == NameKind::Index)
    for (const sema::Equation *equation : equations)
      text += equationText(program, *equation);
  return text;
}

std::string functionText(std::string_view name) {
  const sema::Function *function = sema::findFunction(name);
  if (!function)
    return "";
  using Kind = sema::Function::Kind;
  static constexpr std::pair<Kind, std::string_view> kWhat[] = {
      {Kind::Elementwise, "element by element"},
      {Kind::Normalizing, "along the dotted index of the left side"},
      {Kind::Ordered, "along the dotted index of the left side, in order"},
      {Kind::Selecting, "whether an element is chosen along the dotted index"},
      {Kind::Random, "a draw for every element of the left side"},
      {Kind::Size, "the extent of an index"},
      {Kind::Matrix, "linear algebra over the last two indices"},
      {Kind::Concat, "its arguments one after another along the new index"},
      {Kind::Unsupported, "not supported yet"}};
  std::string text = "`" + std::string(name) + "`: ";
  for (auto [kind, what] : kWhat)
    if (kind == function->kind)
      text += what;
  text += function->most == 1 ? "; 1 argument"
                              : "; " + std::to_string(function->least) + " to " +
                                    std::to_string(function->most) + " arguments";
  if (!function->option.empty())
    text += "; option `" + std::string(function->option) + "`";
  return text;
}

} // namespace tl::lsp
