// Rows as lists of their elements that are present.
#include "runtime/kernels/Ordered.h"

#include "runtime/kernels/RowLayout.h"

#include <algorithm>
#include <span>
#include <type_traits>

namespace tl::runtime {
namespace {

/// Elements are carried as T: double or std::int64_t.
template <typename T> class OrderedRows {
public:
  OrderedRows(OrderedKind kind, const Tensor &in, Tensor &out, RowLayout layout, double limit)
      : kind(kind), in(in), out(out), layout(std::move(layout)), limit(limit) {}

  Result<void> run(MemoryBudget &budget, ThreadPool *pool) {
    bool isDone =
        forParts(layout, pool, [&](std::int64_t from, std::int64_t to) { return runRows(budget, from, to); });
    if (!isDone)
      return outOfMemory(budget, "a row in order",
                         static_cast<std::size_t>(layout.length) * kBytesPerElement);
    return {};
  }

private:
  struct Entry {
    T value;
    std::int64_t position;
  };
  static constexpr std::size_t kBytesPerElement = sizeof(Entry) + sizeof(T);

  static bool isNaN(T value) { return value != value; }
  static bool isLess(T lhs, T rhs) { return lhs < rhs || (isNaN(rhs) && !isNaN(lhs)); }
  static bool isGreater(T lhs, T rhs) { return lhs > rhs || (isNaN(rhs) && !isNaN(lhs)); }
  static bool isAscending(const Entry &lhs, const Entry &rhs) {
    return isLess(lhs.value, rhs.value) || (!isLess(rhs.value, lhs.value) && lhs.position < rhs.position);
  }
  static bool isPreferred(const Entry &lhs, const Entry &rhs) {
    return isGreater(lhs.value, rhs.value) ||
           (!isGreater(rhs.value, lhs.value) && lhs.position < rhs.position);
  }

  T element(std::int64_t position) const {
    if constexpr (std::is_same_v<T, double>)
      return in.type() == ElementType::F32 ? static_cast<double>(in.as<float>()[position])
                                           : in.number(position);
    else
      return in.type() == ElementType::I64 ? in.as<std::int64_t>()[position] : in.integer(position);
  }
  void setElement(std::int64_t position, T value) {
    if constexpr (std::is_same_v<T, double>)
      out.setNumber(position, value);
    else
      out.setInteger(position, value);
  }

  bool runRows(MemoryBudget &budget, std::int64_t from, std::int64_t to);
  void runRow(std::span<Entry> row, std::span<T> values);
  void accumulate(std::span<const Entry> row);
  void sort(std::span<const Entry> row, std::span<T> values);
  void place(std::span<Entry> row);

  OrderedKind kind;
  const Tensor &in;
  Tensor &out;
  RowLayout layout;
  double limit;
};

template <typename T> bool OrderedRows<T>::runRows(MemoryBudget &budget, std::int64_t from, std::int64_t to) {
  const auto length = static_cast<std::size_t>(layout.length);
  Result<Buffer> buffer = Buffer::allocate(budget, length * kBytesPerElement, "a row in order", false);
  if (!buffer)
    return false;
  auto *entries = reinterpret_cast<Entry *>(buffer->data());
  auto *values = reinterpret_cast<T *>(entries + length);
  for (std::int64_t row = from; row < to; ++row) {
    const std::int64_t first = offsetOf(layout.outer, row);
    std::size_t count = 0;
    RowWalk walk(layout.inner);
    for (std::int64_t position = 0; position < layout.length; ++position, walk.advance())
      if (in.isPresent(first + walk.offset()))
        entries[count++] = {element(first + walk.offset()), first + walk.offset()};
    runRow({entries, count}, {values, count});
  }
  return true;
}

/// `values`: room for as many as `row` has.
template <typename T> void OrderedRows<T>::runRow(std::span<Entry> row, std::span<T> values) {
  switch (kind) {
  case OrderedKind::CumSum:
  case OrderedKind::CumProd:
    return accumulate(row);
  case OrderedKind::Sort:
    return sort(row, values);
  case OrderedKind::Rank:
  case OrderedKind::Order:
    return place(row);
  }
}

/// Integers wrap around, which signed ones may not do in C++.
template <typename T> void OrderedRows<T>::accumulate(std::span<const Entry> row) {
  using Wide = std::conditional_t<std::is_same_v<T, double>, double, std::uint64_t>;
  Wide total = kind == OrderedKind::CumSum ? 0 : 1;
  for (const Entry &entry : row) {
    const auto value = static_cast<Wide>(entry.value);
    total = kind == OrderedKind::CumSum ? total + value : total * value;
    setElement(entry.position, static_cast<T>(total));
  }
}

/// The values move, the positions stay.
template <typename T> void OrderedRows<T>::sort(std::span<const Entry> row, std::span<T> values) {
  for (std::size_t number = 0; number < row.size(); ++number)
    values[number] = row[number].value;
  std::sort(values.begin(), values.end(), isLess);
  for (std::size_t number = 0; number < row.size(); ++number)
    setElement(row[number].position, values[number]);
}

template <typename T> void OrderedRows<T>::place(std::span<Entry> row) {
  if (kind == OrderedKind::Rank) {
    std::sort(row.begin(), row.end(), isAscending);
    for (std::size_t number = 0; number < row.size(); ++number)
      out.setInteger(row[number].position, static_cast<std::int64_t>(number));
    return;
  }
  const std::size_t last =
      limit < static_cast<double>(row.size()) ? static_cast<std::size_t>(std::max(limit, 0.0)) : row.size();
  std::partial_sort(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(last), row.end(), isPreferred);
  for (std::size_t number = 0; number < last; ++number)
    out.setInteger(row[number].position, static_cast<std::int64_t>(number) + 1);
}

} // namespace

Result<Tensor> ordered(OrderedKind kind, const Tensor &in, const std::vector<std::int64_t> &axes,
                       double limit, MemoryBudget &budget, ThreadPool *pool) {
  const bool givesPlaces = kind == OrderedKind::Rank || kind == OrderedKind::Order;
  Result<Tensor> out =
      Tensor::create(budget, givesPlaces ? ElementType::I64 : in.type(), in.shape(), "a tensor in order");
  if (!out)
    return out;
  RowLayout layout = rowLayoutOf(in.shape(), axes);
  Result<void> done =
      isFloat(in.type())
          ? OrderedRows<double>(kind, in, *out, std::move(layout), limit).run(budget, pool)
          : OrderedRows<std::int64_t>(kind, in, *out, std::move(layout), limit).run(budget, pool);
  if (!done)
    return done.error();
  return out;
}

} // namespace tl::runtime
