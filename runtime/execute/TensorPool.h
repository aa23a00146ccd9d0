// Tensors that a program no longer needs, for the next of the same kind.
#pragma once

#include "runtime/core/Tensor.h"

#include <cstddef>
#include <deque>
#include <memory>

namespace tl::runtime {

/// Keeps storage from one use to the next, of one run and from run to run: new memory costs page faults and
/// zeroing. What it keeps stays charged to the budget, so it keeps little: what was kept first goes first.
/// Not thread-safe.
class TensorPool {
public:
  /// At most an eighth of `capBytes`, which are those of the budget, and never more than a processor's caches
  /// hold.
  void limit(std::size_t capBytes);
  /// A tensor with any elements, of which nothing else knows; null when none of the kind is left.
  std::shared_ptr<Tensor> take(ElementType type, const Shape &shape, bool isPartial);
  /// `tensor` shares its storage with nothing.
  void keep(std::shared_ptr<Tensor> tensor);
  void clear();
  bool isEmpty() const { return kept.empty(); }

private:
  void dropFirst();

  std::size_t mostBytes = 0;
  std::size_t bytes = 0;
  std::deque<std::shared_ptr<Tensor>> kept; ///< those kept last at the end
};

} // namespace tl::runtime
