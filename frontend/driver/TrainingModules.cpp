// Modules of a training step.
#include "frontend/driver/TrainingModules.h"

#include "frontend/sema/Draws.h"
#include "ir/tl/ElementTypes.h"
#include "ir/tl/TlOps.h"
#include "ir/tl/TlTypes.h"
#include "passes/derive/Derive.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/IRMapping.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

namespace tl::driver {
namespace {

ir::ProgramOp programOf(mlir::ModuleOp module) {
  return *module.getOps<ir::ProgramOp>().begin();
}

/// Puts the rows of one read in the place of the whole.
class BatchTaker {
public:
  BatchTaker(mlir::ModuleOp module, const BatchAxis &batch) : batch(batch), builder(module.getContext()) {
    mlir::Block &body = programOf(module).getBody().front();
    builder.setInsertionPointToStart(&body);
    auto type = mlir::RankedTensorType::get({batch.size}, builder.getI64Type());
    rows = ir::ReadOp::create(builder, module.getLoc(), type, kBatchRows, "the order of the examples");
  }

  /// `isExample` says which axes of `read` run over examples.
  void take(ir::ReadOp read, const std::vector<bool> &isExample) {
    builder.setInsertionPointAfter(read);
    mlir::Type part = read.getTensor().getType();
    const bool isRelation = ir::isRelation(part);
    ir::Monoid monoid = isRelation                ? ir::Monoid::Or
                        : ir::isPartial(part) ? ir::Monoid::Max
                                              : ir::Monoid::Add;
    auto empty = ir::EmptyOp::create(builder, read.getLoc(), part, monoid, read.getNameAttr());
    mlir::Operation *rowsOf;
    if (isRelation)
      rowsOf = ir::ContractOp::create(builder, read.getLoc(), part, monoid, empty);
    else
      rowsOf = ir::MapOp::create(builder, read.getLoc(), part, monoid, empty);
    read.getTensor().replaceAllUsesExcept(rowsOf->getResult(0), rowsOf);
    read.getTensor().setType(whole(part, isExample));
    builder.setInsertionPointToEnd(&rowsOf->getRegion(0).emplaceBlock());
    fill(read, isExample, isRelation, part);
  }

private:
  mlir::Type whole(mlir::Type part, const std::vector<bool> &isExample) {
    auto widened = [&](llvm::ArrayRef<std::int64_t> extents) {
      llvm::SmallVector<std::int64_t> result(extents);
      for (std::size_t axis = 0; axis < result.size(); ++axis)
        if (isExample[axis] && result[axis] >= 0)
          result[axis] = batch.examples;
      return result;
    };
    if (auto relation = mlir::dyn_cast<ir::RelationType>(part))
      return ir::RelationType::get(builder.getContext(), widened(relation.getBounds()));
    mlir::RankedTensorType dense = ir::denseType(part);
    auto type = mlir::RankedTensorType::get(widened(dense.getShape()), dense.getElementType());
    return ir::isPartial(part) ? mlir::Type(ir::PartialType::get(builder.getContext(), type)) : type;
  }

  void fill(ir::ReadOp read, const std::vector<bool> &isExample, bool isRelation, mlir::Type part) {
    mlir::Location place = read.getLoc();
    llvm::SmallVector<mlir::Value> taken, placed;
    mlir::AffineMap one = builder.getMultiDimIdentityMap(1);
    for (std::size_t axis = 0; axis < isExample.size(); ++axis) {
      std::int64_t extent = isRelation ? (isExample[axis] ? batch.size : -1) : ir::denseType(part).getShape()[axis];
      mlir::IntegerAttr lower, upper;
      if (extent >= 0) {
        lower = builder.getI64IntegerAttr(0);
        upper = builder.getI64IntegerAttr(extent);
      }
      mlir::Value index = ir::IndexOp::create(builder, place, builder.getIndexType(),
                                              builder.getStringAttr("i" + std::to_string(axis + 1)), lower, upper);
      placed.push_back(index);
      if (isExample[axis]) {
        mlir::Value row = ir::AtOp::create(builder, place, builder.getI64Type(), rows, mlir::ValueRange{index}, one, false);
        index = ir::CastOp::create(builder, place, builder.getIndexType(), row);
      }
      taken.push_back(index);
    }
    mlir::AffineMap identity = builder.getMultiDimIdentityMap(isExample.size());
    mlir::Value value;
    if (isRelation)
      ir::LiteralOp::create(builder, place, read.getTensor(), taken, identity, false);
    else
      value = ir::AtOp::create(builder, place, ir::denseType(part).getElementType(), read.getTensor(), taken,
                               identity, false);
    ir::YieldOp::create(builder, place, value, placed, mlir::AffineMapAttr::get(identity));
  }

