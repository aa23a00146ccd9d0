// What GPUs can do, as far as code generation asks.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tl::backend::cuda {

/// A target of code generation. Code for one runs on every device of its compute capability and, unless
/// `isExact`, on all later ones.
struct Capability {
  std::string_view name;     ///< as `--gpu` and LLVM call it
  std::string_view features; ///< of LLVM's target; the PTX version is the oldest that has what is used
  int major = 0;             ///< compute capability
  int minor = 0;
  bool isExact = false;              ///< uses what other capabilities lack
  std::int64_t sharedBytes = 0;      ///< most shared memory of a block
  bool copiesAsynchronously = false; ///< cp.async: copies to shared memory that threads do not wait for
  bool copiesTiles = false; ///< tensor memory accelerator: boxes of tensors with barriers of their own
};

/// The target called `name`.
const Capability *capabilityNamed(std::string_view name);

/// The best target that runs on a device of this compute capability; null: it is too old.
const Capability *capabilityOf(int major, int minor);

} // namespace tl::backend::cuda
