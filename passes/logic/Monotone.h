// Whether a rule only ever improves its result while what it reads improves.
#pragma once

#include "ir/tl/TlOps.h"

#include "llvm/ADT/DenseMap.h"

namespace tl::passes {

/// How a value of a rule changes from round to round of the recursion around it.
enum class Trend { Still, Rises, Falls, Unknown };

/// The trend of the elements of a tensor that rules combine into by `monoid`: those under max rise, under min
/// they fall, and an absent element may appear.
Trend trendUnder(ir::Monoid monoid);

/// Whether rounds may combine into the result of `rule` instead of computing it anew: when the elements of
/// the tensors in `carried` follow their trends, every assignment that passed still does, at the same place,
/// and its value follows the trend of the result. What cannot be told counts as not monotone; so do functions
/// whose approximations may not be. Relations that are carried only grow, and stand in positive literals
/// only.
bool isMonotone(ir::ComprehensionOpInterface rule, const llvm::DenseMap<mlir::Value, Trend> &carried);

} // namespace tl::passes
