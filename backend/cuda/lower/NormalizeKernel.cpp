// Softmax and the norms: statistics of a row that its team shares, then every element by them.
#include "backend/cuda/lower/NormalizeKernel.h"

#include "backend/cuda/lower/Deal.h"
#include "ir/plan/PlanOps.h"
#include "ir/tl/TlTypes.h"

namespace tl::backend::cuda {

using namespace mlir;

namespace {

constexpr std::int64_t kShortRow = 32;
constexpr std::int64_t kLongRow = 2048;

class RowKernel {
public:
  RowKernel(OpBuilder &builder, ir::NormalizeOp op)
      : builder(builder), op(op), loc(op.getLoc()), input(ir::denseType(op.getTensor().getType())),
        output(ir::denseType(op.getNormalized().getType())) {
    Type element = input.getElementType(), wanted = output.getElementType();
    const bool isDouble = element.isF64() || (!isa<FloatType>(element) && wanted.isF64());
    type = isDouble ? Type(builder.getF64Type()) : Type(builder.getF32Type());
    for (std::int64_t axis : op.getAlong())
      length *= input.getDimSize(axis);
  }

  tile::KernelOp build() {
    const std::int64_t team = length < kShortRow ? 1 : length < kLongRow ? kWarp : kBlock;
    kernel = tile::KernelOp::create(builder, loc, "normalize", static_cast<std::uint64_t>(team));
    Block &body = kernel.getBody().emplaceBlock();
    tensor = body.addArgument(op.getTensor().getType(), loc);
    result = body.addArgument(output, loc);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(&body);
    makePoint();
    normalize();
    return kernel;
  }

private:
  using Term = llvm::function_ref<Value(Value)>;

  /// The axes that are not normalised along number the rows.
  void makePoint() {
    for (std::int64_t axis = 0; axis < input.getRank(); ++axis)
      if (!llvm::is_contained(op.getAlong(), axis))
        point.push_back(
            tile::PointOp::create(builder, loc, "axis" + std::to_string(axis), 0, input.getDimSize(axis)));
  }

  /// The place of element `d(last)` of the row: row-major over the axes of the row.
  AffineMap placeMap() {
    SmallVector<AffineExpr> place(static_cast<std::size_t>(input.getRank()));
    AffineExpr rest = builder.getAffineDimExpr(static_cast<unsigned>(point.size()));
    std::int64_t stride = 1;
    unsigned other = static_cast<unsigned>(point.size());
    for (std::int64_t axis = input.getRank() - 1; axis >= 0; --axis) {
      if (!llvm::is_contained(op.getAlong(), axis)) {
        place[static_cast<std::size_t>(axis)] = builder.getAffineDimExpr(--other);
        continue;
      }
      const std::int64_t extent = input.getDimSize(axis);
      AffineExpr above = rest.floorDiv(stride);
      place[static_cast<std::size_t>(axis)] = stride * extent == length ? above : above % extent;
      stride *= extent;
    }
    return AffineMap::get(static_cast<unsigned>(point.size() + 1), 0, place, builder.getContext());
  }

  /// `visit(x, place)` for each element of the row that is present.
  void forEach(llvm::function_ref<void(Value, ArrayRef<Value>)> visit) {
    Operation *loop;
    if (kernel.getTeam() == 1)
      loop = plan::ForOp::create(builder, loc, "element", 0, static_cast<std::uint64_t>(length), false, 1);
    else
      loop = tile::StrideOp::create(builder, loc, "element", 0, static_cast<std::uint64_t>(length));
    Block &body = loop->getRegion(0).emplaceBlock();
    SmallVector<Value> place(point);
    place.push_back(body.addArgument(builder.getIndexType(), loc));
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(&body);
    if (ir::isPartial(tensor.getType())) {
      Value present = plan::PresentOp::create(builder, loc, builder.getI1Type(), tensor, place, placeMap());
      auto branch = plan::IfOp::create(builder, loc, present);
      builder.setInsertionPointToStart(&branch.getBody().emplaceBlock());
    }
    Value element = plan::LoadOp::create(builder, loc, input.getElementType(), tensor, place, placeMap());
    visit(cast(element, type), place);
  }

