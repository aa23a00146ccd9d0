// Proofs, failures and contributions as text, JSON and DOT.
#include "frontend/prove/FormatProof.h"

#include "frontend/ast/Printer.h"
#include "frontend/sema/Build.h"
#include "frontend/sema/Clone.h"
#include "frontend/sema/Dump.h"
#include "frontend/sema/Walk.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace tl::prove {

using sema::Equation;
using sema::Guard;

namespace {

std::string number(double value) {
  std::array<char, 40> text;
  auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return std::string(text.data(), end);
}

std::string cellText(const Evidence &evidence, sema::ClassId axis, std::int64_t cell) {
  const runtime::Domain *domain = axis < evidence.domains.size() ? evidence.domains[axis] : nullptr;
  bool isSymbol = domain && cell >= 0 && cell < domain->size();
  return isSymbol ? ast::printSymbol(domain->text(static_cast<runtime::Cell>(cell))) : std::to_string(cell);
}

/// JSON strings hold the program's text, which is valid UTF-8.
std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (char byte : text) {
    static constexpr char kHex[] = "0123456789abcdef";
    if (byte == '"' || byte == '\\')
      result += '\\';
    if (static_cast<unsigned char>(byte) >= 0x20)
      result += byte;
    else
      result += std::string("\\u00") + kHex[byte >> 4] + kHex[byte & 15];
  }
  return result + "\"";
}

/// The equation with the values of its variables in place of their names: only its variables are there.
Equation instance(const Evidence &evidence, const Equation &equation, const Binding &binding) {
  Equation named;
  named.variables = equation.variables;
  for (sema::VariableId id = 0; id < named.variables.size() && id < binding.size(); ++id)
    if (binding[id])
      named.variables[id].name = named.variables[id].hasClass
                                     ? cellText(evidence, named.variables[id].axisClass, *binding[id])
                                     : std::to_string(*binding[id]);
  return named;
}

std::string guardText(const Evidence &evidence, const Equation &names, const Guard &guard) {
  const sema::TypedProgram &program = *evidence.program;
  switch (guard.kind) {
  case Guard::Kind::Positive:
  case Guard::Kind::Holds:
    return sema::toString(program, names, *guard.expr);
  case Guard::Kind::Negative:
    return "not " + sema::toString(program, names, *guard.expr);
  case Guard::Kind::Bind:
    return names.variables[guard.variable].name + " = " +
           sema::toString(program, names, *sema::makeIndexValue(sema::clone(guard.binding)));
  case Guard::Kind::Exists: {
    std::string text;
    for (const Guard &part : guard.parts)
      text += (text.empty() ? "" : ", ") + guardText(evidence, names, part);
    return text;
  }
  }
  return "";
}

std::string place(const ProofText &text, source::SourceRange range) {
  const source::SourceFile &file = text.sources.file(range.file);
  return file.name() + ":" + std::to_string(file.lineColumn(range.begin).line);
}

std::string bindingJson(const ProofText &text, const Equation &equation, const Binding &binding) {
  std::string result;
  for (sema::VariableId id = 0; id < equation.variables.size() && id < binding.size(); ++id) {
    const sema::Variable &variable = equation.variables[id];
    if (!binding[id] || variable.name == "_")
      continue;
    const runtime::Domain *domain = variable.hasClass ? text.evidence.domains[variable.axisClass] : nullptr;
    std::string value = domain ? quoted(domain->text(static_cast<runtime::Cell>(*binding[id])))
                               : std::to_string(*binding[id]);
    result += (result.empty() ? "" : ", ") + quoted(variable.name) + ": " + value;
  }
  return "{" + result + "}";
}

std::string stepText(const ProofText &text, const ProofStep &step) {
  return rowText(text.evidence, step.tensor, {step.row.begin(), step.row.end()});
}

/// Conditions of the rule other than its premises, with their values.
std::vector<std::string> conditionsOf(const ProofText &text, const ProofStep &step) {
  const Equation &rule = text.evidence.program->equations[*step.rule];
  const Equation names = instance(text.evidence, rule, step.binding);
  std::vector<std::string> conditions;
  for (const Guard &guard : rule.guards)
    if (guard.kind != Guard::Kind::Positive)
      conditions.push_back(guardText(text.evidence, names, guard));
  return conditions;
}

