// Runs the pass and speaks of what it reports in words of the program.
#include "frontend/driver/Derivatives.h"

#include "frontend/ast/Printer.h"
#include "frontend/print/Equations.h"
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
    if (report.getSeverity() != mlir::DiagnosticSeverity::Warning) {
      auto &diagnostic = diagnostics.report(DiagnosticId::NotSupportedYet, query.range, report.str());
      for (mlir::Diagnostic &note : report.getNotes())
        diagnostic.hint = note.str();
    }
    // Without any equations between the two, the check of the program has said so.
    else if (sema::readFrom(program, {*query.derived}).count(query.tensor))
      diagnostics.report(DiagnosticId::ZeroDerivative, query.range,
                         "'" + program.tensors[query.tensor].name + "' does not influence '" +
                             program.tensors[*query.derived].name + "', so the derivative is 0");
    return mlir::success();
  });
  return mlir::succeeded(passes::deriveGradients(module));
}

runtime::Result<std::string> gradientProgram(mlir::ModuleOp module, const ast::Program &ast,
                                             const sema::TypedProgram &program) {
  llvm::SmallVector<mlir::Value> values;
  std::vector<const sema::Query *> queries;
  module.walk([&](ir::QueryOp op) {
    const sema::Query &query = program.queries[static_cast<std::size_t>(op.getNumber())];
    if (!query.derived)
      return;
    values.push_back(op.getTensor());
    queries.push_back(&query);
  });
  if (queries.empty())
    return runtime::Error{runtime::ErrorKind::Program,
                          "the program asks for no derivative: add a query such as dLoss/dW?"};
  std::vector<std::string> taken;
  for (const sema::TensorSymbol &tensor : program.tensors)
    taken.push_back(tensor.name);
  for (const sema::DomainSymbol &domain : program.domains)
    taken.push_back(domain.name);
  print::EquationText equations = print::equationsOf(values, taken);
  if (!equations.unprintable.empty())
    return runtime::Error{runtime::ErrorKind::Unsupported, "the gradient program has " +
                                                               equations.unprintable +
                                                               ", which cannot be printed yet"};
  std::string text;
  for (const ast::Statement &statement : ast.statements)
    if (!std::holds_alternative<ast::Query>(statement.node))
      text += ast::print(statement) + "\n";
  text += "\n" + equations.text + "\n";
  for (std::size_t number = 0; number < queries.size(); ++number)
    text += "// " + queries[number]->text + "\n" + equations.names[number] + "?\n";
  return text;
}

} // namespace tl::driver
