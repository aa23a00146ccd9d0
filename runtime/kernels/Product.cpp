// Blocks of a product: what fits each cache, who packs it, who multiplies it.
#include "runtime/kernels/Product.h"

#include "runtime/kernels/ProductTiles.h"

#include <algorithm>

namespace tl::runtime {
namespace {

using Offsets = std::vector<std::int64_t>;

/// Depth of a block: a panel of the right side stays in the first-level cache while a block of rows passes.
constexpr std::int64_t kDepthBytes = 1024;
/// Columns of a block: its panels stay in the second or third level.
constexpr std::int64_t kColumnBlock = 3072;
/// Rows that a thread multiplies with one panel after the other: their panels stay in the second level.
constexpr std::int64_t kRowPanels = 12;
constexpr std::int64_t kColumnPanels = 12;
/// With so few panels of rows the right side is read as often as packing it would.
constexpr std::int64_t kUnpackedRowPanels = 1;
/// Depth of a block of unpacked columns: so many rows of the right side are read side by side, as streams.
constexpr std::int64_t kUnpackedDepth = 8;
/// A right side as small as this stays in the nearest cache without being packed.
constexpr std::int64_t kSmallBytes = 16 << 10;
/// With so few panels of columns the left side is read as often as packing it would.
constexpr std::int64_t kUnpackedColumnPanels = 2;
/// Depth of a block of an unpacked left side: the panels of columns of the block stay in the second level.
constexpr std::int64_t kUnpackedLeftBytes = 4096;
/// Multiplications worth a thread.
constexpr std::int64_t kThreadWork = 100'000;

/// The offsets of a group's elements in one tensor, the last index running fastest.
Offsets offsetsOf(const std::vector<ProductIndex> &group, std::int64_t ProductIndex::*stride) {
  Offsets offsets = {0};
  for (const ProductIndex &index : group) {
    Offsets next;
    next.reserve(offsets.size() * static_cast<std::size_t>(index.extent));
    for (std::int64_t base : offsets)
      for (std::int64_t step = 0; step < index.extent; ++step)
        next.push_back(base + step * index.*stride);
    offsets = std::move(next);
  }
  return offsets;
}

std::int64_t roundedUp(std::int64_t value, std::int64_t step) {
  return (value + step - 1) / step * step;
}
std::int64_t panels(std::int64_t count, std::int64_t width) {
  return (count + width - 1) / width;
}

/// The offsets of every group in the tensors that have it.
struct Places {
  explicit Places(const ProductLayout &layout)
      : lhsRows(offsetsOf(layout.rows, &ProductIndex::lhs)),
        toRows(offsetsOf(layout.rows, &ProductIndex::result)),
        rhsColumns(offsetsOf(layout.columns, &ProductIndex::rhs)),
        toColumns(offsetsOf(layout.columns, &ProductIndex::result)),
        lhsInner(offsetsOf(layout.inner, &ProductIndex::lhs)),
        rhsInner(offsetsOf(layout.inner, &ProductIndex::rhs)) {}
  Offsets lhsRows, toRows, rhsColumns, toColumns, lhsInner, rhsInner;

