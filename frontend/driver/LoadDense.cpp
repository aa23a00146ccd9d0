// Literals, array files and tables of elements as dense tensors of their final shape.
#include "frontend/driver/LoadDense.h"

#include "runtime/core/ConvertElements.h"


#include <algorithm>

namespace tl::driver {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Result;
using runtime::Shape;
using runtime::Tensor;
using sema::Monoid;

/// One tensor being put together from its data.
class DenseBuilder {
public:
  DenseBuilder(const sema::TypedProgram &program, const sema::TensorSymbol &tensor,
               runtime::MemoryBudget &budget, FailureSink &failures)
      : tensor(tensor), budget(budget), failures(failures) {
    for (sema::ClassId axisClass : tensor.axes)
      shape.push_back(std::max<std::int64_t>(0, program.classes[axisClass].extent));
  }

  std::optional<Tensor> run(std::vector<DataSource> &sources, const Rows &rows) {
    const std::size_t parts = sources.size() + tensor.literals.size();
    if (parts == 1 && sources.size() == 1 && canTake(sources[0]))
      return std::move(sources[0].array);
    if (!start())
      return std::nullopt;
    bool succeeded = true;
    for (const ast::Literal *literal : tensor.literals)
      succeeded = addLiteral(*literal) && succeeded;
    for (DataSource &source : sources)
      if (source.array) {
        succeeded = addArray(*source.array, source.range, source.path) && succeeded;
        source.array.reset();
      }
    succeeded = addRows(rows) && succeeded;
    return succeeded ? std::optional(std::move(whole)) : std::nullopt;
  }

private:
  bool isPartial() const { return tensor.monoid == Monoid::Max || tensor.monoid == Monoid::Min; }

  /// An array that already is the tensor needs no copy.
  bool canTake(const DataSource &source) const {
    return source.array && source.array->type() == tensor.elementType && source.array->shape() == shape &&
           !isPartial();
  }

  bool start() {
    Result<Tensor> created = Tensor::create(budget, tensor.elementType, shape, tensor.name, isPartial());
    if (!created) {
      failures.report(created.error(), tensor.range);
      return false;
    }
    whole = *std::move(created);
    if (tensor.monoid == Monoid::Multiply)
      for (std::int64_t position = 0; position < whole.elements(); ++position)
        whole.setInteger(position, 1);
    return true;
  }

  bool addLiteral(const ast::Literal &literal) {
    Result<Tensor> array = literalArray(literal, tensor.name, budget);
    if (!array) {
      failures.report(array.error(), literal.head.range);
      return false;
    }
    return addArray(*array, literal.head.range, tensor.name);
  }

  /// Combines `part`, which starts at 0 along every axis, into the whole.
  bool addArray(const Tensor &part, source::SourceRange range, const std::string &name) {
    if (std::optional<std::int64_t> bad = runtime::firstUnfit(part, tensor.elementType)) {
      failures.reportData(source::DiagnosticId::DataError, range,
                          "'" + name + "' has an element at position " + std::to_string(*bad) +
                              " that is no value of type " + std::string(runtime::name(tensor.elementType)));
      return false;
    }
    if (part.shape() == shape && isFresh && !isPartial()) {
      runtime::convertElements(part, 0, whole, 0, part.elements());
      isFresh = false;
      return true;
    }
    const std::vector<std::int64_t> strides = runtime::rowMajorStrides(shape);
    const std::int64_t row = shape.empty() ? 1 : part.shape().back();
    std::vector<std::int64_t> at(shape.size(), 0);
    for (std::int64_t position = 0; position < part.elements(); position += row) {
      std::int64_t target = 0;
      for (std::size_t axis = 0; axis < at.size(); ++axis)
        target += at[axis] * strides[axis];
      addRow(part, position, target, row);
      for (std::size_t axis = at.size() ? at.size() - 1 : 0; axis-- > 0;) {
        if (++at[axis] < part.shape()[axis])
          break;
        at[axis] = 0;
      }
    }
    isFresh = false;
    return true;
  }

  void addRow(const Tensor &part, std::int64_t position, std::int64_t target, std::int64_t count) {
    if (isFresh) {
      runtime::convertElements(part, position, whole, target, count);
      if (isPartial())
        std::fill_n(whole.mutablePresent() + target, count, std::uint8_t{1});
      return;
    }
    const bool isReal = runtime::isFloat(tensor.elementType);
    for (std::int64_t k = 0; k < count; ++k) {
      if (isReal)
        combine(target + k, part.number(position + k));
      else
        combineInteger(target + k, part.integer(position + k));
    }
  }

  template <typename T> T combined(T old, T value) const {
    switch (tensor.monoid) {
    case Monoid::Max:
      return std::max(old, value);
    case Monoid::Min:
      return std::min(old, value);
    case Monoid::Multiply:
      return old * value;
    case Monoid::Or:
      return old != T{} || value != T{};
    case Monoid::Add:
    case Monoid::Average:
      return old + value;
    }
    __builtin_unreachable();
  }

