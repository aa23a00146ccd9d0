// Facts and tables as rows of cells.
#include "frontend/driver/LoadRows.h"

#include "frontend/driver/LoadDense.h"
#include "frontend/sema/Names.h"

#include <algorithm>
#include <array>
#include <limits>

namespace tl::driver {
namespace {

using runtime::Cell;
using source::SourceRange;
using Kind = sema::AxisClass::Kind;

/// Cells whose symbols are looked up side by side.
constexpr std::size_t kCellsAhead = 64;

/// The integer that a cell is, if it is one: written as one, or the name of a constant outside quotes.
std::optional<std::int64_t> integerOf(const sema::TypedProgram &program, const ast::FactCell &cell) {
  if (cell.isInteger())
    return cell.integer();
  if (program.integerNames.empty() || cell.isQuoted())
    return std::nullopt;
  auto found = program.integerNames.find(cell.text());
  return found == program.integerNames.end() ? std::nullopt : std::optional(found->second);
}

/// An argument of a fact that the parser did not put into a block: an integer, or the text of a symbol.
struct Argument {
  std::optional<std::int64_t> integer;
  std::string text;
};

std::optional<Argument> argumentOf(const sema::TypedProgram &program, const ast::Expr &expr) {
  if (std::optional<sema::Constant> value = sema::evaluateConstant(expr, sema::indexConstants(program), true))
    return value->isInteger ? std::optional(Argument{value->integer, {}}) : std::nullopt;
  if (const auto *text = std::get_if<ast::Text>(&expr.node))
    return Argument{std::nullopt, text->text};
  if (const auto *name = std::get_if<ast::Name>(&expr.node))
    return Argument{std::nullopt, name->name};
  return std::nullopt;
}

class RowCollector {
public:
  RowCollector(const sema::TypedProgram &program, sema::TensorId tensor, ClassDomains &domains,
               runtime::MemoryBudget &budget, FailureSink &failures, sema::LoadedSizes &size)
      : program(program), tensor(program.tensors[tensor]), domains(domains), budget(budget),
        failures(failures), size(size), arity(this->tensor.axes.size()), least(arity, 0), most(arity, -1) {}

  Rows run(const std::vector<DataSource> &sources) {
    for (const ast::FactBlock *block : tensor.factBlocks)
      addBlock(*block);
    for (const ast::Fact *fact : tensor.facts)
      addFact(*fact);
    rows.facts = rows.count;
    for (const DataSource &source : sources)
      if (source.table)
        addTable(source);
      else if (source.array && tensor.kind == sema::TensorKind::Relation)
        addArray(*source.array);
    for (const ast::Literal *literal : tensor.literals)
      if (tensor.kind == sema::TensorKind::Relation)
        addLiteral(*literal);
    if (size.isDense)
      return std::move(rows);
    size.shape.assign(arity, 0);
    size.hasNegative.assign(arity, false);
    for (std::size_t axis = 0; axis < arity; ++axis) {
      if (domains.isSymbol(tensor.axes[axis]))
        continue;
      size.shape[axis] = std::int64_t{most[axis]} + 1;
      size.hasNegative[axis] = least[axis] < 0;
    }
    return std::move(rows);
  }

private:
  void note(std::size_t axis, Cell value) {
    least[axis] = std::min(least[axis], value);
    most[axis] = std::max(most[axis], value);
  }

  void reportUnknown(std::size_t axis, SourceRange range, const std::string &where, const std::string &text) {
    const sema::AxisClass &axisClass = program.classes[tensor.axes[axis]];
    const std::string message = where + "domain '" + axisClass.domain + "' has no symbol '" + text + "'";
    source::Diagnostic &diagnostic =
        where.empty() ? failures.diagnostics.report(source::DiagnosticId::UnknownSymbol, range, message)
                      : failures.reportData(source::DiagnosticId::UnknownSymbol, range, message);
    diagnostic.labels.push_back({axisClass.domainRange, "this index is over '" + axisClass.domain + "'"});
  }

  void reportWide(SourceRange range, const std::string &where, std::int64_t value) {
    const std::string message = where + "the integer " + std::to_string(value) + " does not fit into 32 bits";
    if (where.empty())
      failures.diagnostics.report(source::DiagnosticId::DataError, range, message);
    else
      failures.reportData(source::DiagnosticId::DataError, range, message);
  }

  std::optional<Cell> integerCell(std::size_t axis, std::int64_t value, SourceRange range,
                                  const std::string &where) {
    if (value < std::numeric_limits<Cell>::min() || value >= std::numeric_limits<Cell>::max()) {
      reportWide(range, where, value);
      return std::nullopt;
    }
    note(axis, static_cast<Cell>(value));
    return static_cast<Cell>(value);
  }

