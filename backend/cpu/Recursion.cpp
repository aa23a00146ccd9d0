// Scans, fixpoints by iteration, and fixpoints of relations by deltas.
#include "backend/cpu/Executor.h"

#include "ir/tl/TlTypes.h"
#include "runtime/core/Convergence.h"

#include <algorithm>

namespace tl::backend::cpu {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Result;
using runtime::Tensor;

Result<bool> isSettled(const StoredRelation &before, const StoredRelation &after) {
  if (before.rows.size() != after.rows.size())
    return false;
  Result<runtime::Relation> old = before.rows.toRelation(), current = after.rows.toRelation();
  if (!old)
    return old.error();
  if (!current)
    return current.error();
  return *old == *current;
}

Result<bool> isSettled(const std::vector<Stored> &before, const std::vector<Stored> &after,
                       std::optional<double> tolerance) {
  for (std::size_t entry = 0; entry < after.size(); ++entry) {
    Result<bool> same = true;
    if (const auto *dense = std::get_if<std::shared_ptr<Tensor>>(&after[entry]))
      same = runtime::isSettled(*std::get<std::shared_ptr<Tensor>>(before[entry]), **dense, tolerance);
    else
      same = isSettled(*std::get<std::shared_ptr<StoredRelation>>(before[entry]),
                       *std::get<std::shared_ptr<StoredRelation>>(after[entry]));
    if (!same || !*same)
      return same;
  }
  return true;
}

bool hasDiverged(const Stored &stored) {
  const auto *dense = std::get_if<std::shared_ptr<Tensor>>(&stored);
  return dense && runtime::hasDiverged(**dense);
}

/// Indexes of a relation that a recursion adds to are extended by each commit instead of built anew.
void setGrowing(const std::vector<Stored> &carried, bool isGrowing) {
  for (const Stored &stored : carried)
    if (const auto *relation = std::get_if<std::shared_ptr<StoredRelation>>(&stored))
      (*relation)->isGrowing = isGrowing;
}

/// A limit that was hit, and how far the recursion had come.
Error inRound(Error error, std::uint64_t round) {
  if (error.kind == ErrorKind::Limit)
    error.message += ", in round " + std::to_string(round);
  return error;
}

Error notConverged(ErrorKind kind, std::optional<mlir::ArrayAttr> names, std::uint64_t rounds) {
  return {kind, listed(names) + " did not converge within " + std::to_string(rounds) +
                    " rounds (--max-iterations)"};
}

} // namespace

std::string listed(std::optional<mlir::ArrayAttr> names) {
  if (!names || names->empty())
    return "a recursive equation";
  std::string text;
  for (mlir::Attribute name : *names)
    text += (text.empty() ? "'" : ", '") + mlir::cast<mlir::StringAttr>(name).getValue().str() + "'";
  return text;
}

/// A value that nothing needs afterwards is handed over, any other is copied: a recursion writes to what it
/// carries.
Result<Executor::Carried> Executor::initial(mlir::OperandRange inits, mlir::Operation *op) {
  Carried carried;
  for (mlir::Value init : inits) {
    const bool isOnce = llvm::count(inits, init) == 1 && !isCapturedBy(init, op);
    const bool inPlace = isOnce && (lifetimes.endsAt(init, op) || isCarriedByScan(init));
    if (!ir::isRelation(init.getType())) {
      carried.push_back(inPlace ? tensor(init) : std::make_shared<Tensor>(*tensor(init)));
      continue;
    }
    auto stored = inPlace ? Result<std::shared_ptr<StoredRelation>>(relation(init))
                          : copied(*relation(init), init.getType());
    if (!stored)
      return stored.error();
    carried.push_back(*std::move(stored));
  }
  return carried;
}

/// What a body passes on; a tensor that it passes on twice, or that lives outside it, becomes two.
Executor::Carried Executor::passedOn(mlir::Operation *terminator) {
  Carried next;
  for (auto [position, value] : llvm::enumerate(terminator->getOperands())) {
    const Stored &stored = values.find(value)->second;
    const bool isShared = value.getParentBlock() != terminator->getBlock() ||
                          llvm::is_contained(terminator->getOperands().take_front(position), value);
    const auto *dense = std::get_if<std::shared_ptr<Tensor>>(&stored);
    next.push_back(dense && isShared ? Stored(std::make_shared<Tensor>(**dense)) : stored);
  }
  for (mlir::Value ended : lifetimes.endingAt(terminator))
    values.erase(ended);
  return next;
}

