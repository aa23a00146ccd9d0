// Optimises, compiles and links LLVM modules in process.
#include "backend/cpu/Jit.h"

#include "backend/cpu/lower/LowerKernels.h"
#include "runtime/abi/Runtime.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/Core.h"
#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h"
#include "llvm/ExecutionEngine/Orc/SelfExecutorProcessControl.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"

namespace tl::backend::cpu {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Result;

constexpr const char *kCleanUp = "function(sroa,early-cse,instcombine<no-verify-fixpoint>,simplifycfg)";
constexpr const char *kVectorise =
    "function(sroa,early-cse,loop-mssa(loop-rotate,licm),instcombine<no-verify-fixpoint>,loop-vectorize,"
    "instcombine<no-verify-fixpoint>,early-cse,simplifycfg)";
constexpr const char *kPipelines[] = {"", kCleanUp, kVectorise, "default<O3>"};

Error failure(llvm::Error error) {
  return {ErrorKind::Unsupported, "the kernels cannot be compiled: " + llvm::toString(std::move(error))};
}

Error failure(const std::string &reason) {
  return {ErrorKind::Unsupported, "the kernels cannot be compiled: " + reason};
}

llvm::CodeGenOptLevel codegenLevel(int level) {
  switch (level) {
  case 0:
    return llvm::CodeGenOptLevel::None;
  case 1:
    return llvm::CodeGenOptLevel::Less;
  case 2:
    return llvm::CodeGenOptLevel::Default;
  }
  return llvm::CodeGenOptLevel::Aggressive;
}

constexpr std::string_view kNative = "native";

/// A processor, by name and by what it has; of `native` every vector extension of the one that runs this.
struct Processor {
  std::string name;
  std::string features;
};

Processor processorNamed(std::string_view name) {
  if (name != kNative)
    return {std::string(name), ""};
  llvm::SubtargetFeatures features;
  for (const auto &feature : llvm::sys::getHostCPUFeatures())
    features.AddFeature(feature.first(), feature.second);
  return {llvm::sys::getHostCPUName().str(), features.getString()};
}

/// Multiplications and additions are never fused unless the IR says so.
Result<std::unique_ptr<llvm::TargetMachine>> machineFor(const Processor &processor, int level) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  const llvm::Triple triple(llvm::sys::getProcessTriple());
  std::string reason;
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, reason);
  if (!target)
    return failure(reason);
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  return std::unique_ptr<llvm::TargetMachine>(
      target->createTargetMachine(triple, processor.name, processor.features, options, llvm::Reloc::PIC_,
                                  llvm::CodeModel::Small, codegenLevel(level), true));
}

/// One tier between its lowering and its machine code.
class Compilation {
public:
  static Result<std::unique_ptr<Compilation>> create(const Tier &tier, const Processor &processor) {
    Result<std::unique_ptr<llvm::TargetMachine>> machine = machineFor(processor, tier.level);
    if (!machine)
      return machine.error();
    return std::unique_ptr<Compilation>(new Compilation(tier, *std::move(machine)));
  }

  Result<void> optimise() {
    if (!*kPipelines[level])
      return {};
    llvm::LoopAnalysisManager loops;
    llvm::FunctionAnalysisManager functions;
    llvm::CGSCCAnalysisManager components;
    llvm::ModuleAnalysisManager modules;
    llvm::PassBuilder builder(machine.get());
    builder.registerModuleAnalyses(modules);
    builder.registerCGSCCAnalyses(components);
    builder.registerFunctionAnalyses(functions);
    builder.registerLoopAnalyses(loops);
    builder.crossRegisterProxies(loops, functions, components, modules);
    llvm::ModulePassManager passes;
    if (llvm::Error error = builder.parsePassPipeline(passes, kPipelines[level]))
      return failure(std::move(error));
    passes.run(module, modules);
    return {};
  }

  Result<std::unique_ptr<llvm::MemoryBuffer>> generate(llvm::CodeGenFileType type) {
    llvm::SmallVector<char, 0> bytes;
    llvm::raw_svector_ostream stream(bytes);
    llvm::legacy::PassManager passes;
    if (machine->addPassesToEmitFile(passes, stream, nullptr, type))
      return failure("this processor has no code generator");
    passes.run(module);
    return std::unique_ptr<llvm::MemoryBuffer>(
        std::make_unique<llvm::SmallVectorMemoryBuffer>(std::move(bytes), "kernels", false));
  }

