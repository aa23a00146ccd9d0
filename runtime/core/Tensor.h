// A dense tensor: elements in row-major order, with an optional mask of present elements.
#pragma once

#include "runtime/core/ElementType.h"
#include "runtime/core/Memory.h"
#include "runtime/core/Shape.h"

#include <cstring>
#include <memory>

namespace tl::runtime {

/// The one shared handle to dense elements. Copying is cheap; writing copies when shared.
/// A partial tensor (the result of `max=` or `min=`) also has one byte per element that says whether it is
/// present; an absent element is dropped by whatever reads it.
class Tensor {
public:
  /// An f32 scalar without storage; assign before use.
  Tensor() = default;

  /// A tensor of zeros; when `partial`, every element is absent. `what` names it in the error.
  static Result<Tensor> create(MemoryBudget &budget, ElementType type, Shape shape, std::string_view what,
                               bool partial = false);
  /// A complete tensor of elements that nobody has written yet, for a caller that writes all of them.
  static Result<Tensor> createUnset(MemoryBudget &budget, ElementType type, Shape shape,
                                    std::string_view what);
  /// A complete tensor of row-major elements that stay where they are, at an address that is a multiple of an
  /// element's width. It never frees them and nothing writes to them: `own` copies, at the cost of `budget`.
  /// They must stay, and stay as they are, while a copy of this handle is read; `owner`, if any, keeps them.
  static Tensor borrow(MemoryBudget &budget, ElementType type, Shape shape, const void *elements,
                       std::shared_ptr<const void> owner = nullptr);
  bool isBorrowed() const { return storage_ && storage_->borrowed; }

  ElementType type() const { return type_; }
  const Shape &shape() const { return shape_; }
  std::size_t rank() const { return shape_.size(); }
  std::int64_t elements() const { return elements_; }
  bool isPartial() const { return partial_; }

  const void *data() const;
  template <typename T> const T *as() const { return static_cast<const T *>(data()); }
  /// One byte per element, or null when every element is present.
  const std::uint8_t *present() const;

  /// Makes the storage unshared and its own, copying it if needed. Fails only for lack of memory.
  Result<void> own();
  /// Writable storage; `own` must have succeeded since the last copy of the handle.
  void *mutableData();
  template <typename T> T *mutableAs() { return static_cast<T *>(mutableData()); }
  std::uint8_t *mutablePresent();

  /// The element at a row-major position as a number, whatever its type (bool as 0 or 1).
  double number(std::int64_t position) const;
  /// The same, exact for integers; a float is truncated.
  std::int64_t integer(std::int64_t position) const;
  void setNumber(std::int64_t position, double value);
  void setInteger(std::int64_t position, std::int64_t value);
  bool isPresent(std::int64_t position) const { return !partial_ || present()[position] != 0; }

private:
  static Result<Tensor> create(MemoryBudget &budget, ElementType type, Shape shape, std::string_view what,
                               bool partial, bool zeroed);

  struct Storage {
    MemoryBudget *budget = nullptr;
    Buffer elements;
    Buffer present;
    const void *borrowed = nullptr; ///< the elements, in the place of `elements`
    std::shared_ptr<const void> owner;
  };

  ElementType type_ = ElementType::F32;
  Shape shape_;
  std::int64_t elements_ = 1;
  bool partial_ = false;
  std::shared_ptr<Storage> storage_;
};

} // namespace tl::runtime
