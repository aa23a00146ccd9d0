// What an op needs of its surroundings to state its meaning.
#pragma once

#include "runtime/core/Cancel.h"
#include "runtime/core/Memory.h"
#include "runtime/core/Value.h"

#include <string_view>
#include <vector>

namespace mlir {
class Operation;
class Region;
class Value;
} // namespace mlir

namespace tl::ir {

/// Where a value goes that a program hands out.
enum class Outlet { Query, Write };

/// The surroundings of an op that is being evaluated. A position of a scan is a scalar tensor of i64.
class Evaluator {
public:
  Evaluator(runtime::MemoryBudget &budget, const runtime::CancelToken &cancel)
      : budget(budget), cancel(cancel) {}
  virtual ~Evaluator() = default;

  /// The data bound to `name`.
  virtual runtime::Result<runtime::Value> bound(std::string_view name) = 0;
  /// Takes `value` as the content of query or file `number`.
  virtual runtime::Result<void> handOut(Outlet outlet, std::int64_t number, const runtime::Value &value) = 0;
  /// The value computed for `value`; stays valid until the region that defines it has been run.
  virtual const runtime::Value &valueOf(mlir::Value value) = 0;
  /// The same for an op that will change it: moved out when nothing after `user` needs it, else a copy.
  virtual runtime::Value take(mlir::Value value, mlir::Operation *user) = 0;
  /// Runs `body` with its block arguments bound to `arguments`; the values that its tl.next passes on.
  virtual runtime::Result<std::vector<runtime::Value>> step(mlir::Region &body,
                                                            std::vector<runtime::Value> arguments) = 0;

  runtime::MemoryBudget &budget;
  const runtime::CancelToken &cancel;
};

/// Bytes charged to a budget for as long as this lives; for memory that no `Buffer` holds, such as rows of
/// relations.
class Charge {
public:
  explicit Charge(runtime::MemoryBudget &budget) : budget(&budget) {}
  Charge(Charge &&other) noexcept : budget(other.budget), bytes(std::exchange(other.bytes, 0)) {}
  Charge &operator=(Charge &&other) noexcept {
    std::swap(budget, other.budget);
    std::swap(bytes, other.bytes);
    return *this;
  }
  ~Charge() { budget->release(bytes); }

  /// Makes the charge `wanted` bytes; the Limit error, and the old charge, when that passes the cap.
  runtime::Result<void> resize(std::size_t wanted, std::string_view what) {
    if (wanted > bytes && !budget->reserve(wanted - bytes))
      return runtime::outOfMemory(*budget, what, wanted - bytes);
    if (wanted < bytes)
      budget->release(bytes - wanted);
    bytes = wanted;
    return {};
  }

private:
  runtime::MemoryBudget *budget;
  std::size_t bytes = 0;
};

} // namespace tl::ir