  std::optional<Cell> symbolCell(std::size_t axis, std::string_view text, SourceRange range,
                                 const std::string &where) {
    std::optional<Cell> id = domains.id(tensor.axes[axis], text);
    if (!id)
      reportUnknown(axis, range, where, std::string(text));
    return id;
  }

  void addBlock(const ast::FactBlock &block) {
    if (block.arity != arity)
      return;
    rows.cells.reserve(rows.cells.size() + block.cells.size());
    for (std::size_t first = 0; first < block.cells.size(); first += kCellsAhead) {
      const std::size_t end = std::min(first + kCellsAhead, block.cells.size());
      prefetchSymbols(block, first, end);
      for (std::size_t cell = first; cell < end; ++cell)
        rows.cells.push_back(blockCell(block, cell));
    }
    rows.count += block.rows;
  }

  /// Asks for the memory that interning the cells from `first` to `end` looks at: a large set of symbols does
  /// not fit into the caches, and one access at a time would wait for each.
  void prefetchSymbols(const ast::FactBlock &block, std::size_t first, std::size_t end) {
    for (std::size_t cell = first; cell < end; ++cell)
      if (const runtime::Domain *domain = domains.open(tensor.axes[cell % arity])) {
        hashes[cell - first] = runtime::Domain::hashOf(block.cells[cell].text());
        domain->prefetchSlot(hashes[cell - first]);
      }
    for (std::size_t cell = first; cell < end; ++cell)
      if (const runtime::Domain *domain = domains.open(tensor.axes[cell % arity]))
        domain->prefetchText(hashes[cell - first]);
  }

  Cell blockCell(const ast::FactBlock &block, std::size_t position) {
    const ast::FactCell &cell = block.cells[position];
    const std::size_t axis = position % arity;
    const std::optional<std::int64_t> integer = integerOf(program, cell);
    auto range = [&] {
      const auto length = std::max<std::size_t>(cell.text().size(), 1);
      return SourceRange{block.firstRange.file, cell.begin(),
                         cell.begin() + static_cast<std::uint32_t>(length)};
    };
    if (!domains.isSymbol(tensor.axes[axis]))
      return integer ? integerCell(axis, *integer, range(), "").value_or(0) : 0;
    if (integer)
      return symbolCell(axis, std::to_string(*integer), range(), "").value_or(0);
    if (runtime::Domain *domain = domains.open(tensor.axes[axis]))
      return domain->intern(cell.text(), hashes[position % kCellsAhead]);
    return symbolCell(axis, cell.text(), range(), "").value_or(0);
  }

  void addFact(const ast::Fact &fact) {
    if (fact.head.indices.size() != arity)
      return;
    for (std::size_t axis = 0; axis < arity; ++axis) {
      const ast::Index &index = fact.head.indices[axis];
      std::optional<Argument> argument = index.expr ? argumentOf(program, *index.expr) : std::nullopt;
      std::optional<Cell> value;
      bool isNumber = index.expr && std::holds_alternative<ast::Number>(index.expr->node);
      if (!argument && isNumber)
        failures.diagnostics
            .report(source::DiagnosticId::TypeMismatch, index.range,
                    "a position of '" + fact.head.name + "' is a symbol or an integer, not a real number")
            .hint = "a value stands to the right of '=', as in " + fact.head.name + "[1] = 2.5";
      else if (!argument)
        failures.diagnostics
            .report(source::DiagnosticId::TypeMismatch, index.range,
                    "a position of a fact is a symbol or an integer of numbers and constants")
            .hint = "a rule computes it, as in " + fact.head.name + "(x) <- x = ...";
      else if (domains.isSymbol(tensor.axes[axis]))
        value = symbolCell(axis, argument->integer ? std::to_string(*argument->integer) : argument->text,
                           index.range, "");
      else if (argument->integer)
        value = integerCell(axis, *argument->integer, index.range, "");
      rows.cells.push_back(value.value_or(0));
    }
    ++rows.count;
  }

  /// A row for every element above 0, whose positions are ids where the axis is over symbols.
  void addArray(const runtime::Tensor &array) {
    const std::vector<std::int64_t> strides = runtime::rowMajorStrides(array.shape());
    for (std::int64_t position = 0; position < array.elements(); ++position) {
      if (!array.isPresent(position) || !(array.number(position) > 0))
        continue;
      for (std::size_t axis = 0; axis < arity; ++axis) {
        const std::int64_t cell = position / strides[axis] % array.shape()[axis];
        note(axis, static_cast<Cell>(cell));
        rows.cells.push_back(static_cast<Cell>(cell));
      }
      ++rows.count;
    }
  }

