// Runs the pass and speaks of what it reports in words of the program.
#include "frontend/driver/Derivatives.h"

#include "frontend/ast/DerivativeName.h"
#include "frontend/ast/Printer.h"
#include "frontend/emit/EmitTl.h"
#include "frontend/print/Equations.h"
#include "frontend/sema/Needed.h"
#include "ir/tl/TlOps.h"
#include "passes/derive/Derive.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"

#include "llvm/ADT/DenseMap.h"

namespace tl::driver {

using source::DiagnosticId;

namespace {

struct Asked {
  source::SourceRange range;
  sema::TensorSymbol::Derivative derivative;
};

/// What queries ask for and equations read, by the places that the pass reports at.
llvm::DenseMap<mlir::Location, Asked> askedFor(mlir::ModuleOp module, const sema::TypedProgram &program) {
  llvm::DenseMap<mlir::Location, Asked> derivatives;
  module.walk([&](mlir::Operation *op) {
    if (auto gradient = mlir::dyn_cast<ir::GradientOp>(op)) {
      if (auto number = gradient->getAttrOfType<mlir::IntegerAttr>(emit::kDerivativeTensor)) {
        const sema::TensorSymbol &tensor = program.tensors[static_cast<std::size_t>(number.getInt())];
        derivatives.try_emplace(gradient.getLoc(), Asked{tensor.range, *tensor.derivative});
      }
    } else if (auto asked = mlir::dyn_cast<ir::QueryOp>(op);
               asked && asked.getTensor().getDefiningOp<ir::GradientOp>()) {
      const auto number = static_cast<std::size_t>(asked.getNumber());
      if (number < program.queries.size() && program.queries[number].derived) {
        const sema::Query &query = program.queries[number];
        derivatives.try_emplace(asked.getLoc(), Asked{query.range, {*query.derived, query.tensor}});
      }
    }
  });
  return derivatives;
}

/// The equation that stands for a derivative that others read.
bool isAdded(const ast::Statement &statement) {
  const auto *equation = std::get_if<ast::Equation>(&statement.node);
  return equation && ast::derivativeNames(equation->head.name);
}

} // namespace

bool deriveQueries(mlir::ModuleOp module, const sema::TypedProgram &program,
                   source::DiagnosticEngine &diagnostics, std::size_t memory) {
  const llvm::DenseMap<mlir::Location, Asked> derivatives = askedFor(module, program);
  if (derivatives.empty())
    return true;
  mlir::ScopedDiagnosticHandler handler(module.getContext(), [&](mlir::Diagnostic &report) {
    const Asked asked = derivatives.lookup(report.getLocation());
    const auto [scalar, tensor] = asked.derivative;
    if (report.getSeverity() != mlir::DiagnosticSeverity::Warning) {
      auto &diagnostic = diagnostics.report(DiagnosticId::NotSupportedYet, asked.range, report.str());
      for (mlir::Diagnostic &note : report.getNotes())
        diagnostic.hint = note.str();
    }
    // Without any equations between the two, the check of the program has said so.
    else if (sema::readFrom(program, {scalar}).count(tensor))
      diagnostics.report(DiagnosticId::ZeroDerivative, asked.range,
                         "'" + program.tensors[tensor].name + "' does not influence '" +
                             program.tensors[scalar].name + "', so the derivative is 0");
    return mlir::success();
  });
  return mlir::succeeded(passes::deriveGradients(module, static_cast<double>(memory)));
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
    if (!std::holds_alternative<ast::Query>(statement.node) && !isAdded(statement))
      text += ast::print(statement) + "\n";
  text += "\n" + equations.text + "\n";
  for (std::size_t number = 0; number < queries.size(); ++number)
    text += "// " + queries[number]->text + "\n" + equations.names[number] + "?\n";
  return text;
}

} // namespace tl::driver
