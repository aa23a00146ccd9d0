// Runs the pass and speaks of what it reports in words of the program.
#include "frontend/driver/Derivatives.h"

#include "frontend/sema/Needed.h"
#include "ir/tl/TlOps.h"
#include "passes/derive/Derive.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"

#include "llvm/ADT/DenseMap.h"

namespace tl::driver {

using source::DiagnosticId;

bool deriveQueries(mlir::ModuleOp module, const sema::TypedProgram &program,
                   source::DiagnosticEngine &diagnostics) {
  llvm::DenseMap<mlir::Location, std::int64_t> numbers;
  module.walk([&](ir::QueryOp query) {
    if (query.getTensor().getDefiningOp<ir::GradientOp>())
      numbers.try_emplace(query.getLoc(), query.getNumber());
  });
  if (numbers.empty())
    return true;
  mlir::ScopedDiagnosticHandler handler(module.getContext(), [&](mlir::Diagnostic &report) {
    const sema::Query &query =
        program.queries[static_cast<std::size_t>(numbers.lookup(report.getLocation()))];
    if (report.getSeverity() != mlir::DiagnosticSeverity::Warning)
      diagnostics.report(DiagnosticId::NotSupportedYet, query.range, report.str());
    // Without any equations between the two, the check of the program has said so.
    else if (sema::readFrom(program, {*query.derived}).count(query.tensor))
      diagnostics.report(DiagnosticId::ZeroDerivative, query.range,
                         "'" + program.tensors[query.tensor].name + "' does not influence '" +
                             program.tensors[*query.derived].name + "', so the derivative is 0");
    return mlir::success();
  });
  return mlir::succeeded(passes::deriveGradients(module));
}

} // namespace tl::driver
