// Finding where a value stops being finite.
#include "frontend/driver/TrainingWatch.h"

#include "ir/tl/TlOps.h"
#include "ir/tl/TlTypes.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"

#include <cmath>

namespace tl::driver {
namespace {

using runtime::Tensor;

/// Numbers of watched tensors begin here; a program has fewer queries.
constexpr std::int64_t kFirstWatched = std::int64_t{1} << 40;

std::optional<std::int64_t> firstBad(const Tensor &tensor) {
  if (!runtime::isFloat(tensor.type()))
    return std::nullopt;
  for (std::int64_t position = 0; position < tensor.elements(); ++position)
    if (tensor.isPresent(position) && !std::isfinite(tensor.number(position)))
      return position;
  return std::nullopt;
}

/// `'H[0, 3]'`.
std::string elementName(const std::string &name, const Tensor &tensor, std::int64_t position) {
  const std::vector<std::int64_t> strides = runtime::rowMajorStrides(tensor.shape());
  std::string text = name;
  for (std::size_t axis = 0; axis < strides.size(); ++axis) {
    text += (axis == 0 ? "[" : ", ") + std::to_string(position / strides[axis]);
    position %= strides[axis];
  }
  return "'" + text + (strides.empty() ? "'" : "]'");
}

/// The name that the first tensor of a chain of equations has.
std::string nameOf(mlir::Value value) {
  while (mlir::Operation *op = value.getDefiningOp()) {
    if (auto read = mlir::dyn_cast<ir::ReadOp>(op))
      return read.getName().str();
    if (auto empty = mlir::dyn_cast<ir::EmptyOp>(op))
      return empty.getName().value_or("").str();
    auto equation = mlir::dyn_cast<ir::ComprehensionOpInterface>(op);
    if (!equation)
      break;
    value = equation.getDest();
  }
  return "";
}

source::SourceRange rangeOf(mlir::Location location, const source::SourceManager &sources) {
  if (auto fused = mlir::dyn_cast<mlir::FusedLoc>(location); fused && !fused.getLocations().empty())
    return rangeOf(fused.getLocations().front(), sources);
  auto range = mlir::dyn_cast<mlir::FileLineColRange>(location);
  if (!range)
    return {};
  return sources
      .range(range.getFilename().str(), {range.getStartLine(), range.getStartColumn()},
             {range.getEndLine(), range.getEndColumn()})
      .value_or(source::SourceRange());
}

} // namespace

bool allFinite(const Tensor &tensor) {
  return !firstBad(tensor);
}

std::vector<WatchedTensor> watchTensors(mlir::ModuleOp module, const source::SourceManager &sources) {
  mlir::Block &body = (*module.getOps<ir::ProgramOp>().begin()).getBody().front();
  std::vector<mlir::Value> values;
  for (mlir::Operation &op : body)
    for (mlir::Value result : op.getResults())
      if (!ir::isRelation(result.getType()) &&
          mlir::isa<mlir::FloatType>(ir::denseType(result.getType()).getElementType()))
        values.push_back(result);
  mlir::OpBuilder builder = mlir::OpBuilder::atBlockEnd(&body);
  std::vector<WatchedTensor> watched;
  for (mlir::Value value : values) {
    const auto number = kFirstWatched + static_cast<std::int64_t>(watched.size());
    ir::QueryOp::create(builder, value.getLoc(), builder.getI64IntegerAttr(number), value);
    watched.push_back({nameOf(value), rangeOf(value.getLoc(), sources)});
  }
  return watched;
}

std::optional<NotFinite> firstNotFinite(const std::vector<WatchedTensor> &watched, const backend::Answers &answers,
                                        const std::string &when) {
  for (std::size_t k = 0; k < watched.size(); ++k) {
    const auto &tensor = std::get<Tensor>(answers.queries.at(kFirstWatched + static_cast<std::int64_t>(k)));
    const std::optional<std::int64_t> position = firstBad(tensor);
    if (!position)
      continue;
    const double value = tensor.number(*position);
    const std::string name = watched[k].name;
    return NotFinite{{runtime::ErrorKind::Check,
                      (name.empty() ? "a derivative of this equation" : elementName(name, tensor, *position)) + " is " +
                          (std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf") + " in " + when +
                          ", the first value that is not finite"},
                     watched[k].range};
  }
  return std::nullopt;
}

} // namespace tl::driver