  bool isAbsent(std::int64_t position) {
    if (!isPartial() || whole.mutablePresent()[position])
      return false;
    whole.mutablePresent()[position] = 1;
    return true;
  }
  void combine(std::int64_t position, double value) {
    whole.setNumber(position, isAbsent(position) ? value : combined(whole.number(position), value));
  }
  void combineInteger(std::int64_t position, std::int64_t value) {
    whole.setInteger(position, isAbsent(position) ? value : combined(whole.integer(position), value));
  }

  /// Elements given one a row, `Length[x,y] = "roads.tsv"`. With `=`, one element may not come twice.
  bool addRows(const Rows &rows) {
    const std::size_t arity = shape.size();
    const std::vector<std::int64_t> strides = runtime::rowMajorStrides(shape);
    std::vector<bool> seen;
    for (std::size_t run = 0; run < rows.sources.size(); ++run) {
      const DataSource &source = *rows.sources[run];
      const bool isUnique = source.op == ast::AssignOp::Assign;
      if (isUnique)
        seen.assign(static_cast<std::size_t>(whole.elements()), false);
      const std::size_t last = run + 1 < rows.sources.size() ? rows.firstRows[run + 1] : rows.count;
      for (std::size_t row = rows.firstRows[run]; row < last; ++row) {
        std::int64_t position = 0;
        for (std::size_t axis = 0; axis < arity; ++axis) {
          const std::int64_t cell = rows.cells[row * arity + axis];
          if (cell < 0 || cell >= shape[axis])
            return reportRow(source, row - rows.firstRows[run],
                             "the index " + std::to_string(cell) + " is outside '" + tensor.name +
                                 "', which has size " + std::to_string(shape[axis]));
          position += cell * strides[axis];
        }
        if (isUnique && seen[static_cast<std::size_t>(position)])
          return reportRow(source, row - rows.firstRows[run],
                           "the same indices come twice: combine them with '+=', 'max=' or 'min='");
        if (isUnique)
          seen[static_cast<std::size_t>(position)] = true;
        if (!runtime::fits(rows.values[row], tensor.elementType))
          return reportRow(source, row - rows.firstRows[run],
                           "the value is no value of type " + std::string(runtime::name(tensor.elementType)));
        combine(position, rows.values[row]);
      }
    }
    return true;
  }

  bool reportRow(const DataSource &source, std::size_t row, const std::string &what) {
    failures.reportData(source::DiagnosticId::DataError, source.range,
                        "'" + source.path + "' line " + std::to_string(row + 1 + (source.hasHeader ? 1 : 0)) +
                            ": " + what);
    return false;
  }

  const sema::TensorSymbol &tensor;
  runtime::MemoryBudget &budget;
  FailureSink &failures;
  Shape shape;
  Tensor whole;
  bool isFresh = true; // nothing but identities is in `whole`
};

} // namespace

std::optional<std::int64_t> largestElement(const sema::TensorSymbol &tensor,
                                           const std::vector<DataSource> &sources) {
  std::int64_t largest = -1;
  std::int64_t literals = 0;
  for (const ast::Literal *literal : tensor.literals) {
    if (!literal->allIntegers)
      return std::nullopt;
    for (std::int64_t value : literal->integers)
      largest = std::max(largest, value);
    ++literals;
  }
  // Sums of several arrays may be larger than each.
  if (literals + static_cast<std::int64_t>(sources.size()) > 1)
    return std::nullopt;
  for (const DataSource &source : sources) {
    if (!source.array || runtime::isFloat(source.array->type()))
      return std::nullopt;
    for (std::int64_t position = 0; position < source.array->elements(); ++position)
      largest = std::max(largest, source.array->integer(position));
  }
  return largest;
}

Result<Tensor> literalArray(const ast::Literal &literal, const std::string &name,
                            runtime::MemoryBudget &budget) {
  const auto type = literal.allIntegers ? runtime::ElementType::I64 : runtime::ElementType::F64;
  Result<Tensor> array = Tensor::create(budget, type, literal.shape, name);
  const void *values =
      literal.allIntegers ? static_cast<const void *>(literal.integers.data()) : literal.values.data();
  if (array && array->elements() > 0)
    std::memcpy(array->mutableData(), values, static_cast<std::size_t>(array->elements()) * sizeof(double));
  return array;
}

std::optional<Tensor> makeDense(const sema::TypedProgram &program, sema::TensorId tensor,
                                std::vector<DataSource> &sources, const Rows &rows,
                                runtime::MemoryBudget &budget, FailureSink &failures) {
  return DenseBuilder(program, program.tensors[tensor], budget, failures).run(sources, rows);
}

} // namespace tl::driver
