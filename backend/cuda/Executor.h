// Runs the schedule of a program whose kernels are on a GPU.
#pragma once

#include "backend/Executable.h"
#include "backend/cpu/Lifetimes.h"
#include "ir/tile/TileOps.h"
#include "ir/tl/TlOps.h"
#include "runtime/core/Tensor.h"
#include "runtime/device/CudaDevice.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

#include <memory>
#include <variant>
#include <vector>

namespace tl::backend::cuda {

/// A kernel that is loaded.
struct LoadedKernel {
  runtime::CudaHandle handle = nullptr;
  runtime::CudaGrid grid;
};
using KernelTable = llvm::StringMap<LoadedKernel>;

/// A dense tensor on the device.
struct DeviceTensor {
  runtime::CudaBuffer elements;
  runtime::CudaBuffer present; ///< no bytes unless partial
  bool isPartial = false;
};

/// What an SSA value of a program stands for in a run: a scan position or a tensor. Values share a tensor
/// only where they are versions of it.
using Stored = std::variant<std::monostate, std::int64_t, std::shared_ptr<DeviceTensor>>;

/// One run. Tensors are freed after their last use, in the device's order of work.
class Executor {
public:
  Executor(const cpu::Lifetimes &lifetimes, runtime::CudaDevice &device, const KernelTable &kernels,
           const Bindings &bindings, const RunOptions &options);

  runtime::Result<Answers> run(ir::ProgramOp program);

private:
  using Carried = std::vector<Stored>;

  runtime::Result<void> runBlock(mlir::Block &block);
  runtime::Result<void> runOp(mlir::Operation &op);
  runtime::Result<void> runRead(ir::ReadOp op);
  runtime::Result<void> runEmpty(ir::EmptyOp op);
  runtime::Result<void> runLaunch(tile::LaunchOp op);
  runtime::Result<void> runScan(ir::ScanOp op);
  runtime::Result<void> runFixpoint(ir::FixpointOp op);
  runtime::Result<bool> isSettled(ir::FixpointOp op, const Carried &before, const Carried &after);

  runtime::Result<Stored> destination(tile::LaunchOp op);
  runtime::Result<Carried> initial(mlir::OperandRange inits, mlir::Operation *op);
  runtime::Result<Carried> step(mlir::Block &body, Carried carried, std::optional<std::int64_t> position);
  runtime::Result<Carried> passedOn(mlir::Operation *terminator);
  void defineResults(mlir::Operation *op, Carried values);

  runtime::Result<std::shared_ptr<DeviceTensor>> allocate(mlir::Type type, std::string_view what);
  runtime::Result<std::shared_ptr<DeviceTensor>> copied(const DeviceTensor &tensor, std::string_view what);
  runtime::Result<std::shared_ptr<DeviceTensor>> uploaded(const runtime::Tensor &data, mlir::Type type,
                                                          std::string_view what);
  runtime::Result<runtime::Tensor> downloaded(const DeviceTensor &tensor, mlir::Type type);
  const std::shared_ptr<DeviceTensor> &tensor(mlir::Value value) const;

  const cpu::Lifetimes &lifetimes;
  runtime::CudaDevice &device;
  const KernelTable &kernels;
  const Bindings &bindings;
  runtime::MemoryBudget &budget;
  const runtime::CancelToken &cancel;
  llvm::DenseMap<mlir::Value, Stored> values;
  Answers answers;
};

} // namespace tl::backend::cuda
