// Programs in the form of a stage, with all that they need to run: files that end in `.mlir`.
#pragma once

#include "frontend/driver/Answers.h"
#include "frontend/driver/Options.h"
#include "runtime/core/Cancel.h"
#include "runtime/package/Package.h"

#include <memory>

namespace mlir {
class ModuleOp;
}

namespace tl::driver {

/// The text of `module`, which is at stage `tl` or `plan`, with `package`, its data and queries, at the end.
std::string moduleText(mlir::ModuleOp module, const runtime::Package &package);

/// A file that `moduleText` made. Its code is trusted to be what tl made of a program, or an edit of it that
/// keeps the rules of its dialect.
class ModuleFile {
public:
  /// Reads `options.path`. A Program error shows the place in the text where it is wrong.
  static runtime::Result<std::unique_ptr<ModuleFile>> open(const Options &options);
  ~ModuleFile();

  /// Runs it on the backend of the options. The answers are valid while this lives.
  runtime::Result<std::vector<Answer>> run(const runtime::CancelToken &cancel);

private:
  class Impl;
  explicit ModuleFile(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

} // namespace tl::driver
