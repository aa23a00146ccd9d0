// What a backend makes of a module: something that runs.
#pragma once

#include "runtime/core/Run.h"

#include <memory>
#include <string>
#include <string_view>

namespace mlir {
class ModuleOp;
}

namespace tl::backend {

using runtime::Answers;
using runtime::Bindings;
using runtime::Profile;
using runtime::ProfileEvent;
using runtime::RunOptions;

/// How to compile. The reference backend, which compiles nothing, has no levels.
struct CompileOptions {
  int optimizationLevel = -1;     ///< -1: by the cost model; 0 to 3: that level for every kernel
  std::string joins = "auto";     ///< how relations are joined: by cost, or always "pairwise" or "multiway"
  bool fuses = true;              ///< equations with those that they read
  std::string cacheFolder = "";   ///< of machine code from earlier runs; empty: none is kept
  std::int64_t rowBytes = 0;      ///< of blocks in which chains of equations run; 0: as much as a cache holds
  const Bindings *data = nullptr; ///< what the first run will read, if known; plans go by its sizes
  const runtime::KeptRelations *kept = nullptr; ///< likewise, in place of `data` of the same names
};

/// A compiled program; may run several times.
class Executable {
public:
  virtual ~Executable() = default;
  virtual runtime::Result<Answers> run(const Bindings &bindings, const RunOptions &options) = 0;
  /// The code of a stage, `llvm` or `asm`, for people; empty for a backend that makes none.
  virtual runtime::Result<std::string> codeText(std::string_view) const { return std::string(); }
};

/// A row of Backends.cpp. `compile` takes a module in `tl` and may rewrite it; the module must outlive the
/// executable.
struct Backend {
  std::string_view name;
  runtime::Result<std::unique_ptr<Executable>> (*compile)(mlir::ModuleOp module,
                                                          const CompileOptions &options);
};

/// The backend called `name`, if this build has it.
const Backend *find(std::string_view name);

} // namespace tl::backend