  std::int64_t rows() const { return static_cast<std::int64_t>(lhsRows.size()); }
  std::int64_t columns() const { return static_cast<std::int64_t>(rhsColumns.size()); }
  std::int64_t depth() const { return static_cast<std::int64_t>(lhsInner.size()); }
};

bool areEven(const std::int64_t *offsets, std::int64_t count, std::int64_t step) {
  for (std::int64_t entry = 1; entry < count; ++entry)
    if (offsets[entry] != offsets[0] + entry * step)
      return false;
  return true;
}

/// One product without batch indices, block by block.
template <typename T> class BlockedProduct {
public:
  BlockedProduct(const Places &places, const ProductContext &context)
      : places(places), unit(productUnit<T>(widestVectorUnit())), stop(context.stop),
        isFresh(context.isFresh),
        depthBlock(std::min(places.depth(), kDepthBytes / static_cast<std::int64_t>(sizeof(T)))),
        columnBlock(std::min(roundedUp(places.columns(), unit.tileColumns), kColumnBlock)),
        rowsPadded(roundedUp(places.rows(), unit.tileRows)) {
    rhsStep = places.depth() > 1 ? places.rhsInner[1] - places.rhsInner[0] : 0;
    lhsStep = places.depth() > 1 ? places.lhsInner[1] - places.lhsInner[0] : 0;
    const std::int64_t bytes = places.depth() * places.columns() * static_cast<std::int64_t>(sizeof(T));
    const bool isSmall = panels(places.rows(), unit.tileRows) <= kUnpackedRowPanels || bytes <= kSmallBytes;
    isDirect = isSmall && areEven(places.rhsInner.data(), places.depth(), rhsStep) &&
               areEven(places.rhsColumns.data(), places.columns(), 1);
    isLeftDirect = panels(places.columns(), unit.tileColumns) <= kUnpackedColumnPanels &&
                   areEven(places.lhsInner.data(), places.depth(), lhsStep);
    if (isLeftDirect)
      depthBlock = std::min(places.depth(), kUnpackedLeftBytes / static_cast<std::int64_t>(sizeof(T)));
    if (isDirect && bytes > kSmallBytes)
      depthBlock = std::min(depthBlock, kUnpackedDepth);
  }

  std::size_t scratchBytes() const {
    return static_cast<std::size_t>(depthBlock * (leftPadded() + columnBlock)) * sizeof(T);
  }

  void run(const T *lhs, const T *rhs, T *to, std::byte *scratch, ThreadPool *pool) const {
    T *rows = reinterpret_cast<T *>(scratch), *columns = rows + depthBlock * leftPadded();
    for (std::int64_t column = 0; column < places.columns(); column += columnBlock)
      for (std::int64_t depth = 0; depth < places.depth() && *stop == 0; depth += depthBlock)
        block({lhs, rhs, to, rows, columns, column, depth, pool});
  }

private:
  struct Block {
    const T *lhs, *rhs;
    T *to;
    T *rowPanels, *columnPanels;
    std::int64_t column, depth;
    ThreadPool *pool;
  };

  /// Rows of which there are panels.
  std::int64_t leftPadded() const { return isLeftDirect ? 0 : rowsPadded; }

  template <typename Body>
  void share(ThreadPool *pool, std::int64_t count, std::int64_t work, Body &&body) const {
    if (!pool || work * count < 2 * kThreadWork)
      return body(std::int64_t{0}, count);
    pool->parallelFor(0, count, std::max<std::int64_t>(1, kThreadWork / std::max<std::int64_t>(1, work)),
                      body);
  }

  std::int64_t depthOf(const Block &block) const {
    return std::min(depthBlock, places.depth() - block.depth);
  }
  std::int64_t columnsOf(const Block &block) const {
    return std::min(columnBlock, places.columns() - block.column);
  }

  void block(const Block &block) const {
    const std::int64_t depth = depthOf(block), rowPanels = panels(places.rows(), unit.tileRows),
                       columnPanels = panels(columnsOf(block), unit.tileColumns);
    share(block.pool, isLeftDirect ? 0 : rowPanels, depth * unit.tileRows,
          [&](std::int64_t from, std::int64_t to) {
            for (std::int64_t panel = from; panel < to; ++panel)
              packRows(block, panel);
          });
    share(block.pool, columnPanels, depth * unit.tileColumns, [&](std::int64_t from, std::int64_t to) {
      for (std::int64_t panel = from; panel < to; ++panel)
        if (!isDirectPanel(block, panel))
          packColumns(block, panel);
    });
    const std::int64_t rowJobs = panels(rowPanels, kRowPanels),
                       columnJobs = panels(columnPanels, kColumnPanels);
    const std::int64_t work = depth * unit.tileRows * unit.tileColumns * std::min(kRowPanels, rowPanels) *
                              std::min(kColumnPanels, columnPanels);
    share(block.pool, rowJobs * columnJobs, work, [&](std::int64_t from, std::int64_t to) {
      for (std::int64_t job = from; job < to && *stop == 0; ++job)
        multiply(block, job / columnJobs, job % columnJobs);
    });
  }

  bool isDirectPanel(const Block &block, std::int64_t panel) const {
    return isDirect && (panel + 1) * unit.tileColumns <= columnsOf(block);
  }

  void packRows(const Block &block, std::int64_t panel) const {
    const std::int64_t first = panel * unit.tileRows, depth = depthOf(block);
    unit.packRows({block.lhs, &places.lhsRows[static_cast<std::size_t>(first)],
                   &places.lhsInner[static_cast<std::size_t>(block.depth)],
                   std::min(unit.tileRows, places.rows() - first), depth},
                  block.rowPanels + first * depthBlock);
  }

  void packColumns(const Block &block, std::int64_t panel) const {
    const std::int64_t first = panel * unit.tileColumns;
    unit.packColumns({block.rhs, &places.rhsColumns[static_cast<std::size_t>(block.column + first)],
                      &places.rhsInner[static_cast<std::size_t>(block.depth)],
                      std::min(unit.tileColumns, columnsOf(block) - first), depthOf(block)},
                     block.columnPanels + first * depthBlock);
  }

  void multiply(const Block &block, std::int64_t rowJob, std::int64_t columnJob) const {
    const std::int64_t lastRow = std::min((rowJob + 1) * kRowPanels, panels(places.rows(), unit.tileRows));
    const std::int64_t lastColumn =
        std::min((columnJob + 1) * kColumnPanels, panels(columnsOf(block), unit.tileColumns));
    for (std::int64_t column = columnJob * kColumnPanels; column < lastColumn; ++column)
      for (std::int64_t row = rowJob * kRowPanels; row < lastRow; ++row)
        unit.multiply(tile(block, row * unit.tileRows, column));
  }

  ProductTile<T> tile(const Block &block, std::int64_t row, std::int64_t panel) const {
    const std::int64_t first = panel * unit.tileColumns, column = block.column + first;
    ProductTile<T> tile;
    tile.depth = depthOf(block);
    tile.lhs = block.rowPanels + row * depthBlock;
    if (isLeftDirect) {
      tile.lhs = block.lhs + places.lhsInner[static_cast<std::size_t>(block.depth)];
      tile.lhsRows = &places.lhsRows[static_cast<std::size_t>(row)];
      tile.lhsStep = lhsStep;
    }
    tile.rhs = block.columnPanels + first * depthBlock;
    tile.rhsStride = unit.tileColumns;
    if (isDirectPanel(block, panel)) {
      tile.rhs = block.rhs + places.rhsColumns[static_cast<std::size_t>(column)] +
                 places.rhsInner[static_cast<std::size_t>(block.depth)];
      tile.rhsStride = rhsStep;
    }
    tile.to = block.to;
    tile.rows = &places.toRows[static_cast<std::size_t>(row)];
    tile.columns = &places.toColumns[static_cast<std::size_t>(column)];
    tile.rowCount = std::min(unit.tileRows, places.rows() - row);
    tile.columnCount = std::min(unit.tileColumns, columnsOf(block) - first);
    tile.isContiguous = areEven(tile.columns, tile.columnCount, 1);
    tile.isFresh = isFresh && block.depth == 0;
    return tile;
  }

  const Places &places;
  const ProductUnit<T> &unit;
  const volatile std::int32_t *stop;
  bool isFresh;
  std::int64_t depthBlock, columnBlock, rowsPadded;
  std::int64_t rhsStep = 0, lhsStep = 0;
  bool isDirect = false;     ///< whole panels of columns are read where they lie
  bool isLeftDirect = false; ///< so are all rows
};

/// The side whose indices are contiguous in the result gives the columns.
bool isTransposed(const ProductLayout &layout) {
  auto smallestStep = [](const std::vector<ProductIndex> &group) {
    std::int64_t step = INT64_MAX;
    for (const ProductIndex &index : group)
      if (index.extent > 1)
        step = std::min(step, std::abs(index.result));
    return step;
  };
  return smallestStep(layout.rows) < smallestStep(layout.columns);
}

/// Indices in the order of their places in the result, or in the left side for those that are summed.
void sortByStride(std::vector<ProductIndex> &group, std::int64_t ProductIndex::*stride) {
  std::sort(group.begin(), group.end(), [&](const ProductIndex &a, const ProductIndex &b) {
    return std::abs(a.*stride) > std::abs(b.*stride);
  });
}

void swapSides(ProductLayout &layout) {
  for (auto *group : {&layout.batch, &layout.rows, &layout.columns, &layout.inner})
    for (ProductIndex &index : *group)
      std::swap(index.lhs, index.rhs);
  std::swap(layout.rows, layout.columns);
}

template <typename T>
Result<void> addProductOf(ProductLayout layout, const T *lhs, const T *rhs, T *to,
                          const ProductContext &context) {
  if (isTransposed(layout)) {
    swapSides(layout);
    std::swap(lhs, rhs);
  }
  const Places places(layout);
  const Offsets lhsBatch = offsetsOf(layout.batch, &ProductIndex::lhs),
                rhsBatch = offsetsOf(layout.batch, &ProductIndex::rhs),
                toBatch = offsetsOf(layout.batch, &ProductIndex::result);
  const BlockedProduct<T> product(places, context);
  const auto batches = static_cast<std::int64_t>(lhsBatch.size());
  const std::int64_t work = places.rows() * places.columns() * places.depth();
  auto runOne = [&](std::int64_t batch, std::byte *scratch, ThreadPool *pool) {
    const auto entry = static_cast<std::size_t>(batch);
    product.run(lhs + lhsBatch[entry], rhs + rhsBatch[entry], to + toBatch[entry], scratch, pool);
  };
  // Whole batches are shared among threads where there are enough of them, the blocks of each one otherwise.
  const std::int64_t parts =
      batches >= 2 * context.pool.threads() ? std::min<std::int64_t>(context.pool.threads(), batches) : 1;
  Result<std::byte *> scratch =
      context.scratch.bytes(product.scratchBytes() * static_cast<std::size_t>(parts));
  if (!scratch)
    return scratch.error();
  if (parts == 1 || work * batches < 2 * kThreadWork) {
    for (std::int64_t batch = 0; batch < batches && *context.stop == 0; ++batch)
      runOne(batch, *scratch, parts == 1 ? &context.pool : nullptr);
    return {};
  }
  context.pool.parallelFor(0, parts, 1, [&](std::int64_t from, std::int64_t end) {
    for (std::int64_t part = from; part < end; ++part)
      for (std::int64_t batch = part * batches / parts;
           batch < (part + 1) * batches / parts && *context.stop == 0; ++batch)
        runOne(batch, *scratch + product.scratchBytes() * static_cast<std::size_t>(part), nullptr);
  });
  return {};
}

} // namespace

ProductLayout productLayout(const std::vector<ProductIndex> &indices) {
  ProductLayout layout;
  for (const ProductIndex &index : indices) {
    if (index.result == 0)
      layout.inner.push_back(index);
    else if (index.lhs != 0 && index.rhs != 0)
      layout.batch.push_back(index);
    else
      (index.lhs != 0 ? layout.rows : layout.columns).push_back(index);
  }
  sortByStride(layout.rows, &ProductIndex::result);
  sortByStride(layout.columns, &ProductIndex::result);
  sortByStride(layout.inner, &ProductIndex::rhs);
  return layout;
}

Result<std::byte *> ProductScratch::bytes(std::size_t bytes) {
  if (buffer.size() < bytes) {
    buffer = Buffer();
    Result<Buffer> grown = Buffer::allocate(budget, bytes, "packed panels of a product", false);
    if (!grown)
      return grown.error();
    buffer = *std::move(grown);
  }
  return buffer.data();
}

Result<void> addProduct(const ProductLayout &layout, const float *lhs, const float *rhs, float *result,
                        const ProductContext &context) {
  return addProductOf(layout, lhs, rhs, result, context);
}

Result<void> addProduct(const ProductLayout &layout, const double *lhs, const double *rhs, double *result,
                        const ProductContext &context) {
  return addProductOf(layout, lhs, rhs, result, context);
}

} // namespace tl::runtime
