// The cells of a growing relation: committed columns and staged rows.
#pragma once

#include "runtime/core/Relation.h"
#include "runtime/storage/ChargedArray.h"

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
  /// Appends all rows to `columns`, which hold `committed` rows, and empties itself. False when memory runs
  /// out.
  bool appendTo(std::vector<ChargedArray<Cell>> &columns, std::size_t committed);

private:
  static constexpr std::size_t kChunkRows = std::size_t{1} << 16;
  static constexpr std::size_t kFirstRows = 64;
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

/// Committed rows have the numbers [0, committed()), staged rows those behind.
class RowStore {
public:
  /// Row numbers fit 32 bits with one to spare: indexes and filters store row + 1.
  static constexpr std::size_t kMaxRows = 0x7ffffffe;

  RowStore(StorageAccount &account, std::size_t arity)
      : arity_(arity), staged_(account, arity), pointers(arity) {
    for (std::size_t column = 0; column < arity; ++column)
      columns_.emplace_back(account);
  }

  std::size_t arity() const { return arity_; }
  std::size_t committed() const { return committed_; }
  std::size_t total() const { return committed_ + staged_.size(); }
  const Cell *const *columns() const { return pointers.data(); }
  Cell cell(std::size_t row, std::size_t column) const {
    return row < committed_ ? pointers[column][row] : staged_.cell(row - committed_, column);
  }
  bool isRow(std::size_t row, const Cell *wanted) const {
    for (std::size_t column = 0; column < arity_; ++column)
      if (cell(row, column) != wanted[column])
        return false;
    return true;
  }

  bool stage(const Cell *row) { return staged_.push(row); }
  /// False when memory runs out; then the committed rows stay as they were.
  bool commit() {
    std::size_t rows = total();
    bool complete = staged_.appendTo(columns_, committed_);
    refreshPointers();
    committed_ = complete ? rows : committed_;
    return complete;
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
  void refreshPointers() {
    for (std::size_t column = 0; column < arity_; ++column)
      pointers[column] = columns_[column].data();
  }

  std::size_t arity_;
  std::vector<ChargedArray<Cell>> columns_;
  StagedRows staged_;
  std::vector<const Cell *> pointers;
  std::size_t committed_ = 0;
};

} // namespace tl::runtime
