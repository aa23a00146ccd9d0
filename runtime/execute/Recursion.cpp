// Scans, fixpoints by iteration, and fixpoints by what changed.
#include "runtime/execute/Executor.h"

#include "runtime/core/Convergence.h"

#include <algorithm>

namespace tl::runtime {
namespace {

Result<bool> isSettled(const StoredRelation &before, const StoredRelation &after) {
  if (before.rows.size() != after.rows.size())
    return false;
  Result<Relation> old = before.rows.toRelation(), current = after.rows.toRelation();
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
      same = isSettled(*std::get<std::shared_ptr<Tensor>>(before[entry]), **dense, tolerance);
    else
      same = isSettled(*std::get<std::shared_ptr<StoredRelation>>(before[entry]),
                       *std::get<std::shared_ptr<StoredRelation>>(after[entry]));
    if (!same || !*same)
      return same;
  }
  return true;
}

bool isDivergent(const Stored &stored) {
  const auto *dense = std::get_if<std::shared_ptr<Tensor>>(&stored);
  return dense && hasDiverged(**dense);
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

Error notConverged(ErrorKind kind, const std::string &names, std::int64_t rounds) {
  return {kind, names + " did not converge within " + std::to_string(rounds) + " rounds (--max-iterations)"};
}

} // namespace

/// A recursion writes to what it carries.
Result<Executor::Carried> Executor::initial(const std::vector<Initial> &inits) {
  Carried carried;
  for (const Initial &init : inits) {
    if (!typeOf(init.value).isRelation) {
      carried.push_back(init.inPlace ? tensor(init.value) : std::make_shared<Tensor>(*tensor(init.value)));
      continue;
    }
    const bool inPlace = init.inPlace && !relation(init.value)->isKept;
    auto stored = inPlace ? Result<std::shared_ptr<StoredRelation>>(relation(init.value))
                          : copied(*relation(init.value), typeOf(init.value));
    if (!stored)
      return stored.error();
    carried.push_back(*std::move(stored));
  }
  return carried;
}

/// What a body passes on; a tensor that it passes on twice, or that lives outside it, becomes two.
Executor::Carried Executor::passedOn(const Block &body) {
  Carried next;
  for (const Block::Next &passed : body.next) {
    const Stored &stored = values[passed.value];
    const auto *dense = std::get_if<std::shared_ptr<Tensor>>(&stored);
    next.push_back(dense && passed.isShared ? Stored(std::make_shared<Tensor>(**dense)) : stored);
  }
  for (ValueId ended : body.ending)
    values[ended] = std::monostate();
  return next;
}

Result<Executor::Carried> Executor::advance(const Block &body, Carried carried,
                                            std::optional<std::int64_t> position) {
  const std::size_t first = position ? 1 : 0;
  if (position)
    values[body.arguments.front()] = *position;
  for (std::size_t entry = 0; entry < carried.size(); ++entry)
    values[body.arguments[first + entry]] = std::move(carried[entry]);
  carried.clear();
  TL_TRY(runBlock(body));
  Carried next = passedOn(body);
  for (ValueId argument : body.arguments)
    values[argument] = std::monostate();
  return next;
}

void Executor::define(const std::vector<ValueId> &results, Carried carried) {
  for (std::size_t entry = 0; entry < results.size(); ++entry)
    values[results[entry]] = std::move(carried[entry]);
}

Result<void> Executor::run(const ScanStep &scan) {
  Result<Carried> carried = initial(scan.inits);
  if (!carried)
    return carried.error();
  setGrowing(*carried, true);
  for (std::int64_t done = 0; done < scan.end - scan.begin; ++done) {
    carried =
        advance(scan.body, *std::move(carried), scan.isDescending ? scan.end - 1 - done : scan.begin + done);
    if (!carried)
      return carried.error();
  }
  setGrowing(*carried, false);
  define(scan.results, *std::move(carried));
  return {};
}

/// The step gets copies of the handles, so that what it starts from is there to compare with.
Result<void> Executor::run(const FixpointStep &fixpoint) {
  Result<Carried> current = initial(fixpoint.inits);
  if (!current)
    return current.error();
  for (std::int64_t round = 0; !fixpoint.maxRounds || round < *fixpoint.maxRounds; ++round) {
    Carried arguments;
    for (const Stored &stored : *current) {
      const auto *dense = std::get_if<std::shared_ptr<Tensor>>(&stored);
      arguments.push_back(dense ? Stored(std::make_shared<Tensor>(**dense)) : stored);
    }
    Result<Carried> next = advance(fixpoint.body, std::move(arguments), std::nullopt);
    if (!next)
      return next.error();
    Result<bool> settled = isSettled(*current, *next, fixpoint.tolerance);
    if (!settled)
      return settled.error();
    current = std::move(next);
    if (fixpoint.tolerance && std::any_of(current->begin(), current->end(), isDivergent))
      return Error{ErrorKind::Check, fixpoint.names +
                                         " does not converge: its values grow without bound (round " +
                                         std::to_string(round + 1) + ")"};
    if (*settled) {
      define(fixpoint.results, *std::move(current));
      return {};
    }
  }
  return notConverged(fixpoint.tolerance ? ErrorKind::Check : ErrorKind::Limit, fixpoint.names,
                      *fixpoint.maxRounds);
}

/// In the first round every row is delta, and every element has changed: neither the facts nor what `start`
/// gave have met a recursive rule.
Result<Executor::Carried> Executor::startRounds(const SemiNaiveStep &recursive) {
  Result<Carried> carried = initial(recursive.inits);
  if (!carried)
    return carried.error();
  for (std::size_t entry = 0; entry < carried->size(); ++entry) {
    const auto *dense = std::get_if<std::shared_ptr<Tensor>>(&(*carried)[entry]);
    if (!dense)
      continue;
    auto changing = ChangingTensor::create(budget, std::move(**dense), recursive.carriedNames[entry]);
    if (!changing)
      return changing.error();
    (*carried)[entry] = *std::move(changing);
  }
  setGrowing(*carried, true);
  Result<Carried> started = advance(recursive.start, *carried, std::nullopt);
  if (!started)
    return started.error();
  TL_TRY(commitRound(*carried));
  for (const Stored &stored : *carried)
    if (const auto *relation = std::get_if<std::shared_ptr<StoredRelation>>(&stored))
      (*relation)->deltaBegin = 0;
  return carried;
}

Result<void> Executor::run(const SemiNaiveStep &recursive) {
  recursion = ++recursions;
  Result<Carried> carried = startRounds(recursive);
  const Result<void> finished = carried ? runRounds(recursive, *carried) : Result<void>(carried.error());
  recursion = 0;
  round = 0;
  TL_TRY(finished);
  setGrowing(*carried, false);
  for (Stored &stored : *carried)
    if (const auto *changing = std::get_if<std::shared_ptr<ChangingTensor>>(&stored))
      stored = Stored((*changing)->now());
  define(recursive.results, *std::move(carried));
  return {};
}

Result<void> Executor::commitRound(const Carried &carried) {
  for (const Stored &stored : carried) {
    const auto *changing = std::get_if<std::shared_ptr<ChangingTensor>>(&stored);
    TL_TRY(changing ? (*changing)->commit() : commit(*std::get<std::shared_ptr<StoredRelation>>(stored)));
  }
  return {};
}

Result<void> Executor::runRounds(const SemiNaiveStep &recursive, const Carried &carried) {
  auto hasDelta = [](const Stored &stored) {
    if (const auto *changing = std::get_if<std::shared_ptr<ChangingTensor>>(&stored))
      return (*changing)->changedRows() != 0;
    const StoredRelation &relation = *std::get<std::shared_ptr<StoredRelation>>(stored);
    return relation.deltaBegin < relation.rows.size();
  };
  Carried arguments = carried;
  for (const Stored &stored : carried)
    if (const auto *changing = std::get_if<std::shared_ptr<ChangingTensor>>(&stored)) {
      arguments.push_back((*changing)->now());
      arguments.push_back(*changing);
    }
  for (std::uint64_t round = 0; std::any_of(carried.begin(), carried.end(), hasDelta); ++round) {
    if (recursive.maxRounds && round >= static_cast<std::uint64_t>(*recursive.maxRounds))
      return notConverged(ErrorKind::Limit, recursive.names, *recursive.maxRounds);
    TL_TRY(poll());
    this->round = round + 1;
    Result<Carried> next = advance(recursive.round, arguments, std::nullopt);
    if (!next)
      return inRound(next.error(), round + 1);
    if (Result<void> done = commitRound(carried); !done)
      return inRound(done.error(), round + 1);
  }
  return {};
}

} // namespace tl::runtime
