// Values carried over to new symbol numbers, and components that go on from what they had.
#include "frontend/driver/Reuse.h"

#include "frontend/sema/Needed.h"

#include <algorithm>

namespace tl::driver {
namespace {

using runtime::Cell;
using runtime::Domain;
using runtime::Relation;
using runtime::Result;
using runtime::StoredRelation;
using runtime::Tensor;
using sema::ClassId;
using sema::TensorId;

using Domains = std::vector<std::shared_ptr<Domain>>;

/// Whether every symbol has the number that it had.
bool isContinued(const Domains &before, const Domains &now) {
  for (std::size_t axis = 0; axis < now.size(); ++axis) {
    if (before[axis] == now[axis])
      continue;
    if (!before[axis] || !now[axis] || before[axis]->size() > now[axis]->size())
      return false;
    for (Cell id = 0; id < before[axis]->size(); ++id)
      if (before[axis]->text(id) != now[axis]->text(id))
        return false;
  }
  return true;
}

/// `rows` with the symbols' numbers of today; nothing when one of them is gone.
std::optional<Relation> renumbered(const Relation &rows, const Domains &before, const Domains &now) {
  std::vector<std::vector<Cell>> numbers(rows.arity());
  for (std::size_t axis = 0; axis < rows.arity(); ++axis) {
    if (!before[axis] != !now[axis])
      return std::nullopt;
    for (Cell id = 0; before[axis] && id < before[axis]->size(); ++id)
      numbers[axis].push_back(now[axis]->find(before[axis]->text(id)).value_or(-1));
  }
  std::vector<Cell> cells = rows.cells();
  for (std::size_t position = 0; position < cells.size(); ++position) {
    std::size_t axis = position % rows.arity();
    if (!before[axis])
      continue;
    cells[position] = numbers[axis][static_cast<std::size_t>(cells[position])];
    if (cells[position] < 0)
      return std::nullopt;
  }
  return rows.arity() ? Relation(rows.arity(), std::move(cells)) : rows;
}

/// A relation that a backend handed out as a value, as rows to be kept; if there is no memory for them it
/// stays one.
void keepValue(const sema::TypedProgram &program, TensorId tensor, runtime::MemoryBudget &budget,
               ResultCache::Entry &entry) {
  const auto *relation = std::get_if<Relation>(&entry.value);
  if (!relation || entry.rows || relation->arity() == 0)
    return;
  auto rows = runtime::keepRows(budget, boundsOf(program, tensor), program.tensors[tensor].name, *relation);
  if (!rows)
    return;
  entry.rows = *std::move(rows);
  entry.value = Relation();
}

class Planner {
public:
  Planner(const sema::TypedProgram &program, LoadedData &data, const ReuseContext &context,
          ResultCache &cache)
      : program(program), data(data), context(context), cache(cache), digests(program, data, context.seed) {}

  Result<ReusePlan> run() {
    const std::set<TensorId> needed = sema::neededTensors(program);
    auto isNeeded = [&](TensorId tensor) { return needed.count(tensor) != 0; };
    auto isDefined = [&](TensorId tensor) {
      return isNeeded(tensor) && !program.tensors[tensor].equations.empty();
    };
    for (const sema::Component &component : program.components)
      if (std::ranges::any_of(component.tensors, isNeeded))
        digests.add(component);
    cache.computed.clear();
    cache.recomputed.clear();
    cache.reused.clear();
    for (const sema::Component &component : program.components) {
      if (std::ranges::any_of(component.tensors, isDefined))
        TL_TRY(plan(component));
      else if (std::ranges::any_of(component.tensors, isNeeded))
        keepInput(component.tensors.front());
    }
    dropUnneeded();
    return std::move(made);
  }

private:
  /// What only settled values are computed from need not be computed: facts that came back may bring back
  /// values of some relations while others have moved on.
  void dropUnneeded() {
    const std::set<TensorId> needed = sema::neededTensors(program, made.settled);
    std::erase_if(made.kept, [&](TensorId tensor) {
      if (needed.count(tensor) != 0)
        return false;
      made.made.erase(tensor);
      std::erase(cache.computed, nameOf(tensor));
      std::erase(cache.recomputed, nameOf(tensor));
      return true;
    });
  }

