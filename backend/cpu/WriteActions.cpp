// The ops of a planned program that hold no others, as steps of the executor.
#include "backend/cpu/WriteActions.h"

#include "ir/tl/TlTypes.h"
#include "passes/plan/KernelLoops.h"

namespace tl::backend::cpu {
namespace {

runtime::NormalizationKind kindOf(ir::Normalization kind) {
  switch (kind) {
  case ir::Normalization::Softmax:
    return runtime::NormalizationKind::Softmax;
  case ir::Normalization::LogSoftmax:
    return runtime::NormalizationKind::LogSoftmax;
  case ir::Normalization::LayerNorm:
    return runtime::NormalizationKind::LayerNorm;
  case ir::Normalization::RmsNorm:
    return runtime::NormalizationKind::RmsNorm;
  case ir::Normalization::L2Norm:
    return runtime::NormalizationKind::L2Norm;
  case ir::Normalization::CumSum:
  case ir::Normalization::CumProd:
  case ir::Normalization::Sort:
  case ir::Normalization::Rank:
  case ir::Normalization::Order:
    break;
  }
  llvm_unreachable("every kind is listed");
}

runtime::OrderedKind orderedKindOf(ir::Normalization kind) {
  switch (kind) {
  case ir::Normalization::CumSum:
    return runtime::OrderedKind::CumSum;
  case ir::Normalization::CumProd:
    return runtime::OrderedKind::CumProd;
  case ir::Normalization::Sort:
    return runtime::OrderedKind::Sort;
  case ir::Normalization::Rank:
    return runtime::OrderedKind::Rank;
  case ir::Normalization::Order:
    return runtime::OrderedKind::Order;
  case ir::Normalization::Softmax:
  case ir::Normalization::LogSoftmax:
  case ir::Normalization::LayerNorm:
  case ir::Normalization::RmsNorm:
  case ir::Normalization::L2Norm:
    break;
  }
  llvm_unreachable("every kind is listed");
}

runtime::MatrixFunction kindOf(ir::MatrixFunction function) {
  switch (function) {
  case ir::MatrixFunction::Solve:
    return runtime::MatrixFunction::Solve;
  case ir::MatrixFunction::Inverse:
    return runtime::MatrixFunction::Inverse;
  case ir::MatrixFunction::Cholesky:
    return runtime::MatrixFunction::Cholesky;
  case ir::MatrixFunction::Eigh:
    return runtime::MatrixFunction::Eigh;
  case ir::MatrixFunction::Svd:
    return runtime::MatrixFunction::Svd;
  }
  llvm_unreachable("every function is listed");
}

runtime::RowVersion versionOf(plan::Version version) {
  switch (version) {
  case plan::Version::Full:
    return runtime::RowVersion::Full;
  case plan::Version::Delta:
    return runtime::RowVersion::Delta;
  case plan::Version::Old:
    return runtime::RowVersion::Old;
  }
  llvm_unreachable("every version is listed");
}

/// The value of an expression, linear in dimensions and symbols, where all of them are 0 but the given one,
/// which is 1.
std::int64_t valueAt(mlir::AffineExpr expression, mlir::AffineExpr one) {
  if (auto constant = mlir::dyn_cast<mlir::AffineConstantExpr>(expression))
    return constant.getValue();
  if (mlir::isa<mlir::AffineDimExpr, mlir::AffineSymbolExpr>(expression))
    return expression == one;
  auto binary = mlir::cast<mlir::AffineBinaryOpExpr>(expression);
  const std::int64_t lhs = valueAt(binary.getLHS(), one), rhs = valueAt(binary.getRHS(), one);
  return binary.getKind() == mlir::AffineExprKind::Add ? lhs + rhs : lhs * rhs;
}

/// Where a map leads in the memory of `tensor`.
runtime::LinearForm formOf(mlir::AffineMap map, mlir::Type tensor) {
  llvm::ArrayRef<std::int64_t> shape = ir::denseType(tensor).getShape();
  const std::vector<std::int64_t> strides = runtime::rowMajorStrides({shape.begin(), shape.end()});
  auto total = [&](mlir::AffineExpr one) {
    std::int64_t sum = 0;
    for (auto [coordinate, stride] : llvm::zip_equal(map.getResults(), strides))
      sum += valueAt(coordinate, one) * stride;
    return sum;
  };
  runtime::LinearForm form;
  form.constant = total({});
  for (unsigned index = 0; index < map.getNumDims(); ++index)
    form.perIndex.push_back(total(mlir::getAffineDimExpr(index, map.getContext())) - form.constant);
  for (unsigned position = 0; position < map.getNumSymbols(); ++position)
    form.perPosition.push_back(total(mlir::getAffineSymbolExpr(position, map.getContext())) - form.constant);
  return form;
}

} // namespace

runtime::Action writeAction(ir::ReadOp op, ValueNumbers &values) {
  return runtime::ReadStep{values.number(op.getTensor()), op.getName().str()};
}

runtime::Action writeAction(ir::EmptyOp op, ValueNumbers &values) {
  return runtime::EmptyStep{values.number(op.getTensor()),
                            op.getName().value_or("an intermediate result").str(),
                            op.getMonoid() == ir::Monoid::Multiply, op->hasAttr(passes::kFilled)};
}

runtime::Action writeAction(ir::MatrixOp op, ValueNumbers &values) {
  runtime::MatrixStep step;
  step.function = kindOf(op.getFunction());
  step.name = ir::stringifyMatrixFunction(op.getFunction()).str();
  step.subject = op.getSubject().str();
  step.matrix = values.number(op.getMatrix());
  if (op.getRight())
    step.right = values.number(op.getRight());
  step.results = values.allNumbers(op.getAnswers());
  for (mlir::Value answer : op.getAnswers())
    step.isWanted.push_back(!answer.use_empty());
  return step;
}

runtime::Action writeAction(ir::ExternalOp op, ValueNumbers &values) {
  return runtime::ExternalStep{op.getLibrary().str(), op.getSymbol().str(),
                               values.allNumbers(op.getArguments()), values.number(op.getAnswers())};
}

runtime::Action writeAction(ir::QueryOp op, ValueNumbers &values) {
  return runtime::OutletStep{true, op.getNumber(), values.number(op.getTensor())};
}

runtime::Action writeAction(ir::WriteOp op, ValueNumbers &values) {
  return runtime::OutletStep{false, op.getNumber(), values.number(op.getTensor())};
}

runtime::Action writeAction(plan::RowsOp op, ValueNumbers &values) {
  return runtime::RowsStep{
      values.number(op.getRelation()), values.number(op.getRows()), versionOf(op.getVersion()), false, {}};
}

runtime::Action writeAction(plan::IndexByOp op, ValueNumbers &values) {
  llvm::ArrayRef<unsigned> keys = op.getTable().getType().getKeys();
  return runtime::RowsStep{values.number(op.getRelation()),
                           values.number(op.getTable()),
                           versionOf(op.getVersion()),
                           true,
                           {keys.begin(), keys.end()}};
}

runtime::Action writeAction(ir::NormalizeOp op, bool isOwn, ValueNumbers &values) {
  const std::vector<std::int64_t> axes(op.getAlong().begin(), op.getAlong().end());
  const runtime::ValueId input = values.number(op.getTensor()), result = values.number(op.getNormalized());
  if (ir::isOrdered(op.getKind()))
    return runtime::OrderStep{orderedKindOf(op.getKind()), input, result, axes,
                              op.getParameters().empty() ? 0 : op.getParameters()[0]};
  const std::vector<double> parameters(op.getParameters().begin(), op.getParameters().end());
  return runtime::NormalizeStep{kindOf(op.getKind()), input, result, axes, parameters, isOwn};
}

runtime::Action writeAction(plan::ProductOp op, bool inPlace, ValueNumbers &values) {
  auto operand = [&](mlir::Value tensor, unsigned number) {
    auto map = mlir::cast<mlir::AffineMapAttr>(op.getMaps()[number]);
    return runtime::ProductStep::Operand{values.number(tensor), formOf(map.getValue(), tensor.getType())};
  };
  runtime::ProductStep step;
  step.extents.assign(op.getExtents().begin(), op.getExtents().end());
  step.lhs = operand(op.getLhs(), 0);
  step.rhs = operand(op.getRhs(), 1);
  step.dest = operand(op.getDest(), 2);
  step.result = values.number(op.getCombined());
  step.inPlace = inPlace;
  step.isFilled = op->hasAttr(passes::kFilled);
  step.positions = values.allNumbers(op.getPositions());
  if (op.getSteps())
    step.within.assign(op.getSteps()->begin(), op.getSteps()->end());
  return step;
}

std::string listedNames(std::optional<mlir::ArrayAttr> names) {
  if (!names || names->empty())
    return "a recursive equation";
  std::string text;
  for (mlir::Attribute name : *names)
    text += (text.empty() ? "'" : ", '") + mlir::cast<mlir::StringAttr>(name).getValue().str() + "'";
  return text;
}

std::vector<std::string> carriedNames(std::optional<mlir::ArrayAttr> names, std::size_t count) {
  std::vector<std::string> result;
  for (std::size_t entry = 0; entry < count; ++entry)
    result.push_back(names && entry < names->size()
                         ? mlir::cast<mlir::StringAttr>((*names)[entry]).getValue().str()
                         : "a recursive tensor");
  return result;
}

} // namespace tl::backend::cpu
