// Digests of tensors, and values carried over to new symbol numbers.
#include "frontend/driver/Reuse.h"

#include "frontend/sema/Dump.h"
#include "frontend/sema/Needed.h"
#include "frontend/sema/Walk.h"

#include "llvm/Support/xxhash.h"

#include <algorithm>

namespace tl::driver {
namespace {

using runtime::Cell;
using runtime::Domain;
using runtime::Relation;
using runtime::Tensor;
using sema::ClassId;
using sema::TensorId;

/// Bytes that a digest is made of.
class Gathered {
public:
  void add(std::string_view text) {
    add(static_cast<std::uint64_t>(text.size()));
    bytes.append(text);
  }
  void add(std::uint64_t number) { bytes.append(reinterpret_cast<const char *>(&number), sizeof number); }
  void addSigned(std::int64_t number) { add(static_cast<std::uint64_t>(number)); }
  void add(double number) { add(std::bit_cast<std::uint64_t>(number)); }
  void add(const Digest &digest) {
    add(digest.low);
    add(digest.high);
  }
  /// The digest of `content` in its place: it may be long.
  void addDigestOf(const void *content, std::size_t size) { add(digestOf(content, size)); }
  Digest digest() const { return digestOf(bytes.data(), bytes.size()); }

private:
  static Digest digestOf(const void *content, std::size_t size) {
    llvm::XXH128_hash_t hash = llvm::xxh3_128bits({static_cast<const std::uint8_t *>(content), size});
    return {hash.low64, hash.high64};
  }

  std::string bytes;
};

std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
  return value ^ (value >> 31);
}

class Digests {
public:
  Digests(const sema::TypedProgram &program, const LoadedData &data, std::uint64_t seed)
      : program(program), data(data), seed(seed), texts(program.classes.size()), of(program.tensors.size()) {}

  void addComponent(const sema::Component &component, const std::set<TensorId> &needed) {
    bool isNeeded = std::any_of(component.tensors.begin(), component.tensors.end(),
                                [&](TensorId tensor) { return needed.count(tensor) != 0; });
    if (!isNeeded)
      return;
    Gathered gathered;
    for (TensorId tensor : component.tensors)
      addTensor(tensor, component, gathered);
    Digest common = gathered.digest();
    for (TensorId tensor : component.tensors) {
      Gathered own;
      own.add(common);
      own.add(program.tensors[tensor].name);
      of[tensor] = own.digest();
    }
  }

  const Digest &operator[](TensorId tensor) const { return of[tensor]; }

private:
  void addTensor(TensorId id, const sema::Component &component, Gathered &gathered) {
    const sema::TensorSymbol &tensor = program.tensors[id];
    gathered.add(tensor.name);
    for (auto number : {static_cast<std::uint64_t>(tensor.kind), static_cast<std::uint64_t>(tensor.monoid),
                        static_cast<std::uint64_t>(tensor.elementType)})
      gathered.add(number);
    bool isDense = tensor.kind == sema::TensorKind::Dense;
    for (ClassId axis : tensor.axes) {
      bool hasSymbols = data.domains[axis] != nullptr;
      gathered.add(std::uint64_t{hasSymbols});
      if (isDense || !hasSymbols)
        gathered.addSigned(program.classes[axis].extent);
      if (isDense && hasSymbols)
        addOrder(*data.domains[axis], gathered);
      gathered.add(std::uint64_t{program.classes[axis].isOpen});
    }
    if (auto bound = data.bindings.find(tensor.name); bound != data.bindings.end())
      addContent(tensor, bound->second, gathered);
    for (sema::EquationId equation : tensor.equations)
      addEquation(program.equations[equation], component, gathered);
  }

  static void addOrder(const Domain &domain, Gathered &gathered) {
    for (Cell id = 0; id < domain.size(); ++id)
      gathered.add(domain.text(id));
  }

  void addEquation(const sema::Equation &equation, const sema::Component &component, Gathered &gathered) {
    gathered.add(sema::toString(program, equation));
    for (const sema::Variable &variable : equation.variables) {
      // A range over symbols grows with the domain; what it is read from says how.
      bool hasSymbols = variable.hasClass && data.domains[variable.axisClass];
      gathered.addSigned(hasSymbols ? -1 : variable.lower.value_or(INT64_MIN));
      gathered.addSigned(hasSymbols ? -1 : variable.upper.value_or(INT64_MAX));
      if (hasSymbols && !variable.isGenerated)
        addOrder(*data.domains[variable.axisClass], gathered);
    }
    sema::walkEquation(equation, [&](const sema::Expr &expr) {
      gathered.add(static_cast<std::uint64_t>(expr.kind));
      gathered.add(expr.number);
      gathered.addSigned(expr.integer);
      gathered.add(expr.function);
      if (expr.kind == sema::Expr::Kind::Random)
        gathered.add(seed);
      for (double parameter : expr.parameters)
        gathered.add(parameter);
    });
    for (TensorId read : equation.reads)
      if (std::find(component.tensors.begin(), component.tensors.end(), read) == component.tensors.end())
        gathered.add(of[read]);
  }

