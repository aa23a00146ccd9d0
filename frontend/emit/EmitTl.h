// Checked program to a module in dialect `tl`.
#pragma once

#include "frontend/sema/TypedProgram.h"

#include "mlir/IR/OwningOpRef.h"

#include <cstdint>
#include <optional>
#include <set>

namespace mlir {
class MLIRContext;
class ModuleOp;
} // namespace mlir

namespace tl::emit {

/// The name under which the number of the batch that a step works on is bound.
inline constexpr const char *kDrawStep = "learn.draws";

/// On a derivative that equations read: the number of its tensor.
inline constexpr const char *kDerivativeTensor = "emit.tensor";

/// What emission needs beside the program.
struct EmitOptions {
  runtime::ElementType realType = runtime::ElementType::F32;
  std::uint64_t seed = 0; ///< of every draw
  /// In a step of the `learn` statement of this number, from 1: the scalar `kDrawStep` is part of every draw.
  std::optional<std::uint64_t> drawsOf;
  std::optional<sema::ClassId>
      part; ///< an index of which the data has a part: draws go by its places in the whole
  std::set<sema::TensorId> bound; ///< tensors that have data: facts, a literal, a file
  /// Tensors whose data is their whole value, whatever defines them: their equations are left out.
  std::set<sema::TensorId> given;
  std::vector<sema::TensorId> kept; ///< handed out like queries, numbered after them
  /// What to hand out, numbered by position, instead of the answers to queries and files.
  std::optional<std::vector<sema::TensorId>> outputs;
  std::optional<double> tolerance; ///< `--tol`; else 1e-6 in f32 and 1e-9 in f64
  std::optional<std::int64_t>
      maxIterations; ///< `--max-iterations`; else 10,000 for real recursion, none for exact
};

/// Emits the equations that queries and files need, each op at the place of its source. `program` is
/// resolved. Data is read by tensor name; queries and writes are numbered by their position.
mlir::OwningOpRef<mlir::ModuleOp> emit(mlir::MLIRContext &context, const sema::TypedProgram &program,
                                       const source::SourceManager &sources, const EmitOptions &options);

} // namespace tl::emit
