// Runs a planned program: kernels are called, everything else is done here.
#pragma once

#include "runtime/abi/KernelAbi.h"
#include "runtime/core/Run.h"
#include "runtime/execute/Program.h"
#include "runtime/execute/TensorPool.h"
#include "runtime/execute/Watch.h"
#include "runtime/kernels/Product.h"
#include "runtime/parallel/ThreadPool.h"
#include "runtime/storage/ChangingTensor.h"
#include "runtime/storage/StoredRelation.h"

#include <chrono>
#include <memory>
#include <span>
#include <variant>
#include <vector>

namespace tl::runtime {

/// Rows [begin, end) of a relation, by `keys` when `isIndex`; or the places of a tensor that changed.
struct RowRange {
  std::shared_ptr<StoredRelation> relation;
  std::int64_t begin = 0;
  std::int64_t end = 0;
  bool isIndex = false;
  std::vector<std::uint32_t> keys = {};
  std::shared_ptr<ChangingTensor> changing = {};
};

/// What a value of a program stands for in a run. Values that share a tensor see each other's changes: only
/// versions of one tensor do. A tensor that the rounds of a recursion combine into is a ChangingTensor, and
/// so is the relation of its places that changed.
using Stored = std::variant<std::monostate, std::int64_t, std::shared_ptr<Tensor>,
                            std::shared_ptr<StoredRelation>, std::shared_ptr<ChangingTensor>, RowRange>;

/// What one call passes to its kernel.
struct CallFrame;

/// One run of a program, which it trusts: steps refer to values and kernels that are there, and types fit.
/// Dense temporaries are used again, by this run or the next, after their last use.
class Executor {
public:
  /// `kernels` are the functions of `program.kernels`. All that is passed must outlive the run.
  Executor(const Program &program, std::span<const TlKernel> kernels, TensorPool &spare,
           const Bindings &bindings, const RunOptions &options);

  Result<Answers> run();

private:
  using Carried = std::vector<Stored>;

  Result<void> runBlock(const Block &block);
  Result<void> poll() const;
  void end(const Step &step);
  Result<void> runRecorded(const Step &step);

  // Data.
  Result<void> run(const ReadStep &step);
  Result<void> run(const EmptyStep &step);
  Result<void> run(const NormalizeStep &step);
  Result<void> run(const OrderStep &step);
  Result<void> run(const MatrixStep &step);
  Result<void> run(const ExternalStep &step);
  Result<void> run(const OutletStep &step);
  Result<Value> handedOut(ValueId value) const;
  Result<std::shared_ptr<StoredRelation>> keptOut(ValueId value);
  Result<std::shared_ptr<StoredRelation>> relationOf(const Relation &rows, const ValueType &type,
                                                     const std::string &name);
  Result<std::shared_ptr<StoredRelation>> copied(const StoredRelation &relation, const ValueType &type);

  // Calls.
  Result<void> run(const RowsStep &step);
  Result<void> run(const CallStep &step);
  Result<void> run(const ProductStep &step);
  Result<Stored> destination(ValueId dest, bool inPlace);
  Result<void> bindInputs(const CallStep &step, CallFrame &frame);
  Result<void> bindRange(const RowRange &range, bool readsCells, CallFrame &frame);
  void invoke(std::uint32_t kernel, CallFrame &frame);
  void callShared(std::uint32_t kernel, const RowRange &rows, const Stored &dest, CallFrame &frame);
  void shareRows(std::uint32_t kernel, const RowRange &rows, CallFrame &frame);
  void shareInserts(std::uint32_t kernel, const RowRange &rows, ColumnRelation &dest, CallFrame &frame);
  Result<void> commit(StoredRelation &relation);

  // Recursion.
  Result<void> run(const ScanStep &step);
  Result<void> run(const FixpointStep &step);
  Result<void> run(const SemiNaiveStep &step);
  Result<Carried> startRounds(const SemiNaiveStep &step);
  Result<void> runRounds(const SemiNaiveStep &step, const Carried &carried);
  Result<void> commitRound(const Carried &carried);
  Result<Carried> initial(const std::vector<Initial> &inits);
  Result<Carried> advance(const Block &body, Carried carried, std::optional<std::int64_t> position);
  Carried passedOn(const Block &body);
  void define(const std::vector<ValueId> &results, Carried carried);

  const ValueType &typeOf(ValueId value) const { return program.types[value]; }
  const std::shared_ptr<Tensor> &tensor(ValueId value) const {
    return std::get<std::shared_ptr<Tensor>>(values[value]);
  }
  const std::shared_ptr<StoredRelation> &relation(ValueId value) const {
    return std::get<std::shared_ptr<StoredRelation>>(values[value]);
  }

  const Program &program;
  std::span<const TlKernel> kernels;
  TensorPool &spare;
  const Bindings &bindings;
  MemoryBudget &budget;
  const CancelToken &cancel;
  Watch watch;
  ThreadPool pool;
  ProductScratch scratch;
  std::vector<Stored> values;
  Answers answers;
  Profile *profile = nullptr;
  const KeptRelations *kept;
  const std::int64_t keepsFrom;
  const std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
  std::uint32_t recursions = 0; ///< begun so far
  std::uint32_t recursion = 0;  ///< the one that runs; 0: none
  std::uint64_t round = 0;
  ProfileEvent counted; ///< what the step that runs tells of its rows
};

} // namespace tl::runtime
