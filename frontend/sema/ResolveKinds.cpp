// Whether an axis is over integers or over symbols, once files are read.
#include "frontend/sema/Resolve.h"

#include <algorithm>

namespace tl::sema {
namespace {

using Kind = AxisClass::Kind;

void reportKinds(const TypedProgram &program, ClassId id, const std::string &tensor, Kind kind, bool isDense,
                 SourceRange range, source::DiagnosticEngine &diagnostics) {
  const AxisClass &axis = program.classes[id];
  const bool isInteger = kind == Kind::Integer;
  source::Diagnostic &diagnostic =
      diagnostics.report(source::DiagnosticId::KindClash, range,
                         indexName(program, id) + " is over integers and over symbols: '" + tensor +
                             "' has " + (isInteger ? (isDense ? "array positions" : "integers") : "symbols") +
                             ", elsewhere there are " + (isInteger ? "symbols" : "integers"));
  diagnostic.labels.push_back(
      {range, "'" + tensor + "' has " + (isInteger ? "integers" : "symbols") + " here"});
  diagnostic.labels.push_back({axis.kindRange, std::string(isInteger ? "symbols" : "integers") + " here"});
  if (isDense)
    diagnostic.hint = "declare the order of the symbols, as in `domain Name = {First, Second}` and `tensor " +
                      tensor + "[x: Name]`";
}

} // namespace

std::string indexName(const TypedProgram &program, ClassId axisClass) {
  for (const Equation &equation : program.equations)
    for (const Variable &variable : equation.variables)
      if (variable.hasClass && variable.axisClass == axisClass && variable.name != "_")
        return "index '" + variable.name + "'";
  return "an index";
}

bool settleKinds(TypedProgram &program, const std::map<TensorId, LoadedSizes> &sizes,
                 source::DiagnosticEngine &diagnostics) {
  bool succeeded = true;
  for (const auto &[tensor, size] : sizes) {
    const TensorSymbol &symbol = program.tensors[tensor];
    for (std::size_t axis = 0; axis < std::min(symbol.axes.size(), size.columns.size()); ++axis) {
      AxisClass &axisClass = program.classes[symbol.axes[axis]];
      const Kind kind = size.isDense ? Kind::Integer : size.columns[axis];
      if (kind == Kind::Unknown || axisClass.kind == kind || !axisClass.domain.empty())
        continue;
      if (axisClass.kind == Kind::Unknown) {
        axisClass.kind = kind;
        axisClass.kindRange = size.range;
        continue;
      }
      reportKinds(program, symbol.axes[axis], symbol.name, kind, size.isDense, size.range, diagnostics);
      succeeded = false;
    }
  }
  return succeeded;
}

} // namespace tl::sema
