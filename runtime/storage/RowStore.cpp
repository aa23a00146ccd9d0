// Chunks of staged rows and their way into the columns.
#include "runtime/storage/RowStore.h"

#include <algorithm>
#include <cstring>

namespace tl::runtime {

bool StagedRows::extend() {
  if (chunks.empty())
    return addChunk(kFirstRows);
  if (tailCapacity == kChunkRows) {
    if (lastChunk + 1 == chunks.size() && !addChunk(kChunkRows))
      return false;
    useChunk(lastChunk + 1, 0);
    return true;
  }
  Chunk small = std::move(chunks.back());
  chunks.pop_back();
  if (!addChunk(std::min(small.capacity * 8, kChunkRows))) {
    chunks.push_back(std::move(small));
    return false;
  }
  for (std::size_t column = 0; column < arity; ++column)
    std::copy_n(small.cells.data() + column * small.capacity, small.capacity, tail + column * tailCapacity);
  tailUsed = small.capacity;
  return true;
}

bool StagedRows::addChunk(std::size_t capacity) {
  Chunk chunk{ChargedArray<Cell>(account), capacity};
  if (!chunk.cells.growTo(capacity * arity))
    return false;
  chunks.push_back(std::move(chunk));
  if (chunks.size() == 1)
    useChunk(0, 0);
  return true;
}

void StagedRows::useChunk(std::size_t position, std::size_t used) {
  lastChunk = position;
  tail = chunks[position].cells.data();
  tailCapacity = chunks[position].capacity;
  tailUsed = used;
}

bool StagedRows::appendTo(std::vector<ChargedArray<Cell>> &columns, std::size_t committed,
                          std::size_t keptRows) {
  std::size_t rows = size();
  std::size_t kept = keptRows / kChunkRows * kChunkRows + kChunkRows;
  for (std::size_t begin = 0; begin < rows; begin += kChunkRows) {
    Chunk &chunk = chunks[begin / kChunkRows];
    std::size_t count = std::min(rows - begin, kChunkRows);
    for (std::size_t column = 0; column < arity; ++column) {
      if (!columns[column].growAmortised(committed + begin + count))
        return false;
      std::memcpy(columns[column].data() + committed + begin, chunk.cells.data() + column * chunk.capacity,
                  count * sizeof(Cell));
    }
    if (begin >= kept)
      chunk.cells = ChargedArray<Cell>(account);
  }
  if (chunks.size() > kept / kChunkRows)
    chunks.erase(chunks.begin() + static_cast<std::ptrdiff_t>(kept / kChunkRows), chunks.end());
  if (!chunks.empty())
    useChunk(0, 0);
  // A chunk that only this round needed would be kept by every part of every relation.
  if (chunks.size() == 1 && tailCapacity > kSmallRows && keptRows < tailCapacity / 4) {
    chunks.clear();
    tail = nullptr;
    tailCapacity = 0;
  }
  return true;
}

} // namespace tl::runtime
