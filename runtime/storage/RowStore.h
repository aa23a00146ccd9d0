// The cells of a growing relation: committed columns and staged rows.
#pragma once

#include "runtime/core/Relation.h"
#include "runtime/storage/ChargedArray.h"
#include "runtime/storage/RowParts.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace tl::runtime {

/// Rows in chunks, column by column inside a chunk, so that appending them to the columns gives memory back
/// step by step.
class StagedRows {
public:
  StagedRows(StorageAccount &account, std::size_t arity) : account(account), arity(arity) {}

  std::size_t size() const { return lastChunk * kChunkRows + tailUsed; }
  Cell cell(std::size_t row, std::size_t column) const {
    const Chunk &chunk = chunks[row / kChunkRows];
    return chunk.cells[column * chunk.capacity + row % kChunkRows];
  }
  /// False when memory runs out.
  bool push(const Cell *row) {
    if (tailUsed == tailCapacity && !extend())
      return false;
    for (std::size_t column = 0; column < arity; ++column)
      tail[column * tailCapacity + tailUsed] = row[column];
    ++tailUsed;
    return true;
  }
  /// Appends all rows to `columns`, which hold `committed` rows, and empties itself, but for about `keptRows`
  /// rows of memory. False when memory runs out.
  bool appendTo(std::vector<ChargedArray<Cell>> &columns, std::size_t committed, std::size_t keptRows);

private:
  static constexpr std::size_t kChunkRows = std::size_t{1} << 16;
  static constexpr std::size_t kFirstRows = 64, kSmallRows = 4096;
  struct Chunk {
    ChargedArray<Cell> cells;
    std::size_t capacity; // rows; below kChunkRows only in the first chunk
  };

  bool extend();
  bool addChunk(std::size_t capacity);
  void useChunk(std::size_t position, std::size_t used);

  StorageAccount &account;
  std::size_t arity;
  std::vector<Chunk> chunks;
  std::size_t lastChunk = 0;
  Cell *tail = nullptr;
  std::size_t tailCapacity = 0, tailUsed = 0;
};

/// Committed rows have the numbers [0, committed()), staged rows those behind. Rows before first() have been
/// let go: who keeps the relation knows them otherwise, and can put them back.
class RowStore {
public:
  /// Row numbers fit 32 bits with one to spare: indexes and filters store row + 1.
  static constexpr std::size_t kMaxRows = 0x7ffffffe;

  RowStore(StorageAccount &account, const std::vector<std::int64_t> &bounds)
      : arity_(bounds.size()), parts_(bounds), pointers(bounds.size()) {
    for (std::size_t column = 0; column < arity_; ++column)
      columns_.emplace_back(account);
    for (std::size_t part = 0; part < parts_.count(); ++part)
      staged_.emplace_back(account, arity_);
  }

  std::size_t arity() const { return arity_; }
  std::size_t first() const { return first_; }
  std::size_t committed() const { return committed_; }
  std::size_t total() const {
    std::size_t rows = committed_;
    for (const StagedRows &part : staged_)
      rows += part.size();
    return rows;
  }
  /// Whether `rows` more rows with this first cell may be staged.
  bool hasRoom(Cell first, std::size_t rows) const {
    const std::size_t atMost = committed_ + staged_[parts_.of(first)].size() * parts_.count() + rows;
    return atMost < kMaxRows || total() + rows < kMaxRows;
  }
  const RowParts &parts() const { return parts_; }
  const Cell *const *columns() const { return pointers.data(); }
  Cell cell(std::size_t row, std::size_t column) const {
    if (row < committed_)
      return pointers[column][row];
    row -= committed_;
    std::size_t part = 0;
    while (row >= staged_[part].size())
      row -= staged_[part++].size();
    return staged_[part].cell(row, column);
  }
  bool isRow(std::size_t row, const Cell *wanted) const {
    for (std::size_t column = 0; column < arity_; ++column)
      if (cell(row, column) != wanted[column])
        return false;
    return true;
  }

  bool stage(const Cell *row) { return stagedWith(row[0]).push(row); }
  /// The staged rows that a row with this first cell belongs to.
  StagedRows &stagedWith(Cell first) { return staged_[parts_.of(first)]; }
  /// False when memory runs out; then the committed rows stay as they were.
  bool commit() {
    // Touching fresh pages costs more than writing rows: the next round takes over memory, up to an eighth of
    // the relation.
    std::size_t rows = total(), place = committed_ - first_;
    bool complete = true;
    for (StagedRows &part : staged_) {
      const std::size_t count = part.size();
      complete = complete && part.appendTo(columns_, place, rows / 8 / staged_.size());
      place += count;
    }
    refreshPointers();
    committed_ = complete ? rows : committed_;
    return complete;
  }
  /// Lets go of all committed rows; their memory takes the next ones.
  void letGo() {
    first_ = committed_;
    refreshPointers();
  }
  /// Puts back the rows before first(), column by column. False, and nothing changed, when memory runs out.
  bool putBack(std::vector<ChargedArray<Cell>> columns) {
    for (std::size_t column = 0; column < arity_; ++column) {
      if (!columns[column].growTo(committed_))
        return false;
      std::copy_n(columns_[column].data(), committed_ - first_, columns[column].data() + first_);
    }
    columns_ = std::move(columns);
    first_ = 0;
    refreshPointers();
    return true;
  }
  /// Fills an empty store with rows that are given row after row.
  bool fill(const Cell *rows, std::size_t count) {
    for (ChargedArray<Cell> &column : columns_)
      if (!column.growTo(count))
        return false;
    for (std::size_t row = 0; row < count; ++row)
      for (std::size_t column = 0; column < arity_; ++column)
        columns_[column][row] = rows[row * arity_ + column];
    refreshPointers();
    committed_ = count;
    return true;
  }

private:
  /// A row is found by its number whatever the columns begin with.
  void refreshPointers() {
    for (std::size_t column = 0; column < arity_; ++column)
      pointers[column] = reinterpret_cast<const Cell *>(
          reinterpret_cast<std::uintptr_t>(columns_[column].data()) - first_ * sizeof(Cell));
  }

  std::size_t arity_;
  RowParts parts_;
  std::vector<ChargedArray<Cell>> columns_;
  std::vector<StagedRows> staged_; // by part
  std::vector<const Cell *> pointers;
  std::size_t first_ = 0;
  std::size_t committed_ = 0;
};

} // namespace tl::runtime
