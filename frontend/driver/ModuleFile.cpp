// Programs in the form of a stage, with all that they need to run.
#include "frontend/driver/ModuleFile.h"

#include "backend/Executable.h"
#include "ir/plan/PlanDialect.h"
#include "ir/tl/TlDialect.h"
#include "ir/tl/TlOps.h"
#include "runtime/package/Fingerprint.h"
#include "runtime/package/RunPackage.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

#include "llvm/ADT/StringExtras.h"

#include <filesystem>

namespace tl::driver {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Result;

constexpr llvm::StringLiteral kPackage = "tl.package", kFingerprint = "tl.fingerprint";

std::string fingerprintText(std::span<const std::byte> bytes) {
  return llvm::utohexstr(runtime::fingerprint(bytes));
}

/// Where it stands, and what is wrong.
std::string messageOf(mlir::Diagnostic &diagnostic) {
  std::string place;
  if (auto file = mlir::dyn_cast<mlir::FileLineColLoc>(diagnostic.getLocation()))
    place = "line " + std::to_string(file.getLine()) + ", column " + std::to_string(file.getColumn()) + ": ";
  return place + diagnostic.str();
}

/// The bytes that the module carries, unchanged since it was written.
Result<std::span<const std::byte>> packageBytesOf(mlir::ModuleOp module) {
  const Error missing{
      ErrorKind::Data,
      "the data of the program, which tl build --emit puts at its end, are missing or changed"};
  auto resource = module->getAttrOfType<mlir::DenseResourceElementsAttr>(kPackage);
  auto known = module->getAttrOfType<mlir::StringAttr>(kFingerprint);
  mlir::AsmResourceBlob *blob = resource ? resource.getRawHandle().getBlob() : nullptr;
  if (!blob || !known)
    return missing;
  const std::span<const std::byte> bytes(reinterpret_cast<const std::byte *>(blob->getData().data()),
                                         blob->getData().size());
  if (known.getValue() != fingerprintText(bytes) ||
      reinterpret_cast<std::uintptr_t>(bytes.data()) % runtime::kPackageAlignment != 0)
    return missing;
  return bytes;
}

/// The one program of the module.
Result<void> checkProgram(mlir::ModuleOp module) {
  auto programs = module.getOps<ir::ProgramOp>();
  if (std::distance(programs.begin(), programs.end()) != 1)
    return Error{ErrorKind::Program, "a module has one tl.program"};
  return {};
}

} // namespace

std::string moduleText(mlir::ModuleOp module, const runtime::Package &package) {
  const std::vector<std::byte> bytes = runtime::packageBytes(package);
  mlir::MLIRContext *context = module.getContext();
  auto type = mlir::RankedTensorType::get({static_cast<std::int64_t>(bytes.size())},
                                          mlir::IntegerType::get(context, 8));
  mlir::AsmResourceBlob blob = mlir::HeapAsmResourceBlob::allocateAndCopyWithAlign(
      {reinterpret_cast<const char *>(bytes.data()), bytes.size()}, runtime::kPackageAlignment);
  module->setAttr(kPackage, mlir::DenseResourceElementsAttr::get(type, "tl_package", std::move(blob)));
  module->setAttr(kFingerprint, mlir::StringAttr::get(context, fingerprintText(bytes)));
  std::string text;
  llvm::raw_string_ostream stream(text);
  module->print(stream, mlir::OpPrintingFlags().enableDebugInfo(false));
  module->removeAttr(kPackage);
  module->removeAttr(kFingerprint);
  return text + "\n";
}

/// Members in an order in which each outlives what refers to it.
class ModuleFile::Impl {
public:
  explicit Impl(const Options &options)
      : options(options), budget(options.maxMemoryBytes ? options.maxMemoryBytes : defaultMemoryBytes()),
        context(mlir::MLIRContext::Threading::DISABLED) {
    context.loadDialect<ir::TlDialect, plan::PlanDialect>();
  }

  Result<void> open() {
    TL_TRY(parse());
    TL_TRY(checkProgram(*module));
    Result<std::span<const std::byte>> bytes = packageBytesOf(*module);
    if (!bytes)
      return bytes.error();
    Result<runtime::Package> opened = runtime::openPackage(*bytes, budget);
    if (!opened)
      return opened.error();
    package = *std::move(opened);
    return {};
  }

  Result<std::vector<Answer>> run(const runtime::CancelToken &cancel) {
    const backend::Backend *backend = backend::find(options.backend);
    if (!backend)
      return Error{ErrorKind::Usage, "no backend '" + options.backend + "'"};
    auto compiled = backend->compile(*module, compileOptions(options));
    if (!compiled)
      return compiled.error();
    executable = *std::move(compiled);
    Result<runtime::Answers> values = executable->run(package.data, {&budget, &cancel, threadCount(options)});
    if (!values)
      return values.error();
    const runtime::DomainOf domainOf = [this](std::uint32_t number) { return package.domains[number].get(); };
    const std::string folder = std::filesystem::path(options.path).parent_path().string();
    return runtime::takeAnswers(package.queries, package.writes, *values, domainOf, folder, budget);
  }

private:
  Result<void> parse() {
    std::string messages;
    mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error)
        messages += (messages.empty() ? "" : "; ") + messageOf(diagnostic);
      return mlir::success();
    });
    module = mlir::parseSourceFile<mlir::ModuleOp>(options.path, &context);
    if (!module || mlir::failed(mlir::verify(*module)))
      return Error{ErrorKind::Program, "'" + options.path + "': " + messages};
    return {};
  }

  Options options;
  runtime::MemoryBudget budget;
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  runtime::Package package;
  std::unique_ptr<backend::Executable> executable;
};

ModuleFile::ModuleFile(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
ModuleFile::~ModuleFile() = default;

Result<std::unique_ptr<ModuleFile>> ModuleFile::open(const Options &options) {
  std::error_code code;
  if (!std::filesystem::is_regular_file(options.path, code))
    return Error{ErrorKind::Data, "'" + options.path + "': no such file"};
  if (!options.defines.empty())
    return Error{ErrorKind::Usage, "-D: '" + options.path + "' is a program that has its data with it"};
  std::unique_ptr<ModuleFile> file(new ModuleFile(std::make_unique<Impl>(options)));
  TL_TRY(file->impl->open());
  return file;
}

Result<std::vector<Answer>> ModuleFile::run(const runtime::CancelToken &cancel) {
  return impl->run(cancel);
}

} // namespace tl::driver
