// Families of arrays: `W[l,i,j] = "model.safetensors:layers.{l}.weight"`.
#pragma once

#include "frontend/ast/Ast.h"
#include "runtime/io/Formats.h"

namespace tl::driver {

/// Reads the members of a family and stacks them along the axes that the braced indices have in `head`. What
/// stands in braces is a `MemberNumber`. A family starts at 0 and has no gaps; its members agree in shape and
/// type.
runtime::Result<runtime::Tensor> readFamily(const runtime::FileReference &reference, const ast::Head *head,
                                            runtime::MemoryBudget &budget);

} // namespace tl::driver