std::string ruleText(const ProofText &text, sema::EquationId id) {
  return sema::toString(*text.evidence.program, text.evidence.program->equations[id]);
}

/// Each row once, indented under the row that needs it; its second use only names it.
std::string proofAsText(const ProofText &text, const Proof &proof) {
  std::string out;
  std::vector<bool> isShown(proof.steps.size());
  std::vector<std::pair<std::size_t, std::size_t>> waiting{{0, 0}}; // step, depth
  while (!waiting.empty()) {
    auto [number, depth] = waiting.back();
    waiting.pop_back();
    const ProofStep &step = proof.steps[number];
    out += std::string(2 * depth, ' ') + stepText(text, step);
    if (!step.rule) {
      out += "    given\n";
      continue;
    }
    if (isShown[number]) {
      out += "    shown above\n";
      continue;
    }
    isShown[number] = true;
    out += "    by " + ruleText(text, *step.rule) + "  (" +
           place(text, text.evidence.program->equations[*step.rule].range) + ")\n";
    for (const std::string &condition : conditionsOf(text, step))
      out += std::string(2 * depth + 2, ' ') + condition + "\n";
    for (std::size_t k = step.premises.size(); k-- > 0;)
      waiting.emplace_back(step.premises[k], depth + 1);
  }
  return out;
}

std::string proofAsJson(const ProofText &text, const Proof &proof) {
  std::string out = "{\"fact\": " + quoted(stepText(text, proof.steps[0])) +
                    ", \"height\": " + std::to_string(proof.steps[0].height) + ", \"proof\": [";
  for (std::size_t number = 0; number < proof.steps.size(); ++number) {
    const ProofStep &step = proof.steps[number];
    out += (number ? ", " : "") + std::string("{\"id\": ") + std::to_string(number) +
           ", \"fact\": " + quoted(stepText(text, step)) + ", \"height\": " + std::to_string(step.height);
    if (step.rule) {
      const Equation &rule = text.evidence.program->equations[*step.rule];
      std::string premises, conditions;
      for (std::size_t premise : step.premises)
        premises += (premises.empty() ? "" : ", ") + std::to_string(premise);
      for (const std::string &condition : conditionsOf(text, step))
        conditions += (conditions.empty() ? "" : ", ") + quoted(condition);
      out += ", \"rule\": " + quoted(ruleText(text, *step.rule)) +
             ", \"place\": " + quoted(place(text, rule.range)) +
             ", \"binding\": " + bindingJson(text, rule, step.binding) + ", \"premises\": [" + premises +
             "], \"conditions\": [" + conditions + "]";
    }
    out += "}";
  }
  return out + "]}\n";
}

std::string proofAsDot(const ProofText &text, const Proof &proof) {
  std::string out = "digraph proof {\n  node [shape=box];\n";
  for (std::size_t number = 0; number < proof.steps.size(); ++number) {
    const ProofStep &step = proof.steps[number];
    std::string label = stepText(text, step);
    if (step.rule)
      label += "\\n" + ruleText(text, *step.rule);
    std::string escaped;
    for (std::size_t at = 0; at < label.size(); ++at)
      escaped += label[at] == '"' ? "\\\"" : std::string(1, label[at]);
    out += "  " + std::to_string(number) + " [label=\"" + escaped + "\"" +
           (step.rule ? "" : ", style=filled") + "];\n";
    for (std::size_t premise : step.premises)
      out += "  " + std::to_string(number) + " -> " + std::to_string(premise) + ";\n";
  }
  return out + "}\n";
}

std::string failureText(const ProofText &text, const Failure &failure) {
  const Equation &rule = text.evidence.program->equations[failure.rule];
  if (!failure.guard)
    return "its head gives other rows";
  const std::string guard =
      guardText(text.evidence, instance(text.evidence, rule, failure.binding), *failure.guard);
  return failure.isOnlyOne ? "only this fails: " + guard : "fails at: " + guard;
}

} // namespace

