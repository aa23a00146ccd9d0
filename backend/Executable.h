// What a backend makes of a module: something that runs.
#pragma once

#include "backend/Profile.h"
#include "runtime/core/Cancel.h"
#include "runtime/core/Memory.h"
#include "runtime/core/Value.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mlir {
class ModuleOp;
}

namespace tl::backend {

/// Data by the name that `tl.read` uses.
using Bindings = std::map<std::string, runtime::Value>;

/// How to compile. The reference backend, which compiles nothing, has no levels.
struct CompileOptions {
  int optimizationLevel = -1; ///< -1: by the cost model; 0 to 3: that level for every kernel
  std::string joins = "auto"; ///< how relations are joined: by cost, or always "pairwise" or "multiway"
};

/// What a run may use, and what stops it. The reference backend runs in one thread.
struct RunOptions {
  runtime::MemoryBudget *budget = nullptr;      ///< required
  const runtime::CancelToken *cancel = nullptr; ///< required
  int threads = 1;
  Profile *profile = nullptr; ///< takes the calls of the run, if wanted; the cpu backend alone fills it
};

/// What a run hands out.
struct Answers {
  std::map<std::int64_t, runtime::Value> queries; ///< by number of `tl.query`
  std::map<std::int64_t, runtime::Value> writes;  ///< by number of `tl.write`
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
