// One pass over the mapped text; a second one only for columns whose first rows look like integers.
#include "runtime/io/Table.h"

#include "runtime/io/Files.h"
#include "runtime/io/SymbolColumn.h"
#include "runtime/io/TableCells.h"
#include "runtime/io/Utf8.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace tl::runtime {
namespace {

/// The row length is estimated from this much of the file.
constexpr std::size_t kSampleBytes = 64 * 1024;

/// What a distinct symbol takes besides its characters: place, hash slots, string. Charged in batches.
constexpr std::size_t kSymbolBytes = 80, kSymbolBatch = 4096;

/// Symbols looked up together.
constexpr std::size_t kBatch = 32;

/// What is done with the cells of a field.
enum class Role : std::uint8_t {
  Integer, ///< kept as integers until a cell is none
  Symbol,  ///< interned
  Value,   ///< the numeric value of the row
  Deferred ///< turned out to be symbols after the first row; read by the second pass
};

struct Field {
  Role role = Role::Integer;
  bool valuesAreIntegers = true;
  // Elements of the vectors below at the current capacity; only one of the three is in use.
  std::vector<std::int64_t> integers;
  std::vector<std::uint32_t> ids;
  std::vector<double> values;
  SymbolColumn symbols;
  // Cells of consecutive rows that are not looked up yet; the last is in the row before `pendingRow`.
  std::array<std::string_view, kBatch> pending;
  std::array<std::uint32_t, kBatch> pendingHashes;
  std::size_t pendingCount = 0;
  std::size_t pendingRow = 0;
};

class TableReader {
public:
  TableReader(const std::string &path, const TableOptions &options, std::string_view text)
      : path(path), options(options), dialect(tableDialect(path)), text(text) {}
  ~TableReader() {
    if (options.budget)
      options.budget->release(charged);
  }

  Result<Table> read();

private:
  bool startFields();
  bool readRows();
  bool scanRows();
  const char *readRow(const char *position);
  std::optional<CellEnd> readCell(const char *&position, std::size_t field);
  bool store(Field &field, const TableCell &cell);
  bool storeInteger(Field &field, const TableCell &cell);
  bool storeSymbol(Field &field, const TableCell &cell);
  bool flush(Field &field);
  bool flushAll();
  bool intern(Field &field, std::string_view symbol, std::uint32_t hash, std::size_t atRow);
  bool storeValue(Field &field, const TableCell &cell);
  bool checkUtf8(std::string_view part);
  bool charge(std::size_t bytes);
  bool growTo(std::size_t rowCapacity);
  bool grow();
  std::size_t estimatedRows() const;
  void startSecondPass();
  Table take();

  bool failAt(const char *position, std::string_view rule) {
    failure = malformed(path, static_cast<std::uint64_t>(position - text.data()), rule);
    return false;
  }
  bool failLine(const std::string &what);
  std::string unquoted(const TableCell &cell) const;

