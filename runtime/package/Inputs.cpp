// Files to tensors and rows of the types that a program was built for.
#include "runtime/package/Inputs.h"

#include "runtime/core/ConvertElements.h"
#include "runtime/io/Formats.h"
#include "runtime/io/StandardInput.h"
#include "runtime/io/Text.h"
#include "runtime/package/ElementRows.h"

#include <algorithm>
#include <filesystem>
#include <limits>

namespace tl::runtime {
namespace {

Error misfit(const std::string &origin, const std::string &reason) {
  return {ErrorKind::Program, "'" + origin + "': " + reason};
}

std::string lineOf(const Input &input, std::size_t row) {
  return "line " + std::to_string(row + 1 + (input.hasHeader ? 1 : 0)) + ": ";
}

/// A column of a table as cells: ids of symbols, or integers.
class CellReader {
public:
  CellReader(const Package &package, const Input &input, std::size_t axis, const std::string &origin)
      : input(input), axis(axis), origin(origin), domain(package.domains[input.axes[axis].domain].get()),
        known(domain ? domain->size() : input.axes[axis].extent) {}

  Result<std::vector<Cell>> run(const TableColumn &column, std::size_t rows) {
    std::vector<Cell> cells(rows);
    if (!domain && !column.isInteger)
      return misfit(origin, "column " + std::to_string(axis + 1) + " of '" + input.name +
                                "' has integers in the program, but here it has symbols");
    std::vector<Cell> ids;
    for (const std::string &text : column.texts) {
      ids.push_back(domain->intern(text));
      if (isUnknown(ids.back()))
        return misfit(origin, unknown("the symbol '" + text + "'"));
    }
    for (std::size_t row = 0; row < rows; ++row) {
      Result<Cell> cell =
          column.isInteger ? cellOf(column.integers[row], row) : Result<Cell>(ids[column.ids[row]]);
      if (!cell)
        return cell.error();
      cells[row] = *cell;
    }
    return cells;
  }

private:
  bool isUnknown(Cell cell) const { return !input.isOpen[axis] && (cell < 0 || cell >= known); }

  std::string unknown(const std::string &what) const {
    return what + " in column " + std::to_string(axis + 1) + " of '" + input.name +
           "' is none that the program was built for, because something else depends on how many there are: build it "
           "with this data";
  }

  Result<Cell> cellOf(std::int64_t value, std::size_t row) {
    if (domain) {
      const Cell id = domain->intern(std::to_string(value));
      return isUnknown(id)
                 ? Result<Cell>(misfit(origin, lineOf(input, row) +
                                                   unknown("the symbol '" + std::to_string(value) + "'")))
                 : Result<Cell>(id);
    }
    if (value < std::numeric_limits<Cell>::min() || value >= std::numeric_limits<Cell>::max())
      return misfit(origin, lineOf(input, row) + "the integer " + std::to_string(value) +
                                " does not fit into 32 bits");
    const auto cell = static_cast<Cell>(value);
    return isUnknown(cell) ? Result<Cell>(misfit(origin, lineOf(input, row) +
                                                             unknown("the integer " + std::to_string(value))))
                           : Result<Cell>(cell);
  }

