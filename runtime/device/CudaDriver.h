// The functions of NVIDIA's driver that we call, found in libcuda.so.1 when it is first asked for.
#pragma once

#include "runtime/core/Result.h"

#include <cstddef>
#include <cstdint>

namespace tl::runtime {

// The driver's own types, as its ABI has them.
using CudaStatus = int;
using CudaDeviceNumber = int;
using CudaPointer = std::uint64_t;
using CudaHandle = void *;

// Every function: TL_CUDA(member, symbol, parameters). `_v2` is part of the symbols whose parameters once
// were narrower.
#define TL_CUDA_FUNCTIONS(TL_CUDA)                                                                           \
  TL_CUDA(init, "cuInit", (unsigned))                                                                        \
  TL_CUDA(driverVersion, "cuDriverGetVersion", (int *))                                                      \
  TL_CUDA(errorText, "cuGetErrorString", (CudaStatus, const char **))                                        \
  TL_CUDA(deviceCount, "cuDeviceGetCount", (int *))                                                          \
  TL_CUDA(device, "cuDeviceGet", (CudaDeviceNumber *, int))                                                  \
  TL_CUDA(deviceName, "cuDeviceGetName", (char *, int, CudaDeviceNumber))                                    \
  TL_CUDA(deviceAttribute, "cuDeviceGetAttribute", (int *, int, CudaDeviceNumber))                           \
  TL_CUDA(defaultPool, "cuDeviceGetDefaultMemPool", (CudaHandle *, CudaDeviceNumber))                        \
  TL_CUDA(setPoolAttribute, "cuMemPoolSetAttribute", (CudaHandle, int, void *))                              \
  TL_CUDA(retainContext, "cuDevicePrimaryCtxRetain", (CudaHandle *, CudaDeviceNumber))                       \
  TL_CUDA(releaseContext, "cuDevicePrimaryCtxRelease_v2", (CudaDeviceNumber))                                \
  TL_CUDA(setContext, "cuCtxSetCurrent", (CudaHandle))                                                       \
  TL_CUDA(createStream, "cuStreamCreate", (CudaHandle *, unsigned))                                          \
  TL_CUDA(destroyStream, "cuStreamDestroy_v2", (CudaHandle))                                                 \
  TL_CUDA(synchronize, "cuStreamSynchronize", (CudaHandle))                                                  \
  TL_CUDA(memoryLeft, "cuMemGetInfo_v2", (std::size_t *, std::size_t *))                                     \
  TL_CUDA(allocate, "cuMemAllocAsync", (CudaPointer *, std::size_t, CudaHandle))                             \
  TL_CUDA(free, "cuMemFreeAsync", (CudaPointer, CudaHandle))                                                 \
  TL_CUDA(copyIn, "cuMemcpyHtoDAsync_v2", (CudaPointer, const void *, std::size_t, CudaHandle))              \
  TL_CUDA(copyOut, "cuMemcpyDtoHAsync_v2", (void *, CudaPointer, std::size_t, CudaHandle))                   \
  TL_CUDA(copyWithin, "cuMemcpyDtoDAsync_v2", (CudaPointer, CudaPointer, std::size_t, CudaHandle))           \
  TL_CUDA(fillBytes, "cuMemsetD8Async", (CudaPointer, unsigned char, std::size_t, CudaHandle))               \
  TL_CUDA(loadModule, "cuModuleLoadDataEx", (CudaHandle *, const void *, unsigned, int *, void **))          \
  TL_CUDA(unloadModule, "cuModuleUnload", (CudaHandle))                                                      \
  TL_CUDA(function, "cuModuleGetFunction", (CudaHandle *, CudaHandle, const char *))                         \
  TL_CUDA(launch, "cuLaunchKernel",                                                                          \
          (CudaHandle, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, CudaHandle,     \
           void **, void **))

/// The driver's functions; valid for the rest of the process.
struct CudaDriver {
#define TL_CUDA(member, symbol, parameters) CudaStatus(*member) parameters = nullptr;
  TL_CUDA_FUNCTIONS(TL_CUDA)
#undef TL_CUDA

  /// Loads the driver. Fails, saying what is missing, where there is none.
  static Result<CudaDriver> load();
  /// Success, or what the driver says of `status` when doing `what` failed.
  Result<void> check(CudaStatus status, const char *what) const;
};

} // namespace tl::runtime