  void addContent(const sema::TensorSymbol &tensor, const runtime::Value &value, Gathered &gathered) {
    if (const auto *dense = std::get_if<Tensor>(&value)) {
      auto bytes = static_cast<std::size_t>(dense->elements()) * runtime::byteWidth(dense->type());
      gathered.add(std::uint64_t{bytes});
      gathered.addDigestOf(dense->data(), bytes);
      if (dense->isPartial())
        gathered.addDigestOf(dense->present(), static_cast<std::size_t>(dense->elements()));
      return;
    }
    const auto &rows = std::get<Relation>(value);
    std::uint64_t low = 0, high = 0; // a sum: the order of rows follows the numbers of symbols
    for (std::size_t row = 0; row < rows.size(); ++row) {
      std::uint64_t hash = 0;
      for (std::size_t axis = 0; axis < rows.arity(); ++axis)
        hash = mixed(hash + cellHash(tensor.axes[axis], rows.row(row)[axis]));
      low += hash;
      high += mixed(hash + 1);
    }
    gathered.add(static_cast<std::uint64_t>(rows.size()));
    gathered.add(Digest{low, high});
  }

  std::uint64_t cellHash(ClassId axis, Cell cell) {
    const Domain *domain = data.domains[axis].get();
    if (!domain)
      return mixed(static_cast<std::uint64_t>(cell));
    std::vector<std::uint64_t> &known = texts[axis];
    while (known.size() <= static_cast<std::size_t>(cell))
      known.push_back(llvm::xxh3_64bits(domain->text(static_cast<Cell>(known.size()))));
    return known[static_cast<std::size_t>(cell)];
  }

  const sema::TypedProgram &program;
  const LoadedData &data;
  const std::uint64_t seed;
  std::vector<std::vector<std::uint64_t>> texts; ///< hashes of symbols, by class
  std::vector<Digest> of;                        ///< by tensor
};

/// `rows` with the symbols' numbers of today; nothing when one of them is gone.
std::optional<Relation> renumbered(const Relation &rows, const std::vector<std::shared_ptr<Domain>> &before,
                                   const std::vector<std::shared_ptr<Domain>> &now) {
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

std::vector<std::shared_ptr<Domain>> domainsOf(const sema::TensorSymbol &tensor, const LoadedData &data) {
  std::vector<std::shared_ptr<Domain>> domains;
  for (ClassId axis : tensor.axes)
    domains.push_back(data.domains[axis]);
  return domains;
}

/// The value of a tensor from the cache, if it still holds.
std::optional<runtime::Value> valueOf(const sema::TensorSymbol &tensor, const Digest &digest,
                                      const LoadedData &data, const ResultCache &cache) {
  auto found = cache.entries.find(tensor.name);
  if (found == cache.entries.end() || found->second.digest != digest)
    return std::nullopt;
  if (std::holds_alternative<Tensor>(found->second.value))
    return found->second.value; // the digest covers the order of its symbols
  return renumbered(std::get<Relation>(found->second.value), found->second.domains, domainsOf(tensor, data));
}

/// A component whose values are all in the cache; its tensors without equations are data anyway.
std::optional<std::vector<runtime::Value>> valuesOf(const sema::TypedProgram &program,
                                                    const sema::Component &component, const Digests &digests,
                                                    const LoadedData &data, const ResultCache &cache) {
  std::vector<runtime::Value> values;
  for (TensorId tensor : component.tensors) {
    std::optional<runtime::Value> value = valueOf(program.tensors[tensor], digests[tensor], data, cache);
    if (!value)
      return std::nullopt;
    values.push_back(*std::move(value));
  }
  return values;
}

} // namespace

ReusePlan planReuse(const sema::TypedProgram &program, LoadedData &data, std::uint64_t seed,
                    ResultCache &cache) {
  ReusePlan plan;
  Digests digests(program, data, seed);
  std::set<TensorId> needed = sema::neededTensors(program);
  for (const sema::Component &component : program.components)
    digests.addComponent(component, needed);
  cache.computed.clear();
  cache.recomputed.clear();
  cache.reused.clear();
  for (const sema::Component &component : program.components) {
    bool isComputed = std::any_of(component.tensors.begin(), component.tensors.end(), [&](TensorId tensor) {
      return needed.count(tensor) != 0 && !program.tensors[tensor].equations.empty();
    });
    if (!isComputed)
      continue;
    std::optional<std::vector<runtime::Value>> values = valuesOf(program, component, digests, data, cache);
    for (std::size_t position = 0; position < component.tensors.size(); ++position) {
      TensorId tensor = component.tensors[position];
      const std::string &name = program.tensors[tensor].name;
      (values ? cache.reused : cache.computed).push_back(name);
      if (!values && cache.entries.contains(name))
        cache.recomputed.push_back(name);
      if (!values) {
        plan.kept.push_back(tensor);
        plan.digests.emplace(tensor, digests[tensor]);
        continue;
      }
      data.bindings[name] = std::move((*values)[position]);
      data.bound.insert(tensor);
      plan.settled.insert(tensor);
    }
  }
  return plan;
}

void storeResults(const sema::TypedProgram &program, const LoadedData &data, const ReusePlan &plan,
                  std::vector<runtime::Value> values, ResultCache &cache) {
  for (std::size_t position = 0; position < plan.kept.size(); ++position) {
    const sema::TensorSymbol &tensor = program.tensors[plan.kept[position]];
    cache.entries[tensor.name] = {plan.digests.at(plan.kept[position]), std::move(values[position]),
                                  domainsOf(tensor, data)};
  }
}

} // namespace tl::driver
