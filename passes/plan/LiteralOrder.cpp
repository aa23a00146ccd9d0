// Greedy join order.
#include "passes/plan/LiteralOrder.h"

#include "passes/logic/LiteralVersion.h"
#include "passes/logic/RowEstimates.h"

#include "ir/plan/PlanOps.h"

#include "mlir/IR/BuiltinOps.h"

#include <tuple>

namespace tl::passes {

using namespace mlir;

namespace {

/// The dimensions of an argument whose operands are not known yet.
SmallVector<unsigned> unknownDimensions(const Scope &scope, AffineExpr argument, OperandRange indices,
                                        const VariableSet &bound) {
  SmallVector<unsigned> unknown;
  for (auto [dimension, index] : llvm::enumerate(indices))
    if (argument.isFunctionOfDim(dimension) && !isSubset(scope.needs(index), bound))
      unknown.push_back(dimension);
  return unknown;
}

Column classify(const Scope &scope, AffineExpr argument, OperandRange indices, const VariableSet &known,
                const VariableSet &bound) {
  if (unknownDimensions(scope, argument, indices, bound).empty())
    return {Column::Use::Key};
  SmallVector<unsigned> unknown = unknownDimensions(scope, argument, indices, known);
  if (unknown.size() != 1)
    return {Column::Use::Check};
  std::optional<unsigned> variable = scope.number(indices[unknown.front()]);
  std::optional<std::int64_t> coefficient = coefficientOf(argument, unknown.front());
  if (!variable || !coefficient || *coefficient == 0)
    return {Column::Use::Check};
  return {Column::Use::Generate, *variable, unknown.front(), *coefficient};
}

/// Whether the rows are the places of a tensor that changed in the last round of a recursion.
bool isOfPlaces(ir::LiteralOp literal) {
  auto argument = dyn_cast<BlockArgument>(literal.getRelation());
  auto rounds = argument ? dyn_cast<plan::SemiNaiveOp>(argument.getOwner()->getParentOp()) : nullptr;
  return rounds && argument.getArgNumber() >= rounds.getNumResults();
}

/// Smaller is better.
using Rank = std::tuple<int, int, double, int>;

/// The rows to expect for one value of what is known, each known column being taken to tell as many rows
/// apart as it can.
Rank rankOf(ir::LiteralOp literal, ArrayRef<Column> columns) {
  const double all = estimatedRows(literal.getRelation());
  int known = 0;
  double rows = all;
  for (auto [column, bound] : llvm::zip_equal(columns, literal.getRelation().getType().getBounds()))
    if (column.use == Column::Use::Key) {
      ++known;
      rows /= estimatedCells(all, bound);
    }
  return {versionOf(literal) == plan::Version::Delta ? 0 : 1, known == 0 ? 1 : 0, rows, -known};
}

bool isWalked(ir::LiteralOp literal, ArrayRef<Column> columns) {
  // A test would look into the whole relation, so a delta is walked even when everything is known.
  if (versionOf(literal) == plan::Version::Delta)
    return true;
  return llvm::any_of(columns, [](const Column &column) { return column.use == Column::Use::Generate; });
}

/// The variable that is all of one argument, when every other argument is known and cells of that column have
/// a bound.
std::optional<unsigned> openVariable(const Scope &scope, ir::LiteralOp literal, const VariableSet &bound) {
  std::optional<unsigned> open;
  SmallVector<Column> columns = classifyColumns(scope, literal, bound);
  for (auto [position, column] : llvm::enumerate(columns)) {
    if (column.use == Column::Use::Key)
      continue;
    const bool isPlain =
        column.use == Column::Use::Generate && isa<AffineDimExpr>(literal.getMap().getResult(position));
    if (open || !isPlain || literal.getRelation().getType().getBounds()[position] < 0)
      return std::nullopt;
    open = column.variable;
  }
  return columns.size() > 1 ? open : std::nullopt;
}

/// Whether a row is tested by its bit: two columns of so few values that their relation keeps a bitmap.
bool isTestedByBit(ir::LiteralOp literal) {
  constexpr double smallBitmapBits = 1 << 26;
  ArrayRef<std::int64_t> bounds = literal.getRelation().getType().getBounds();
  return bounds.size() == 2 && versionOf(literal) == plan::Version::Full &&
         static_cast<double>(bounds[0]) * static_cast<double>(bounds[1]) <= smallBitmapBits;
}

StringRef joinsOf(ir::LiteralOp literal) {
  auto joins = literal->getParentOfType<ModuleOp>()->getAttrOfType<StringAttr>(kJoins);
  return joins ? joins.getValue() : "auto";
}

/// Moves to `walk` the literals that leave open no other variable.
void takeCompanions(const Scope &scope, unsigned variable, const VariableSet &bound,
                    SmallVectorImpl<ir::LiteralOp> &left, Walk &walk) {
  SmallVector<ir::LiteralOp> companions;
  for (ir::LiteralOp literal : left)
    if (openVariable(scope, literal, bound) == variable)
      companions.push_back(literal);
  const StringRef joins = joinsOf(walk.literals.front());
  if (joins == "pairwise" || (joins != "multiway" && llvm::all_of(companions, isTestedByBit)))
    return;
  for (ir::LiteralOp companion : companions) {
    walk.literals.push_back(companion);
    llvm::erase(left, companion);
  }
}

} // namespace

SmallVector<Column> classifyColumns(const Scope &scope, ir::LiteralOp literal, const VariableSet &bound) {
  SmallVector<Column> columns;
  VariableSet known = bound;
  for (AffineExpr argument : literal.getMap().getResults()) {
    columns.push_back(classify(scope, argument, literal.getIndices(), known, bound));
    // No index is kept of what changed: it is new in every round, and small.
    if (columns.back().use == Column::Use::Key && isOfPlaces(literal))
      columns.back().use = Column::Use::Check;
    if (columns.back().use == Column::Use::Generate)
      known.set(columns.back().variable);
  }
  return columns;
}

SmallVector<Walk> orderLiterals(const Scope &scope, VariableSet &bound) {
  SmallVector<ir::LiteralOp> left;
  SmallVector<Walk> order;
  for (Operation *op : scope.declarations())
    if (auto literal = dyn_cast<ir::LiteralOp>(op); literal && !literal.getNegated())
      left.push_back(literal);
  while (true) {
    std::optional<Rank> best;
    ir::LiteralOp chosen;
    for (ir::LiteralOp literal : left) {
      SmallVector<Column> columns = classifyColumns(scope, literal, bound);
      if (!isWalked(literal, columns))
        continue;
      if (Rank rank = rankOf(literal, columns); !best || rank < *best) {
        best = rank;
        chosen = literal;
      }
    }
    if (!chosen)
      return order;
    Walk walk = {{chosen}};
    llvm::erase(left, chosen);
    if (std::optional<unsigned> variable = openVariable(scope, chosen, bound))
      takeCompanions(scope, *variable, bound, left, walk);
    for (const Column &column : classifyColumns(scope, chosen, bound))
      if (column.use == Column::Use::Generate)
        bound.set(column.variable);
    order.push_back(std::move(walk));
  }
}

} // namespace tl::passes
