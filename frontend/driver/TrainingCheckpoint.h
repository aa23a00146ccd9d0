// Training that can be taken up again.
#pragma once

#include "runtime/core/Tensor.h"

#include <map>
#include <optional>
#include <string>

namespace tl::driver {

/// All that the next step depends on besides the program and its data.
struct CheckpointState {
  std::size_t learning = 0; ///< number of the `learn` statement
  std::int64_t step = 0;    ///< steps of it that are done
  std::int64_t steps = 0;
  std::int64_t epoch = 0, position = 0; ///< where in the examples the next batch begins
  std::uint64_t seed = 0;
  std::uint64_t program = 0; ///< fingerprint of the program's text
  double loss = 0;
  std::optional<double> best; ///< validation loss
  std::int64_t stale = 0;     ///< validations since then
  std::map<std::string, runtime::Tensor> tensors; ///< parameters and states by name
};

/// The name of a parameter as the best validation saw it.
std::string bestName(const std::string &parameter);

/// Writes `folder`/step-N.safetensors and then `folder`/checkpoint.json, which names it: whatever happens in between,
/// the folder holds a complete checkpoint, the old one or the new one. Removes tensors that no manifest names.
runtime::Result<void> writeCheckpoint(const std::string &folder, const CheckpointState &state);

/// Reads what `folder` holds; an error when it belongs to another program or is damaged.
runtime::Result<CheckpointState> readCheckpoint(const std::string &folder, std::uint64_t program,
                                                runtime::MemoryBudget &budget);

} // namespace tl::driver
