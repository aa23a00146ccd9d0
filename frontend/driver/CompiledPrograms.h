// Programs that were compiled before, for those who ask the same again with other data.
#pragma once

#include "backend/Executable.h"
#include "frontend/driver/Options.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include <list>
#include <memory>
#include <string>

namespace tl::driver {

/// The last few executables with what they are made of. Invariant: an executable is used only for a module
/// that is the same text, with the same options. Not thread-safe.
class CompiledPrograms {
public:
  struct Compiled {
    std::unique_ptr<mlir::MLIRContext> context; // before what lives in it
    mlir::OwningOpRef<mlir::ModuleOp> module;
    std::unique_ptr<backend::Executable> executable;
  };

  /// The executable for a key, or null; valid until something is added.
  backend::Executable *find(const std::string &key);
  backend::Executable *add(std::string key, Compiled compiled);
  void clear() { known.clear(); }

private:
  struct Row {
    std::string key;
    Compiled compiled;
  };
  std::list<Row> known; ///< the latest first
};

/// What says all about an executable: the module, which nothing has rewritten yet, how it is compiled, and
/// about how many rows it was planned for.
std::string programKey(mlir::ModuleOp module, const std::string &backend,
                       const backend::CompileOptions &options);

} // namespace tl::driver