std::string rowText(const Evidence &evidence, TensorId tensor, const std::vector<std::int64_t> &cells) {
  const sema::TensorSymbol &symbol = evidence.program->tensors[tensor];
  const bool isRelation = symbol.kind == sema::TensorKind::Relation;
  std::string text;
  for (std::size_t column = 0; column < cells.size(); ++column)
    text += (column ? "," : "") + cellText(evidence, symbol.axes[column], cells[column]);
  if (text.empty())
    return symbol.name;
  return symbol.name + (isRelation ? "(" : "[") + text + (isRelation ? ")" : "]");
}

std::string formatProof(const ProofText &text, const Proof &proof) {
  switch (text.format) {
  case ProofFormat::Text:
    return proofAsText(text, proof);
  case ProofFormat::Json:
    return proofAsJson(text, proof);
  case ProofFormat::Dot:
    return proofAsDot(text, proof);
  }
  return "";
}

std::string formatFailures(const ProofText &text, const std::string &fact,
                           const std::vector<Failure> &failures) {
  std::string out;
  if (text.format == ProofFormat::Json) {
    for (const Failure &failure : failures) {
      const Equation &rule = text.evidence.program->equations[failure.rule];
      const std::string guard =
          failure.guard ? quoted(guardText(text.evidence, instance(text.evidence, rule, failure.binding),
                                           *failure.guard))
                        : "null";
      out += (out.empty() ? "" : ", ") + std::string("{\"rule\": ") + quoted(ruleText(text, failure.rule)) +
             ", \"place\": " + quoted(place(text, rule.range)) + ", \"fails\": " + guard +
             ", \"only\": " + (failure.isOnlyOne ? "true" : "false") +
             ", \"binding\": " + bindingJson(text, rule, failure.binding) + "}";
    }
    return "{\"fact\": " + quoted(fact) + ", \"holds\": false, \"rules\": [" + out + "]}\n";
  }
  out = fact + " does not hold: no fact says so" + (failures.empty() ? ", and it has no rules\n" : "\n");
  for (const Failure &failure : failures)
    out += "  " + ruleText(text, failure.rule) + "  (" +
           place(text, text.evidence.program->equations[failure.rule].range) + ")\n    " +
           failureText(text, failure) + "\n";
  return out;
}

std::string formatContributions(const ProofText &text, const std::string &element,
                                std::optional<double> value, const Contributions &contributions) {
  const std::string shown = value ? number(*value) : text.format == ProofFormat::Json ? "null" : "absent";
  std::string out;
  for (const Contribution &contribution : contributions.largest) {
    const Equation &equation = text.evidence.program->equations[contribution.equation];
    const Equation names = instance(text.evidence, equation, contribution.binding);
    const std::string term = sema::toString(*text.evidence.program, names, *contribution.term);
    Scalars scalars(text.evidence, equation);
    std::string reads;
    sema::walk(*contribution.term, [&](const sema::Expr &expr) {
      if (expr.kind != sema::Expr::Kind::Element)
        return;
      std::optional<double> read = scalars.value(expr, contribution.binding);
      const std::string name = sema::toString(*text.evidence.program, names, expr);
      if (read && text.format == ProofFormat::Json)
        reads += (reads.empty() ? "" : ", ") + quoted(name) + ": " + number(*read);
      else if (read)
        reads += (reads.empty() ? "" : ", ") + name + " = " + number(*read);
    });
    if (text.format == ProofFormat::Json)
      out += (out.empty() ? "" : ", ") + std::string("{\"value\": ") + number(contribution.value) +
             ", \"term\": " + quoted(term) + ", \"place\": " + quoted(place(text, equation.range)) +
             ", \"reads\": {" + reads + "}}";
    else
      out += "  " + number(contribution.value) + "    " + term + (reads.empty() ? "" : "    " + reads) +
             "  (" + place(text, equation.range) + ")\n";
  }
  const std::size_t more = contributions.count - contributions.largest.size();
  if (text.format == ProofFormat::Json)
    return "{\"element\": " + quoted(element) + ", \"value\": " + shown +
           ", \"count\": " + std::to_string(contributions.count) + ", \"contributions\": [" + out + "]}\n";
  if (more)
    out += "  and " + std::to_string(more) + " more, together " + number(contributions.rest) + "\n";
  return element + " = " + shown + "\n" + out;
}

} // namespace tl::prove
