// The text of tl explain.
#include "frontend/print/Explain.h"

#include "frontend/sema/Dump.h"
#include "frontend/sema/Needed.h"

#include <algorithm>

namespace tl::print {
namespace {

using sema::Component;

std::string extentText(const sema::AxisClass &axisClass) {
  if (axisClass.kind == sema::AxisClass::Kind::Symbol)
    return (axisClass.domain.empty() ? std::string("symbols") : axisClass.domain) + ": " +
           std::to_string(axisClass.extent);
  return axisClass.extent < 0 ? "?" : std::to_string(axisClass.extent);
}

std::string names(const sema::TypedProgram &program, const Component &component) {
  std::string text;
  for (sema::TensorId tensor : component.tensors)
    text += (text.empty() ? "" : ", ") + program.tensors[tensor].name;
  return text;
}

void appendEquations(const sema::TypedProgram &program, const std::vector<sema::EquationId> &equations,
                     const std::string &indent, std::string &out) {
  for (sema::EquationId id : equations) {
    const sema::TensorSymbol &tensor = program.tensors[program.equations[id].tensor];
    if (tensor.derivative)
      out += indent + tensor.name + ": the derivative of " + program.tensors[tensor.derivative->scalar].name +
             " by " + program.tensors[tensor.derivative->tensor].name + "\n";
    else
      out += indent + sema::toString(program, program.equations[id]) + "\n";
  }
}

void appendComponent(const sema::TypedProgram &program, const Component &component, const std::string &indent,
                     std::string &out) {
  switch (component.kind) {
  case Component::Kind::Plain:
    appendEquations(program, component.base, indent, out);
    appendEquations(program, component.equations, indent, out);
    return;
  case Component::Kind::Scan:
    appendEquations(program, component.base, indent, out);
    out += indent + "scan " + names(program, component) + ", positions " + std::to_string(component.begin) +
           " to " + std::to_string(component.end - 1) + (component.descending ? ", descending:\n" : ":\n");
    for (const Component &part : component.step)
      appendComponent(program, part, indent + "  ", out);
    return;
  case Component::Kind::Fixpoint:
    out += indent + (component.isIdempotent ? "least fixpoint of " : "fixpoint within a tolerance of ") +
           names(program, component) + ":\n";
    appendEquations(program, component.base, indent + "  ", out);
    appendEquations(program, component.equations, indent + "  ", out);
    return;
  }
}

/// What the queries themselves ask for, and which relations hold the facts of others.
void appendSeeds(const sema::TypedProgram &program, const sema::Demanded &demanded, std::string &out) {
  if (demanded.seeds.empty())
    return;
  out += "asked by the queries\n";
  for (const auto &[tensor, rows] : demanded.seeds)
    out += "  " + program.tensors[tensor].name + ": " + std::to_string(rows.size()) +
           (rows.size() == 1 ? " row\n" : " rows\n");
}

} // namespace

std::string tensorText(const sema::TypedProgram &program, const sema::TensorSymbol &tensor) {
  std::string out;
  bool isRelation = tensor.kind == sema::TensorKind::Relation;
  out += tensor.name + (isRelation ? "(" : "[");
  for (std::size_t axis = 0; axis < tensor.axes.size(); ++axis)
    out += (axis ? ", " : "") + extentText(program.classes[tensor.axes[axis]]);
  out += isRelation ? ")" : "]: " + std::string(runtime::name(tensor.elementType));
  if (tensor.isUndefined)
    out += ", never defined: 0";
  if (!tensor.literals.empty())
    out += tensor.literals.size() == 1 ? ", a literal" : ", literals";
  if (!tensor.factBlocks.empty() || !tensor.facts.empty())
    out += ", facts";
  for (const ast::Read *read : tensor.reads)
    out += ", read from \"" + read->path + "\"";
  return out;
}

std::string explain(const sema::TypedProgram &program, const sema::Demanded &demanded) {
  std::set<sema::TensorId> needed;
  if (demanded.isApplied)
    needed = sema::neededTensors(program);
  auto isShown = [&](sema::TensorId tensor) { return !demanded.isApplied || needed.count(tensor) != 0; };
  std::string out = "tensors\n";
  for (sema::TensorId id = 0; id < program.tensors.size(); ++id)
    if (isShown(id))
      out += "  " + tensorText(program, program.tensors[id]) + "\n";
  appendSeeds(program, demanded, out);
  out += demanded.isApplied ? "order of evaluation, of what the queries need\n" : "order of evaluation\n";
  int stratum = 0;
  for (const Component &component : program.components) {
    if (std::none_of(component.tensors.begin(), component.tensors.end(), isShown))
      continue;
    if (component.base.empty() && component.equations.empty() && component.step.empty())
      continue;
    out += " " + std::to_string(++stratum) + ".\n";
    appendComponent(program, component, "    ", out);
  }
  return out;
}

} // namespace tl::print
