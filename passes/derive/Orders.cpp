// The cotangents of functions that take the elements of a row in order.
#include "passes/derive/Derivation.h"

#include "ir/tl/TlTypes.h"

namespace tl::passes {

using namespace mlir;

namespace {

Value only(ScalarBuilder &, ValueRange elements) {
  return elements[0];
}

bool isAlong(ir::NormalizeOp normalize, std::int64_t axis) {
  return llvm::is_contained(normalize.getAlong(), axis);
}

} // namespace

/// The rows of a tensor backwards.
Value Derivation::reversed(Value tensor, ArrayRef<std::int64_t> along, Location place) {
  auto type = cast<RankedTensorType>(tensor.getType());
  EquationCopy copy = open(ir::Monoid::Add, zeros(type, place), place);
  SmallVector<Value> indices;
  SmallVector<AffineExpr> backwards;
  for (auto [axis, extent] : llvm::enumerate(type.getShape())) {
    indices.push_back(ir::IndexOp::create(copy.builder, place, builder.getIndexType(),
                                          builder.getStringAttr("i" + Twine(axis)),
                                          builder.getI64IntegerAttr(0), builder.getI64IntegerAttr(extent)));
    AffineExpr index = builder.getAffineDimExpr(axis);
    backwards.push_back(llvm::is_contained(along, static_cast<std::int64_t>(axis)) ? extent - 1 - index
                                                                                   : index);
  }
  Value element = ir::AtOp::create(copy.builder, place, type.getElementType(), tensor, indices,
                                   AffineMap::get(type.getRank(), 0, backwards, builder.getContext()));
  yield(copy, element, indices, builder.getMultiDimIdentityMap(type.getRank()));
  return close(copy);
}

/// By element, the sum of a row from there to its end.
Value Derivation::tails(Value tensor, ArrayRef<std::int64_t> along, Location place) {
  Value backwards = reversed(tensor, along, place);
  Value sums = ir::NormalizeOp::create(builder, place, backwards.getType(), ir::Normalization::CumSum,
                                       backwards, along, ArrayRef<double>());
  return reversed(sums, along, place);
}

/// How many elements of a row `one` counts, up to each that is present.
Value Derivation::counted(Value tensor, ir::NormalizeOp normalize,
                          llvm::function_ref<Value(ScalarBuilder &, Value)> one) {
  Location place = normalize.getLoc();
  RankedTensorType type = ir::denseType(tensor.getType()).clone(builder.getI64Type());
  SmallVector<bool> every(type.getRank(), true);
  const bool isPartial = ir::isPartial(tensor.getType());
  Type counts = isPartial ? Type(ir::PartialType::get(type.getContext(), type)) : type;
  const ir::Monoid monoid = isPartial ? ir::Monoid::Max : ir::Monoid::Add;
  Value ones =
      alongAxes(monoid, ir::EmptyOp::create(builder, place, counts, monoid), type.getShape(), {{tensor}},
                every, place, [&](ScalarBuilder &s, ValueRange e) { return one(s, e[0]); });
  return ir::NormalizeOp::create(builder, place, type, ir::Normalization::CumSum, ones, normalize.getAlong(),
                                 ArrayRef<double>());
}

/// y[i] = x[0] ... x[i]: before the first 0 of a row dx[i] is the sum of d y from there on over x[i]; at the
/// first 0 it is the sum of d q, q being the products without it; behind it nothing.
void Derivation::deriveCumProd(ir::NormalizeOp normalize) {
  Location place = normalize.getLoc();
  Value x = forward(normalize.getTensor()), d = cotangents.lookup(normalize.getNormalized());
  RankedTensorType type = ir::denseType(x.getType());
  SmallVector<bool> every(type.getRank(), true);
  auto along = [&](ir::Monoid monoid, Value dest, ArrayRef<AxesRead> sources,
                   llvm::function_ref<Value(ScalarBuilder &, ValueRange)> compute) {
    return alongAxes(monoid, dest, type.getShape(), sources, every, place, compute);
  };
  auto isZero = [](ScalarBuilder &s, Value value) {
    return s.compare("eq", value, s.real(0, value.getType()));
  };
  Value passed = counted(x, normalize, [&](ScalarBuilder &s, Value value) {
    return s.select(isZero(s, value), s.integer(1), s.integer(0));
  });
  auto isFirst = [&](ScalarBuilder &s, Value value, Value zerosPassed) {
    return s.both(isZero(s, value), s.compare("eq", zerosPassed, s.integer(1)));
  };
  const ir::Monoid monoid = ir::isPartial(x.getType()) ? ir::Monoid::Max : ir::Monoid::Add;
  Value others = along(monoid, ir::EmptyOp::create(builder, place, x.getType(), monoid), {{x}, {passed}},
                       [&](ScalarBuilder &s, ValueRange e) {
                         return s.select(isFirst(s, e[0], e[1]), s.real(1, e[0].getType()), e[0]);
                       });
  Value without = ir::NormalizeOp::create(builder, place, type, ir::Normalization::CumProd, others,
                                          normalize.getAlong(), ArrayRef<double>());
  auto tailOf = [&](Value products) {
    Value part = along(ir::Monoid::Add, zeros(type, place), {{x}, {d}, {products}},
                       [](ScalarBuilder &s, ValueRange e) { return s.multiply(e[1], e[2]); });
    return tails(part, normalize.getAlong(), place);
  };
  Value before = tailOf(forward(normalize.getNormalized())), at = tailOf(without);
  Value root = rootOf(normalize.getTensor());
  Value dest = accumulator(root, type, place);
  cotangents[root] =
      along(ir::Monoid::Add, dest, {{x}, {passed}, {before}, {at}}, [&](ScalarBuilder &s, ValueRange e) {
        Value isBefore = s.compare("eq", e[1], s.integer(0));
        return s.select(isBefore, s.divide(e[2], e[0]), s.keepWhere(isFirst(s, e[0], e[1]), e[3]));
      });
}

/// Opens an equation over the elements of `x` that are present. `at` is the place of an element, `row` that
/// of the number, less `first`, that `numbers` gives it in its row.
EquationCopy Derivation::overNumbered(Value dest, ir::NormalizeOp normalize, Value numbers,
                                      std::int64_t first, SmallVectorImpl<Value> &at,
                                      SmallVectorImpl<Value> &row) {
  Location place = normalize.getLoc();
  Value x = forward(normalize.getTensor());
  RankedTensorType type = ir::denseType(x.getType());
  EquationCopy copy = open(ir::Monoid::Add, dest, place);
  for (auto [axis, extent] : llvm::enumerate(type.getShape())) {
    at.push_back(ir::IndexOp::create(copy.builder, place, builder.getIndexType(),
                                     builder.getStringAttr("i" + Twine(axis)), builder.getI64IntegerAttr(0),
                                     builder.getI64IntegerAttr(extent)));
    if (!isAlong(normalize, static_cast<std::int64_t>(axis)))
      row.push_back(at.back());
  }
  AffineMap identity = builder.getMultiDimIdentityMap(type.getRank());
  ir::AtOp::create(copy.builder, place, type.getElementType(), x, at, identity);
  ScalarBuilder s(copy.builder, place);
  Value number = ir::AtOp::create(copy.builder, place, builder.getI64Type(), numbers, at, identity);
  if (first != 0)
    number = s.apply("sub", {number, s.integer(first)});
  row.push_back(s.cast(number, builder.getIndexType()));
  return copy;
}

/// y = x in ascending order: an element gets the cotangent of the place that it went to. Places are numbered
/// among those that are present, as ranks are.
void Derivation::deriveSort(ir::NormalizeOp normalize) {
  Location place = normalize.getLoc();
  Value x = forward(normalize.getTensor()), d = cotangents.lookup(normalize.getNormalized());
  RankedTensorType type = ir::denseType(x.getType());
  SmallVector<std::int64_t> rows;
  std::int64_t length = 1;
  for (auto [axis, extent] : llvm::enumerate(type.getShape()))
    if (isAlong(normalize, static_cast<std::int64_t>(axis)))
      length *= extent;
    else
      rows.push_back(extent);
  rows.push_back(length);
  auto read = [&](EquationCopy &copy, Value tensor, ValueRange indices) -> Value {
    return ir::AtOp::create(copy.builder, place, type.getElementType(), tensor, indices,
                            builder.getMultiDimIdentityMap(indices.size()));
  };
  Value places = counted(x, normalize, [](ScalarBuilder &s, Value) { return s.integer(1); });
  Value inOrder = zeros(RankedTensorType::get(rows, type.getElementType()), place);
  SmallVector<Value> at, row;
  EquationCopy compact = overNumbered(inOrder, normalize, places, 1, at, row);
  yield(compact, read(compact, d, at), row, builder.getMultiDimIdentityMap(rows.size()));
  inOrder = close(compact);
  at.clear();
  row.clear();
  Value ranks = ir::NormalizeOp::create(builder, place, type.clone(builder.getI64Type()),
                                        ir::Normalization::Rank, x, normalize.getAlong(), ArrayRef<double>());
  Value root = rootOf(normalize.getTensor());
  EquationCopy back = overNumbered(accumulator(root, type, place), normalize, ranks, 0, at, row);
  yield(back, read(back, inOrder, row), at, builder.getMultiDimIdentityMap(type.getRank()));
  cotangents[root] = close(back);
}

/// cumsum: y = x + what comes before it, so dx = d + what comes after it. What is absent is no part of the
/// sums.
void Derivation::deriveOrdered(ir::NormalizeOp normalize) {
  Location place = normalize.getLoc();
  switch (normalize.getKind()) {
  case ir::Normalization::CumProd:
    return deriveCumProd(normalize);
  case ir::Normalization::Sort:
    return deriveSort(normalize);
  case ir::Normalization::CumSum: {
    Value x = forward(normalize.getTensor()), d = cotangents.lookup(normalize.getNormalized());
    RankedTensorType type = ir::denseType(x.getType());
    SmallVector<bool> every(type.getRank(), true);
    Value part =
        alongAxes(ir::Monoid::Add, zeros(type, place), type.getShape(), {{d}, {x}}, every, place, only);
    Value sums = tails(part, normalize.getAlong(), place);
    Value root = rootOf(normalize.getTensor());
    Value dest = accumulator(root, type, place);
    cotangents[root] = alongAxes(ir::Monoid::Add, dest, type.getShape(), {{sums}, {x}}, every, place, only);
    return;
  }
  case ir::Normalization::Rank: // does not move with the numbers
  case ir::Normalization::Order:
    return;
  case ir::Normalization::Softmax:
  case ir::Normalization::LogSoftmax:
  case ir::Normalization::LayerNorm:
  case ir::Normalization::RmsNorm:
  case ir::Normalization::L2Norm:
    llvm_unreachable("derived elsewhere");
  }
}

} // namespace tl::passes
