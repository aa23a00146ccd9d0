// From files, facts and literals to values that a program runs on.
#pragma once

#include "backend/Executable.h"
#include "frontend/driver/Embedding.h"
#include "frontend/driver/Options.h"
#include "frontend/sema/Check.h"
#include "frontend/source/Diagnostic.h"
#include "runtime/core/Domain.h"
#include "runtime/core/Relation.h"
#include "runtime/core/Tensor.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tl::driver {

/// Where files are, and what the data is charged to.
struct LoadOptions {
  std::string folder; ///< of the program's file; paths of the program are relative to it
  std::map<std::string, std::string> files; ///< `-D NAME=FILE`, relative to the working folder
  const Embedding *embedding = nullptr;     ///< data that the embedding program gives; none: null
  std::uint64_t seed = 0;                   ///< of random draws
  runtime::MemoryBudget *budget = nullptr;  ///< required; must outlive the bindings
  TableStorage tables = TableStorage::Auto;
  std::set<std::string> inputs; ///< what may have other data later, see `Options::inputs`
};

/// The elements of a table: `rows` are indices, in order, followed by the number of the row; `values` by that
/// number. What has no row is 0.
struct SparseTensor {
  runtime::Relation rows;
  runtime::Tensor values;
};

/// What the program runs on.
struct LoadedData {
  backend::Bindings bindings; ///< by tensor name; of exactly the type that emission gives the tensor
  /// By class; null where the class is over integers. A domain keeps its order of first use or declaration.
  std::vector<std::shared_ptr<runtime::Domain>> domains;
  /// Tensors of few values, not in `bindings` yet: whether they stay sparse depends on how they are read.
  std::map<sema::TensorId, SparseTensor> sparse;
  std::set<sema::TensorId> bound; ///< the tensors in `bindings` and `sparse`
  std::map<sema::TensorId, sema::LoadedSizes> sizes; ///< what resolving took from data
  std::map<sema::TensorId, runtime::Relation> facts; ///< rows of relations with files that the program itself has
};

/// Reads all data of a checked program, resolves its extents, and makes the value of every tensor that has
/// data. What is wrong is reported at the statement that asks for it; `failure` is then the kind of the first
/// failure of a file or a limit, and stays empty when the program itself is wrong. `ast` is what `program`
/// was checked from.
std::optional<LoadedData> load(sema::TypedProgram &program, const ast::Program &ast,
                               const LoadOptions &options, source::DiagnosticEngine &diagnostics,
                               std::optional<runtime::ErrorKind> &failure);

/// Resolves a loaded program again, with the extents of some classes fixed; see `sema::resolve`.
bool resolveAgain(sema::TypedProgram &program, const LoadedData &data,
                  const std::map<sema::ClassId, std::int64_t> &fixed, source::DiagnosticEngine &diagnostics);

} // namespace tl::driver
