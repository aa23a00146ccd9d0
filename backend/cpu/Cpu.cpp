// Plans a module at once; compiles its kernels when the first run shows how much data there is.
#include "backend/cpu/Cpu.h"

#include "backend/cpu/Explain.h"
#include "backend/cpu/Kernels.h"
#include "backend/cpu/WriteProgram.h"
#include "ir/tl/TlOps.h"
#include "passes/Pipeline.h"
#include "passes/logic/RowEstimates.h"
#include "passes/plan/LiteralOrder.h"
#include "runtime/execute/Executor.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Pass/PassManager.h"

#include <limits>
#include <optional>

namespace tl::backend {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Result;

/// Of a module that has gone through the passes, so that one that is read back does not go through them
/// again.
constexpr llvm::StringLiteral kIsPlanned = "tl.planned";

/// Rows of a relation that a program reads; none: it has no data.
std::optional<std::int64_t> rowsOf(const std::string &name, const Bindings *data,
                                   const runtime::KeptRelations *kept) {
  if (kept)
    if (auto found = kept->find(name); found != kept->end())
      return static_cast<std::int64_t>(found->second->rows.size());
  if (data)
    if (auto found = data->find(name); found != data->end())
      if (const auto *rows = std::get_if<runtime::Relation>(&found->second))
        return static_cast<std::int64_t>(rows->size());
  return std::nullopt;
}

/// Rows of all relations, saturated far below overflow.
std::int64_t rowCount(const Bindings &bindings, const runtime::KeptRelations *kept) {
  std::int64_t rows = 0;
  for (const auto &[name, value] : bindings)
    if (!kept || !kept->contains(name))
      rows += rowsOf(name, &bindings, nullptr).value_or(0);
  for (const auto &[name, relation] : kept ? *kept : runtime::KeptRelations())
    rows += static_cast<std::int64_t>(relation->rows.size());
  return rows;
}

class CpuExecutable final : public Executable {
public:
  CpuExecutable(mlir::ModuleOp module, const CompileOptions &options, runtime::Program program)
      : module(module), options(options), program(std::move(program)) {
    this->options.data = nullptr; // of the time of planning
    this->options.kept = nullptr;
  }

  Result<Answers> run(const Bindings &bindings, const RunOptions &runOptions) override {
    if (!kernels) {
      auto compiled =
          cpu::KernelTable::compile(cpu::chooseTiers(module, options, rowCount(bindings, runOptions.kept)),
                                    program.kernels, cpu::ObjectCache(options.cacheFolder));
      if (!compiled)
        return compiled.error();
      kernels = *std::move(compiled);
    }
    return runtime::Executor(program, kernels->functions(), spare, bindings, runOptions).run();
  }

  Result<std::string> codeText(std::string_view stage) const override {
    const std::vector<cpu::Tier> tiers =
        cpu::chooseTiers(module, options, std::numeric_limits<std::int64_t>::max());
    return stage == "llvm" ? cpu::llvmText(tiers) : cpu::assemblyText(tiers);
  }

private:
  mlir::ModuleOp module;
  CompileOptions options;
  runtime::Program program;
  std::unique_ptr<cpu::KernelTable> kernels;
  runtime::TensorPool spare;
};

/// How many rows each relation has that the program reads.
void noteSizes(mlir::ModuleOp module, const CompileOptions &options) {
  module.walk([&](ir::ReadOp read) {
    if (std::optional<std::int64_t> rows = rowsOf(read.getName().str(), options.data, options.kept))
      read->setAttr(passes::kRows,
                    mlir::IntegerAttr::get(mlir::IntegerType::get(module.getContext(), 64), *rows));
  });
}

} // namespace

/// Whatever the passes report becomes the error; they fail only where a program asks for what cannot be
/// planned.
Result<void> cpu::planModule(mlir::ModuleOp module, const CompileOptions &options, bool carriesTensors) {
  if (module->hasAttr(kIsPlanned))
    return {};
  std::string messages;
  mlir::ScopedDiagnosticHandler handler(module.getContext(), [&](mlir::Diagnostic &diagnostic) {
    messages += (messages.empty() ? "" : "; ") + diagnostic.str();
    return mlir::success();
  });
  mlir::PassManager manager(module.getContext());
  manager.enableVerifier(false);
  passes::buildPlanPipeline(manager, {options.fuses, options.rowBytes, carriesTensors});
  if (mlir::failed(manager.run(module)))
    return Error{ErrorKind::Unsupported, messages.empty() ? "the program cannot be planned" : messages};
  module->setAttr(kIsPlanned, mlir::UnitAttr::get(module.getContext()));
  return {};
}

Result<std::unique_ptr<Executable>> compileCpu(mlir::ModuleOp module, const CompileOptions &options) {
  noteSizes(module, options);
  if (options.joins != "auto")
    module->setAttr(passes::kJoins, mlir::StringAttr::get(module.getContext(), options.joins));
  TL_TRY(cpu::planModule(module, options, true));
  Result<runtime::Program> program = cpu::writeProgram(module);
  if (!program)
    return program.error();
  return std::unique_ptr<Executable>(std::make_unique<CpuExecutable>(module, options, *std::move(program)));
}

CacheSize cacheSize(const std::string &folder) {
  return cpu::ObjectCache(folder).size();
}

Result<CacheSize> clearCache(const std::string &folder) {
  return cpu::ObjectCache(folder).clear();
}

std::string machineText(const Executable &executable, std::string_view stage) {
  Result<std::string> text = executable.codeText(stage);
  if (!text)
    return text.error().message + "\n";
  return text->empty() ? "this program has no kernels\n" : *std::move(text);
}

} // namespace tl::backend
