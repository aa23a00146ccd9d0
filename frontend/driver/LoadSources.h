// The files that define tensors, as they are read: before symbols have ids and axes have extents.
#pragma once

#include "frontend/driver/Load.h"
#include "runtime/io/Table.h"

namespace tl::driver {

/// What one read statement brings: rows, or an array.
struct DataSource {
  source::SourceRange range; ///< the path in the program
  std::string path;          ///< as opened, for messages
  ast::AssignOp op = ast::AssignOp::Assign;
  bool hasHeader = false;
  bool hasValue = false; ///< rows end with a number: elements of a dense tensor
  std::optional<runtime::Table> table;
  std::optional<runtime::Tensor> array;
};

/// Where failures go: a diagnostic at the statement, and the kind of the first one.
struct FailureSink {
  source::DiagnosticEngine &diagnostics;
  std::optional<runtime::ErrorKind> &first;

  /// A file or a limit; an error of kind Program is the program's and leaves `first` alone.
  void report(const runtime::Error &error, source::SourceRange range);
  /// The same for data that is there but does not fit.
  source::Diagnostic &reportData(source::DiagnosticId id, source::SourceRange range, std::string message);
};

/// Reads the files of every tensor; the result is by tensor. Gives axes to tensors whose rank only the file
/// tells.
std::vector<std::vector<DataSource>> readSources(sema::TypedProgram &program, const ast::Program &ast,
                                                 const LoadOptions &options, FailureSink &failures);

/// `path` of the program, relative to its folder.
std::string resolvedPath(const LoadOptions &options, const std::string &path);

} // namespace tl::driver
