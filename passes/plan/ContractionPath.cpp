// Exact search over subsets for few factors, greedy pairs for many.
#include "passes/plan/ContractionPath.h"

#include <limits>
#include <vector>

namespace tl::passes {

using llvm::ArrayRef;
using llvm::SmallBitVector;

namespace {

constexpr unsigned kExactFactors = 10;

double sizeOf(const SmallBitVector &variables, ArrayRef<std::int64_t> extents) {
  double size = 1;
  for (unsigned variable : variables.set_bits())
    size *= static_cast<double>(extents[variable]);
  return size;
}

/// Subsets of factors are bit masks; the tensor of a subset has the variables that somebody outside it needs.
class ExactSearch {
public:
  ExactSearch(ArrayRef<SmallBitVector> factors, const SmallBitVector &kept, ArrayRef<std::int64_t> extents)
      : factors(factors), kept(kept), extents(extents), sets(std::size_t{1} << factors.size()) {}

  ContractionPath run() {
    const unsigned all = static_cast<unsigned>(sets.size()) - 1;
    for (unsigned mask = 1; mask <= all; ++mask)
      solve(mask);
    ContractionPath path;
    path.cost = sets[all].cost;
    emit(all, path);
    return path;
  }

private:
  struct Subset {
    SmallBitVector variables;
    double cost = std::numeric_limits<double>::infinity();
    unsigned left = 0;
  };

  SmallBitVector variablesOf(unsigned mask) const {
    SmallBitVector inside(kept.size()), outside(kept);
    for (unsigned factor = 0; factor < factors.size(); ++factor)
      ((mask >> factor & 1) != 0 ? inside : outside) |= factors[factor];
    inside &= outside;
    return inside;
  }

  void solve(unsigned mask) {
    Subset &set = sets[mask];
    if ((mask & (mask - 1)) == 0) {
      set.variables = factors[static_cast<unsigned>(__builtin_ctz(mask))];
      set.cost = 0;
      return;
    }
    set.variables = variablesOf(mask);
    for (unsigned left = (mask - 1) & mask; left > (mask ^ left); left = (left - 1) & mask) {
      const Subset &lhs = sets[left], &rhs = sets[mask ^ left];
      SmallBitVector both(lhs.variables);
      both |= rhs.variables;
      const double cost = lhs.cost + rhs.cost + sizeOf(both, extents);
      if (cost < set.cost) {
        set.cost = cost;
        set.left = left;
      }
    }
  }

  unsigned emit(unsigned mask, ContractionPath &path) {
    if ((mask & (mask - 1)) == 0)
      return static_cast<unsigned>(__builtin_ctz(mask));
    const unsigned lhs = emit(sets[mask].left, path), rhs = emit(mask ^ sets[mask].left, path);
    path.steps.push_back({lhs, rhs});
    return static_cast<unsigned>(factors.size() + path.steps.size()) - 1;
  }

  ArrayRef<SmallBitVector> factors;
  const SmallBitVector &kept;
  ArrayRef<std::int64_t> extents;
  std::vector<Subset> sets;
};

/// The pair whose result is smallest against its operands.
ContractionPath greedy(ArrayRef<SmallBitVector> factors, const SmallBitVector &kept,
                       ArrayRef<std::int64_t> extents) {
  std::vector<SmallBitVector> tensors(factors.begin(), factors.end());
  std::vector<unsigned> open;
  for (unsigned factor = 0; factor < factors.size(); ++factor)
    open.push_back(factor);
  ContractionPath path;
  while (open.size() > 1) {
    double best = std::numeric_limits<double>::infinity(), work = 0;
    std::size_t first = 0, second = 1;
    SmallBitVector result;
    for (std::size_t a = 0; a < open.size(); ++a)
      for (std::size_t b = a + 1; b < open.size(); ++b) {
        SmallBitVector both(tensors[open[a]]), needed(kept);
        both |= tensors[open[b]];
        for (std::size_t other = 0; other < open.size(); ++other)
          if (other != a && other != b)
            needed |= tensors[open[other]];
        needed &= both;
        const double score =
            sizeOf(needed, extents) - sizeOf(tensors[open[a]], extents) - sizeOf(tensors[open[b]], extents);
        if (score < best) {
          best = score;
          work = sizeOf(both, extents);
          first = a;
          second = b;
          result = needed;
        }
      }
    path.cost += work;
    path.steps.push_back({open[first], open[second]});
    tensors.push_back(result);
    open.erase(open.begin() + static_cast<std::ptrdiff_t>(second));
    open[first] = static_cast<unsigned>(tensors.size()) - 1;
  }
  return path;
}

} // namespace

ContractionPath contractionPath(ArrayRef<SmallBitVector> factors, const SmallBitVector &kept,
                                ArrayRef<std::int64_t> extents) {
  if (factors.size() <= kExactFactors)
    return ExactSearch(factors, kept, extents).run();
  return greedy(factors, kept, extents);
}

} // namespace tl::passes
