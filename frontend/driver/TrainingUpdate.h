// The equations that change parameters in one step, made of definitions of stdlib/optim.tl.
#pragma once

#include "frontend/driver/TrainingLibrary.h"
#include "runtime/core/Shape.h"

#include <optional>

namespace tl::driver {

/// A tensor that goes into a step or comes out of it.
struct StepTensor {
  std::string name;
  runtime::Shape shape;
  runtime::ElementType type = runtime::ElementType::F64;
};

/// Names of what every step is given besides parameters, states and data. No tensor of a program has a point in
/// its name.
inline constexpr const char *kStepNumber = "learn.step";
inline constexpr const char *kRate = "learn.rate";
inline constexpr const char *kBatchRows = "learn.rows";

/// The gradient of a parameter, and the next value of a parameter or state, in the equations of a step.
std::string gradientName(const std::string &parameter);
std::string nextName(const std::string &state);

/// A checked program that reads states and gradients, and computes the next states.
struct UpdateProgram {
  ast::Program ast; ///< what `program` was checked from
  sema::TypedProgram program;
  std::vector<StepTensor> states;     ///< the parameters and what the optimiser keeps; 0 at first
  std::vector<std::string> outputs;   ///< the next value of each state, in order, then the rate if there is one
};

/// The update of `parameters` from their gradients. With accumulation it reads sums of gradients instead, which
/// `accumulation` computes, and their next value is 0.
UpdateProgram optimizerUpdate(const TrainingLibrary &library, const sema::Learning &learning,
                              std::int64_t steps, const std::vector<StepTensor> &parameters);

/// Adds gradients up: one state per parameter.
UpdateProgram accumulation(const TrainingLibrary &library, const std::vector<StepTensor> &parameters);

/// The sum of the gradients of a parameter.
std::string totalName(const std::string &parameter);

} // namespace tl::driver
