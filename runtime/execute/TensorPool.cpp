// Tensors that a program no longer needs, for the next of the same kind.
#include "runtime/execute/TensorPool.h"

#include <algorithm>

namespace tl::runtime {
namespace {

constexpr std::size_t kMostBytes = std::size_t{32} << 20;

std::size_t bytesOf(const Tensor &tensor) {
  const auto width = byteWidth(tensor.type()) + (tensor.isPartial() ? 1 : 0);
  return static_cast<std::size_t>(tensor.elements()) * static_cast<std::size_t>(width);
}

} // namespace

std::shared_ptr<Tensor> TensorPool::take(ElementType type, const Shape &shape, bool isPartial) {
  // From the end: what was used last is in the nearest cache.
  auto found = std::find_if(kept.rbegin(), kept.rend(), [&](const std::shared_ptr<Tensor> &tensor) {
    return tensor->type() == type && tensor->isPartial() == isPartial && tensor->shape() == shape;
  });
  if (found == kept.rend())
    return nullptr;
  std::shared_ptr<Tensor> tensor = std::move(*found);
  kept.erase(std::next(found).base());
  bytes -= bytesOf(*tensor);
  return tensor;
}

void TensorPool::keep(std::shared_ptr<Tensor> tensor) {
  const std::size_t more = bytesOf(*tensor);
  if (more > mostBytes)
    return;
  while (bytes + more > mostBytes)
    dropFirst();
  bytes += more;
  kept.push_back(std::move(tensor));
}

void TensorPool::limit(std::size_t capBytes) {
  mostBytes = std::min(kMostBytes, capBytes / 8);
  while (bytes > mostBytes)
    dropFirst();
}

void TensorPool::dropFirst() {
  bytes -= bytesOf(*kept.front());
  kept.pop_front();
}

void TensorPool::clear() {
  kept.clear();
  bytes = 0;
}

} // namespace tl::runtime
