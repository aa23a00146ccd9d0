// Syntax tree to checked program.
#pragma once

#include "frontend/sema/TypedProgram.h"
#include "frontend/source/Diagnostic.h"
#include "runtime/core/Shape.h"

#include <functional>
#include <map>
#include <optional>

namespace tl::sema {

/// What `learn` may name: an optimiser and its options.
struct OptimizerSignature {
  std::string name;
  std::vector<std::string> options;
};

/// What the headers of files say of a tensor that they define.
struct FileShape {
  std::size_t rank = 0;
  std::optional<runtime::ElementType> type; ///< of arrays
};

/// What the command line and the heads of files say about a program.
struct CheckOptions {
  runtime::ElementType realType = runtime::ElementType::F32; ///< `--dtype`
  std::map<std::string, double> constants;                   ///< `-D NAME=VALUE`
  std::map<std::string, std::string> files{};                ///< `-D NAME=FILE`: what defines these tensors
  std::optional<std::int64_t> steps{};                       ///< `--steps`
  std::vector<OptimizerSignature> optimizers{};
  std::vector<std::string> schedules{};
  std::map<std::string, FileShape>
      fileShapes{}; ///< by tensor; files that cannot be read are reported by the loader
};

/// What a file or a fact block holds, as far as checking needs it; the driver reads it before `resolve`.
struct LoadedSizes {
  /// Dense data: its extents. Relations: per column one more than the largest integer, 0 for a symbol column.
  runtime::Shape shape;
  std::vector<AxisClass::Kind> columns; ///< kinds of relation columns; Integer for every axis of dense data
  bool isDense = false;
  runtime::Shape array;          ///< relations: the extents of the arrays among their data; empty without
  SourceRange range;             ///< where the program asks for it
  std::vector<bool> hasNegative; ///< relations: per column, whether an integer is negative; may be empty
  std::optional<std::int64_t> largest; ///< dense integer data: the largest element, for scatters and gathers
};

/// Names, arity, element types, projections, guards, range restriction, components. Reports everything it
/// finds; empty when there was an error. `ast` must outlive the result. Needs no files: what depends on them
/// waits for `resolve`.
std::optional<TypedProgram> check(const ast::Program &ast, const CheckOptions &options,
                                  source::DiagnosticEngine &diagnostics);

/// Extents: joins what data says (`sizes`, by tensor) with the program, sets the extent of every class, the
/// range of every variable, and begin and end of every scan. `domainSizes[c]` is the number of symbols of
/// class c once data is loaded. `symbolId(class, text)` gives the id of a constant symbol (interning it where
/// the domain is not declared). `fixed` classes have that extent whatever data and declarations say, as for a
/// batch of examples; a program may be resolved again with others. False when something was reported.
bool resolve(TypedProgram &program, const std::map<TensorId, LoadedSizes> &sizes,
             const std::function<std::int64_t(ClassId)> &domainSize,
             const std::function<std::optional<std::int64_t>(ClassId, std::string_view)> &symbolId,
             source::DiagnosticEngine &diagnostics, const std::map<ClassId, std::int64_t> &fixed = {});

} // namespace tl::sema
