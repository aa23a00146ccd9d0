// What a product implies about the indices of its factors where it is not zero.
#pragma once

#include "frontend/sema/OrderDistance.h"

namespace tl::sema {

/// Adds to `bounds` what must hold of the equation's variables wherever the value of `read` matters: a factor
/// beside it is zero elsewhere, because every equation of that factor's tensor has a guard that says so.
///   Comp[p,p'] = ..., p' <= p   implies   p' <= p   for Val[p'] in   Comp[p,p'] Val[p']
/// In a scan an element that is not computed yet is 0, and 0 times 0 is what 0 times the later value would
/// be.
void addZeroBounds(const TypedProgram &program, const Equation &equation, const Expr &read,
                   DifferenceBounds &bounds);

} // namespace tl::sema
