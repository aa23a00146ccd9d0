// Kernel bodies: loops over ranges and rows, and conditions.
#include "passes/plan/ScopeWriter.h"

#include "passes/logic/LiteralVersion.h"

#include <algorithm>
#include <limits>

namespace tl::passes {

using namespace mlir;

void ScopeWriter::markWalked(const LoopPlan &loops) {
  for (const SmallVector<Loop> &list : {loops.outer, loops.inner})
    for (const Loop &loop : list)
      if (auto *walk = std::get_if<Walk>(&loop))
        written.insert(walk->literals.begin(), walk->literals.end());
}

void ScopeWriter::open(ArrayRef<Loop> loops) {
  for (const Loop &loop : loops) {
    if (auto *walk = std::get_if<Walk>(&loop))
      walk->literals.size() == 1 ? openRows(walk->literals.front()) : openIntersection(*walk);
    else
      openRange(std::get<unsigned>(loop));
    writeReady();
  }
}

void ScopeWriter::openRange(unsigned variable) {
  ir::IndexOp index = scope.variable(variable);
  Interval range = usefulRange(scope, variable, resultExtents);
  isConditional |= range.isEmpty() || range.lower != declaredRange(index)->lower ||
                   range.upper != declaredRange(index)->upper;
  auto loop = plan::ForOp::create(builder, index.getLoc(), index.getName(), range.lower,
                                  std::max(range.lower, range.upper + 1));
  Block &body = loop.getBody().emplaceBlock();
  Value value = body.addArgument(builder.getIndexType(), index.getLoc());
  builder.setInsertionPointToStart(&body);
  bind(variable, value, range);
}

void ScopeWriter::bind(unsigned variable, Value value, Interval interval) {
  Value outer = scope.variable(variable).getResult();
  kernel.values.map(outer, value);
  kernel.intervals[outer] = interval;
  bound.set(variable);
}

void ScopeWriter::openIf(Value condition, Location location) {
  isConditional = true;
  auto branch = plan::IfOp::create(builder, location, condition);
  builder.setInsertionPointToStart(&branch.getBody().emplaceBlock());
}

void ScopeWriter::openRows(ir::LiteralOp literal) {
  isConditional = true;
  SmallVector<Column> columns = classifyColumns(scope, literal, bound);
  Block &body = createRowLoop(literal, columns);
  builder.setInsertionPointToStart(&body);
  for (auto [position, column] : llvm::enumerate(columns)) {
    Value cell = body.getArgument(position);
    if (column.use == Column::Use::Generate)
      generate(literal, position, column, cell);
    if (column.use != Column::Use::Check)
      continue;
    AffineExpr argument = literal.getMap().getResult(position);
    Check check{cell, argument, literal.getIndices(), scope.none()};
    for (auto [dimension, index] : llvm::enumerate(literal.getIndices()))
      if (argument.isFunctionOfDim(dimension))
        check.needs |= scope.needs(index);
    checks.push_back(check);
  }
}

Block &ScopeWriter::createRowLoop(ir::LiteralOp literal, ArrayRef<Column> columns) {
  SmallVector<unsigned> positions;
  SmallVector<Value> keys;
  for (auto [position, column] : llvm::enumerate(columns)) {
    if (column.use != Column::Use::Key)
      continue;
    AffineExpr argument = literal.getMap().getResult(position);
    positions.push_back(position);
    keys.push_back(affine(literal.getLoc(), argument, operandsOf(argument, literal.getIndices())));
  }
  Operation *loop;
  if (keys.empty())
    loop = plan::EachOp::create(builder, literal.getLoc(),
                                kernel.arguments.rows(literal.getRelation(), versionOf(literal)));
  else
    loop = plan::LookupOp::create(
        builder, literal.getLoc(),
        kernel.arguments.index(literal.getRelation(), versionOf(literal), positions), keys);
  Block &body = loop->getRegion(0).emplaceBlock();
  for (std::size_t position = 0; position < columns.size(); ++position)
    body.addArgument(builder.getIndexType(), literal.getLoc());
  return body;
}

/// The variable x of an argument c * x + rest, from the cell: x = (cell - rest) / c where that divides.
void ScopeWriter::generate(ir::LiteralOp literal, unsigned position, const Column &column, Value cell) {
  Location location = literal.getLoc();
  AffineExpr argument = literal.getMap().getResult(position);
  AffineExpr unknown = getAffineDimExpr(column.dimension, builder.getContext());
  AffineExpr rest = argument.replace(unknown, getAffineConstantExpr(0, builder.getContext()));
  // The unknown's place among the operands holds the cell.
  SmallVector<Value> operands = operandsOf(rest, literal.getIndices());
  operands[column.dimension] = cell;
  SmallVector<Interval> intervals = intervalsOf(literal.getIndices());
  intervals[column.dimension] = cells(literal.getRelation().getType().getBounds()[position]);

  const std::int64_t divisor = std::abs(column.coefficient);
  AffineExpr product = column.coefficient > 0 ? unknown - rest : rest - unknown;
  if (divisor != 1)
    openDivisible(location, product, operands, divisor);
  AffineExpr solution = divisor == 1 ? product : product.floorDiv(divisor);
  Value value = affine(location, solution, operands);
  useAsIndex(value, column.variable, boundsOf(solution, intervals), location);
}

/// Gives a variable its value, which must lie in the range that the variable declares.
void ScopeWriter::useAsIndex(Value value, unsigned variable, Interval known, Location location) {
  if (std::optional<Interval> range = declaredRange(scope.variable(variable))) {
    openInsideRange(location, value, known, *range);
    known = intersect(known, *range);
  }
  bind(variable, value, known);
}

/// A value is common to the literals R1(k1, v), R2(k2, v), ... when it is in each of the groups R1[k1],
/// R2[k2], ...
void ScopeWriter::openIntersection(const Walk &walk) {
  isConditional = true;
  ir::LiteralOp first = walk.literals.front();
  Location location = first.getLoc();
  SmallVector<Value> tables, keys;
  unsigned variable = 0;
  std::int64_t most = 0, least = std::numeric_limits<std::int64_t>::max();
  for (ir::LiteralOp literal : walk.literals) {
    SmallVector<unsigned> positions;
    for (auto [position, column] : llvm::enumerate(classifyColumns(scope, literal, bound))) {
      AffineExpr argument = literal.getMap().getResult(position);
      if (column.use == Column::Use::Key) {
        positions.push_back(position);
        keys.push_back(affine(location, argument, operandsOf(argument, literal.getIndices())));
        continue;
      }
      variable = column.variable;
      most = std::max(most, literal.getRelation().getType().getBounds()[position]);
      least = std::min(least, literal.getRelation().getType().getBounds()[position]);
    }
    tables.push_back(kernel.arguments.index(literal.getRelation(), versionOf(literal), positions));
  }
  auto loop = plan::IntersectOp::create(builder, location, tables, keys, most);
  Block &body = loop.getBody().emplaceBlock();
  Value cell = body.addArgument(builder.getIndexType(), location);
  builder.setInsertionPointToStart(&body);
  useAsIndex(cell, variable, cells(least), location);
}

void ScopeWriter::openDivisible(Location location, AffineExpr expression, ValueRange operands,
                                std::int64_t divisor) {
  Value remainder = affine(location, expression % divisor, operands);
  openIf(compare(location, "eq", remainder, 0), location);
}

Value ScopeWriter::affine(Location location, AffineExpr expression, ValueRange operands) {
  if (auto dimension = dyn_cast<AffineDimExpr>(expression))
    return operands[dimension.getPosition()];
  AffineMap map = AffineMap::get(operands.size(), 0, expression);
  llvm::SmallBitVector unused = getUnusedDimsBitVector({map});
  SmallVector<Value> used;
  for (auto [dimension, operand] : llvm::enumerate(operands))
    if (!unused[dimension])
      used.push_back(operand);
  return plan::ApplyMapOp::create(builder, location, builder.getIndexType(), used, compressDims(map, unused));
}

Value ScopeWriter::compare(Location location, StringRef primitive, Value lhs, Value rhs) {
  Type integer = builder.getI64Type();
  auto asInteger = [&](Value value) -> Value {
    return value.getType() == integer ? value
                                      : ir::CastOp::create(builder, location, integer, value).getResult();
  };
  return ir::ApplyOp::create(builder, location, builder.getI1Type(), primitive,
                             ValueRange{asInteger(lhs), asInteger(rhs)});
}

Value ScopeWriter::compare(Location location, StringRef primitive, Value lhs, std::int64_t rhs) {
  auto number = ir::NumberOp::create(builder, location, builder.getI64Type(), builder.getI64IntegerAttr(rhs));
  return compare(location, primitive, lhs, number.getResult());
}

void ScopeWriter::openInsideRange(Location location, Value value, Interval known, Interval wanted) {
  if (known.lower < wanted.lower)
    openIf(compare(location, "ge", value, wanted.lower), location);
  if (known.upper > wanted.upper)
    openIf(compare(location, "le", value, wanted.upper), location);
}

} // namespace tl::passes