  void addLiteral(const ast::Literal &literal) {
    runtime::Result<runtime::Tensor> array = literalArray(literal, tensor.name, budget);
    if (array)
      addArray(*array);
    else
      failures.report(array.error(), literal.head.range);
  }

  void addTable(const DataSource &source) {
    const runtime::Table &table = *source.table;
    const auto count = static_cast<std::size_t>(table.rows);
    const std::size_t first = rows.cells.size();
    rows.cells.resize(first + count * arity);
    for (std::size_t axis = 0; axis < std::min(arity, table.columns.size()); ++axis)
      addColumn(source, axis, rows.cells.data() + first + axis, count);
    if (source.hasValue) {
      rows.sources.push_back(&source);
      rows.firstRows.push_back(rows.count);
      rows.values.insert(rows.values.end(), table.values.begin(), table.values.end());
    }
    rows.count += count;
  }

  std::string lineOf(const DataSource &source, std::size_t row) const {
    return "'" + source.path + "' line " + std::to_string(row + 1 + (source.hasHeader ? 1 : 0)) + ": ";
  }

  /// Writes one column with a stride of `arity` cells.
  void addColumn(const DataSource &source, std::size_t axis, Cell *target, std::size_t count) {
    const runtime::TableColumn &column = source.table->columns[axis];
    const bool isSymbol = domains.isSymbol(tensor.axes[axis]);
    if (column.isInteger && !isSymbol) {
      for (std::size_t row = 0; row < count; ++row) {
        const std::int64_t value = column.integers[row];
        if (value < std::numeric_limits<Cell>::min() || value >= std::numeric_limits<Cell>::max())
          return reportWide(source.range, lineOf(source, row), value);
        note(axis, static_cast<Cell>(value));
        target[row * arity] = static_cast<Cell>(value);
      }
      return;
    }
    if (column.isInteger) {
      for (std::size_t row = 0; row < count; ++row) {
        std::optional<Cell> id =
            symbolCell(axis, std::to_string(column.integers[row]), source.range, lineOf(source, row));
        if (!id)
          return;
        target[row * arity] = *id;
      }
      return;
    }
    std::vector<std::optional<Cell>> ids;
    for (const std::string &text : column.texts)
      ids.push_back(domains.id(tensor.axes[axis], text));
    for (std::size_t row = 0; row < count; ++row) {
      const std::optional<Cell> id = ids[column.ids[row]];
      if (!id)
        return reportUnknown(axis, source.range, lineOf(source, row), column.texts[column.ids[row]]);
      target[row * arity] = *id;
    }
  }

  const sema::TypedProgram &program;
  const sema::TensorSymbol &tensor;
  ClassDomains &domains;
  runtime::MemoryBudget &budget;
  FailureSink &failures;
  sema::LoadedSizes &size;
  const std::size_t arity;
  std::vector<Cell> least, most;
  std::array<std::uint32_t, kCellsAhead> hashes;
  Rows rows;
};

} // namespace

std::vector<Kind> columnKinds(const sema::TypedProgram &program, sema::TensorId id,
                              const std::vector<DataSource> &sources) {
  const sema::TensorSymbol &tensor = program.tensors[id];
  const std::size_t arity = tensor.axes.size();
  std::vector<Kind> kinds(arity, Kind::Unknown);
  for (const DataSource &source : sources)
    if (source.table && source.table->rows > 0)
      for (std::size_t axis = 0; axis < std::min(arity, source.table->columns.size()); ++axis)
        if (kinds[axis] != Kind::Symbol)
          kinds[axis] = source.table->columns[axis].isInteger ? Kind::Integer : Kind::Symbol;
  if (std::find(kinds.begin(), kinds.end(), Kind::Integer) == kinds.end())
    return kinds;
  for (const ast::FactBlock *block : tensor.factBlocks)
    for (std::size_t cell = 0; block->arity == arity && cell < block->cells.size(); ++cell)
      if (kinds[cell % arity] == Kind::Integer && !integerOf(program, block->cells[cell]))
        kinds[cell % arity] = Kind::Symbol;
  return kinds;
}

Rows collectRows(const sema::TypedProgram &program, sema::TensorId tensor,
                 const std::vector<DataSource> &sources, ClassDomains &domains, runtime::MemoryBudget &budget,
                 FailureSink &failures, sema::LoadedSizes &size) {
  return RowCollector(program, tensor, domains, budget, failures, size).run(sources);
}

} // namespace tl::driver
