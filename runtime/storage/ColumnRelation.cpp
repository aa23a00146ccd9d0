// The parts of a growing relation put together.
#include "runtime/storage/ColumnRelation.h"

#include "runtime/storage/RowFilter.h"
#include "runtime/storage/RowStore.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <optional>

namespace tl::runtime {
namespace {

/// No cell is 2^31 or more, so neither need a bound be more than that.
std::vector<std::int64_t> clamped(std::vector<std::int64_t> bounds) {
  for (std::int64_t &bound : bounds)
    bound = std::clamp<std::int64_t>(bound, -1, std::int64_t{1} << 31);
  return bounds;
}

} // namespace

class ColumnRelation::Impl {
public:
  Impl(MemoryBudget &budget, std::vector<std::int64_t> bounds, std::string name)
      : account(budget), bounds(clamped(std::move(bounds))), name(std::move(name)),
        store(account, this->bounds), filter(account, store, this->bounds) {}

  Error error() const;
  std::size_t arity() const { return bounds.size(); }
  std::size_t size() const { return arity() ? store.committed() : holds; }
  bool insert(const Cell *row);
  bool insertRun(Cell first, std::span<const Cell> seconds);
  bool contains(const Cell *row) const;
  bool isCommitted(const Cell *row) const;
  bool prepareFilter();
  bool prepareParts();
  bool insertBuffered(std::size_t part, std::span<const std::unique_ptr<InsertBuffer>> buffers);
  void fail();
  std::optional<Error> checkInside(const Relation &rows) const;
  Result<std::size_t> commit();
  bool appendStaged();
  bool canLetGo() const;
  bool keepRows();
  bool rowsFromBits(std::vector<ChargedArray<Cell>> &columns);
  void rowsFromIndex(const RowIndex &index, std::vector<ChargedArray<Cell>> &columns) const;
  IndexedRows indexedRows() const { return {store.columns(), arity(), size(), deltaBegin, round}; }
  Result<const RowIndex *> index(const std::vector<std::uint32_t> &keys, bool growing);
  std::vector<Cell> sortedFromBits() const;
  std::vector<Cell> inOrder() const;

