// Digests of what the values of tensors depend on.
#pragma once

#include "frontend/driver/Load.h"

#include <map>
#include <set>

namespace tl::driver {

/// 128 bits of everything that a tensor's value depends on: its equations with their sums and ranges, its
/// data, and the digests of what it reads. Symbols count by their text, so that new ones elsewhere change
/// nothing.
struct Digest {
  std::uint64_t low = 0, high = 0;
  friend bool operator==(const Digest &, const Digest &) = default;
};

/// The digests of the tensors of a loaded program.
class Digests {
public:
  /// `seed` is that of random draws. `program` and `data` must outlive this.
  Digests(const sema::TypedProgram &program, const LoadedData &data, std::uint64_t seed);

  /// After the components before it.
  void add(const sema::Component &component);

  const Digest &operator[](sema::TensorId tensor) const { return of[tensor]; }
  /// Of the component of a tensor, without what it reads of others.
  const Digest &form(sema::TensorId tensor) const { return forms[tensor]; }

private:
  class Gathered;
  void addTensor(sema::TensorId id, Gathered &gathered);
  void addOrder(const runtime::Domain &domain, Gathered &gathered);
  void addEquation(const sema::Equation &equation, Gathered &gathered);
  void addContent(const sema::TensorSymbol &tensor, const runtime::Value &value, Gathered &gathered);
  std::uint64_t cellHash(sema::ClassId axis, runtime::Cell cell);

  const sema::TypedProgram &program;
  const LoadedData &data;
  const std::uint64_t seed;
  std::vector<std::vector<std::uint64_t>> texts; ///< hashes of symbols, by class
  std::vector<Digest> of, forms;                 ///< by tensor
};

/// The tensors of other components that a component reads, ascending.
std::set<sema::TensorId> readsOf(const sema::TypedProgram &program, const sema::Component &component);

} // namespace tl::driver
