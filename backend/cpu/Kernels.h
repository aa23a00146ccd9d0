// The kernels of a program: which are worth optimising, and their code.
#pragma once

#include "backend/cpu/Jit.h"
#include "runtime/execute/Program.h"

#include "mlir/IR/BuiltinOps.h"

#include <span>

namespace tl::backend::cpu {

/// The kernels by the level they deserve: the compiler's time against what their calls cost. `boundRows` is
/// the size of the program's relations; kernels over few rows stay cheap. A level of `options` goes before
/// all.
std::vector<Tier> chooseTiers(mlir::ModuleOp module, const CompileOptions &options, std::int64_t boundRows);

/// The compiled kernels of a program; starts no compiler when it has none.
class KernelTable {
public:
  /// `tiers` hold `kernels`, in any order.
  static runtime::Result<std::unique_ptr<KernelTable>>
  compile(const std::vector<Tier> &tiers, const std::vector<runtime::KernelSignature> &kernels,
          const ObjectCache &cache);

  /// In the order of the program's kernels.
  std::span<const TlKernel> functions() const { return functions_; }

private:
  std::unique_ptr<Jit> jit;
  std::vector<TlKernel> functions_;
};

} // namespace tl::backend::cpu
