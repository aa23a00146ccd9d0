// Which kernels are worth optimising, and their code.
#include "backend/cpu/Kernels.h"

#include "ir/tl/TlOps.h"

#include "llvm/ADT/StringMap.h"

#include <algorithm>
#include <limits>

namespace tl::backend::cpu {
namespace {

using runtime::Result;

/// Scalar operations over a whole run from which LLVM's loop passes pay: about what they take, in time,
/// themselves.
constexpr std::int64_t kHeavyWork = 4'000'000;
/// Programs over fewer rows in all are taken to derive few.
constexpr std::int64_t kFewRows = 512;
/// Rounds that a fixpoint is taken to need.
constexpr std::int64_t kFixpointRounds = 100;

constexpr int kCheapLevel = 0;
constexpr int kHeavyLevel = 2;

std::int64_t saturatingProduct(std::int64_t lhs, std::int64_t rhs) {
  std::int64_t product = 0;
  return __builtin_mul_overflow(lhs, rhs, &product) ? std::numeric_limits<std::int64_t>::max() : product;
}

/// How often an op runs in one run of the program.
std::int64_t executions(mlir::Operation *op) {
  std::int64_t count = 1;
  for (mlir::Operation *parent = op->getParentOp(); parent; parent = parent->getParentOp()) {
    if (auto scan = mlir::dyn_cast<ir::ScanOp>(parent))
      count = saturatingProduct(count, static_cast<std::int64_t>(scan.getEnd()) -
                                           static_cast<std::int64_t>(scan.getBegin()));
    if (mlir::isa<ir::FixpointOp>(parent))
      count = saturatingProduct(count, kFixpointRounds);
  }
  return count;
}

int levelOf(std::int64_t work, const CompileOptions &options, std::int64_t boundRows) {
  if (options.optimizationLevel >= 0)
    return std::min(options.optimizationLevel, 3);
  const bool isHeavy = work < 0 ? boundRows > kFewRows : work >= kHeavyWork;
  return isHeavy ? kHeavyLevel : kCheapLevel;
}

} // namespace

std::vector<Tier> chooseTiers(mlir::ModuleOp module, const CompileOptions &options, std::int64_t boundRows) {
  llvm::StringMap<std::int64_t> calls;
  module.walk([&](plan::CallOp call) {
    std::int64_t &count = calls[call.getKernel()];
    count += std::min(executions(call), std::numeric_limits<std::int64_t>::max() - count);
  });
  std::vector<Tier> tiers(4);
  for (int level = 0; level < 4; ++level)
    tiers[level].level = level;
  for (plan::KernelOp kernel : module.getOps<plan::KernelOp>()) {
    const std::int64_t cost = static_cast<std::int64_t>(kernel.getCost());
    const std::int64_t work = cost < 0 ? -1 : saturatingProduct(cost, calls.lookup(kernel.getSymName()));
    tiers[levelOf(work, options, boundRows)].kernels.push_back(kernel);
  }
  return tiers;
}

Result<std::unique_ptr<KernelTable>>
KernelTable::compile(const std::vector<Tier> &tiers, const std::vector<runtime::KernelSignature> &kernels,
                     const ObjectCache &cache) {
  auto table = std::make_unique<KernelTable>();
  if (kernels.empty())
    return table;
  Result<std::unique_ptr<Jit>> jit = Jit::compile(tiers, cache);
  if (!jit)
    return jit.error();
  table->jit = *std::move(jit);
  for (const runtime::KernelSignature &kernel : kernels) {
    Result<TlKernel> function = table->jit->find(kernel.name);
    if (!function)
      return function.error();
    table->functions_.push_back(*function);
  }
  return table;
}

} // namespace tl::backend::cpu
