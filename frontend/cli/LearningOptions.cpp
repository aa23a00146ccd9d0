// What the command line has for `learn`.
#include "frontend/cli/LearningOptions.h"

#include "frontend/driver/Printed.h"

#include <CLI/CLI.hpp>

namespace tl::cli {

void LastStep::set(const driver::StepReport &report) {
  std::lock_guard lock(mutex);
  if (!first || first->learning != report.learning)
    first = report;
  last = report;
}

/// The rate is that of the statement at hand: the first step, which may wait for memory and files, does not count.
std::string LastStep::text() const {
  std::lock_guard lock(mutex);
  if (!last)
    return "";
  std::string text = driver::printed("step %lld of %lld, %s %.6g", static_cast<long long>(last->step),
                                     static_cast<long long>(last->steps), last->loss.c_str(), last->value);
  if (last->validation)
    text += driver::printed(", validation %.6g", *last->validation);
  const double seconds = last->seconds - first->seconds;
  const auto done = static_cast<double>(last->step - first->step);
  if (done < 1 || seconds <= 0)
    return text;
  return text + driver::printed(", %.3g steps/s, %.0f s left", done / seconds,
                                static_cast<double>(last->steps - last->step) * seconds / done);
}

void addLearningOptions(CLI::App &app, Context &context) {
  driver::TrainingOptions &training = context.options.training;
  const char *group = "Learning";
  app.add_option("--steps", training.steps, "steps of every 'learn', instead of what the program says")
      ->check(CLI::NonNegativeNumber)
      ->group(group);
  app.add_option("--metrics", training.metrics, "file for one JSON object per step")->group(group);
  app.add_option("--tensorboard", training.tensorboard, "folder for an event file")->group(group);
  app.add_option("--loss-curve", training.lossCurve, "SVG file for the loss by the step")->group(group);
  app.add_option("--checkpoint", training.checkpoint, "folder for a checkpoint, written at the end and on Ctrl-C")
      ->group(group);
  app.add_option("--checkpoint-every", training.checkpointEvery, "steps between checkpoints")
      ->check(CLI::PositiveNumber)
      ->group(group);
  app.add_option("--resume", training.resume, "folder with the checkpoint to go on from")->group(group);
  app.add_flag("--check-nan", context.options.checkNan,
               "stop learning where a value is first not finite (exit 5), and name its equation");
}

} // namespace tl::cli
