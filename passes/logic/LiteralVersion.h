// Which rows of a growing relation a literal reads, and what is carried; how semi-naive evaluation tells the
// planner.
#pragma once

#include "ir/plan/PlanDialect.h"
#include "ir/tl/TlOps.h"

namespace tl::passes {

constexpr llvm::StringLiteral kLiteralVersion = "plan.version";
/// On a comprehension: its destination is a tensor carried by rounds, which are told what gets better.
constexpr llvm::StringLiteral kTracked = "plan.tracked";

/// The version that `--tl-make-semi-naive` gave the literal; Full when it gave none.
inline plan::Version versionOf(ir::LiteralOp literal) {
  auto name = literal->getAttrOfType<mlir::StringAttr>(kLiteralVersion);
  return name ? *plan::symbolizeVersion(name.getValue()) : plan::Version::Full;
}

inline void setVersion(ir::LiteralOp literal, plan::Version version) {
  auto name = mlir::StringAttr::get(literal.getContext(), plan::stringifyVersion(version));
  literal->setAttr(kLiteralVersion, name);
}

} // namespace tl::passes
