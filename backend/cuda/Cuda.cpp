// Plans and tiles a module at once; makes its PTX for the device at hand when it first runs.
#include "backend/cuda/Cuda.h"

#include "backend/cpu/Cpu.h"
#include "backend/cpu/Lifetimes.h"
#include "backend/cuda/Executor.h"
#include "backend/cuda/Ptx.h"
#include "backend/cuda/lower/TileEmitter.h"
#include "backend/cuda/lower/TileKernels.h"
#include "ir/tl/TlOps.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Location.h"

#include "llvm/Support/Path.h"

#include <algorithm>

namespace tl::backend {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Result;

std::vector<tile::KernelOp> kernelsOf(mlir::ModuleOp module) {
  auto kernels = module.getOps<tile::KernelOp>();
  return {kernels.begin(), kernels.end()};
}

class CudaExecutable final : public Executable {
public:
  explicit CudaExecutable(mlir::ModuleOp module)
      : module(module), program(*module.getOps<ir::ProgramOp>().begin()), lifetimes(program) {}

  Result<Answers> run(const Bindings &bindings, const RunOptions &options) override {
    if (!device)
      if (Result<void> opened = open(); !opened) {
        loaded.reset();
        device.reset();
        return opened.error();
      }
    return cuda::Executor(lifetimes, *device, kernels, bindings, options).run(program);
  }

  /// Of `ptx NAME`, the code for the GPU of that name.
  Result<std::string> codeText(std::string_view stage) const override {
    const std::string_view name = stage.substr(std::min(stage.size(), stage.find(' ') + 1));
    const cuda::Capability *capability = cuda::capabilityNamed(name);
    if (!capability)
      return Error{ErrorKind::Usage, "no GPU '" + std::string(name) + "'"};
    const std::vector<tile::KernelOp> kernels = kernelsOf(module);
    return kernels.empty() ? std::string() : cuda::ptxOf(kernels, *capability);
  }

private:
  Result<void> open() {
    Result<std::unique_ptr<runtime::CudaDevice>> opened = runtime::CudaDevice::open();
    if (!opened)
      return opened.error();
    device = *std::move(opened);
    const cuda::Capability *capability = cuda::capabilityOf(device->major(), device->minor());
    if (!capability)
      return Error{ErrorKind::Usage,
                   "--backend cuda needs a GPU of compute capability 8.0 or more; this one, '" +
                       device->name() + "', has " + std::to_string(device->major()) + "." +
                       std::to_string(device->minor())};
    if (const std::vector<tile::KernelOp> ops = kernelsOf(module); !ops.empty()) {
      Result<std::string> ptx = cuda::ptxOf(ops, *capability);
      if (!ptx)
        return ptx.error();
      Result<runtime::CudaModule> code = device->load(*ptx);
      if (!code)
        return code.error();
      loaded = std::make_unique<runtime::CudaModule>(*std::move(code));
      TL_TRY(findKernels(ops));
    }
    return {};
  }

  Result<void> findKernels(const std::vector<tile::KernelOp> &ops) {
    for (tile::KernelOp op : ops) {
      Result<runtime::CudaHandle> handle = loaded->kernel(op.getSymName().str());
      if (!handle)
        return handle.error();
      const cuda::LaunchShape shape = cuda::launchShapeOf(op);
      kernels[op.getSymName()] = {*handle, {shape.blocks, shape.threads}};
    }
    return {};
  }

  mlir::ModuleOp module;
  ir::ProgramOp program;
  cpu::Lifetimes lifetimes;
  std::unique_ptr<runtime::CudaDevice> device; // outlives what is on it
  std::unique_ptr<runtime::CudaModule> loaded;
  cuda::KernelTable kernels;
};

std::string placeOf(mlir::Location location) {
  if (auto place = mlir::dyn_cast<mlir::FileLineColRange>(location))
    return llvm::sys::path::filename(place.getFilename().getValue()).str() + ":" +
           std::to_string(place.getStartLine()) + ": ";
  return "";
}

/// The first thing that has no form on a GPU yet is the error.
Result<void> tileModule(mlir::ModuleOp module) {
  std::string message;
  mlir::ScopedDiagnosticHandler handler(module.getContext(), [&](mlir::Diagnostic &diagnostic) {
    if (message.empty())
      message = placeOf(diagnostic.getLocation()) + diagnostic.str();
    return mlir::success();
  });
  if (mlir::failed(cuda::tileKernels(module)))
    return Error{ErrorKind::Unsupported, message};
  return {};
}

} // namespace

Result<std::unique_ptr<Executable>> compileCuda(mlir::ModuleOp module, const CompileOptions &options) {
  TL_TRY(cpu::planModule(module, options, false));
  TL_TRY(tileModule(module));
  return std::unique_ptr<Executable>(std::make_unique<CudaExecutable>(module));
}

} // namespace tl::backend
