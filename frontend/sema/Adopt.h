// Guards inside explicit reductions.
#pragma once

#include "frontend/sema/TypedProgram.h"

namespace tl::sema {

/// `S = sum[x](A[x]), C(x)`: a reduction obeys the guards, so a guard's variable that occurs nowhere else in
/// the statement is the variable of that name which a reduction binds. Afterwards both are one variable.
void adoptGuardVariables(Equation &equation);

} // namespace tl::sema