  Domains domainsOf(TensorId tensor) const {
    Domains domains;
    for (ClassId axis : program.tensors[tensor].axes)
      domains.push_back(data.domains[axis]);
    return domains;
  }

  const std::string &nameOf(TensorId tensor) const { return program.tensors[tensor].name; }

  // --- Data.

  /// The rows of a relation that only data defines, kept from call to call: those that came since are at the
  /// end.
  void keepInput(TensorId tensor) {
    const std::string &name = nameOf(tensor);
    auto bound = data.bindings.find(name);
    const auto *rows = bound == data.bindings.end() ? nullptr : std::get_if<Relation>(&bound->second);
    if (!rows || rows->arity() == 0)
      return void(cache.inputs.erase(name));
    ResultCache::Entry &entry = cache.inputs[name];
    const std::vector<std::int64_t> bounds = boundsOf(program, tensor);
    bool isKnown = entry.rows && entry.rows->rows.bounds() == bounds &&
                   isContinued(entry.domains, domainsOf(tensor)) && addMissing(*entry.rows, *rows);
    if (!isKnown) {
      auto fresh = runtime::keepRows(*context.budget, bounds, name, *rows);
      if (!fresh) // no memory to keep it
        return void(cache.inputs.erase(name));
      entry.rows = *std::move(fresh);
    }
    entry.digest = digests[tensor];
    entry.domains = domainsOf(tensor);
    made.rows[name] = entry.rows;
  }

  /// Adds those of `rows` that `kept` lacks; false when `kept` has others.
  static bool addMissing(StoredRelation &kept, const Relation &rows) {
    std::vector<Cell> missing;
    std::size_t known = 0;
    for (std::size_t row = 0; row < rows.size(); ++row)
      if (kept.rows.contains(rows.row(row).data()))
        ++known;
      else
        missing.insert(missing.end(), rows.row(row).begin(), rows.row(row).end());
    return known == kept.rows.size() &&
           (missing.empty() || runtime::addRows(kept, Relation(rows.arity(), std::move(missing))));
  }

  // --- What equations define.

  Result<void> plan(const sema::Component &component) {
    Result<bool> hasGained = false;
    if (!settle(component)) {
      hasGained = gain(component);
      if (!hasGained)
        return hasGained.error();
    }
    bool isSettled = made.settled.count(component.tensors.front()) != 0;
    for (TensorId tensor : component.tensors) {
      (isSettled && !*hasGained ? cache.reused : cache.computed).push_back(nameOf(tensor));
      if ((!isSettled || *hasGained) && cache.entries.contains(nameOf(tensor)))
        cache.recomputed.push_back(nameOf(tensor));
      if (isSettled)
        continue;
      made.kept.push_back(tensor);
      made.made[tensor] = {digests[tensor], digests.form(tensor), {},
                           nullptr,         domainsOf(tensor),    readsOfNow(component)};
    }
    return {};
  }

  /// Takes the component's values from the cache if all of them hold; its tensors without equations are data
  /// anyway.
  bool settle(const sema::Component &component) {
    for (TensorId tensor : component.tensors) {
      auto found = cache.entries.find(nameOf(tensor));
      if (found == cache.entries.end() || found->second.digest != digests[tensor] ||
          !bringUp(tensor, found->second))
        return false;
    }
    for (TensorId tensor : component.tensors)
      give(tensor, cache.entries.find(nameOf(tensor))->second);
    return true;
  }

