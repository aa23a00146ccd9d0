// tl-gpu-bench: facts and limits of the GPU at hand, as rows of JSON. Exit code 77 where there is none.
#include "runtime/device/CudaDevice.h"

#include <dlfcn.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <vector>

namespace {

using tl::runtime::CudaBuffer;
using tl::runtime::CudaDevice;
using tl::runtime::Result;

constexpr int kNoGpu = 77;

/// Seconds that `work` takes, waited for, the best of several.
template <typename Work> double bestSeconds(CudaDevice &device, int times, Work work) {
  double best = 1e30;
  for (int time = 0; time < times; ++time) {
    const auto start = std::chrono::steady_clock::now();
    if (!work() || !device.synchronize())
      return 0;
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

/// Bytes read and written a second when a device copies its memory.
void measureCopies(CudaDevice &device) {
  constexpr std::size_t bytes = std::size_t{1} << 30;
  constexpr int copies = 10; // so that the time to start one does not count
  Result<CudaBuffer> from = device.allocate(bytes, "copies"), to = device.allocate(bytes, "copies");
  if (!from || !to)
    return;
  const double seconds = bestSeconds(device, 5, [&] {
    for (int copy = 0; copy < copies; ++copy)
      if (!device.copy(*to, *from))
        return false;
    return true;
  });
  if (seconds > 0)
    std::printf("{\"row\": \"copy\", \"bytes\": %zu, \"terabytes_per_second\": %.3f}\n", bytes,
                2.0 * copies * static_cast<double>(bytes) / seconds / 1e12);
}

/// The vendor's product of two square matrices of f32, where its library is found.
void measureCublas(CudaDevice &device) {
  using Create = int (*)(void **);
  using Multiply = int (*)(void *, int, int, int, int, int, const float *, const float *, int, const float *,
                           int, const float *, float *, int);
  void *library = nullptr;
  for (const char *name : {"libcublas.so.13", "libcublas.so.12", "libcublas.so.11"})
    if (!library)
      library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  auto *create = library ? reinterpret_cast<Create>(dlsym(library, "cublasCreate_v2")) : nullptr;
  auto *multiply = library ? reinterpret_cast<Multiply>(dlsym(library, "cublasSgemm_v2")) : nullptr;
  void *handle = nullptr;
  if (!create || !multiply || create(&handle) != 0) {
    std::printf("{\"row\": \"cublas\", \"found\": false}\n");
    return;
  }
  // The library works in a stream of its own, so its own wait is taken: a copy back of one element.
  constexpr int n = 4096;
  Result<CudaBuffer> a = device.allocate(sizeof(float) * n * n, "a"),
                     b = device.allocate(sizeof(float) * n * n, "b"),
                     c = device.allocate(sizeof(float) * n * n, "c");
  if (!a || !b || !c)
    return;
  // A product of zeros takes less power, and so less time, than one of numbers.
  std::mt19937 random(1);
  std::vector<float> numbers(std::size_t{n} * n);
  for (float &number : numbers)
    number = static_cast<float>(random()) * 0x1p-31f - 1;
  if (!device.copyIn(*a, numbers.data()) || !device.copyIn(*b, numbers.data()))
    return;
  using Wait = int (*)();
  auto *wait = reinterpret_cast<Wait>(dlsym(RTLD_DEFAULT, "cuCtxSynchronize"));
  if (!wait)
    wait = reinterpret_cast<Wait>(dlsym(dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL), "cuCtxSynchronize"));
  const float one = 1, zero = 0;
  auto pointer = [](const CudaBuffer &buffer) { return reinterpret_cast<float *>(buffer.address()); };
  const double seconds = bestSeconds(device, 10, [&] {
    return wait &&
           multiply(handle, 0, 0, n, n, n, &one, pointer(*a), n, pointer(*b), n, &zero, pointer(*c), n) ==
               0 &&
           wait() == 0;
  });
  if (seconds > 0)
    std::printf("{\"row\": \"cublas\", \"found\": true, \"type\": \"f32\", \"n\": %d, \"teraflops\": %.2f}\n",
                n, 2.0 * n * n * n / seconds / 1e12);
}

} // namespace

int main() {
  Result<std::unique_ptr<CudaDevice>> opened = CudaDevice::open();
  if (!opened) {
    std::fprintf(stderr, "%s\n", opened.error().message.c_str());
    return kNoGpu;
  }
  CudaDevice &device = **opened;
  std::printf("{\"row\": \"device\", \"name\": \"%s\", \"capability\": \"%d.%d\"}\n", device.name().c_str(),
              device.major(), device.minor());
  if (device.name().find("emulator") != std::string::npos) {
    std::fprintf(stderr, "the device is an emulator: nothing is measured on it\n");
    return kNoGpu;
  }
  measureCopies(device);
  measureCublas(device);
  return 0;
}
