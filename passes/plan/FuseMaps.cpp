// Computes elements where they are read.
#include "passes/Passes.h"
#include "passes/plan/Elementwise.h"
#include "passes/plan/Products.h"
#include "passes/plan/Scope.h"

#include "ir/tl/TlTypes.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/IRMapping.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringSwitch.h"

namespace tl::passes {

#define GEN_PASS_DEF_FUSEMAPS
#include "passes/Passes.h.inc"

using namespace mlir;

namespace {

/// Bodies grow no further than this: a loop of more than that is bound by its arithmetic, and takes long to
/// compile.
constexpr std::size_t kMostOps = 96;
/// Operations that cost no more than the element that would be read instead.
constexpr int kCheapOps = 4;

std::size_t sizeOf(ir::ComprehensionOpInterface op) {
  std::size_t count = 0;
  op.getBody().walk([&](Operation *) { ++count; });
  return count;
}

bool isCheap(StringRef primitive) {
  return llvm::StringSwitch<bool>(primitive)
      .Cases({"add", "sub", "mul", "neg", "abs", "min", "max", "relu", "stopgrad"}, true)
      .Cases({"eq", "ne", "lt", "le", "gt", "ge", "and", "or", "not", "where"}, true)
      .Default(false);
}

/// Little arithmetic on at most one tensor as large as the result: doing it twice costs what reading its
/// result twice does.
bool isCheap(ir::ComprehensionOpInterface op, std::int64_t elements) {
  int operations = 0, large = 0;
  bool isLight = true;
  op.getBody().walk([&](Operation *nested) {
    if (auto apply = dyn_cast<ir::ApplyOp>(nested)) {
      ++operations;
      isLight &= isCheap(apply.getPrimitive());
    }
    if (auto at = dyn_cast<ir::AtOp>(nested))
      large += ir::denseType(at.getTensor().getType()).getNumElements() * 4 >= elements;
  });
  return isLight && operations <= kCheapOps && large <= 1;
}

/// The comprehension that `at` stands in.
ir::ComprehensionOpInterface readerOf(ir::AtOp at) {
  Operation *op = at->getParentOp();
  while (!isa<ir::ComprehensionOpInterface>(op))
    op = op->getParentOp();
  return cast<ir::ComprehensionOpInterface>(op);
}

/// For how many assignments `at` is read; none when a literal says.
std::optional<std::int64_t> timesRead(ir::AtOp at, Operation *reader) {
  std::int64_t times = 1;
  for (Operation *scope = at->getParentOp();; scope = scope->getParentOp()) {
    for (ir::IndexOp variable : scope->getRegion(0).front().getOps<ir::IndexOp>()) {
      std::optional<Interval> range = declaredRange(variable);
      if (!range || range->isEmpty() ||
          __builtin_mul_overflow(times, range->upper - range->lower + 1, &times))
        return std::nullopt;
    }
    if (scope == reader)
      return times;
  }
}

/// map f (map g x)  ==  map (f . g) x:  with t[x] = g(x), a read of t at e(a) is g(e(a)). The elements of t
/// are not kept, so this must not repeat work: t is read by one comprehension, at one place and no more often
/// than it has elements, or what it does is cheap. A product of two tensors reads them as they are.
class Fusion {
public:
  Fusion(ir::ComprehensionOpInterface producer, std::int64_t elements)
      : producer(producer), elements(elements) {}

  bool run() {
    if (!collectReads())
      return false;
    for (ir::AtOp at : reads)
      inlineAt(at);
    auto empty = producer.getDest().getDefiningOp<ir::EmptyOp>();
    producer->erase();
    empty->erase();
    return true;
  }

private:
  bool collectReads() {
    llvm::SetVector<Operation *> readers;
    for (Operation *user : producer.getCombined().getUsers()) {
      auto at = dyn_cast<ir::AtOp>(user);
      if (!at)
        return false;
      reads.push_back(at);
      readers.insert(readerOf(at));
    }
    if (reads.empty() || (!isCheap(producer, elements) && (readers.size() > 1 || !areAtOnePlace())))
      return false;
    return llvm::all_of(
               readers,
               [&](Operation *reader) { return accepts(cast<ir::ComprehensionOpInterface>(reader)); }) &&
           llvm::all_of(reads, [&](ir::AtOp at) {
             ir::ComprehensionOpInterface reader = readerOf(at);
             std::optional<std::int64_t> times = timesRead(at, reader);
             return times && *times <= elements &&
                    readsCertainly(at, StepConditions(reader.getBody().front()));
           });
  }

  bool accepts(ir::ComprehensionOpInterface reader) {
    return reader->getBlock() == producer->getBlock() && canMoveTo(producer, reader) &&
           !matchProduct(reader) && sizeOf(producer) * reads.size() + sizeOf(reader) <= kMostOps;
  }

  bool areAtOnePlace() {
    return llvm::all_of(reads, [&](ir::AtOp at) {
      return at.getMap() == reads.front().getMap() &&
             llvm::equal(at.getIndices(), reads.front().getIndices()) &&
             at->getBlock() == reads.front()->getBlock();
    });
  }

