// Rounds of a recursion over elements.
#include "runtime/storage/ChangingTensor.h"

#include <cassert>
#include <cstring>

namespace tl::runtime {
namespace {

/// With more than one change among so many elements, looking at every mark is cheaper than going to places in
/// the order in which they were found.
constexpr std::int64_t kFewChanges = 16;

template <typename T>
void copyAt(const ChargedArray<std::int64_t> &places, std::int64_t count, const void *from, void *to) {
  for (std::int64_t entry = 0; entry < count; ++entry) {
    const std::int64_t place = places[static_cast<std::size_t>(entry)];
    static_cast<T *>(to)[place] = static_cast<const T *>(from)[place];
  }
}

} // namespace

Result<std::shared_ptr<ChangingTensor>> ChangingTensor::create(MemoryBudget &budget, Tensor initial,
                                                               std::string name) {
  assert(initial.isPartial() && initial.rank() != 0 &&
         "elements that change may be absent, and have a place");
  std::shared_ptr<ChangingTensor> created(new ChangingTensor(budget, std::move(name)));
  TL_TRY(initial.own());
  created->next_ = initial;
  TL_TRY(created->next_.own());
  created->now_ = std::make_shared<Tensor>(std::move(initial));
  if (!created->start(*created->now_))
    return outOfMemory(budget, "what changes in '" + created->name_ + "'", created->account.refusedBytes());
  return created;
}

/// A kernel stores a place before it knows whether the place is new, hence one entry more.
bool ChangingTensor::start(const Tensor &initial) {
  const auto elements = static_cast<std::size_t>(initial.elements());
  if (!marks.growTo(elements) || !places.growTo(elements + 1))
    return false;
  for (std::size_t axis = 0; axis < initial.rank(); ++axis)
    columns.emplace_back(account);
  pointers.resize(columns.size());
  changes_ = {marks.data(), places.data(), 0};
  for (std::int64_t place = 0; place < initial.elements(); ++place)
    if (initial.isPresent(place)) {
      marks[static_cast<std::size_t>(place)] = 1;
      changes_.places[changes_.count++] = place;
    }
  return true;
}

Result<void> ChangingTensor::commit() {
  changedCount = changes_.count;
  changes_.count = 0;
  if (changedCount > now_->elements() / kFewChanges)
    sortPlaces();
  for (std::int64_t entry = 0; entry < changedCount; ++entry)
    marks[static_cast<std::size_t>(places[static_cast<std::size_t>(entry)])] = 0;
  if (!decodePlaces())
    return outOfMemory(account.budget(), "what changes in '" + name_ + "'", account.refusedBytes());
  TL_TRY(now_->own());
  copyElements();
  return {};
}

/// Whatever walks the changes then goes through memory in order.
void ChangingTensor::sortPlaces() {
  std::size_t count = 0;
  for (std::size_t place = 0; place < marks.size(); ++place) {
    places[count] = static_cast<std::int64_t>(place);
    count += marks[place];
  }
}

bool ChangingTensor::decodePlaces() {
  const auto count = static_cast<std::size_t>(changedCount);
  for (ChargedArray<Cell> &column : columns)
    if (!column.growAmortised(count))
      return false;
  std::vector<std::int64_t> strides = rowMajorStrides(now_->shape());
  for (std::size_t axis = 0; axis < columns.size(); ++axis) {
    const std::int64_t stride = strides[axis], extent = now_->shape()[axis];
    pointers[axis] = columns[axis].data();
    for (std::size_t entry = 0; entry < count; ++entry)
      columns[axis][entry] =
          static_cast<Cell>(columns.size() == 1 ? places[entry] : places[entry] / stride % extent);
  }
  return true;
}

void ChangingTensor::copyElements() {
  copyAt<std::uint8_t>(places, changedCount, next_.present(), now_->mutablePresent());
  const void *from = next_.data();
  void *to = now_->mutableData();
  switch (byteWidth(next_.type())) {
  case 1:
    return copyAt<std::uint8_t>(places, changedCount, from, to);
  case 2:
    return copyAt<std::uint16_t>(places, changedCount, from, to);
  case 4:
    return copyAt<std::uint32_t>(places, changedCount, from, to);
  default:
    return copyAt<std::uint64_t>(places, changedCount, from, to);
  }
}

} // namespace tl::runtime
