// Calls of the product kernel: where the indices of a product lie in memory.
#include "runtime/execute/Executor.h"

namespace tl::runtime {
namespace {

/// Multiplications from which the clock is worth watching.
constexpr double kWatchedWork = 5e6;

double workOf(const std::vector<std::int64_t> &extents) {
  double work = 1;
  for (std::int64_t extent : extents)
    work *= static_cast<double>(extent);
  return work;
}

/// Whether a position is at a step that the equation has no part in.
bool isLeftOut(const ProductStep &step, const std::vector<std::int64_t> &positions) {
  for (std::size_t number = 0; number < positions.size() && !step.within.empty(); ++number)
    if (positions[number] < step.within[2 * number] || positions[number] >= step.within[2 * number + 1])
      return true;
  return false;
}

/// How far from the first element of its tensor an operand begins.
std::int64_t baseOf(const LinearForm &place, const std::vector<std::int64_t> &positions) {
  std::int64_t base = place.constant;
  for (std::size_t number = 0; number < positions.size(); ++number)
    base += place.perPosition[number] * positions[number];
  return base;
}

/// The product of one element type.
template <typename T>
Result<void> multiply(const ProductStep &step, const std::vector<std::int64_t> &positions, const Tensor &lhs,
                      const Tensor &rhs, Tensor &result, const ProductContext &context) {
  std::vector<ProductIndex> indices;
  for (std::size_t index = 0; index < step.extents.size(); ++index)
    indices.push_back({step.extents[index], step.lhs.place.perIndex[index], step.rhs.place.perIndex[index],
                       step.dest.place.perIndex[index]});
  return addProduct(productLayout(indices), lhs.as<T>() + baseOf(step.lhs.place, positions),
                    rhs.as<T>() + baseOf(step.rhs.place, positions),
                    result.mutableAs<T>() + baseOf(step.dest.place, positions), context);
}

} // namespace

Result<void> Executor::run(const ProductStep &step) {
  Result<Stored> dest = destination(step.dest.tensor, step.inPlace);
  if (!dest)
    return dest.error();
  std::vector<std::int64_t> positions;
  for (ValueId position : step.positions)
    positions.push_back(std::get<std::int64_t>(values[position]));
  if (!isLeftOut(step, positions)) {
    if (workOf(step.extents) >= kWatchedWork)
      watch.start();
    Tensor &result = *std::get<std::shared_ptr<Tensor>>(*dest);
    const Tensor &lhs = *tensor(step.lhs.tensor), &rhs = *tensor(step.rhs.tensor);
    const ProductContext context = {scratch, pool, watch.flag(), step.isFilled};
    TL_TRY(result.type() == ElementType::F32 ? multiply<float>(step, positions, lhs, rhs, result, context)
                                             : multiply<double>(step, positions, lhs, rhs, result, context));
    TL_TRY(poll());
  }
  values[step.result] = *std::move(dest);
  return {};
}

} // namespace tl::runtime
