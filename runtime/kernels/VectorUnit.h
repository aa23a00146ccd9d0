// Which vector instructions the machine has.
#pragma once

namespace tl::runtime {

/// Instructions to use.
enum class VectorUnit { Baseline, Avx2, Avx512 };

/// The widest unit of this machine. Avx2 is meant with FMA.
VectorUnit widestVectorUnit();

} // namespace tl::runtime