  llvm::Module &lowered() { return module; }

private:
  Compilation(const Tier &tier, std::unique_ptr<llvm::TargetMachine> host)
      : module("kernels", context), level(tier.level), machine(std::move(host)) {
    module.setTargetTriple(machine->getTargetTriple());
    module.setDataLayout(machine->createDataLayout());
    lowerKernels(tier.kernels, module);
  }

  llvm::LLVMContext context;
  llvm::Module module;
  int level;
  std::unique_ptr<llvm::TargetMachine> machine;
};

Result<std::unique_ptr<Compilation>> compiled(const Tier &tier, std::string_view processor) {
  Result<std::unique_ptr<Compilation>> compilation = Compilation::create(tier, processorNamed(processor));
  if (compilation)
    TL_TRY((*compilation)->optimise());
  return compilation;
}

/// Lowered and optimised tiers one after the other.
template <typename Callable>
Result<void> compileTiers(const std::vector<Tier> &tiers, std::string_view processor, Callable use) {
  for (const Tier &tier : tiers) {
    if (tier.kernels.empty())
      continue;
    Result<std::unique_ptr<Compilation>> compilation = compiled(tier, processor);
    if (!compilation)
      return compilation.error();
    TL_TRY(use(**compilation));
  }
  return {};
}

/// What the code of a tier depends on: its kernels, how they are compiled, for which machine. The features
/// are sorted because the map they come in has no order of its own.
std::string keyOf(const Tier &tier) {
  std::string kernels;
  llvm::raw_string_ostream stream(kernels);
  for (plan::KernelOp kernel : tier.kernels)
    kernel->print(stream, mlir::OpPrintingFlags().useLocalScope());
  llvm::SmallVector<std::string> features;
  for (const auto &feature : llvm::sys::getHostCPUFeatures())
    if (feature.second)
      features.push_back(feature.first().str());
  llvm::sort(features);
  return ObjectCache::keyOf({LLVM_VERSION_STRING, llvm::sys::getHostCPUName(), llvm::join(features, ","),
                             kPipelines[tier.level], std::to_string(tier.level), kernels});
}

/// The object of a tier, compiled unless the cache has it.
Result<std::unique_ptr<llvm::MemoryBuffer>> objectOf(const Tier &tier, const ObjectCache &cache) {
  const std::string key = cache.isOn() ? keyOf(tier) : std::string();
  if (std::unique_ptr<llvm::MemoryBuffer> known = cache.find(key))
    return known;
  Result<std::unique_ptr<Compilation>> compilation = compiled(tier, kNative);
  if (!compilation)
    return compilation.error();
  Result<std::unique_ptr<llvm::MemoryBuffer>> object =
      (*compilation)->generate(llvm::CodeGenFileType::ObjectFile);
  if (object)
    cache.store(key, (*object)->getBuffer());
  return object;
}

} // namespace

class Jit::Impl {
public:
  static Result<std::unique_ptr<Impl>> create() {
    auto control = llvm::orc::SelfExecutorProcessControl::Create();
    if (!control)
      return failure(control.takeError());
    auto impl = std::unique_ptr<Impl>(new Impl(std::move(*control)));
    auto libraries = llvm::orc::DynamicLibrarySearchGenerator::GetForCurrentProcess('\0');
    if (!libraries)
      return failure(libraries.takeError());
    impl->library.addGenerator(std::move(*libraries)); // libm
    llvm::orc::SymbolMap symbols;
    for (const runtime::AbiSymbol &symbol : runtime::abiSymbols())
      symbols[impl->session.intern(symbol.name)] = {llvm::orc::ExecutorAddr::fromPtr(symbol.address),
                                                    llvm::JITSymbolFlags::Exported};
    if (llvm::Error error = impl->library.define(llvm::orc::absoluteSymbols(std::move(symbols))))
      return failure(std::move(error));
    return impl;
  }

  ~Impl() { llvm::cantFail(session.endSession()); }