  Value statistic(ir::Projection kind, Term term) {
    auto reduce = plan::ReduceOp::create(builder, loc, type, builder.getI1Type(), kind);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(&reduce.getBody().emplaceBlock());
    forEach([&](Value x, ArrayRef<Value>) { plan::ContributeOp::create(builder, loc, term(x), Value()); });
    return reduce.getValue();
  }

  void storeEach(Term term) {
    forEach([&](Value x, ArrayRef<Value> place) {
      plan::CombineOp::create(builder, loc, ir::Monoid::Add, cast(term(x), output.getElementType()), result,
                              place, placeMap(), true);
    });
  }

  void normalize() {
    auto itself = [](Value x) { return x; };
    auto square = [this](Value x) { return apply("mul", {x, x}); };
    switch (op.getKind()) {
    case ir::Normalization::Softmax:
    case ir::Normalization::LogSoftmax: {
      Value most = statistic(ir::Projection::Max, itself);
      auto shifted = [&](Value x) { return apply("sub", {x, most}); };
      auto power = [&](Value x) { return apply("exp", {shifted(x)}); };
      Value sum = statistic(ir::Projection::Sum, power);
      if (op.getKind() == ir::Normalization::Softmax)
        return storeEach([&](Value x) { return apply("div", {power(x), sum}); });
      Value logarithm = apply("log", {sum});
      return storeEach([&](Value x) { return apply("sub", {shifted(x), logarithm}); });
    }
    case ir::Normalization::LayerNorm: {
      Value mean = statistic(ir::Projection::Mean, itself);
      auto shifted = [&](Value x) { return apply("sub", {x, mean}); };
      Value factor =
          inverseRoot(statistic(ir::Projection::Mean, [&](Value x) { return square(shifted(x)); }));
      return storeEach([&](Value x) { return apply("mul", {shifted(x), factor}); });
    }
    case ir::Normalization::RmsNorm: {
      Value factor = inverseRoot(statistic(ir::Projection::Mean, square));
      return storeEach([&](Value x) { return apply("mul", {x, factor}); });
    }
    case ir::Normalization::L2Norm: {
      Value norm = apply("sqrt", {statistic(ir::Projection::Sum, square)});
      Value divisor = apply("max", {norm, number(op.getParameters()[0])});
      return storeEach([&](Value x) { return apply("div", {x, divisor}); });
    }
    case ir::Normalization::CumSum:
    case ir::Normalization::CumProd:
    case ir::Normalization::Sort:
    case ir::Normalization::Rank:
    case ir::Normalization::Order:
      break;
    }
    llvm_unreachable("only what isTiled accepts");
  }

  Value inverseRoot(Value mean) {
    return apply("rsqrt", {apply("add", {mean, number(op.getParameters()[0])})});
  }

  Value number(double value) {
    return ir::NumberOp::create(builder, loc, type, builder.getFloatAttr(type, value));
  }
  Value apply(StringRef primitive, ArrayRef<Value> operands) {
    return ir::ApplyOp::create(builder, loc, type, primitive, operands);
  }
  Value cast(Value value, Type to) {
    return value.getType() == to ? value : Value(ir::CastOp::create(builder, loc, to, value));
  }

  OpBuilder &builder;
  ir::NormalizeOp op;
  Location loc;
  RankedTensorType input, output;
  Type type; ///< in which a row is computed
  std::int64_t length = 1;
  tile::KernelOp kernel;
  Value tensor, result;
  SmallVector<Value> point;
};

} // namespace

bool isTiled(ir::NormalizeOp op) {
  return !ir::isOrdered(op.getKind());
}

tile::KernelOp normalizeKernel(OpBuilder &builder, ir::NormalizeOp op) {
  return RowKernel(builder, op).build();
}

} // namespace tl::backend::cuda
