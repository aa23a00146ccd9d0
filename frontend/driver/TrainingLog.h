// What training writes down while it goes on.
#pragma once

#include "frontend/driver/Options.h"
#include "runtime/core/Result.h"

#include <memory>

namespace tl::driver {

/// Metrics as JSON lines, as TensorBoard events and as a curve, each where it is asked for.
class TrainingLog {
public:
  explicit TrainingLog(const TrainingOptions &options);
  ~TrainingLog();

  runtime::Result<void> add(const StepReport &report);
  /// Writes what is only known at the end.
  runtime::Result<void> close();

private:
  class Impl;
  std::unique_ptr<Impl> impl;
};

} // namespace tl::driver
