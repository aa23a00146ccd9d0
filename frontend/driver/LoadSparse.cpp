// Tables of elements that are few against their extents.
#include "frontend/driver/LoadSparse.h"

#include "runtime/core/ConvertElements.h"


#include <algorithm>
#include <limits>
#include <numeric>
#include <ranges>

namespace tl::driver {
namespace {

/// Below this a dense tensor is cheap whatever it holds.
constexpr double kSmallBytes = 64e6;
/// A row takes its indices, its number and its value, and reading it takes a search.
constexpr double kElementsPerRow = 32;

using Row = std::span<const runtime::Cell>;

Row rowAt(const Rows &rows, std::size_t row, std::size_t arity) {
  return {rows.cells.data() + row * arity, arity};
}

/// Row numbers in the order of their indices, equal ones in the order of the table.
std::vector<std::uint32_t> sortedRows(const Rows &rows, std::size_t arity) {
  std::vector<std::uint32_t> order(rows.count);
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const Row left = rowAt(rows, a, arity), right = rowAt(rows, b, arity);
    auto [different, other] = std::ranges::mismatch(left, right);
    return different == left.end() ? a < b : *different < *other;
  });
  return order;
}

/// Where a row comes from, and its number there.
std::pair<const DataSource *, std::size_t> originOf(const Rows &rows, std::size_t row) {
  auto run = std::upper_bound(rows.firstRows.begin(), rows.firstRows.end(), row) - rows.firstRows.begin() - 1;
  const auto part = static_cast<std::size_t>(run);
  return {rows.sources[part], row - rows.firstRows[part]};
}

void reportRow(const Rows &rows, std::size_t row, const std::string &what, FailureSink &failures) {
  auto [source, number] = originOf(rows, row);
  failures.reportData(source::DiagnosticId::DataError, source->range,
                      "'" + source->path + "' line " +
                          std::to_string(number + 1 + (source->hasHeader ? 1 : 0)) + ": " + what);
}

} // namespace

bool isSparse(const sema::TypedProgram &program, sema::TensorId id, const std::vector<DataSource> &sources,
              const Rows &rows, TableStorage storage) {
  const sema::TensorSymbol &tensor = program.tensors[id];
  const bool isTable =
      !sources.empty() && std::all_of(sources.begin(), sources.end(),
                                      [](const DataSource &source) { return source.table.has_value(); });
  if (!isTable || !tensor.literals.empty() || !tensor.equations.empty() || tensor.monoid != sema::Monoid::Add ||
      tensor.elementType == runtime::ElementType::Bool || tensor.axes.empty() || rows.count == 0 ||
      rows.count > std::numeric_limits<std::int32_t>::max() || storage == TableStorage::Dense)
    return false;
  double elements = 1;
  for (sema::ClassId axisClass : tensor.axes)
    elements *= static_cast<double>(program.classes[axisClass].extent);
  return storage == TableStorage::Sparse ||
         (elements * static_cast<double>(runtime::byteWidth(tensor.elementType)) > kSmallBytes &&
          elements > kElementsPerRow * static_cast<double>(rows.count));
}

std::optional<SparseTensor> makeSparse(const sema::TensorSymbol &tensor, const Rows &rows,
                                       runtime::MemoryBudget &budget, FailureSink &failures) {
  const std::size_t arity = tensor.axes.size();
  std::vector<runtime::Cell> cells;
  std::vector<double> values;
  for (std::uint32_t row : sortedRows(rows, arity)) {
    const Row indices = rowAt(rows, row, arity);
    if (!runtime::fits(rows.values[row], tensor.elementType)) {
      reportRow(rows, row, "the value is no value of type " + std::string(runtime::name(tensor.elementType)),
                failures);
      return std::nullopt;
    }
    const bool isKnown =
        !values.empty() && std::ranges::equal(indices, Row(cells).last(arity + 1).first(arity));
    if (isKnown && originOf(rows, row).first->op == ast::AssignOp::Assign) {
      reportRow(rows, row, "the same indices come twice: combine them with '+=', 'max=' or 'min='", failures);
      return std::nullopt;
    }
    if (isKnown) {
      values.back() += rows.values[row];
      continue;
    }
    cells.insert(cells.end(), indices.begin(), indices.end());
    cells.push_back(static_cast<runtime::Cell>(values.size()));
    values.push_back(rows.values[row]);
  }
  runtime::Result<runtime::Tensor> stored = runtime::Tensor::create(
      budget, tensor.elementType, {static_cast<std::int64_t>(values.size())}, tensor.name);
  if (!stored) {
    failures.report(stored.error(), tensor.range);
    return std::nullopt;
  }
  for (std::size_t row = 0; row < values.size(); ++row)
    if (runtime::isFloat(tensor.elementType))
      stored->setNumber(static_cast<std::int64_t>(row), values[row]);
    else
      stored->setInteger(static_cast<std::int64_t>(row), static_cast<std::int64_t>(values[row]));
  return SparseTensor{runtime::Relation(arity + 1, std::move(cells)), *std::move(stored)};
}

std::optional<runtime::Tensor> makeDense(const sema::TypedProgram &program, sema::TensorId id,
                                         const SparseTensor &sparse, runtime::MemoryBudget &budget,
                                         FailureSink &failures) {
  const sema::TensorSymbol &tensor = program.tensors[id];
  runtime::Shape shape;
  for (sema::ClassId axisClass : tensor.axes)
    shape.push_back(program.classes[axisClass].extent);
  runtime::Result<runtime::Tensor> dense =
      runtime::Tensor::create(budget, tensor.elementType, shape, tensor.name);
  if (!dense) {
    failures.report(dense.error(), tensor.range);
    return std::nullopt;
  }
  const std::vector<std::int64_t> strides = runtime::rowMajorStrides(shape);
  for (std::size_t row = 0; row < sparse.rows.size(); ++row) {
    const Row cells = sparse.rows.row(row);
    std::int64_t position = 0;
    for (std::size_t axis = 0; axis < shape.size(); ++axis)
      position += cells[axis] * strides[axis];
    if (runtime::isFloat(tensor.elementType))
      dense->setNumber(position, sparse.values.number(cells.back()));
    else
      dense->setInteger(position, sparse.values.integer(cells.back()));
  }
  return *std::move(dense);
}

} // namespace tl::driver