  /// The value of the producer's body at the place of the read.
  void inlineAt(ir::AtOp at) {
    auto yield = cast<ir::YieldOp>(producer.getBody().front().getTerminator());
    place = at;
    coordinates.clear();
    for (auto [coordinate, expression] :
         llvm::zip_equal(yield.getMap()->getResults(), at.getMap().getResults()))
      coordinates[yield.getIndices()[cast<AffineDimExpr>(coordinate).getPosition()]] = expression;
    OpBuilder builder(at);
    IRMapping mapping;
    cloneBody(builder, producer.getBody().front(), mapping);
    at.getElement().replaceAllUsesWith(mapping.lookupOrDefault(yield.getValue()));
    at->erase();
  }

  void cloneBody(OpBuilder &builder, Block &body, IRMapping &mapping) {
    for (Operation &op : body.without_terminator()) {
      if (isa<ir::IndexOp>(op))
        continue;
      if (auto project = dyn_cast<ir::ProjectOp>(op)) {
        Block &term = project.getBody().front();
        cloneBody(builder, term, mapping);
        mapping.map(project.getValue(),
                    mapping.lookupOrDefault(cast<ir::YieldOp>(term.getTerminator()).getValue()));
      } else if (auto inner = dyn_cast<ir::AtOp>(op)) {
        cloneAt(builder, inner, mapping);
      } else if (auto cast = dyn_cast<ir::CastOp>(op); cast && coordinates.contains(cast.getOperand())) {
        mapping.map(cast.getResult(), coordinateValue(builder, cast));
      } else {
        builder.clone(op, mapping);
      }
    }
  }

  /// A read at coordinates that are expressions of the reader's indices.
  void cloneAt(OpBuilder &builder, ir::AtOp inner, IRMapping &mapping) {
    SmallVector<Value> indices(place.getIndices());
    SmallVector<AffineExpr> replacements;
    for (Value index : inner.getIndices()) {
      if (auto found = coordinates.find(index); found != coordinates.end()) {
        replacements.push_back(found->second);
        continue;
      }
      replacements.push_back(builder.getAffineDimExpr(static_cast<unsigned>(indices.size())));
      indices.push_back(index);
    }
    AffineMap map =
        inner.getMap().replaceDimsAndSymbols(replacements, {}, static_cast<unsigned>(indices.size()), 0);
    auto [used, compressed] = withoutUnused(map, indices);
    mapping.map(inner.getElement(), ir::AtOp::create(builder, inner.getLoc(), inner.getElement().getType(),
                                                     inner.getTensor(), used, compressed, false)
                                        .getElement());
  }

  static std::pair<SmallVector<Value>, AffineMap> withoutUnused(AffineMap map, ArrayRef<Value> indices) {
    llvm::SmallBitVector unused = getUnusedDimsBitVector({map});
    SmallVector<Value> used;
    for (auto [dimension, index] : llvm::enumerate(indices))
      if (!unused[dimension])
        used.push_back(index);
    return {used, compressDims(map, unused)};
  }

  /// A coordinate as a number. Coordinates that are read are linear.
  Value coordinateValue(OpBuilder &builder, ir::CastOp cast) {
    Type integer = builder.getI64Type();
    Value sum;
    auto add = [&](Value term) {
      sum =
          sum ? ir::ApplyOp::create(builder, cast.getLoc(), integer, "add", ValueRange{sum, term}).getResult()
              : term;
    };
    auto number = [&](std::int64_t value) -> Value {
      return ir::NumberOp::create(builder, cast.getLoc(), integer, builder.getI64IntegerAttr(value));
    };
    AffineExpr expression = coordinates.lookup(cast.getOperand());
    for (auto [dimension, index] : llvm::enumerate(place.getIndices())) {
      const std::int64_t coefficient =
          coefficientOf(expression, static_cast<unsigned>(dimension)).value_or(0);
      if (!expression.isFunctionOfDim(static_cast<unsigned>(dimension)) || coefficient == 0)
        continue;
      Value term = ir::CastOp::create(builder, cast.getLoc(), integer, index);
      if (coefficient != 1)
        term = ir::ApplyOp::create(builder, cast.getLoc(), integer, "mul",
                                   ValueRange{term, number(coefficient)});
      add(term);
    }
    SmallVector<AffineExpr> zeros(place.getIndices().size(), builder.getAffineConstantExpr(0));
    const std::int64_t rest = mlir::cast<AffineConstantExpr>(expression.replaceDims(zeros)).getValue();
    if (rest != 0 || !sum)
      add(number(rest));
    Type wanted = cast.getResult().getType();
    return wanted == integer ? sum : ir::CastOp::create(builder, cast.getLoc(), wanted, sum).getResult();
  }

  ir::ComprehensionOpInterface producer;
  std::int64_t elements;
  SmallVector<ir::AtOp> reads;
  ir::AtOp place;
  llvm::DenseMap<Value, AffineExpr> coordinates;
};

class FuseMaps : public impl::FuseMapsBase<FuseMaps> {
public:
  void runOnOperation() override {
    SmallVector<ir::ComprehensionOpInterface> comprehensions;
    getOperation().walk([&](ir::ComprehensionOpInterface op) { comprehensions.push_back(op); });
    // Producers first, so that a chain is fused from its beginning.
    for (ir::ComprehensionOpInterface op : comprehensions)
      if (std::optional<std::int64_t> elements = elementsOf(op))
        Fusion(op, *elements).run();
  }
};

} // namespace

} // namespace tl::passes
