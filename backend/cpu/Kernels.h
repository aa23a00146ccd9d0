// The kernels of a program: which are worth optimising, and their code.
#pragma once

#include "backend/cpu/Jit.h"

#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/StringMap.h"

namespace tl::backend::cpu {

/// A kernel as the executor sees it.
struct Kernel {
  TlKernel function = nullptr;
  std::int64_t cost = 0;   ///< scalar operations of one call; -1 when it depends on relations
  int sharedRows = -1;     ///< the argument whose rows may be shared among threads; -1: none
  bool isParallel = false; ///< its outermost loop, over [begin, end), may be shared among threads
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

/// The kernels by the level they deserve: the compiler's time against what their calls cost. `boundRows` is
/// the size of the program's relations; kernels over few rows stay cheap. A level of `options` goes before
/// all.
std::vector<Tier> chooseTiers(mlir::ModuleOp module, const CompileOptions &options, std::int64_t boundRows);

/// Compiled kernels by name; starts no compiler when a program has none.
class KernelTable {
public:
  static runtime::Result<std::unique_ptr<KernelTable>> compile(const std::vector<Tier> &tiers);

  const Kernel &find(llvm::StringRef name) const { return kernels.find(name)->second; }

private:
  std::unique_ptr<Jit> jit;
  llvm::StringMap<Kernel> kernels;
};

} // namespace tl::backend::cpu
