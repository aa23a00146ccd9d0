// Digests of what the values of tensors depend on.
#include "frontend/driver/Digests.h"

#include "frontend/sema/Dump.h"
#include "frontend/sema/Walk.h"

#include "llvm/Support/xxhash.h"

#include <algorithm>
#include <bit>

namespace tl::driver {

using runtime::Cell;
using runtime::Domain;
using runtime::Relation;
using runtime::Tensor;
using sema::ClassId;
using sema::TensorId;

/// Bytes that a digest is made of.
class Digests::Gathered {
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

namespace {

std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
  return value ^ (value >> 31);
}

} // namespace

std::set<TensorId> readsOf(const sema::TypedProgram &program, const sema::Component &component) {
  std::set<TensorId> reads;
  for (TensorId tensor : component.tensors)
    for (sema::EquationId equation : program.tensors[tensor].equations)
      reads.insert(program.equations[equation].reads.begin(), program.equations[equation].reads.end());
  for (TensorId tensor : component.tensors)
    reads.erase(tensor);
  return reads;
}

Digests::Digests(const sema::TypedProgram &program, const LoadedData &data, std::uint64_t seed)
    : program(program), data(data), seed(seed), texts(program.classes.size()), of(program.tensors.size()),
      forms(program.tensors.size()) {}

void Digests::add(const sema::Component &component) {
  Gathered form;
  for (TensorId tensor : component.tensors)
    addTensor(tensor, form);
  Gathered all;
  all.add(form.digest());
  for (TensorId read : readsOf(program, component)) {
    all.add(program.tensors[read].name);
    all.add(of[read]);
  }
  for (TensorId tensor : component.tensors) {
    Gathered own;
    own.add(all.digest());
    own.add(program.tensors[tensor].name);
    of[tensor] = own.digest();
    forms[tensor] = form.digest();
  }
}

void Digests::addTensor(TensorId id, Gathered &gathered) {
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
    addEquation(program.equations[equation], gathered);
}

void Digests::addOrder(const Domain &domain, Gathered &gathered) {
  for (Cell id = 0; id < domain.size(); ++id)
    gathered.add(domain.text(id));
}

void Digests::addEquation(const sema::Equation &equation, Gathered &gathered) {
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
}

void Digests::addContent(const sema::TensorSymbol &tensor, const runtime::Value &value, Gathered &gathered) {
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

std::uint64_t Digests::cellHash(ClassId axis, Cell cell) {
  const Domain *domain = data.domains[axis].get();
  if (!domain)
    return mixed(static_cast<std::uint64_t>(cell));
  std::vector<std::uint64_t> &known = texts[axis];
  while (known.size() <= static_cast<std::size_t>(cell))
    known.push_back(llvm::xxh3_64bits(domain->text(static_cast<Cell>(known.size()))));
  return known[static_cast<std::size_t>(cell)];
}

} // namespace tl::driver
