// Runs the schedule of a planned program: kernels are called, everything else is done here.
#pragma once

#include "backend/Executable.h"
#include "backend/cpu/Kernels.h"
#include "backend/cpu/Lifetimes.h"
#include "backend/cpu/Watch.h"
#include "ir/plan/PlanOps.h"
#include "ir/tl/TlOps.h"
#include "runtime/kernels/Product.h"
#include "runtime/parallel/ThreadPool.h"
#include "runtime/storage/ColumnRelation.h"

#include "llvm/ADT/DenseMap.h"

#include <chrono>
#include <memory>
#include <variant>
#include <vector>

namespace tl::backend::cpu {

/// A relation of a run. Rows are only ever appended, so a range of them is a version.
struct StoredRelation {
  runtime::ColumnRelation rows;
  std::size_t deltaBegin = 0; ///< of the current round of the recursion that carries it
  bool isGrowing = false;     ///< a recursion is adding to it: indexes are kept up to date
};

/// Rows [begin, end) of a relation, by `keys` when `isIndex`.
struct RowRange {
  std::shared_ptr<StoredRelation> relation;
  std::int64_t begin = 0;
  std::int64_t end = 0;
  bool isIndex = false;
  std::vector<std::uint32_t> keys = {};
};

/// What an SSA value of a program stands for in a run. Values that share a tensor see each other's changes:
/// only versions of one tensor do.
using Stored = std::variant<std::monostate, std::int64_t, std::shared_ptr<runtime::Tensor>,
                            std::shared_ptr<StoredRelation>, RowRange>;

/// What one call passes to its kernel.
struct CallFrame;

/// One run. Dense temporaries are freed after their last use.
class Executor {
public:
  Executor(const Lifetimes &lifetimes, const KernelTable &kernels, const Bindings &bindings,
           const RunOptions &options);

  runtime::Result<Answers> run(ir::ProgramOp program);

private:
  using Carried = std::vector<Stored>;

  runtime::Result<void> runBlock(mlir::Block &block);
  runtime::Result<void> runOp(mlir::Operation &op);
  runtime::Result<void> poll() const;

  // Data.
  runtime::Result<void> runRead(ir::ReadOp op);
  runtime::Result<void> runEmpty(ir::EmptyOp op);
  runtime::Result<void> runNormalize(ir::NormalizeOp op);
  runtime::Result<void> runMatrix(ir::MatrixOp op);
  runtime::Result<void> runExternal(ir::ExternalOp op);
  runtime::Result<void> runOrdered(ir::NormalizeOp op);
  runtime::Result<runtime::Value> handedOut(mlir::Value value) const;
  runtime::Result<std::shared_ptr<StoredRelation>> relationOf(const runtime::Relation &rows, mlir::Type type,
                                                              const std::string &name);
  runtime::Result<std::shared_ptr<StoredRelation>> copied(const StoredRelation &relation, mlir::Type type);

  // Calls.
  void runRows(plan::RowsOp op);
  void runIndexBy(plan::IndexByOp op);
  RowRange range(plan::Version version, mlir::Value relation) const;
  runtime::Result<void> runCall(plan::CallOp op);
  runtime::Result<void> runProduct(plan::ProductOp op);
  runtime::Result<Stored> destination(mlir::Operation *op, mlir::Value dest);
  runtime::Result<void> bindInputs(plan::CallOp op, CallFrame &frame);
  runtime::Result<void> bindRange(const RowRange &range, CallFrame &frame);
  void invoke(const Kernel &kernel, CallFrame &frame);
  void shareRows(const Kernel &kernel, const RowRange &rows, CallFrame &frame);
  void record(plan::CallOp op, const CallFrame &frame, StoredRelation *dest,
              std::chrono::steady_clock::time_point start, std::size_t rowsBefore);
  runtime::Result<void> commit(StoredRelation &relation);

  // Recursion.
  runtime::Result<void> runScan(ir::ScanOp op);
  runtime::Result<void> runFixpoint(ir::FixpointOp op);
  runtime::Result<void> runSemiNaive(plan::SemiNaiveOp op);
  runtime::Result<void> runRounds(plan::SemiNaiveOp op, const Carried &carried);
  runtime::Result<Carried> initial(mlir::OperandRange inits, mlir::Operation *op);
  runtime::Result<Carried> step(mlir::Block &body, Carried carried, std::optional<std::int64_t> position);
  Carried passedOn(mlir::Operation *terminator);
  void defineResults(mlir::Operation *op, Carried values);

  const std::shared_ptr<runtime::Tensor> &tensor(mlir::Value value) const;
  const std::shared_ptr<StoredRelation> &relation(mlir::Value value) const;

  const Lifetimes &lifetimes;
  const KernelTable &kernels;
  const Bindings &bindings;
  runtime::MemoryBudget &budget;
  const runtime::CancelToken &cancel;
  Watch watch;
  runtime::ThreadPool pool;
  runtime::ProductScratch scratch;
  llvm::DenseMap<mlir::Value, Stored> values;
  Answers answers;
  Profile *profile = nullptr;
  const std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
  std::uint32_t recursions = 0; ///< begun so far
  std::uint32_t recursion = 0;  ///< the one that runs; 0: none
  std::uint64_t round = 0;
};

/// `'A', 'B'`, or what stands for the tensors of a recursion when they have no names.
std::string listed(std::optional<mlir::ArrayAttr> names);

} // namespace tl::backend::cpu
