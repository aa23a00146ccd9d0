// Storage and element access of dense tensors.
#include "runtime/core/Tensor.h"

#include "runtime/core/HalfFloat.h"

namespace tl::runtime {
namespace {

template <typename T> T loadAt(const void *data, std::int64_t position) {
  return static_cast<const T *>(data)[position];
}

template <typename T> void storeAt(void *data, std::int64_t position, T value) {
  static_cast<T *>(data)[position] = value;
}

} // namespace

Result<Tensor> Tensor::create(MemoryBudget &budget, ElementType type, Shape shape, std::string_view what,
                              bool partial) {
  return create(budget, type, std::move(shape), what, partial, true);
}

Result<Tensor> Tensor::createUnset(MemoryBudget &budget, ElementType type, Shape shape,
                                   std::string_view what) {
  return create(budget, type, std::move(shape), what, false, false);
}

Result<Tensor> Tensor::create(MemoryBudget &budget, ElementType type, Shape shape, std::string_view what,
                              bool partial, bool zeroed) {
  Result<std::int64_t> count = elementCount(shape);
  if (!count)
    return Error{count.error().kind, "'" + std::string(what) + "': " + count.error().message};
  auto storage = std::make_shared<Storage>();
  storage->budget = &budget;
  Result<Buffer> elements = Buffer::allocate(budget, *count * byteWidth(type), what, zeroed);
  if (!elements)
    return elements.error();
  storage->elements = *std::move(elements);
  if (partial) {
    Result<Buffer> present = Buffer::allocate(budget, *count, what);
    if (!present)
      return present.error();
    storage->present = *std::move(present);
  }
  Tensor tensor;
  tensor.type_ = type;
  tensor.shape_ = std::move(shape);
  tensor.elements_ = *count;
  tensor.partial_ = partial;
  tensor.storage_ = std::move(storage);
  return tensor;
}

Tensor Tensor::borrow(MemoryBudget &budget, ElementType type, Shape shape, const void *elements,
                      std::shared_ptr<const void> owner) {
  assert(elements && reinterpret_cast<std::uintptr_t>(elements) % byteWidth(type) == 0 &&
         "kernels read whole elements");
  Result<std::int64_t> count = elementCount(shape);
  assert(count && "elements that are in memory can be counted");
  Tensor tensor;
  tensor.type_ = type;
  tensor.elements_ = *count;
  tensor.shape_ = std::move(shape);
  tensor.storage_ = std::make_shared<Storage>();
  tensor.storage_->budget = &budget;
  tensor.storage_->borrowed = elements;
  tensor.storage_->owner = std::move(owner);
  return tensor;
}

const void *Tensor::data() const {
  return storage_->borrowed ? storage_->borrowed : storage_->elements.data();
}

const std::uint8_t *Tensor::present() const {
  return partial_ ? reinterpret_cast<const std::uint8_t *>(storage_->present.data()) : nullptr;
}

Result<void> Tensor::own() {
  if (storage_.use_count() == 1 && !storage_->borrowed)
    return {};
  Result<Tensor> copy = create(*storage_->budget, type_, shape_, "a copy", partial_, false);
  if (!copy)
    return copy.error();
  std::memcpy(copy->storage_->elements.data(), data(),
              static_cast<std::size_t>(elements_) * byteWidth(type_));
  if (partial_)
    std::memcpy(copy->storage_->present.data(), storage_->present.data(), storage_->present.size());
  storage_ = copy->storage_;
  return {};
}

void *Tensor::mutableData() {
  assert(storage_.use_count() == 1 && !storage_->borrowed && "own() the tensor before writing to it");
  return storage_->elements.data();
}

std::uint8_t *Tensor::mutablePresent() {
  assert(storage_.use_count() == 1 && "own() the tensor before writing to it");
  return partial_ ? reinterpret_cast<std::uint8_t *>(storage_->present.data()) : nullptr;
}

double Tensor::number(std::int64_t position) const {
  switch (type_) {
  case ElementType::Bool:
    return loadAt<std::uint8_t>(data(), position) != 0;
  case ElementType::I8:
    return loadAt<std::int8_t>(data(), position);
  case ElementType::I32:
    return loadAt<std::int32_t>(data(), position);
  case ElementType::I64:
    return static_cast<double>(loadAt<std::int64_t>(data(), position));
  case ElementType::F16:
    return floatOfHalf(loadAt<std::uint16_t>(data(), position));
  case ElementType::BF16:
    return floatOfBfloat(loadAt<std::uint16_t>(data(), position));
  case ElementType::F32:
    return loadAt<float>(data(), position);
  case ElementType::F64:
    return loadAt<double>(data(), position);
  }
  __builtin_unreachable();
}

std::int64_t Tensor::integer(std::int64_t position) const {
  if (type_ == ElementType::I64)
    return loadAt<std::int64_t>(data(), position);
  return static_cast<std::int64_t>(number(position));
}

void Tensor::setNumber(std::int64_t position, double value) {
  void *target = mutableData();
  switch (type_) {
  case ElementType::Bool:
    return storeAt<std::uint8_t>(target, position, value != 0);
  case ElementType::I8:
    return storeAt(target, position, static_cast<std::int8_t>(value));
  case ElementType::I32:
    return storeAt(target, position, static_cast<std::int32_t>(value));
  case ElementType::I64:
    return storeAt(target, position, static_cast<std::int64_t>(value));
  case ElementType::F16:
    return storeAt(target, position, halfOfFloat(static_cast<float>(value)));
  case ElementType::BF16:
    return storeAt(target, position, bfloatOfFloat(static_cast<float>(value)));
  case ElementType::F32:
    return storeAt(target, position, static_cast<float>(value));
  case ElementType::F64:
    return storeAt(target, position, value);
  }
  __builtin_unreachable();
}

void Tensor::setInteger(std::int64_t position, std::int64_t value) {
  if (type_ == ElementType::I64)
    storeAt(mutableData(), position, value);
  else
    setNumber(position, static_cast<double>(value));
}

} // namespace tl::runtime
