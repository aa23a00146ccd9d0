// Standard input as a file that readers can map.
#pragma once

#include "runtime/core/Result.h"

#include <string>
#include <utility>

namespace tl::runtime {

/// All of standard input in a temporary file, which goes away with it; move-only.
class StandardInput {
public:
  /// Reads to the end. `extension`, such as `.tsv`, says what it holds.
  static Result<StandardInput> copy(const std::string &extension);
  StandardInput(StandardInput &&other) noexcept : path_(std::exchange(other.path_, {})) {}
  StandardInput &operator=(StandardInput &&other) = delete;
  ~StandardInput();

  const std::string &path() const { return path_; }

private:
  explicit StandardInput(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

} // namespace tl::runtime
