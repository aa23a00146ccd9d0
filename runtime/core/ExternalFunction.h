// Functions of C libraries that a program names.
#pragma once

#include "runtime/core/Tensor.h"

#include <span>
#include <string>

namespace tl::runtime {

inline constexpr std::size_t kMostExternalParameters = 6;

/// A function `double symbol(double, ...)` of a shared library, which stays open while this lives. Move-only.
class ExternalFunction {
public:
  /// A Data error names the library that cannot be opened, or the symbol that it does not have.
  static Result<ExternalFunction> open(const std::string &library, const std::string &symbol);
  ExternalFunction(ExternalFunction &&other) noexcept;
  ExternalFunction &operator=(ExternalFunction &&other) = delete;
  ~ExternalFunction();

  /// Calls it; at most `kMostExternalParameters` arguments.
  double call(std::span<const double> arguments) const;

private:
  ExternalFunction(void *library, void *address) : library(library), address(address) {}
  void *library;
  void *address;
};

/// The function of the elements of `arguments`, f64 tensors of `shape`, one call after the other.
Result<Tensor> applyExternal(const std::string &library, const std::string &symbol,
                             std::span<const Tensor *const> arguments, Shape shape, MemoryBudget &budget);

} // namespace tl::runtime
