// A product as tiles that teams contract, or, where it is small, as a loop nest that is dealt out like any
// other.
#include "backend/cuda/lower/ProductKernel.h"

#include "backend/cuda/lower/Contraction.h"
#include "backend/cuda/lower/Deal.h"
#include "ir/tl/TlOps.h"
#include "ir/tl/TlTypes.h"

namespace tl::backend::cuda {

using namespace mlir;

namespace {

/// The tile of the result that a team computes, how deep its pieces are, and how many of them are under way.
constexpr std::int64_t kTile[] = {64, 64, 16};
constexpr std::uint64_t kSlots = 2;

/// `position` is within the half-open range of each pair of `steps`, as a condition around what follows.
void enterSteps(OpBuilder &builder, Location loc, ValueRange positions, ArrayRef<std::int64_t> steps) {
  for (auto [number, position] : llvm::enumerate(positions))
    for (auto [comparison, bound] :
         {std::pair("ge", steps[2 * number]), std::pair("lt", steps[2 * number + 1])}) {
      Value limit = ir::NumberOp::create(builder, loc, builder.getIndexType(), builder.getIndexAttr(bound));
      Value holds =
          ir::ApplyOp::create(builder, loc, builder.getI1Type(), comparison, ValueRange{position, limit});
      auto branch = plan::IfOp::create(builder, loc, holds);
      builder.setInsertionPointToStart(&branch.getBody().emplaceBlock());
    }
}

class ProductNest {
public:
  ProductNest(OpBuilder &builder, plan::ProductOp op)
      : builder(builder), op(op), loc(op.getLoc()),
        element(ir::denseType(op.getDest().getType()).getElementType()) {}

  plan::KernelOp build() {
    auto kernel = plan::KernelOp::create(builder, loc, "product", 0);
    Block &body = kernel.getBody().emplaceBlock();
    for (Value position : op.getPositions())
      positions.push_back(body.addArgument(position.getType(), loc));
    for (Value tensor : {op.getLhs(), op.getRhs(), op.getDest()})
      tensors.push_back(body.addArgument(tensor.getType(), loc));
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(&body);
    if (op.getSteps())
      enterSteps(builder, loc, positions, *op.getSteps());
    indices.resize(op.getExtents().size());
    for (auto [index, extent] : llvm::enumerate(op.getExtents()))
      if (isOfResult(index))
        enterLoop(index, extent);
    Value sum = sumOfProducts();
    plan::CombineOp::create(builder, loc, ir::Monoid::Add, sum, tensors[2], places(), map(2), false);
    return kernel;
  }

private:
  AffineMap given(unsigned side) { return cast<AffineMapAttr>(op.getMaps()[side]).getValue(); }

  bool isOfResult(std::size_t index) {
    return llvm::any_of(given(2).getResults(), [&](AffineExpr coordinate) {
      return coordinate.isFunctionOfDim(static_cast<unsigned>(index));
    });
  }

  /// Symbols of the maps are positions, which are values like the indices here.
  AffineMap map(unsigned side) {
    AffineMap linear = given(side);
    SmallVector<AffineExpr> symbols;
    for (unsigned symbol = 0; symbol < linear.getNumSymbols(); ++symbol)
      symbols.push_back(builder.getAffineDimExpr(linear.getNumDims() + symbol));
    SmallVector<AffineExpr> same;
    for (unsigned dimension = 0; dimension < linear.getNumDims(); ++dimension)
      same.push_back(builder.getAffineDimExpr(dimension));
    return linear.replaceDimsAndSymbols(same, symbols, linear.getNumInputs(), 0);
  }

  SmallVector<Value> places() {
    SmallVector<Value> values(indices);
    // An index that is no loop yet is one that the map at hand does not mention.
    for (Value &value : values)
      if (!value)
        value = zero();
    values.append(positions);
    return values;
  }

  Value zero() { return ir::NumberOp::create(builder, loc, builder.getIndexType(), builder.getIndexAttr(0)); }

  void enterLoop(std::size_t index, std::int64_t extent) {
    auto loop = plan::ForOp::create(builder, loc, "i" + std::to_string(index), 0,
                                    static_cast<std::uint64_t>(extent), false, 1);
    Block &body = loop.getBody().emplaceBlock();
    indices[index] = body.addArgument(builder.getIndexType(), loc);
    builder.setInsertionPointToStart(&body);
  }

  Value sumOfProducts() {
    auto reduce = plan::ReduceOp::create(builder, loc, element, builder.getI1Type(), ir::Projection::Sum);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(&reduce.getBody().emplaceBlock());
    const SmallVector<Value> outer(indices);
    for (auto [index, extent] : llvm::enumerate(op.getExtents()))
      if (!indices[index])
        enterLoop(index, extent);
    Value sides[2];
    for (unsigned side = 0; side < 2; ++side)
      sides[side] = plan::LoadOp::create(builder, loc, element, tensors[side], places(), map(side));
    Value product = ir::ApplyOp::create(builder, loc, element, "mul", ValueRange{sides[0], sides[1]});
    plan::ContributeOp::create(builder, loc, product, Value());
    indices = outer;
    return reduce.getValue();
  }

  OpBuilder &builder;
  plan::ProductOp op;
  Location loc;
  Type element;
  SmallVector<Value> positions, tensors, indices;
};

/// Worth tiles: both sides of the result fill half a tile, and depth a piece.
bool fillsTiles(const ContractionLayout &layout) {
  return layout.counts[Row] >= kTile[0] / 2 && layout.counts[Column] >= kTile[1] / 2 &&
         layout.counts[Depth] >= kTile[2];
}

tile::KernelOp contractionKernel(OpBuilder &builder, plan::ProductOp op, const ContractionLayout &layout) {
  Location loc = op.getLoc();
  auto kernel = tile::KernelOp::create(builder, loc, "product", static_cast<std::uint64_t>(kBlock));
  Block &body = kernel.getBody().emplaceBlock();
  SmallVector<Value> positions;
  for (Value position : op.getPositions())
    positions.push_back(body.addArgument(position.getType(), loc));
  Value lhs = body.addArgument(op.getLhs().getType(), loc),
        rhs = body.addArgument(op.getRhs().getType(), loc),
        dest = body.addArgument(op.getDest().getType(), loc);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&body);
  auto tiles = [&](Kind kind, std::int64_t side) { return (layout.counts[kind] + side - 1) / side; };
  auto point = [&](StringRef name, std::int64_t count) {
    return tile::PointOp::create(builder, loc, name, 0, count).getIndex();
  };
  Value batch = point("batch", layout.counts[Batch]), rows = point("rows", tiles(Row, kTile[0])),
        columns = point("columns", tiles(Column, kTile[1]));
  if (op.getSteps())
    enterSteps(builder, loc, positions, *op.getSteps());
  tile::ContractOp::create(builder, loc, lhs, rhs, dest, batch, rows, columns, positions, op.getExtents(),
                           op.getMaps(), kTile, kSlots);
  return kernel;
}

} // namespace

tile::KernelOp productKernel(OpBuilder &builder, plan::ProductOp op) {
  const ContractionLayout layout = contractionLayout(
      op.getExtents(), op.getMaps(), ValueRange{op.getLhs(), op.getRhs(), op.getDest()}.getTypes());
  return fillsTiles(layout) ? contractionKernel(builder, op, layout)
                            : dealOut(ProductNest(builder, op).build());
}

} // namespace tl::backend::cuda
