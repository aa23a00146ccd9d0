// Functions of C libraries that a program names.
#pragma once

#include "runtime/core/Tensor.h"

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace tl::runtime {

inline constexpr std::size_t kMostExternalParameters = 6;

/// A function of the program that embeds tl, of as many numbers as it was declared with. Must not throw.
using HostFunction = std::function<double(const double *)>;

/// The library that stands for the embedding program; there the symbol is the address of a `HostFunction`, in
/// hexadecimal, which the driver writes and no program can.
inline constexpr std::string_view kHostLibrary = "(host)";

/// A function `double symbol(double, ...)` of a shared library, which stays open while this lives, or one of
/// the embedding program. Move-only.
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
  ExternalFunction(void *library, void *address, const HostFunction *host = nullptr)
      : library(library), address(address), host(host) {}
  void *library;
  void *address;
  const HostFunction *host; ///< in place of both
};

/// The function of the elements of `arguments`, f64 tensors of `shape`, one call after the other.
Result<Tensor> applyExternal(const std::string &library, const std::string &symbol,
                             std::span<const Tensor *const> arguments, Shape shape, MemoryBudget &budget);

} // namespace tl::runtime