  StorageAccount account;
  std::vector<std::int64_t> bounds;
  std::string name;
  RowStore store;
  RowFilter filter;
  std::vector<std::unique_ptr<RowIndex>> indexes;
  std::size_t deltaBegin = 0;
  std::uint32_t round = 1;            // number of the last commit, or more since `settle`
  std::uint32_t commitRound = 0;      // number of the last commit
  bool holds = false, staged = false; // the row of a nullary relation
  bool keepsRows = false;             // rows that were let go were asked for once
  std::atomic<bool> failed = false;
  bool refused = false; // a cell does not fit
  std::atomic<std::int32_t> *stop = nullptr;
};

Error ColumnRelation::Impl::error() const {
  std::string what = "relation '" + name + "' with " + std::to_string(store.total()) + " rows";
  if (refused)
    return {ErrorKind::Limit, what + " would hold an integer beyond 32 bits"};
  if (store.total() >= RowStore::kMaxRows)
    return {ErrorKind::Limit,
            what + " is full: a relation has at most " + std::to_string(RowStore::kMaxRows) + " rows"};
  return outOfMemory(account.budget(), what, account.refusedBytes());
}

bool ColumnRelation::Impl::prepareFilter() {
  if (!failed && arity() && !filter.isBuilt())
    failed = !filter.build();
  return !failed;
}

bool ColumnRelation::Impl::insert(const Cell *row) {
  if (arity() == 0) {
    staged = !holds;
    return true;
  }
  if (failed || (!filter.isBuilt() && !prepareFilter()))
    return false;
  if (!filter.isInside(row))
    return true;
  if (!store.hasRoom(row[0], 1) || !filter.insert(row))
    fail();
  return !failed;
}

void ColumnRelation::Impl::fail() {
  failed = true;
  if (stop)
    stop->store(1, std::memory_order_relaxed);
}

bool ColumnRelation::Impl::prepareParts() {
  return !failed && arity() == 2 && (filter.isBuilt() || prepareFilter()) && filter.prepareParts();
}

bool ColumnRelation::Impl::insertBuffered(std::size_t part,
                                          std::span<const std::unique_ptr<InsertBuffer>> buffers) {
  for (const std::unique_ptr<InsertBuffer> &buffer : buffers)
    if (!buffer->replay(part, [&](Cell first, std::span<const Cell> seconds) {
          return filter.insertIntoPart(first, seconds);
        })) {
      fail();
      return false;
    }
  return true;
}

bool ColumnRelation::Impl::insertRun(Cell first, std::span<const Cell> seconds) {
  if (failed || (!filter.isBuilt() && !prepareFilter()))
    return false;
  if (!filter.isFirst(first))
    return true;
  if (!store.hasRoom(first, seconds.size()))
    return std::all_of(seconds.begin(), seconds.end(), [&](Cell second) {
      const Cell row[] = {first, second};
      return insert(row);
    });
  if (!filter.insertRun(first, seconds))
    fail();
  return !failed;
}

bool ColumnRelation::Impl::contains(const Cell *row) const {
  if (arity() == 0)
    return holds || staged;
  if (failed || !filter.isInside(row))
    return false;
  return filter.isBuilt() ? filter.contains(row) : isCommitted(row);
}

// Without a filter all rows came from `assign`, sorted.
bool ColumnRelation::Impl::isCommitted(const Cell *row) const {
  std::size_t low = 0, high = store.committed();
  for (std::size_t column = 0; column < arity(); ++column) {
    const Cell *cells = store.columns()[column];
    auto [begin, end] = std::equal_range(cells + low, cells + high, row[column]);
    low = static_cast<std::size_t>(begin - cells);
    high = static_cast<std::size_t>(end - cells);
  }
  return low < high;
}

bool ColumnRelation::Impl::appendStaged() {
  if (filter.isBuilt() && !filter.drain())
    return false;
  if (canLetGo())
    store.letGo();
  return store.commit();
}

/// Below so many rows copying them costs nothing.
constexpr std::size_t kFewRows = std::size_t{1} << 16;

/// Rows before the new ones are of use to nobody when a filter knows them and whatever index there is has
/// taken them over.
bool ColumnRelation::Impl::canLetGo() const {
  return !keepsRows && arity() == 2 && store.committed() >= kFewRows &&
         (filter.bits() || (filter.isOfSets() && !indexes.empty())) &&
         std::all_of(indexes.begin(), indexes.end(), [&](const std::unique_ptr<RowIndex> &index) {
           return index->holdsRows(store.committed());
         });
}

/// Makes every committed row one that can be read.
bool ColumnRelation::Impl::keepRows() {
  if (store.first() == 0)
    return true;
  keepsRows = true;
  std::vector<ChargedArray<Cell>> columns;
  bool complete = !failed;
  for (std::size_t column = 0; column < arity(); ++column)
    complete = columns.emplace_back(account).growTo(store.committed()) && complete;
  const auto holder =
      std::find_if(indexes.begin(), indexes.end(), [&](const std::unique_ptr<RowIndex> &index) {
        return index->holdsRows(store.committed());
      });
  if (complete && holder != indexes.end())
    rowsFromIndex(**holder, columns);
  else
    complete = complete && rowsFromBits(columns);
  failed = !complete || !store.putBack(std::move(columns));
  return !failed;
}

/// The rows that the store does not have are those before the last commit.
void ColumnRelation::Impl::rowsFromIndex(const RowIndex &index,
                                         std::vector<ChargedArray<Cell>> &columns) const {
  [[maybe_unused]] const std::size_t rows =
      index.copyRowsBefore(commitRound, columns[0].data(), columns[1].data());
  assert(rows == store.first() && "the index has every row");
}

/// The rows that the store does not have: what the bits hold without those that it has.
bool ColumnRelation::Impl::rowsFromBits(std::vector<ChargedArray<Cell>> &columns) {
  const auto second = static_cast<std::uint64_t>(bounds[1]);
  const std::uint64_t count = (static_cast<std::uint64_t>(bounds[0]) * second + 63) / 64;
  ChargedArray<std::uint64_t> words(account);
  if (!words.growTo(count))
    return false;
  std::copy_n(filter.bits(), count, words.data());
  for (std::size_t row = store.first(); row < store.total(); ++row) {
    const Cell both[] = {store.cell(row, 0), store.cell(row, 1)};
    const std::uint64_t bit = filter.bitOf(both);
    words[bit / 64] &= ~(std::uint64_t{1} << (bit % 64));
  }
  std::size_t row = 0;
  for (std::uint64_t word = 0; word < count; ++word)
    for (std::uint64_t left = words[word]; left != 0; left &= left - 1, ++row) {
      const std::uint64_t bit = word * 64 + static_cast<std::uint64_t>(std::countr_zero(left));
      columns[0][row] = static_cast<Cell>(bit / second);
      columns[1][row] = static_cast<Cell>(bit % second);
    }
  assert(row == store.first() && "the bits are those of the rows");
  return true;
}

Result<std::size_t> ColumnRelation::Impl::commit() {
  std::size_t before = size();
  if (failed || !appendStaged()) {
    failed = true;
    return error();
  }
  holds |= staged;
  staged = false;
  deltaBegin = before;
  commitRound = ++round;
  for (const std::unique_ptr<RowIndex> &index : indexes)
    if (index->isGrowing() && !index->update(indexedRows())) {
      failed = true;
      return error();
    }
  return size() - before;
}

Result<const RowIndex *> ColumnRelation::Impl::index(const std::vector<std::uint32_t> &keys, bool growing) {
  assert(std::is_sorted(keys.begin(), keys.end()) && (keys.empty() || keys.back() < arity()) &&
         "keys are columns");
  auto found = std::find_if(indexes.begin(), indexes.end(),
                            [&](const std::unique_ptr<RowIndex> &index) { return index->isFor(keys); });
  if (found == indexes.end()) {
    std::vector<std::int64_t> keyBounds;
    for (std::uint32_t column : keys)
      keyBounds.push_back(bounds[column]);
    indexes.push_back(std::make_unique<RowIndex>(account, keys, std::move(keyBounds)));
    found = indexes.end() - 1;
  }
  if (growing)
    (*found)->setGrowing();
  if (failed || (!(*found)->holdsRows(size()) && !keepRows()) || !(*found)->update(indexedRows())) {
    failed = true;
    return error();
  }
  return static_cast<const RowIndex *>(found->get());
}

std::optional<Error> ColumnRelation::Impl::checkInside(const Relation &rows) const {
  for (std::size_t row = 0; row < rows.size(); ++row) {
    std::span<const Cell> cells = rows.row(row);
    if (arity() == 0 || filter.isInside(cells.data()))
      continue;
    std::size_t column = 0;
    while (bounds[column] < 0 || (cells[column] >= 0 && cells[column] < bounds[column]))
      ++column;
    return Error{ErrorKind::Program, "relation '" + name + "' has " + std::to_string(cells[column]) +
                                         " in column " + std::to_string(column + 1) + ", which takes 0 to " +
                                         std::to_string(bounds[column] - 1)};
  }
  return std::nullopt;
}

// Bits come in the order of the rows, which spares sorting.
std::vector<Cell> ColumnRelation::Impl::sortedFromBits() const {
  std::vector<Cell> cells;
  cells.reserve(size() * 2);
  const std::uint64_t *words = filter.bits();
  std::uint64_t second = static_cast<std::uint64_t>(bounds[1]);
  std::uint64_t count = (static_cast<std::uint64_t>(bounds[0]) * second + 63) / 64;
  for (std::uint64_t word = 0; word < count; ++word)
    for (std::uint64_t left = words[word]; left != 0; left &= left - 1) {
      std::uint64_t bit = word * 64 + static_cast<std::uint64_t>(std::countr_zero(left));
      cells.push_back(static_cast<Cell>(bit / second));
      cells.push_back(static_cast<Cell>(bit % second));
    }
  return cells;
}

std::vector<Cell> ColumnRelation::Impl::inOrder() const {
  std::vector<Cell> cells(size() * arity());
  for (std::size_t column = 0; column < arity(); ++column)
    for (std::size_t row = 0; row < size(); ++row)
      cells[row * arity() + column] = store.columns()[column][row];
  return cells;
}

ColumnRelation::ColumnRelation(MemoryBudget &budget, std::vector<std::int64_t> bounds, std::string name)
    : impl(std::make_unique<Impl>(budget, std::move(bounds), std::move(name))) {
  assert(arity() <= kMaxArity && "too many columns");
}
ColumnRelation::~ColumnRelation() = default;
ColumnRelation::ColumnRelation(ColumnRelation &&) noexcept = default;

Result<void> ColumnRelation::assign(const Relation &rows) {
  assert(size() == 0 && rows.arity() == arity() && "assign fills an empty relation");
  if (std::optional<Error> outside = impl->checkInside(rows))
    return *outside;
  if (arity() == 0) {
    impl->holds = rows.size() != 0;
  } else if (impl->failed || !impl->store.fill(rows.cells().data(), rows.size()) ||
             (impl->filter.isBuilt() && !impl->filter.build())) {
    impl->failed = true;
    return impl->error();
  }
  impl->deltaBegin = 0;
  ++impl->round;
  for (const std::unique_ptr<RowIndex> &index : impl->indexes)
    if (index->isGrowing() && !index->update(impl->indexedRows())) {
      impl->failed = true;
      return impl->error();
    }
  return {};
}

Result<Relation> ColumnRelation::toRelation() const {
  if (arity() == 0)
    return Relation::nullary(impl->holds);
  // The exchange form and what sorting it takes are not charged for longer than this.
  std::size_t bytes = 2 * size() * arity() * sizeof(Cell);
  if (!impl->account.reserve(bytes))
    return outOfMemory(impl->account.budget(),
                       "relation '" + name() + "' with " + std::to_string(size()) + " rows", bytes);
  bool isSortedByBits = bits() && impl->store.total() == size();
  if (!isSortedByBits && !impl->keepRows())
    return impl->error();
  Relation rows(arity(), isSortedByBits ? impl->sortedFromBits() : impl->inOrder());
  impl->account.release(bytes);
  return rows;
}

std::size_t ColumnRelation::arity() const {
  return impl->arity();
}
const std::vector<std::int64_t> &ColumnRelation::bounds() const {
  return impl->bounds;
}
std::size_t ColumnRelation::size() const {
  return impl->size();
}
std::size_t ColumnRelation::deltaBegin() const {
  return impl->deltaBegin;
}
const Cell *ColumnRelation::column(std::size_t position) {
  return impl->keepRows() ? impl->store.columns()[position] : nullptr;
}
bool ColumnRelation::contains(const Cell *row) const {
  return impl->contains(row);
}
bool ColumnRelation::insert(const Cell *row) {
  return impl->insert(row);
}

bool ColumnRelation::insertBinary(Cell first, Cell second) {
  assert(arity() == 2 && "two columns");
  const Cell row[] = {first, second};
  return impl->insert(row);
}

bool ColumnRelation::insertRun(Cell first, std::span<const Cell> seconds) {
  assert(arity() == 2 && "two columns");
  return impl->insertRun(first, seconds);
}

const RowParts &ColumnRelation::parts() const {
  return impl->store.parts();
}

/// What several threads add at a time is counted only afterwards, so there must be room to spare.
bool ColumnRelation::prepareParts() {
  return impl->store.total() < RowStore::kMaxRows / 2 && impl->prepareParts();
}

bool ColumnRelation::insertBuffered(std::size_t part,
                                    std::span<const std::unique_ptr<InsertBuffer>> buffers) {
  return impl->insertBuffered(part, buffers);
}

void ColumnRelation::refuseBuffered(std::size_t bytes) {
  impl->account.refuse(bytes);
  impl->fail();
}

std::size_t ColumnRelation::countKnown() {
  if (arity() == 0)
    return impl->holds || impl->staged;
  if (!impl->failed && impl->filter.isBuilt() && !impl->filter.drain())
    impl->failed = true;
  return impl->store.total();
}

Result<std::size_t> ColumnRelation::commit() {
  return impl->commit();
}
void ColumnRelation::settle() {
  impl->deltaBegin = size();
  ++impl->round;
}

Result<const RowIndex *> ColumnRelation::index(const std::vector<std::uint32_t> &keys, bool growing) {
  return impl->index(keys, growing);
}

Result<TlRows> ColumnRelation::rows(std::size_t begin, std::size_t end, bool readsCells) {
  if (readsCells && begin < end && begin < impl->store.first() && !impl->keepRows())
    return impl->error();
  return TlRows{impl->store.columns(), static_cast<std::int64_t>(begin), static_cast<std::int64_t>(end)};
}

Result<TlRelation> ColumnRelation::access() {
  if (!impl->prepareFilter())
    return impl->error();
  return TlRelation{this, bits(), arity() == 2 ? impl->bounds[1] : 0, this};
}

const std::uint64_t *ColumnRelation::bits() const {
  return arity() == 2 ? impl->filter.bits() : nullptr;
}
void ColumnRelation::stopWhenFull(std::atomic<std::int32_t> *flag) {
  impl->stop = flag;
}
void ColumnRelation::refuseCell() {
  impl->failed = true;
  impl->refused = true;
  if (impl->stop)
    impl->stop->store(1, std::memory_order_relaxed);
}
const std::string &ColumnRelation::name() const {
  return impl->name;
}

} // namespace tl::runtime
