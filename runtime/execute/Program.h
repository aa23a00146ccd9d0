// A planned program as plain data: which kernel runs when, on what, and what may change in place. An executor
// runs it, whether its kernels were compiled a moment ago or belong to the executable that holds the program.
#pragma once

#include "runtime/core/ElementType.h"
#include "runtime/core/Shape.h"
#include "runtime/kernels/MatrixFunctions.h"
#include "runtime/kernels/NormalizeRows.h"
#include "runtime/kernels/Ordered.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tl::runtime {

/// A value of a program by its position in `Program::types`. Every step defines values anew: a number stands
/// for one tensor or relation in one state.
using ValueId = std::uint32_t;

/// What a value is. Of scan positions, row ranges and indexes nothing is said.
struct ValueType {
  bool isRelation = false;
  ElementType element = ElementType::F32; ///< of a tensor
  bool isPartial = false;                 ///< a tensor whose elements may be absent
  Shape extents;                          ///< of a tensor; of a relation, the bounds of its columns
};

/// The rows of a relation in a recursion: all, those of the last round, those before it.
enum class RowVersion : std::uint8_t { Full, Delta, Old };

struct Step;

/// Steps, one after the other. A block of a recursion starts from `arguments` (a scan's first one is the
/// position) and passes on `next`.
struct Block {
  /// A value that a block passes on. One that is `isShared` is passed on twice, or lives outside the block.
  struct Next {
    ValueId value = 0;
    bool isShared = false;
  };
  std::vector<ValueId> arguments;
  std::vector<Step> steps;
  std::vector<Next> next;
  std::vector<ValueId> ending; ///< what nothing needs once the block has passed on
};

/// A value that a recursion starts from: handed over when `inPlace`, else copied.
struct Initial {
  ValueId value = 0;
  bool inPlace = false;
};

// --- Data.

struct ReadStep {
  ValueId result = 0;
  std::string name;
};

/// A tensor of zeros, or ones; a partial tensor without elements; a relation without rows.
struct EmptyStep {
  ValueId result = 0;
  std::string name; ///< for messages
  bool isOne = false;
  bool isFilled = false; ///< every element is written before any is read: storage of any content will do
};

struct NormalizeStep {
  NormalizationKind kind = NormalizationKind::Softmax;
  ValueId input = 0, result = 0;
  std::vector<std::int64_t> axes;
  std::vector<double> parameters;
  bool isOwn = false; ///< nothing needs the input afterwards: its storage may be used
};

struct OrderStep {
  OrderedKind kind = OrderedKind::CumSum;
  ValueId input = 0, result = 0;
  std::vector<std::int64_t> axes;
  double limit = 0;
};

struct MatrixStep {
  MatrixFunction function = MatrixFunction::Solve;
  std::string name, subject; ///< for messages
  ValueId matrix = 0;
  std::optional<ValueId> right;
  std::vector<ValueId> results;
  std::vector<bool> isWanted; ///< by result
};

struct ExternalStep {
  std::string library, symbol;
  std::vector<ValueId> arguments;
  ValueId result = 0;
};

/// Hands out a value as the answer to a query or the content of a file.
struct OutletStep {
  bool isQuery = true;
  std::int64_t number = 0;
  ValueId value = 0;
};

// --- Calls.

/// Rows of a relation, as an index by `keys` when `isIndex`; or the places of a tensor that changed.
struct RowsStep {
  ValueId relation = 0, result = 0;
  RowVersion version = RowVersion::Full;
  bool isIndex = false;
  std::vector<std::uint32_t> keys;
};

/// Runs a kernel on `inputs` and a destination.
struct CallStep {
  std::uint32_t kernel = 0; ///< position in `Program::kernels`
  std::vector<ValueId> inputs;
  ValueId dest = 0, result = 0;
  bool inPlace = false; ///< writes to `dest` itself, else to a copy
  bool commits = false; ///< new rows count at once, not at the end of a round
};

/// A linear function of the indices of a product and the positions of the scans around it.
struct LinearForm {
  std::int64_t constant = 0;
  std::vector<std::int64_t> perIndex;
  std::vector<std::int64_t> perPosition;
};

/// Adds a product to a tensor: see `plan.product`.
struct ProductStep {
  struct Operand {
    ValueId tensor = 0;
    LinearForm place; ///< in elements from the first one
  };
  std::vector<std::int64_t> extents;
  Operand lhs, rhs, dest;
  ValueId result = 0;
  bool inPlace = false;
  bool isFilled = false; ///< the product is what the destination holds, not added to it
  std::vector<ValueId> positions;
  std::vector<std::int64_t>
      within; ///< empty, or a half-open range for each position outside which nothing is done
};

// --- Recursion.

struct ScanStep {
  std::int64_t begin = 0, end = 0;
  bool isDescending = false;
  std::vector<Initial> inits;
  Block body;
  std::vector<ValueId> results;
};

struct FixpointStep {
  std::optional<double> tolerance;
  std::optional<std::int64_t> maxRounds;
  std::string names; ///< of what it computes, for messages
  std::vector<Initial> inits;
  Block body;
  std::vector<ValueId> results;
};

/// Carries relations, and partial tensors under max or min: see `plan.seminaive`. `round` takes what is
/// carried, then, for each tensor, its elements before the round and the places of those that the last round
/// changed.
struct SemiNaiveStep {
  std::optional<std::int64_t> maxRounds;
  std::string names;
  std::vector<std::string> carriedNames; ///< by entry, for messages
  std::vector<Initial> inits;
  Block start, round;
  std::vector<ValueId> results;
};

using Action =
    std::variant<ReadStep, EmptyStep, NormalizeStep, OrderStep, MatrixStep, ExternalStep, OutletStep,
                 RowsStep, CallStep, ProductStep, ScanStep, FixpointStep, SemiNaiveStep>;

/// One thing to do, and the values that nothing needs after it.
struct Step {
  Action action;
  std::vector<ValueId> ending;
  std::vector<ValueId> spare; ///< those of `ending` whose storage, a tensor's, only kernels have seen
  std::uint32_t number = 0;   ///< under which a profile has it; 0: none does
  std::string place;          ///< in the program: file and line; may be empty
};

/// A kernel as the executor sees it.
struct KernelSignature {
  std::string name;
  std::int64_t cost = 0;        ///< scalar operations of one call; -1 when it depends on relations
  std::int64_t sharedRows = -1; ///< the argument whose rows may be shared among threads; -1: none
  std::vector<bool> countsRows; ///< by argument: rows whose cells do not matter
  bool isParallel = false;      ///< its outermost loop, over [begin, end), may be shared among threads
  std::int64_t begin = 0, end = 0;
};

/// The whole.
struct Program {
  std::vector<ValueType> types; ///< by value
  std::vector<KernelSignature> kernels;
  Block body;
};

} // namespace tl::runtime
