// What `tl build` puts beside this library into an executable or a shared library.
#pragma once

#include "runtime/abi/KernelAbi.h"

#include <cstddef>

extern "C" {

/// The bytes of a package, from tlImagePackage to tlImagePackageEnd, at a multiple of 64.
extern const std::byte tlImagePackage[], tlImagePackageEnd[];
/// The kernels of its program, in their order.
extern const TlKernel tlImageKernels[], tlImageKernelsEnd[];

} // extern "C"
