// Tensors of DLPack, in and out. The layout of its structures is fixed by its specification (version 0.8 and
// before).
#include "frontend/api/Convert.h"

/// The device that holds the elements; 1 is the host.
struct DLDevice {
  std::int32_t device_type;
  std::int32_t device_id;
};

/// Kind of number, bits of one, and how many make one element.
struct DLDataType {
  std::uint8_t code;
  std::uint8_t bits;
  std::uint16_t lanes;
};

struct DLTensor {
  void *data;
  DLDevice device;
  std::int32_t ndim;
  DLDataType dtype;
  std::int64_t *shape;
  std::int64_t *strides;
  std::uint64_t byte_offset;
};

struct DLManagedTensor {
  DLTensor dl_tensor;
  void *manager_ctx;
  void (*deleter)(DLManagedTensor *self);
};

namespace tl {
namespace {

constexpr std::int32_t kHost = 1;
enum Code : std::uint8_t { kInteger = 0, kFloat = 2, kBfloat = 4, kBool = 6 };

struct TypeRow {
  ElementType type;
  Code code;
  std::uint8_t bits;
};

constexpr TypeRow kTypes[] = {
    {ElementType::Bool, kBool, 8},    {ElementType::I8, kInteger, 8}, {ElementType::I32, kInteger, 32},
    {ElementType::I64, kInteger, 64}, {ElementType::F16, kFloat, 16}, {ElementType::BF16, kBfloat, 16},
    {ElementType::F32, kFloat, 32},   {ElementType::F64, kFloat, 64},
};

/// What a handed-out tensor keeps alive.
struct Holder {
  DLManagedTensor managed;
  Array array;
  std::vector<std::int64_t> shape;
};

void release(DLManagedTensor *managed) {
  delete static_cast<Holder *>(managed->manager_ctx);
}

} // namespace

Status Session::bind(std::string_view tensor, DLManagedTensor *elements) {
  std::shared_ptr<const void> owner(elements, [](const DLManagedTensor *managed) {
    releaseDLPack(const_cast<DLManagedTensor *>(managed));
  });
  std::string name(tensor);
  const DLTensor &given = elements->dl_tensor;
  const TypeRow *type = nullptr;
  for (const TypeRow &row : kTypes)
    if (row.code == given.dtype.code && row.bits == given.dtype.bits && given.dtype.lanes == 1)
      type = &row;
  if (!type)
    return Error{ErrorKind::Usage, "'" + name + "': tl has no type for these elements", {}};
  if (given.device.device_type != kHost || given.ndim < 0)
    return Error{ErrorKind::Usage, "'" + name + "': the elements are not in host memory", {}};
  ArrayView view{static_cast<const char *>(given.data) + given.byte_offset, type->type, {}, {}};
  view.shape.assign(given.shape, given.shape + given.ndim);
  if (given.strides)
    view.strides.assign(given.strides, given.strides + given.ndim);
  return bind(tensor, view, std::move(owner));
}

Result<DLManagedTensor *> toDLPack(const Array &array) {
  if (!array.present.empty())
    return Error{ErrorKind::Usage, "a tensor with absent elements has no form in DLPack", {}};
  auto holder = std::make_unique<Holder>();
  holder->array = array;
  holder->shape = array.shape;
  const TypeRow &type = kTypes[static_cast<std::size_t>(array.type)];
  holder->managed = {{const_cast<void *>(array.data.get()),
                      {kHost, 0},
                      static_cast<std::int32_t>(array.shape.size()),
                      {type.code, type.bits, 1},
                      holder->shape.data(),
                      nullptr,
                      0},
                     holder.get(),
                     release};
  return &holder.release()->managed;
}

void releaseDLPack(DLManagedTensor *tensor) {
  if (tensor && tensor->deleter)
    tensor->deleter(tensor);
}

} // namespace tl
