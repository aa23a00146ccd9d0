// Averages as sums, counts and divisions.
#include "passes/plan/SplitAverage.h"

#include "passes/Passes.h"

#include "ir/tl/TlOps.h"
#include "ir/tl/TlTypes.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/IRMapping.h"

namespace tl::passes {

#define GEN_PASS_DEF_SPLITAVERAGE
#include "passes/Passes.h.inc"

using namespace mlir;

namespace {

/// Copies the body into `region`; `value` gives what the copy yields from what the original would yield
/// there.
void copyBody(ir::ComprehensionOpInterface op, Region &region,
              llvm::function_ref<Value(OpBuilder &, Value)> value) {
  IRMapping mapping;
  op.getBody().cloneInto(&region, mapping);
  auto yield = cast<ir::YieldOp>(region.front().getTerminator());
  OpBuilder builder(yield);
  yield.getValueMutable().assign(value(builder, yield.getValue()));
}

ir::ContractOp createSum(OpBuilder &builder, ir::ComprehensionOpInterface op, Type element) {
  RankedTensorType type = ir::denseType(op.getDest().getType()).clone(element);
  auto zero = ir::EmptyOp::create(builder, op.getLoc(), type, ir::Monoid::Add);
  return ir::ContractOp::create(builder, op.getLoc(), ir::Monoid::Add, zero.getTensor());
}

Value one(OpBuilder &builder, Location location) {
  return ir::NumberOp::create(builder, location, builder.getI64Type(), builder.getI64IntegerAttr(1));
}

/// sum / count as a real number, in the element type of the sum.
Value divide(OpBuilder &builder, Location location, Value sum, Value count) {
  Type element = sum.getType();
  Type real = isa<FloatType>(element) ? element : Type(builder.getF64Type());
  auto convert = [&](Value value, Type type) -> Value {
    return value.getType() == type ? value : ir::CastOp::create(builder, location, type, value).getResult();
  };
  Value quotient = ir::ApplyOp::create(builder, location, real, "div",
                                       ValueRange{convert(sum, real), convert(count, real)});
  return convert(quotient, element);
}

/// One variable per axis of the tensor.
SmallVector<Value> createIndexes(OpBuilder &builder, Location location, RankedTensorType type) {
  SmallVector<Value> indexes;
  for (auto [axis, extent] : llvm::enumerate(type.getShape()))
    indexes.push_back(ir::IndexOp::create(builder, location, builder.getIndexType(),
                                          builder.getStringAttr("i" + Twine(axis)),
                                          builder.getI64IntegerAttr(0), builder.getI64IntegerAttr(extent)));
  return indexes;
}

/// Elements that nothing reached stay what the destination holds.
void writeQuotients(ir::MapOp map, Value sums, Value counts) {
  OpBuilder builder = OpBuilder::atBlockBegin(&map.getBody().emplaceBlock());
  Location location = map.getLoc();
  auto type = cast<RankedTensorType>(sums.getType());
  SmallVector<Value> indexes = createIndexes(builder, location, type);
  AffineMap identity = builder.getMultiDimIdentityMap(type.getRank());
  Value count = ir::AtOp::create(builder, location, builder.getI64Type(), counts, indexes, identity);
  auto zero = ir::NumberOp::create(builder, location, builder.getI64Type(), builder.getI64IntegerAttr(0));
  Value isReached =
      ir::ApplyOp::create(builder, location, builder.getI1Type(), "gt", ValueRange{count, zero.getResult()});
  ir::WhereOp::create(builder, location, isReached);
  Value sum = ir::AtOp::create(builder, location, type.getElementType(), sums, indexes, identity);
  ir::YieldOp::create(builder, location, divide(builder, location, sum, count), indexes,
                      AffineMapAttr::get(identity));
}

} // namespace

/// contract avg into d {v at m}  ==  map into d {s / n where n > 0} with s = contract add {v at m} and
/// n = contract add {1 at m}. The elements of d that are reached hold the identity, 0, for one equation alone
/// may average into a tensor; so the quotients are combined by add.
void splitAverage(ir::ComprehensionOpInterface op) {
  OpBuilder builder(op);
  Type type = op.getDest().getType();
  ir::ContractOp sums = createSum(builder, op, ir::denseType(type).getElementType());
  copyBody(op, sums.getBody(), [](OpBuilder &, Value value) { return value; });
  ir::ContractOp counts = createSum(builder, op, builder.getI64Type());
  copyBody(op, counts.getBody(), [](OpBuilder &inner, Value value) { return one(inner, value.getLoc()); });

  Value dest = op.getDest();
  auto empty = dest.getDefiningOp<ir::EmptyOp>();
  if (empty)
    dest = ir::EmptyOp::create(builder, op.getLoc(), type, ir::Monoid::Add);
  auto map = ir::MapOp::create(builder, op.getLoc(), ir::Monoid::Add, dest);
  writeQuotients(map, sums.getCombined(), counts.getCombined());
  op->getResult(0).replaceAllUsesWith(map.getCombined());
  op->erase();
  if (empty && empty->use_empty())
    empty->erase();
}

namespace {

class SplitAverage : public impl::SplitAverageBase<SplitAverage> {
public:
  void runOnOperation() override {
    SmallVector<ir::ComprehensionOpInterface> averages;
    getOperation().walk([&](ir::ComprehensionOpInterface op) {
      if (op.getMonoid() == ir::Monoid::Average)
        averages.push_back(op);
    });
    llvm::for_each(averages, splitAverage);
  }
};

} // namespace

} // namespace tl::passes
