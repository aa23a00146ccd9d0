// Rules made of nothing but literals of variables.
#pragma once

#include "ir/tl/TlOps.h"

#include "llvm/ADT/SmallVector.h"

namespace tl::passes {

using Variables = llvm::SmallVector<ir::IndexOp>;

/// The variable that is all of each argument, in the order of the columns; empty when an argument is anything
/// else, a variable of another block, or a variable that an argument before it is already.
Variables plainVariables(ir::LiteralOp literal);

/// The same of the place of a rule's result.
Variables plainVariables(ir::YieldOp yield);

/// Whether the rule holds exactly `count` literals, all of them positive, beside its variables.
bool hasOnlyLiterals(ir::ComprehensionOpInterface rule, std::size_t count);

} // namespace tl::passes