  const std::string &path;
  const TableOptions &options;
  TableDialect dialect;
  std::string_view text;
  const char *first = nullptr; // of the first row
  const char *end = nullptr;   // of the last row
  const char *lineStart = nullptr;
  std::vector<Field> fields;
  std::size_t row = 0;
  std::size_t capacity = 0;
  std::size_t charged = 0;
  std::optional<Error> failure;
};

/// Lines are counted only now: an error is rare.
bool TableReader::failLine(const std::string &what) {
  auto line = 1 + std::count(text.data(), lineStart, '\n');
  failure = Error{ErrorKind::Data, "'" + path + "' line " + std::to_string(line) + " " + what};
  return false;
}

std::string TableReader::unquoted(const TableCell &cell) const {
  std::string result;
  for (std::size_t position = 0; position < cell.text.size(); ++position) {
    result += cell.text[position];
    if (cell.hasDoubledQuotes && cell.text[position] == '"')
      ++position;
  }
  return result;
}

bool TableReader::checkUtf8(std::string_view part) {
  std::size_t valid = validUtf8Prefix(part);
  return valid == part.size() || failAt(part.data() + valid, "the text is not UTF-8");
}

Result<Table> TableReader::read() {
  std::string_view rest = text;
  if (rest.starts_with(kByteOrderMark))
    rest.remove_prefix(kByteOrderMark.size());
  first = rest.data();
  end = first + rest.size();
  while (end != first && end[-1] == '\n')
    end -= end - first > 1 && end[-2] == '\r' ? 2 : 1;
  if (!startFields() || !readRows())
    return *failure;
  bool isDeferred = std::any_of(fields.begin(), fields.end(),
                                [](const Field &field) { return field.role == Role::Deferred; });
  Table table = take();
  if (!isDeferred)
    return table;
  startSecondPass();
  if (!readRows())
    return *failure;
  Table symbols = take();
  for (std::size_t column = 0; column < table.columns.size(); ++column)
    if (fields[column].role == Role::Symbol)
      table.columns[column] = std::move(symbols.columns[column]);
  return table;
}

/// Counts the fields of the first line, and skips it if it holds names.
bool TableReader::startFields() {
  std::size_t count = 0;
  const char *position = lineStart = first;
  if (first != end) {
    std::optional<CellEnd> ended = CellEnd::Delimiter;
    TableCell cell;
    CellError error;
    for (; ended == CellEnd::Delimiter; ++count)
      ended = acceptCell(position, end, dialect, cell, error);
    if (!ended)
      return failAt(error.position, error.rule);
  }
  if (count > kMaxTableFields)
    return failLine("has " + std::to_string(count) + " fields, the limit is " +
                    std::to_string(kMaxTableFields));
  if (options.expectedColumns != 0 && (first == end || !options.header))
    count = options.expectedColumns; // the first row is checked like all others
  fields.resize(count);
  if (options.hasValue && count > 0)
    fields.back().role = Role::Value;
  if (!options.header || first == end)
    return true;
  if (!checkUtf8({first, static_cast<std::size_t>(position - first)}))
    return false;
  if (options.expectedColumns != 0 && count != options.expectedColumns)
    return failLine("has " + std::to_string(count) + (count == 1 ? " field" : " fields") + ", expected " +
                    std::to_string(options.expectedColumns));
  first = position;
  return true;
}

/// Of several errors the one found in a waiting cell is reported, as that cell comes before.
bool TableReader::readRows() {
  bool isWhole = scanRows();
  std::optional<Error> found = std::exchange(failure, std::nullopt);
  if (!flushAll())
    return false;
  failure = std::move(found);
  return isWhole;
}

bool TableReader::scanRows() {
  const char *position = first;
  for (row = 0; position != end; ++row) {
    if (row == capacity && !grow())
      return false;
    lineStart = position;
    position = readRow(position);
    if (!position)
      return false;
    if (static_cast<std::size_t>(position - lineStart) > kMaxLineBytes)
      return failLine("is longer than " + std::to_string(kMaxLineBytes >> 20) + " MB");
  }
  return true;
}

/// The start of the next row, or null after an error.
const char *TableReader::readRow(const char *position) {
  std::size_t count = fields.size(), field = 0;
  const char *const stop = end;
  const char delimiter = dialect.delimiter;
  for (CellEnd ended = CellEnd::Delimiter; ended == CellEnd::Delimiter; ++field) {
    std::int64_t value;
    Role role = field < count ? fields[field].role : Role::Deferred;
    if (role == Role::Integer && acceptIntegerCell(position, stop, delimiter, value, ended)) {
      fields[field].integers[row] = value;
    } else if (role == Role::Value && acceptIntegerCell(position, stop, delimiter, value, ended)) {
      fields[field].values[row] = static_cast<double>(value);
    } else {
      std::optional<CellEnd> other = readCell(position, field);
      if (!other)
        return nullptr;
      ended = *other;
    }
  }
  if (field == count)
    return position;
  failLine("has " + std::to_string(field) + (field == 1 ? " field" : " fields") + ", expected " +
           std::to_string(count));
  return nullptr;
}

std::optional<CellEnd> TableReader::readCell(const char *&position, std::size_t field) {
  TableCell cell;
  CellError error;
  std::optional<CellEnd> ended = acceptCell(position, end, dialect, cell, error);
  if (!ended)
    failAt(error.position, error.rule);
  else if (field < fields.size() && !store(fields[field], cell))
    return std::nullopt;
  return ended;
}

bool TableReader::store(Field &field, const TableCell &cell) {
  switch (field.role) {
  case Role::Integer:
    return storeInteger(field, cell);
  case Role::Symbol:
    return storeSymbol(field, cell);
  case Role::Value:
    return storeValue(field, cell);
  case Role::Deferred:
    return true;
  }
  __builtin_unreachable();
}

bool TableReader::storeInteger(Field &field, const TableCell &cell) {
  if (std::optional<std::int64_t> value = integerIn(cell.text)) {
    field.integers[row] = *value;
    return true;
  }
  field.integers = {};
  field.role = row == 0 ? Role::Symbol : Role::Deferred;
  if (field.role == Role::Deferred)
    return true;
  field.ids.resize(capacity);
  return storeSymbol(field, cell);
}

/// Lookups wait in a batch, as each alone would wait for memory several times.
bool TableReader::storeSymbol(Field &field, const TableCell &cell) {
  if (cell.hasDoubledQuotes) {
    std::string symbol = unquoted(cell);
    return flush(field) && checkUtf8(cell.text) && intern(field, symbol, SymbolColumn::hashOf(symbol), row);
  }
  std::uint32_t hash = SymbolColumn::hashOf(cell.text);
  field.symbols.prefetch(hash);
  field.pending[field.pendingCount] = cell.text;
  field.pendingHashes[field.pendingCount] = hash;
  field.pendingRow = row + 1;
  return ++field.pendingCount < kBatch || flush(field);
}

bool TableReader::flush(Field &field) {
  std::size_t count = std::exchange(field.pendingCount, 0);
  field.symbols.prefetchTexts(std::span(field.pendingHashes).first(count));
  for (std::size_t position = 0; position < count; ++position)
    if (!intern(field, field.pending[position], field.pendingHashes[position],
                field.pendingRow - count + position))
      return false;
  return true;
}

bool TableReader::flushAll() {
  return std::all_of(fields.begin(), fields.end(), [&](Field &field) { return flush(field); });
}

bool TableReader::intern(Field &field, std::string_view symbol, std::uint32_t hash, std::size_t atRow) {
  std::uint32_t id = field.symbols.find(symbol, hash);
  if (id == SymbolColumn::kNone) {
    // A text that was met before is known to be UTF-8.
    if (!checkUtf8(symbol))
      return false;
    if (field.symbols.size() == INT32_MAX) {
      failure = Error{ErrorKind::Limit, "'" + path + "' has a column of more than 2^31 symbols"};
      return false;
    }
    id = field.symbols.add(symbol);
    if (field.symbols.size() % kSymbolBatch == 0 && !charge(kSymbolBatch * kSymbolBytes))
      return false;
  }
  field.ids[atRow] = id;
  return true;
}

bool TableReader::storeValue(Field &field, const TableCell &cell) {
  std::optional<double> value = numberIn(cell.text);
  if (!value) {
    constexpr std::size_t kQuotedBytes = 40;
    std::string_view shown = cell.text.substr(0, kQuotedBytes);
    return checkUtf8(cell.text) &&
           failLine("has the value '" + std::string(shown.substr(0, validUtf8Prefix(shown))) +
                    (shown.size() < cell.text.size() ? "..." : "") + "', expected a number of 64 bits");
  }
  field.values[row] = *value;
  if (!integerIn(cell.text))
    field.valuesAreIntegers = false;
  return true;
}

bool TableReader::charge(std::size_t bytes) {
  if (!options.budget)
    return true;
  if (!options.budget->reserve(bytes)) {
    failure = outOfMemory(*options.budget, "'" + path + "'", bytes);
    return false;
  }
  charged += bytes;
  return true;
}

std::size_t TableReader::estimatedRows() const {
  std::size_t bytes = static_cast<std::size_t>(end - first);
  std::size_t sample = std::min(bytes, kSampleBytes);
  std::size_t lines = static_cast<std::size_t>(std::count(first, first + sample, '\n')) + 1;
  return (bytes / (sample + 1) + 1) * lines * 33 / 32;
}

/// A row takes at least one byte a field, so memory stays proportional to the file however odd its rows are.
bool TableReader::grow() {
  std::size_t bytes = static_cast<std::size_t>(end - first);
  std::size_t most = bytes / std::max<std::size_t>(fields.size(), 1) + 2;
  std::size_t wanted = capacity == 0 ? 1 : capacity == 1 ? estimatedRows() : capacity * 2;
  return growTo(std::max(capacity + 1, std::min(wanted, most)));
}

bool TableReader::growTo(std::size_t rowCapacity) {
  if (!charge((rowCapacity - capacity) * fields.size() * sizeof(std::int64_t)))
    return false;
  capacity = rowCapacity;
  for (Field &field : fields) {
    if (field.role == Role::Integer)
      field.integers.resize(capacity);
    else if (field.role == Role::Symbol)
      field.ids.resize(capacity);
    else if (field.role == Role::Value)
      field.values.resize(capacity);
  }
  return true;
}

/// Only the deferred fields are read again.
void TableReader::startSecondPass() {
  for (Field &field : fields) {
    field.role = field.role == Role::Deferred ? Role::Symbol : Role::Deferred;
    if (field.role == Role::Symbol)
      field.ids.resize(capacity);
  }
}

Table TableReader::take() {
  Table table;
  table.rows = static_cast<std::int64_t>(row);
  for (Field &field : fields) {
    if (field.role == Role::Value) {
      field.values.resize(row);
      table.values = std::move(field.values);
      table.valuesAreIntegers = field.valuesAreIntegers;
      continue;
    }
    TableColumn &column = table.columns.emplace_back();
    column.isInteger = field.role == Role::Integer;
    field.integers.resize(column.isInteger ? row : 0);
    field.ids.resize(field.role == Role::Symbol ? row : 0);
    column.integers = std::move(field.integers);
    column.ids = std::move(field.ids);
    column.texts = field.symbols.copyTexts();
  }
  return table;
}

} // namespace

Result<Table> readTable(const std::string &path, const TableOptions &options) {
  Result<MappedFile> file = MappedFile::open(path);
  if (!file)
    return file.error();
  return TableReader(path, options, file->text()).read();
}

} // namespace tl::runtime
