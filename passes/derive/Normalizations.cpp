// The cotangents of softmax, lnorm and the like.
#include "passes/derive/Derivation.h"

#include "ir/tl/TlTypes.h"

namespace tl::passes {

using namespace mlir;

namespace {

using Elements = ValueRange;

/// One normalisation y of x and the cotangent d of y. Sums run over the elements that are present: every
/// equation reads x, and what is absent drops. `kept` are the axes that are not normalised.
class NormalizationRule {
public:
  using Combine = llvm::function_ref<Value(ScalarBuilder &, Elements)>;
  /// Sums `term` of the elements of `sources` along the normalised axes.
  std::function<Value(ArrayRef<AxesRead>, Combine)> sum;
  /// A value for each position of the kept axes.
  std::function<Value(ArrayRef<AxesRead>, Combine)> perRow;
  /// Adds to the cotangent of x.
  std::function<void(ArrayRef<AxesRead>, Combine)> add;

  AxesRead x, y, d;
  double epsilon = 0;
  AxesRead count; ///< of the present elements of a row; none when all are
  std::int64_t extent = 1;

  void softmax();
  void logSoftmax();
  void layerNorm();
  void rmsNorm();
  void l2Norm();

private:
  AxesRead sumOf(ArrayRef<AxesRead> sources, Combine term) { return {sum(sources, term), true}; }
  /// total / count of a row.
  AxesRead meanOf(AxesRead total) {
    if (!count.tensor)
      return {perRow({total},
                     [&](ScalarBuilder &s, Elements e) {
                       return s.divide(e[0], s.real(static_cast<double>(extent), e[0].getType()));
                     }),
              true};
    return {perRow({total, count},
                   [](ScalarBuilder &s, Elements e) { return s.divide(e[0], s.cast(e[1], e[0].getType())); }),
            true};
  }
  AxesRead reciprocalRoot(AxesRead mean) {
    return {perRow({mean},
                   [&](ScalarBuilder &s, Elements e) {
                     return s.apply("rsqrt", s.add(e[0], s.real(epsilon, e[0].getType())));
                   }),
            true};
  }
  AxesRead sumOfProducts() {
    return sumOf({x, y, d}, [](ScalarBuilder &s, Elements e) { return s.multiply(e[2], e[1]); });
  }
};

/// y_i = exp x_i / sum exp x: dx = y (d - sum y d).
void NormalizationRule::softmax() {
  AxesRead total = sumOfProducts();
  add({x, y, d, total},
      [](ScalarBuilder &s, Elements e) { return s.multiply(e[1], s.subtract(e[2], e[3])); });
}

/// y_i = x_i - log sum exp x: dx = d - exp(y) sum d.
void NormalizationRule::logSoftmax() {
  AxesRead total = sumOf({x, d}, [](ScalarBuilder &, Elements e) { return e[1]; });
  add({x, y, d, total},
      [](ScalarBuilder &s, Elements e) { return s.subtract(e[2], s.multiply(s.apply("exp", e[1]), e[3])); });
}

/// y = (x - m) r with r = 1 / sqrt(mean of (x - m)^2 + eps): dx = r (d - mean d - y mean of d y).
void NormalizationRule::layerNorm() {
  AxesRead mean = meanOf(sumOf({x}, [](ScalarBuilder &, Elements e) { return e[0]; }));
  AxesRead variance =
      meanOf(sumOf({x, mean}, [](ScalarBuilder &s, Elements e) { return s.square(s.subtract(e[0], e[1])); }));
  AxesRead root = reciprocalRoot(variance);
  AxesRead level = meanOf(sumOf({x, d}, [](ScalarBuilder &, Elements e) { return e[1]; }));
  AxesRead slope = meanOf(sumOfProducts());
  add({x, y, d, root, level, slope}, [](ScalarBuilder &s, Elements e) {
    return s.multiply(e[3], s.subtract(s.subtract(e[2], e[4]), s.multiply(e[1], e[5])));
  });
}

/// y = x r with r = 1 / sqrt(mean of x^2 + eps): dx = r (d - y mean of d y).
void NormalizationRule::rmsNorm() {
  AxesRead root =
      reciprocalRoot(meanOf(sumOf({x}, [](ScalarBuilder &s, Elements e) { return s.square(e[0]); })));
  AxesRead slope = meanOf(sumOfProducts());
  add({x, y, d, root, slope}, [](ScalarBuilder &s, Elements e) {
    return s.multiply(e[3], s.subtract(e[2], s.multiply(e[1], e[4])));
  });
}

/// y = x / max(norm, eps): dx = (d - y sum of d y) / norm, or d / eps where the norm is not above eps.
void NormalizationRule::l2Norm() {
  AxesRead norm = {perRow({sumOf({x}, [](ScalarBuilder &s, Elements e) { return s.square(e[0]); })},
                          [](ScalarBuilder &s, Elements e) { return s.apply("sqrt", e[0]); }),
                   true};
  AxesRead slope = sumOfProducts();
  add({x, y, d, norm, slope}, [&](ScalarBuilder &s, Elements e) {
    Value least = s.real(epsilon, e[3].getType());
    Value isAbove = s.compare("gt", e[3], least);
    Value along = s.subtract(e[2], s.keepWhere(isAbove, s.multiply(e[1], e[4])));
    return s.divide(along, s.apply("max", {e[3], least}));
  });
}

} // namespace

void Derivation::derive(ir::NormalizeOp normalize) {
  Value cotangent = cotangents.lookup(normalize.getNormalized());
  if (!cotangent || !activity.contains(normalize.getTensor()))
    return;
  if (ir::isOrdered(normalize.getKind()))
    return deriveOrdered(normalize);
  Location place = normalize.getLoc();
  auto type = cast<RankedTensorType>(normalize.getNormalized().getType());
  SmallVector<bool> kept(type.getRank(), true);
  NormalizationRule rule;
  for (std::int64_t axis : normalize.getAlong()) {
    kept[axis] = false;
    rule.extent *= type.getDimSize(axis);
  }
  SmallVector<std::int64_t> rows;
  for (std::int64_t axis = 0; axis < type.getRank(); ++axis)
    if (kept[axis])
      rows.push_back(type.getDimSize(axis));
  auto rowType = RankedTensorType::get(rows, type.getElementType());
  rule.x = {forward(normalize.getTensor())};
  rule.y = {forward(normalize.getNormalized())};
  rule.d = {cotangent};
  rule.epsilon = normalize.getParameters().empty() ? 0 : normalize.getParameters()[0];
  rule.sum = [&](ArrayRef<AxesRead> sources, NormalizationRule::Combine term) {
    return alongAxes(ir::Monoid::Add, zeros(rowType, place), type.getShape(), sources, kept, place, term);
  };
  rule.perRow = [&](ArrayRef<AxesRead> sources, NormalizationRule::Combine value) {
    SmallVector<bool> every(rows.size(), true);
    return alongAxes(ir::Monoid::Add, zeros(rowType, place), rows, sources, every, place, value);
  };
  rule.add = [&](ArrayRef<AxesRead> sources, NormalizationRule::Combine value) {
    Value root = rootOf(normalize.getTensor());
    Value dest = accumulator(root, type, place);
    cotangents[root] = alongAxes(ir::Monoid::Add, dest, type.getShape(), sources, kept, place, value);
  };
  if (ir::isPartial(normalize.getTensor().getType()))
    rule.count = {alongAxes(ir::Monoid::Add, zeros(rowType.clone(builder.getI64Type()), place),
                            type.getShape(), {rule.x}, kept, place,
                            [](ScalarBuilder &s, Elements) { return s.integer(1); }),
                  true};
  switch (normalize.getKind()) {
  case ir::Normalization::Softmax:
    return rule.softmax();
  case ir::Normalization::LogSoftmax:
    return rule.logSoftmax();
  case ir::Normalization::LayerNorm:
    return rule.layerNorm();
  case ir::Normalization::RmsNorm:
    return rule.rmsNorm();
  case ir::Normalization::L2Norm:
    return rule.l2Norm();
  case ir::Normalization::CumSum:
  case ir::Normalization::CumProd:
  case ir::Normalization::Sort:
  case ir::Normalization::Rank:
  case ir::Normalization::Order:
    llvm_unreachable("derived before");
  }
}

} // namespace tl::passes