  /// Carries an entry over to the symbols and bounds of today.
  bool bringUp(TensorId tensor, ResultCache::Entry &entry) {
    if (program.tensors[tensor].kind != sema::TensorKind::Relation)
      return true; // the digest covers the order of its symbols
    const Domains now = domainsOf(tensor);
    if (isContinued(entry.domains, now) &&
        (!entry.rows || entry.rows->rows.bounds() == boundsOf(program, tensor))) {
      entry.domains = now;
      return true;
    }
    Result<Relation> rows = entry.rows ? entry.rows->rows.toRelation() : std::get<Relation>(entry.value);
    std::optional<Relation> carried = rows ? renumbered(*rows, entry.domains, now) : std::nullopt;
    if (!carried)
      return false;
    entry.domains = now;
    entry.rows = nullptr;
    entry.value = *std::move(carried);
    return true;
  }

  void give(TensorId tensor, ResultCache::Entry &entry) {
    const std::string &name = nameOf(tensor);
    keepValue(program, tensor, *context.budget, entry);
    if (entry.rows)
      made.rows[name] = entry.rows;
    if (!entry.rows)
      data.bindings[name] = entry.value;
    else if (!context.readsRows)
      if (Result<Relation> rows = entry.rows->rows.toRelation())
        data.bindings[name] = *std::move(rows);
    data.bound.insert(tensor);
    made.settled.insert(tensor);
  }

  // --- What only gains rows.

  std::vector<ResultCache::Read> readsOfNow(const sema::Component &component) const {
    std::vector<ResultCache::Read> reads;
    for (TensorId read : readsOf(program, component)) {
      auto rows = made.rows.find(nameOf(read));
      ResultCache::Read &now = reads.emplace_back(ResultCache::Read{nameOf(read), digests[read], {}, 0});
      if (rows == made.rows.end())
        continue;
      now.rows = rows->second;
      now.count = rows->second->rows.size();
    }
    return reads;
  }

  /// Whether the component has the form it had and all of its rows are there.
  bool canGain(const sema::Component &component) {
    return context.runDelta && std::ranges::all_of(component.tensors, [&](TensorId tensor) {
             auto found = cache.entries.find(nameOf(tensor));
             if (found == cache.entries.end() || found->second.form != digests.form(tensor))
               return false;
             ResultCache::Entry &entry = found->second;
             return program.tensors[tensor].kind == sema::TensorKind::Relation &&
                    !program.tensors[tensor].axes.empty() && isContinued(entry.domains, domainsOf(tensor)) &&
                    entry.rows && entry.rows->rows.bounds() == boundsOf(program, tensor);
           });
  }

  /// The relations that have gained rows since the component was computed, each with those; empty when
  /// something else has changed.
  std::optional<std::map<TensorId, Relation>> freshRows(const sema::Component &component) {
    const std::vector<ResultCache::Read> &before =
        cache.entries.find(nameOf(component.tensors.front()))->second.reads;
    const std::vector<ResultCache::Read> now = readsOfNow(component);
    if (before.size() != now.size())
      return std::nullopt;
    std::map<TensorId, Relation> fresh;
    for (std::size_t number = 0; number < now.size(); ++number) {
      if (before[number].name != now[number].name)
        return std::nullopt;
      if (before[number].digest == now[number].digest)
        continue;
      std::shared_ptr<StoredRelation> rows = now[number].rows.lock();
      if (!rows || before[number].rows.lock() != rows)
        return std::nullopt;
      Result<Relation> added = runtime::rowsFrom(*rows, before[number].count);
      if (!added)
        return std::nullopt;
      fresh.emplace(*program.find(now[number].name), *std::move(added));
    }
    return fresh;
  }

