// Normalising rows that lie in memory in any way.
#include "runtime/kernels/Normalize.h"

#include "runtime/kernels/RowLayout.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace tl::runtime {
namespace {

template <typename T> constexpr ElementType typeOf() {
  return sizeof(T) == sizeof(float) ? ElementType::F32 : ElementType::F64;
}

/// One normalisation computed in T; `out` may be the storage of `in`.
template <typename T> class Normalization {
public:
  Normalization(NormalizationKind kind, const Tensor &in, Tensor &out, RowLayout layout, double eps)
      : kind(kind), in(in), out(out), layout(std::move(layout)), eps(eps), unit(widestVectorUnit()),
        present(in.present()), source(in.type() == typeOf<T>() ? in.as<T>() : nullptr),
        target(out.type() == typeOf<T>() ? out.mutableAs<T>() : nullptr) {}

  Result<void> run(MemoryBudget &budget, ThreadPool *pool);

private:
  bool isPresent(std::int64_t position) const { return !present || present[position] != 0; }
  Result<void> runRows(MemoryBudget &budget, std::int64_t from, std::int64_t to);
  bool normalizePrefix(std::int64_t row);
  void gatherRow(T *buffer, std::int64_t row);
  T element(std::int64_t position) const {
    return source ? source[position] : static_cast<T>(in.number(position));
  }
  void setElement(std::int64_t position, T value) {
    if (target)
      target[position] = value;
    else
      out.setNumber(position, static_cast<double>(value));
  }

  NormalizationKind kind;
  const Tensor &in;
  Tensor &out;
  RowLayout layout;
  double eps;
  VectorUnit unit;
  const std::uint8_t *present;
  const T *source; // null when elements have to be converted
  T *target;
};

template <typename T> Result<void> Normalization<T>::run(MemoryBudget &budget, ThreadPool *pool) {
  bool isDone = forParts(layout, pool, [&](std::int64_t from, std::int64_t to) {
    return static_cast<bool>(runRows(budget, from, to));
  });
  if (!isDone)
    return outOfMemory(budget, "a row to normalise", static_cast<std::size_t>(layout.length) * sizeof(T));
  return {};
}

template <typename T>
Result<void> Normalization<T>::runRows(MemoryBudget &budget, std::int64_t from, std::int64_t to) {
  bool isDirect = source && target && layout.isContiguous;
  if (isDirect && !present) {
    normalizeRows(unit, ContiguousRows<T>{kind, source, target, layout.length, eps}, from, to);
    return {};
  }
  Result<Buffer> buffer = Buffer::allocate(budget, static_cast<std::size_t>(layout.length) * sizeof(T),
                                           "a row to normalise", false);
  if (!buffer)
    return buffer.error();
  for (std::int64_t row = from; row < to; ++row)
    if (!isDirect || !normalizePrefix(row))
      gatherRow(reinterpret_cast<T *>(buffer->data()), row);
  return {};
}

// Causal masks leave a prefix of each row present; it is normalised where it is. False when the row has
// another pattern.
template <typename T> bool Normalization<T>::normalizePrefix(std::int64_t row) {
  std::int64_t begin = row * layout.length;
  const std::uint8_t *end = present + begin + layout.length;
  const std::uint8_t *absent = std::find(present + begin, end, std::uint8_t{0});
  if (std::any_of(absent, end, [](std::uint8_t byte) { return byte != 0; }))
    return false;
  std::int64_t count = absent - (present + begin);
  if (count > 0)
    normalizeRows(unit, ContiguousRows<T>{kind, source + begin, target + begin, count, eps}, 0, 1);
  return true;
}

template <typename T> void Normalization<T>::gatherRow(T *buffer, std::int64_t row) {
  std::int64_t first = offsetOf(layout.outer, row), count = 0;
  RowWalk from(layout.inner);
  for (std::int64_t position = 0; position < layout.length; ++position, from.advance())
    if (isPresent(first + from.offset()))
      buffer[count++] = element(first + from.offset());
  if (count > 0)
    normalizeRows(unit, ContiguousRows<T>{kind, buffer, buffer, count, eps}, 0, 1);
  RowWalk to(layout.inner);
  for (std::int64_t position = 0, used = 0; position < layout.length; ++position, to.advance())
    if (isPresent(first + to.offset()))
      setElement(first + to.offset(), buffer[used++]);
}

} // namespace

Result<void> normalizeInto(NormalizationKind kind, const Tensor &in, Tensor &out,
                           const std::vector<std::int64_t> &axes, std::span<const double> parameters,
                           MemoryBudget &budget, ThreadPool *pool) {
  RowLayout layout = rowLayoutOf(in.shape(), axes);
  double eps = parameters.empty() ? 0 : parameters[0];
  if (in.type() == ElementType::F64 || (!isFloat(in.type()) && out.type() == ElementType::F64))
    return Normalization<double>(kind, in, out, std::move(layout), eps).run(budget, pool);
  return Normalization<float>(kind, in, out, std::move(layout), eps).run(budget, pool);
}

Result<Tensor> normalize(NormalizationKind kind, const Tensor &in, const std::vector<std::int64_t> &axes,
                         std::span<const double> parameters, MemoryBudget &budget, ThreadPool *pool,
                         std::optional<ElementType> resultType) {
  ElementType type = resultType.value_or(isFloat(in.type()) ? in.type() : ElementType::F64);
  assert(isFloat(type) && "the result is a real tensor");
  constexpr std::string_view kWhat = "a normalised tensor";
  Result<Tensor> out = in.isPartial() ? Tensor::create(budget, type, in.shape(), kWhat)
                                      : Tensor::createUnset(budget, type, in.shape(), kWhat);
  if (!out)
    return out;
  if (Result<void> done = normalizeInto(kind, in, *out, axes, parameters, budget, pool); !done)
    return done.error();
  return out;
}

Result<void> normalizeInPlace(NormalizationKind kind, Tensor &tensor, const std::vector<std::int64_t> &axes,
                              std::span<const double> parameters, MemoryBudget &budget, ThreadPool *pool) {
  assert(isFloat(tensor.type()) && !tensor.isPartial() && "a dense real tensor");
  TL_TRY(tensor.own());
  return normalizeInto(kind, tensor, tensor, axes, parameters, budget, pool);
}

} // namespace tl::runtime