Result<Executor::Carried> Executor::step(mlir::Block &body, Carried carried,
                                         std::optional<std::int64_t> position) {
  llvm::ArrayRef<mlir::BlockArgument> arguments = body.getArguments();
  if (position) {
    values[arguments.front()] = *position;
    arguments = arguments.drop_front();
  }
  for (auto [argument, value] : llvm::zip(arguments, carried))
    values[argument] = std::move(value);
  carried.clear();
  TL_TRY(runBlock(body));
  Carried next = passedOn(body.getTerminator());
  for (mlir::BlockArgument argument : body.getArguments())
    values.erase(argument);
  return next;
}

void Executor::defineResults(mlir::Operation *op, Carried results) {
  for (auto [result, value] : llvm::zip(op->getResults(), results))
    values[result] = std::move(value);
}

Result<void> Executor::runScan(ir::ScanOp op) {
  Result<Carried> carried = initial(op.getInits(), op);
  if (!carried)
    return carried.error();
  setGrowing(*carried, true);
  const auto begin = static_cast<std::int64_t>(op.getBegin()), end = static_cast<std::int64_t>(op.getEnd());
  for (std::int64_t done = 0; done < end - begin; ++done) {
    carried =
        step(op.getBody().front(), *std::move(carried), op.getDescending() ? end - 1 - done : begin + done);
    if (!carried)
      return carried.error();
  }
  setGrowing(*carried, false);
  defineResults(op, *std::move(carried));
  return {};
}

/// The step gets copies of the handles, so that what it starts from is there to compare with.
Result<void> Executor::runFixpoint(ir::FixpointOp op) {
  std::optional<double> tolerance;
  if (op.getTolerance())
    tolerance = op.getTolerance()->convertToDouble();
  Result<Carried> current = initial(op.getInits(), op);
  if (!current)
    return current.error();
  for (std::uint64_t round = 0; !op.getMaxRounds() || round < static_cast<std::uint64_t>(*op.getMaxRounds());
       ++round) {
    Carried arguments;
    for (const Stored &stored : *current) {
      const auto *dense = std::get_if<std::shared_ptr<Tensor>>(&stored);
      arguments.push_back(dense ? Stored(std::make_shared<Tensor>(**dense)) : stored);
    }
    Result<Carried> next = step(op.getBody().front(), std::move(arguments), std::nullopt);
    if (!next)
      return next.error();
    Result<bool> settled = isSettled(*current, *next, tolerance);
    if (!settled)
      return settled.error();
    current = std::move(next);
    if (tolerance && std::any_of(current->begin(), current->end(), hasDiverged))
      return Error{ErrorKind::Check, listed(op.getNames()) +
                                         " does not converge: its values grow without bound (round " +
                                         std::to_string(round + 1) + ")"};
    if (*settled) {
      defineResults(op, *std::move(current));
      return {};
    }
  }
  return notConverged(tolerance ? ErrorKind::Check : ErrorKind::Limit, op.getNames(), *op.getMaxRounds());
}

/// In the first round every row is delta: neither the facts nor the rows of `start` have met a recursive
/// rule.
Result<void> Executor::runSemiNaive(plan::SemiNaiveOp op) {
  Result<Carried> carried = initial(op.getInits(), op);
  if (!carried)
    return carried.error();
  setGrowing(*carried, true);
  recursion = ++recursions;
  Result<Carried> started = step(op.getStart().front(), *carried, std::nullopt);
  if (!started)
    return started.error();
  for (const Stored &stored : *carried) {
    StoredRelation &relation = *std::get<std::shared_ptr<StoredRelation>>(stored);
    TL_TRY(commit(relation));
    relation.deltaBegin = 0;
  }
  const Result<void> finished = runRounds(op, *carried);
  recursion = 0;
  round = 0;
  TL_TRY(finished);
  setGrowing(*carried, false);
  defineResults(op, *std::move(carried));
  return {};
}

Result<void> Executor::runRounds(plan::SemiNaiveOp op, const Carried &carried) {
  auto hasDelta = [](const Stored &stored) {
    const StoredRelation &relation = *std::get<std::shared_ptr<StoredRelation>>(stored);
    return relation.deltaBegin < relation.rows.size();
  };
  for (std::uint64_t round = 0; std::any_of(carried.begin(), carried.end(), hasDelta); ++round) {
    if (op.getMaxRounds() && round >= static_cast<std::uint64_t>(*op.getMaxRounds()))
      return notConverged(ErrorKind::Limit, op.getNames(), *op.getMaxRounds());
    TL_TRY(poll());
    this->round = round + 1;
    Result<Carried> next = step(op.getStep().front(), carried, std::nullopt);
    if (!next)
      return inRound(next.error(), round + 1);
    for (const Stored &stored : carried)
      if (Result<void> done = commit(*std::get<std::shared_ptr<StoredRelation>>(stored)); !done)
        return inRound(done.error(), round + 1);
  }
  return {};
}

} // namespace tl::backend::cpu
