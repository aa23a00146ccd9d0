// A partial tensor of a recursion, and which of its elements got better.
#pragma once

#include "runtime/abi/KernelAbi.h"
#include "runtime/core/Relation.h"
#include "runtime/core/Tensor.h"
#include "runtime/storage/ChargedArray.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tl::runtime {

/// The elements of a `max=` or `min=` recursion in rounds. A round reads `now`, which stays as it is,
/// combines into `next`, and marks what it makes better; `commit` takes that over. So a round costs what it
/// changes, and its result does not depend on the order in which elements are combined. The law: outside a
/// round `now` and `next` are equal, and `changed` has the places at which they differed before the last
/// commit.
class ChangingTensor {
public:
  /// Every present element of `initial`, which has an axis at least, counts as changed.
  static Result<std::shared_ptr<ChangingTensor>> create(MemoryBudget &budget, Tensor initial,
                                                        std::string name);

  const std::shared_ptr<Tensor> &now() const { return now_; }
  Tensor &next() { return next_; }
  /// What a kernel that combines into `next` writes to.
  TlChanges *changes() { return &changes_; }
  /// The places that changed, a column for each axis; valid until the next commit.
  TlRows changed() const { return {pointers.data(), 0, changedCount}; }
  std::int64_t changedRows() const { return changedCount; }
  const std::string &name() const { return name_; }

  /// Takes over what the round has changed.
  Result<void> commit();

private:
  ChangingTensor(MemoryBudget &budget, std::string name)
      : account(budget), name_(std::move(name)), marks(account), places(account) {}

  bool start(const Tensor &initial);
  void sortPlaces();
  bool decodePlaces();
  void copyElements();

  StorageAccount account;
  std::string name_;
  std::shared_ptr<Tensor> now_;
  Tensor next_;
  TlChanges changes_ = {};
  ChargedArray<std::uint8_t> marks;
  ChargedArray<std::int64_t> places;
  std::vector<ChargedArray<Cell>> columns;
  std::vector<const Cell *> pointers;
  std::int64_t changedCount = 0;
};

} // namespace tl::runtime