  const BatchAxis &batch;
  mlir::OpBuilder builder;
  mlir::Value rows;
};

} // namespace

bool takeBatch(mlir::ModuleOp module, const sema::TypedProgram &program, const BatchAxis &batch,
               const std::vector<std::int64_t> &extents, std::string &misfit) {
  BatchTaker taker(module, batch);
  std::vector<ir::ReadOp> reads;
  for (ir::ReadOp read : programOf(module).getOps<ir::ReadOp>())
    reads.push_back(read);
  for (ir::ReadOp read : reads) {
    if (read.getName() == sema::symbolKeysName(batch.axisClass)) {
      taker.take(read, {true});
      continue;
    }
    std::optional<sema::TensorId> id = program.find(read.getName());
    if (!id)
      continue;
    std::vector<bool> isExample;
    for (sema::ClassId axisClass : program.tensors[*id].axes) {
      isExample.push_back(axisClass == batch.axisClass);
      if (!isExample.back() && program.classes[axisClass].extent != extents[axisClass]) {
        misfit = program.tensors[*id].name;
        return false;
      }
    }
    if (llvm::is_contained(isExample, true))
      taker.take(read, isExample);
  }
  return true;
}

mlir::LogicalResult appendUpdate(mlir::ModuleOp forward, mlir::ModuleOp update,
                                 const std::vector<StepTensor> &parameters, double memory) {
  mlir::Block &body = programOf(forward).getBody().front();
  std::vector<ir::QueryOp> handedOut(parameters.size() + 1);
  for (ir::QueryOp query : programOf(forward).getOps<ir::QueryOp>())
    handedOut[static_cast<std::size_t>(query.getNumber())] = query;
  llvm::SmallVector<mlir::Value> tensors;
  llvm::SmallVector<mlir::Type> types;
  for (std::size_t k = 1; k < handedOut.size(); ++k) {
    tensors.push_back(handedOut[k].getTensor());
    types.push_back(tensors.back().getType());
    handedOut[k].erase();
  }
  mlir::OpBuilder builder = mlir::OpBuilder::atBlockEnd(&body);
  auto gradient =
      ir::GradientOp::create(builder, handedOut[0].getLoc(), types, handedOut[0].getTensor(), tensors);

  std::map<std::string, mlir::Value, std::less<>> known;
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    known[parameters[k].name] = tensors[k];
    known[gradientName(parameters[k].name)] = gradient.getDerivatives()[k];
  }
  mlir::IRMapping mapping;
  for (mlir::Operation &op : programOf(update).getBody().front()) {
    auto read = mlir::dyn_cast<ir::ReadOp>(op);
    auto found = read ? known.find(read.getName().str()) : known.end();
    if (found != known.end()) {
      mapping.map(read.getTensor(), found->second);
      continue;
    }
    mlir::Operation *copy = builder.clone(op, mapping);
    if (auto query = mlir::dyn_cast<ir::QueryOp>(copy))
      query.setNumber(query.getNumber() + 1);
  }
  return passes::deriveGradients(forward, memory);
}

} // namespace tl::driver