  const Input &input;
  std::size_t axis;
  const std::string &origin;
  Domain *domain;
  std::int64_t known;
};

/// Row after row: the columns of a table as cells.
Result<std::vector<Cell>> cellsOf(const Package &package, const Input &input, const Table &table,
                                  const std::string &origin) {
  const std::size_t arity = input.axes.size();
  if (table.columns.size() != arity && table.rows > 0)
    return misfit(origin, "has " + std::to_string(table.columns.size()) + " columns, but '" + input.name +
                              "' has " + std::to_string(arity) + " indices");
  std::vector<Cell> cells(static_cast<std::size_t>(table.rows) * arity);
  for (std::size_t axis = 0; axis < arity && table.rows > 0; ++axis) {
    Result<std::vector<Cell>> column = CellReader(package, input, axis, origin)
                                           .run(table.columns[axis], static_cast<std::size_t>(table.rows));
    if (!column)
      return column.error();
    for (std::size_t row = 0; row < column->size(); ++row)
      cells[row * arity + axis] = (*column)[row];
  }
  return cells;
}

void bind(Package &package, const Input &input, const Value &value) {
  package.data.insert_or_assign(input.name, value);
  for (const std::string &other : input.alsoAs)
    package.data.insert_or_assign(other, value);
}

/// The rows of an input, and those that the program itself has.
void bindRows(Package &package, const Input &input, std::vector<Cell> cells) {
  if (auto facts = package.facts.find(input.name); facts != package.facts.end())
    cells.insert(cells.end(), facts->second.cells().begin(), facts->second.cells().end());
  bind(package, input, Relation(input.axes.size(), std::move(cells)));
}

/// A row for every element above 0, whose positions are ids where an axis is over symbols.
Result<void> setSupport(Package &package, const Input &input, const Tensor &tensor,
                        const std::string &origin) {
  const std::vector<std::int64_t> strides = rowMajorStrides(tensor.shape());
  for (std::size_t axis = 0; axis < input.axes.size(); ++axis) {
    const Domain *domain = package.domains[input.axes[axis].domain].get();
    const std::int64_t known = domain ? domain->size() : input.axes[axis].extent;
    if ((domain || !input.isOpen[axis]) && tensor.shape()[axis] > known)
      return misfit(origin, "has " + std::to_string(tensor.shape()[axis]) + " positions along axis " +
                                std::to_string(axis + 1) + ", but '" + input.name + "' was built for " +
                                std::to_string(known));
  }
  std::vector<Cell> cells;
  for (std::int64_t position = 0; position < tensor.elements(); ++position)
    if (tensor.isPresent(position) && tensor.number(position) > 0)
      for (std::size_t axis = 0; axis < tensor.rank(); ++axis)
        cells.push_back(static_cast<Cell>(position / strides[axis] % tensor.shape()[axis]));
  bindRows(package, input, std::move(cells));
  return {};
}

Result<void> readArray(Package &package, const Input &input, const FileReference &file,
                       const std::string &origin, MemoryBudget &budget) {
  Result<Tensor> tensor = readTensor(file, budget);
  return tensor ? setTensor(package, input, *tensor, origin, budget) : Result<void>(tensor.error());
}

Result<void> readRows(Package &package, const Input &input, const std::string &path,
                      const std::string &origin, MemoryBudget &budget) {
  TableOptions options;
  options.header = input.hasHeader;
  options.hasValue = !input.type.isRelation;
  options.expectedColumns = input.axes.size() + (options.hasValue ? 1 : 0);
  options.budget = &budget;
  Result<Table> table = readTable(path, options);
  return table ? setRows(package, input, *table, origin, budget) : Result<void>(table.error());
}

/// The same error about a file that has another name for people.
Error withName(Error error, const std::string &path, const std::string &name) {
  for (std::size_t at = error.message.find(path); at != std::string::npos;
       at = error.message.find(path, at + name.size()))
    error.message.replace(at, path.size(), name);
  return error;
}

Result<void> readFile(Package &package, const Input &input, const std::string &path, MemoryBudget &budget) {
  if (path == "-") {
    Result<StandardInput> file = StandardInput::copy(input.type.isRelation ? ".tsv" : ".npy");
    if (!file)
      return file.error();
    Result<void> taken = input.type.isRelation
                             ? readRows(package, input, file->path(), "standard input", budget)
                             : readArray(package, input, {file->path(), ""}, "standard input", budget);
    return taken ? taken : Result<void>(withName(taken.error(), file->path(), "standard input"));
  }
  const FileReference reference = parseFileReference(path);
  switch (fileKind(reference)) {
  case FileKind::Tensor:
    return readArray(package, input, reference, path, budget);
  case FileKind::Table:
    return readRows(package, input, path, path, budget);
  case FileKind::Text: {
    Result<Table> words = readWordTable(path);
    return words ? setRows(package, input, *words, path, budget) : Result<void>(words.error());
  }
  case FileKind::Unknown:
    break;
  }
  return Error{ErrorKind::Data,
               "'" + path +
                   "': the extension says no format: use .npy, .npz, .safetensors, .csv, .tsv, "
                   ".facts or .txt"};
}

} // namespace

Result<void> setTensor(Package &package, const Input &input, const Tensor &tensor, const std::string &origin,
                       MemoryBudget &budget) {
  if (tensor.rank() != input.axes.size())
    return misfit(origin, "has " + std::to_string(tensor.rank()) + " axes, but '" + input.name + "' has " +
                              std::to_string(input.axes.size()));
  if (input.type.isRelation)
    return setSupport(package, input, tensor, origin);
  if (tensor.shape() != input.type.extents)
    return misfit(origin, "has shape " + toString(tensor.shape()) + ", but '" + input.name +
                              "' was built for " + toString(input.type.extents));
  if (std::optional<std::int64_t> bad = firstUnfit(tensor, input.type.element))
    return Error{ErrorKind::Data, "'" + origin + "' has an element at position " + std::to_string(*bad) +
                                      " that is no value of type " + std::string(name(input.type.element))};
  if (tensor.type() == input.type.element && tensor.isPartial() == input.type.isPartial) {
    bind(package, input, tensor);
    return {};
  }
  Result<Tensor> converted =
      Tensor::create(budget, input.type.element, tensor.shape(), input.name, input.type.isPartial);
  if (!converted)
    return converted.error();
  convertElements(tensor, 0, *converted, 0, tensor.elements());
  if (converted->isPartial())
    std::fill_n(converted->mutablePresent(), converted->elements(), std::uint8_t{1});
  bind(package, input, *std::move(converted));
  return {};
}

Result<void> setRows(Package &package, const Input &input, const Table &table, const std::string &origin,
                     MemoryBudget &budget) {
  Result<std::vector<Cell>> cells = cellsOf(package, input, table, origin);
  if (!cells)
    return cells.error();
  if (input.type.isRelation) {
    bindRows(package, input, *std::move(cells));
    return {};
  }
  Result<Tensor> tensor = tensorOfRows(input, *cells, table.values, origin, budget);
  if (!tensor)
    return tensor.error();
  bind(package, input, *std::move(tensor));
  return {};
}

/// A program that computes only what is asked for may read it under other names alone.
bool hasData(const Package &package, const Input &input) {
  return package.data.count(input.name) != 0 ||
         std::any_of(input.alsoAs.begin(), input.alsoAs.end(),
                     [&](const std::string &other) { return package.data.count(other) != 0; });
}

const Input *findInput(const Package &package, const std::string &name) {
  for (const Input &input : package.inputs)
    if (input.name == name)
      return &input;
  return nullptr;
}

std::string describeInput(const Package &package, const Input &input) {
  std::string text = input.name;
  if (!input.type.isRelation)
    return text + ": " + std::string(name(input.type.element)) + toString(input.type.extents);
  for (std::size_t axis = 0; axis < input.axes.size(); ++axis)
    text +=
        (axis ? ", " : "(") + std::string(package.domains[input.axes[axis].domain] ? "symbol" : "integer");
  return text + (input.axes.empty() ? "" : ")");
}

Result<void> readInputs(Package &package, const GivenFiles &files, const std::string &folder,
                        MemoryBudget &budget) {
  for (const auto &[given, path] : files)
    if (!findInput(package, given)) {
      std::string names;
      for (const Input &input : package.inputs)
        names += (names.empty() ? "" : ", ") + input.name;
      return Error{ErrorKind::Usage, "-D " + given + "=" + path + ": '" + given +
                                         "' is no input of this program" +
                                         (names.empty() ? "; it has none" : "; its inputs are " + names)};
    }
  for (const Input &input : package.inputs) {
    if (auto given = files.find(input.name); given != files.end()) {
      TL_TRY(readFile(package, input, given->second, budget));
    } else if (!hasData(package, input)) {
      if (input.path.empty())
        return Error{ErrorKind::Usage, "'" + input.name + "' needs data: -D " + input.name + "=FILE"};
      TL_TRY(readFile(package, input, (std::filesystem::path(folder) / input.path).string(), budget));
    }
  }
  return {};
}

} // namespace tl::runtime
