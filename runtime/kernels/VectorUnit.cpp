// Asks the processor what it has.
#include "runtime/kernels/VectorUnit.h"

namespace tl::runtime {

VectorUnit widestVectorUnit() {
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
    return VectorUnit::Avx512;
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? VectorUnit::Avx2
                                                                         : VectorUnit::Baseline;
}

} // namespace tl::runtime
