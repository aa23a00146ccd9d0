// What the command line has for `learn`.
#pragma once

#include "frontend/cli/Commands.h"

#include <memory>
#include <mutex>
#include <optional>

namespace tl::cli {

/// The last step of a training run, for the line that shows progress; may be read from another thread.
class LastStep {
public:
  void set(const driver::StepReport &report);
  /// `step 120 of 500, Loss 0.123, 45 steps/s, 8 s left`; empty before the first step.
  std::string text() const;

private:
  mutable std::mutex mutex;
  std::optional<driver::StepReport> last, first;
};

/// Adds `--steps`, `--metrics` and so on; they fill `context.options`.
void addLearningOptions(CLI::App &app, Context &context);

} // namespace tl::cli