  /// Adds to the component what new rows of others give it; false when it has to be computed anew.
  Result<bool> gain(const sema::Component &component) {
    if (!canGain(component))
      return false;
    std::optional<std::map<TensorId, Relation>> fresh = freshRows(component);
    if (!fresh)
      return false;
    std::set<TensorId> changed;
    for (const auto &[tensor, rows] : *fresh)
      changed.insert(tensor);
    std::optional<sema::DeltaProgram> delta = sema::deltaProgram(program, component, changed);
    if (!delta)
      return false;
    return addGains(component, *delta, *std::move(fresh));
  }

  Result<bool> addGains(const sema::Component &component, const sema::DeltaProgram &delta,
                        std::map<TensorId, Relation> fresh) {
    for (TensorId tensor : component.tensors)
      give(tensor, cache.entries.find(nameOf(tensor))->second);
    std::map<std::string, Relation> named;
    for (auto &[tensor, rows] : fresh)
      named.emplace(delta.program.tensors[delta.fresh.at(tensor)].name, std::move(rows));
    Result<std::vector<Relation>> gained = context.runDelta(delta, std::move(named), made);
    if (!gained)
      return gained.error();
    std::vector<ResultCache::Read> reads = readsOfNow(component);
    for (std::size_t number = 0; number < component.tensors.size(); ++number) {
      auto found = cache.entries.find(nameOf(component.tensors[number]));
      if (Result<void> added = runtime::addRows(*found->second.rows, (*gained)[number]); !added) {
        for (TensorId tensor : component.tensors)
          cache.entries.erase(nameOf(tensor));
        return added.error();
      }
    }
    for (TensorId tensor : component.tensors) {
      ResultCache::Entry &entry = cache.entries.find(nameOf(tensor))->second;
      entry.digest = digests[tensor];
      entry.reads = reads;
      entry.domains = domainsOf(tensor);
      give(tensor, entry);
    }
    return true;
  }

  const sema::TypedProgram &program;
  LoadedData &data;
  const ReuseContext &context;
  ResultCache &cache;
  Digests digests;
  ReusePlan made;
};

} // namespace

std::vector<std::int64_t> boundsOf(const sema::TypedProgram &program, TensorId relation) {
  std::vector<std::int64_t> bounds;
  for (ClassId axis : program.tensors[relation].axes) {
    const sema::AxisClass &axisClass = program.classes[axis];
    bounds.push_back(axisClass.isOpen ? -1 : std::max<std::int64_t>(0, axisClass.extent));
  }
  return bounds;
}

Result<ReusePlan> planReuse(const sema::TypedProgram &program, LoadedData &data, const ReuseContext &context,
                            ResultCache &cache) {
  return Planner(program, data, context, cache).run();
}

void storeResults(const sema::TypedProgram &program, ReusePlan &plan, backend::Answers &values,
                  std::int64_t first, runtime::MemoryBudget &budget, ResultCache &cache) {
  for (std::size_t position = 0; position < plan.kept.size(); ++position) {
    const TensorId tensor = plan.kept[position];
    const std::int64_t number = first + static_cast<std::int64_t>(position);
    ResultCache::Entry &entry = cache.entries[program.tensors[tensor].name] = std::move(plan.made.at(tensor));
    if (auto rows = values.kept.find(number); rows != values.kept.end())
      entry.rows = std::move(rows->second);
    else
      entry.value = std::move(values.queries.at(number));
    keepValue(program, tensor, budget, entry);
    // What is borrowed may be gone when it is asked for again.
    auto *elements = std::get_if<Tensor>(&entry.value);
    if (elements && elements->isBorrowed() && !elements->own())
      cache.entries.erase(program.tensors[tensor].name);
  }
  // What was computed in the same run has rows only now.
  for (auto &[name, entry] : cache.entries)
    for (ResultCache::Read &read : entry.reads) {
      auto found = cache.entries.find(read.name);
      if (!read.rows.expired() || found == cache.entries.end() || found->second.digest != read.digest ||
          !found->second.rows)
        continue;
      read.rows = found->second.rows;
      read.count = found->second.rows->rows.size();
    }
}

} // namespace tl::driver