  Result<void> add(std::unique_ptr<llvm::MemoryBuffer> object) {
    if (llvm::Error error = layer.add(library, std::move(object)))
      return failure(std::move(error));
    return {};
  }

  Result<TlKernel> find(llvm::StringRef name) {
    auto symbol = session.lookup({&library}, name);
    if (!symbol)
      return failure(symbol.takeError());
    return symbol->getAddress().toPtr<TlKernel>();
  }

private:
  explicit Impl(std::unique_ptr<llvm::orc::ExecutorProcessControl> control)
      : session(std::move(control)), layer(session), library(session.createBareJITDylib("kernels")) {}

  llvm::orc::ExecutionSession session;
  llvm::orc::ObjectLinkingLayer layer;
  llvm::orc::JITDylib &library;
};

Jit::Jit() = default;
Jit::~Jit() = default;

Result<std::unique_ptr<Jit>> Jit::compile(const std::vector<Tier> &tiers, const ObjectCache &cache) {
  Result<std::unique_ptr<Impl>> impl = Impl::create();
  if (!impl)
    return impl.error();
  std::unique_ptr<Jit> jit(new Jit());
  jit->impl = *std::move(impl);
  for (const Tier &tier : tiers) {
    if (tier.kernels.empty())
      continue;
    Result<std::unique_ptr<llvm::MemoryBuffer>> object = objectOf(tier, cache);
    if (!object)
      return object.error();
    TL_TRY(jit->impl->add(*std::move(object)));
  }
  return jit;
}

Result<TlKernel> Jit::find(llvm::StringRef name) const {
  return impl->find(name);
}

/// Of what code generators use by themselves; what else a processor has does not matter.
std::vector<std::string> featuresOf(const llvm::TargetMachine &machine) {
  std::vector<std::string> features;
  const llvm::MCSubtargetInfo &target = *machine.getMCSubtargetInfo();
  for (const char *name : {"sse4.1", "sse4.2", "popcnt", "avx", "avx2", "fma", "bmi", "bmi2", "avx512f",
                           "avx512bw", "avx512cd", "avx512dq", "avx512vl", "avx512vbmi", "avx512vnni"})
    if (target.checkFeatures((llvm::Twine("+") + name).str()))
      features.push_back(name);
  return features;
}

Result<ObjectCode> objectCode(const std::vector<Tier> &tiers,
                              const std::vector<runtime::KernelSignature> &kernels,
                              std::string_view processor) {
  Result<std::unique_ptr<llvm::TargetMachine>> machine = machineFor(processorNamed(processor), 0);
  if (!machine)
    return machine.error();
  if (!(*machine)->getMCSubtargetInfo()->isCPUStringValid((*machine)->getTargetCPU()))
    return Error{ErrorKind::Usage, "--cpu: there is no processor '" + std::string(processor) + "'"};
  ObjectCode code{{}, featuresOf(**machine)};
  TL_TRY(compileTiers(tiers, processor, [&](Compilation &compilation) -> Result<void> {
    for (std::size_t number = 0; number < kernels.size(); ++number)
      if (llvm::Function *function = compilation.lowered().getFunction(kernels[number].name))
        function->setName("tlKernel" + std::to_string(number));
    auto object = compilation.generate(llvm::CodeGenFileType::ObjectFile);
    if (!object)
      return object.error();
    code.files.push_back((*object)->getBuffer().str());
    return {};
  }));
  return code;
}

Result<std::string> llvmText(const std::vector<Tier> &tiers) {
  std::string text;
  TL_TRY(compileTiers(tiers, kNative, [&](Compilation &compilation) -> Result<void> {
    llvm::raw_string_ostream stream(text);
    compilation.lowered().print(stream, nullptr);
    return {};
  }));
  return text;
}

Result<std::string> assemblyText(const std::vector<Tier> &tiers) {
  std::string text;
  TL_TRY(compileTiers(tiers, kNative, [&](Compilation &compilation) -> Result<void> {
    auto assembly = compilation.generate(llvm::CodeGenFileType::AssemblyFile);
    if (!assembly)
      return assembly.error();
    text += (*assembly)->getBuffer();
    return {};
  }));
  return text;
}

} // namespace tl::backend::cpu
