// The definitions of stdlib/optim.tl, from which training makes its step.
#pragma once

#include "frontend/ast/Ast.h"
#include "frontend/sema/Check.h"

#include <string_view>

namespace tl::driver {

/// The parsed library.
class TrainingLibrary {
public:
  /// Adds its text to `sources`, so that places in it can be shown.
  explicit TrainingLibrary(source::SourceManager &sources);

  /// The definition called `name`; it is there.
  const ast::Definition &find(std::string_view name) const;
  /// Definitions of a parameter's way along its gradients.
  std::vector<sema::OptimizerSignature> optimizers() const;
  /// Definitions of a learning rate by the step.
  std::vector<std::string> schedules() const;

private:
  ast::Program program;
};

/// The text of stdlib/optim.tl.
extern const char *const kOptimizerLibrary;

/// Whether the program has a `learn` statement.
bool hasLearning(const ast::Program &program);

/// Whether some `learn` statement has an optimiser with this option, which may be left at its default.
bool isOptimizerOption(const ast::Program &program, const std::string &name);

} // namespace tl::driver
