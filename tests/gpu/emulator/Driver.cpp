// libcuda.so.1 on a machine without a GPU: the calls that our runtime makes, done by the emulator. It calls
// itself an emulator, so that no result of it can be taken for one of a GPU.
//
// TL_EMULATOR_SEED: the order of threads and blocks. TL_EMULATOR_PTX: a file to run in place of the PTX that
// is loaded.
#include "tests/gpu/emulator/Machine.h"

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>

namespace {

using tl::gpu::GlobalMemory;
using tl::gpu::Kernel;
using tl::gpu::TrackedBytes;

constexpr int kSuccess = 0, kInvalidValue = 1, kOutOfMemory = 2, kInvalidPtx = 218, kNotFound = 500,
              kLaunchFailed = 719;
constexpr std::size_t kMemoryBytes = std::size_t{1} << 32;

struct Device {
  GlobalMemory memory;
  std::string fault; ///< of the first launch that failed; like a real device, it does nothing afterwards
  std::uint32_t launches = 0;
  std::uint64_t seed = 0;
};

Device &device() {
  static Device one;
  return one;
}

struct Loaded {
  tl::gpu::Module module;
};

struct Function {
  const tl::gpu::Module *module;
  const Kernel *kernel;
};

int copy(std::uint64_t address, std::size_t bytes, void *to, const void *from) {
  if (!device().fault.empty())
    return kLaunchFailed;
  std::uint64_t offset = 0;
  TrackedBytes *found = device().memory.find(address, bytes, offset);
  if (!found)
    return kInvalidValue;
  if (to)
    std::memcpy(to, found->data() + offset, bytes);
  else
    found->fill(offset, from, bytes);
  return kSuccess;
}

std::string textOf(const char *image) {
  const char *path = std::getenv("TL_EMULATOR_PTX");
  if (!path)
    return image;
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// Lays parameters out as the kernel does: each at a multiple of its size.
std::vector<std::uint8_t> laidOut(const Kernel &kernel, void **values) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t parameter = 0; parameter < kernel.parameterBytes.size(); ++parameter) {
    const auto size = static_cast<std::size_t>(kernel.parameterBytes[parameter]);
    bytes.resize((bytes.size() + size - 1) / size * size + size);
    std::memcpy(bytes.data() + bytes.size() - size, values[parameter], size);
  }
  return bytes;
}

} // namespace

extern "C" {

int cuInit(unsigned) {
  const char *seed = std::getenv("TL_EMULATOR_SEED");
  device().seed = seed ? std::strtoull(seed, nullptr, 10) : 0;
  return kSuccess;
}

int cuDriverGetVersion(int *version) {
  *version = 0;
  return kSuccess;
}

int cuGetErrorString(int status, const char **text) {
  *text = status == kLaunchFailed  ? device().fault.c_str()
          : status == kOutOfMemory ? "out of memory"
          : status == kInvalidPtx  ? "the PTX is wrong"
          : status == kNotFound    ? "not found"
                                   : "invalid value";
  return kSuccess;
}

int cuDeviceGetCount(int *count) {
  *count = 1;
  return kSuccess;
}

int cuDeviceGet(int *number, int) {
  *number = 0;
  return kSuccess;
}

int cuDeviceGetName(char *name, int bytes, int) {
  std::strncpy(name, "PTX emulator of tl (no GPU)", static_cast<std::size_t>(bytes) - 1);
  return kSuccess;
}

int cuDeviceGetAttribute(int *value, int attribute, int) {
  *value = attribute == 75 ? 8 : 0; // compute capability 8.0
  return kSuccess;
}

int cuDeviceGetDefaultMemPool(void **pool, int) {
  *pool = nullptr;
  return kSuccess;
}

int cuMemPoolSetAttribute(void *, int, void *) {
  return kSuccess;
}
int cuDevicePrimaryCtxRetain(void **context, int) {
  *context = &device();
  return kSuccess;
}
int cuDevicePrimaryCtxRelease_v2(int) {
  return kSuccess;
}
int cuCtxSetCurrent(void *) {
  return kSuccess;
}
int cuStreamCreate(void **stream, unsigned) {
  *stream = &device();
  return kSuccess;
}
int cuStreamDestroy_v2(void *) {
  return kSuccess;
}
int cuStreamSynchronize(void *) {
  return device().fault.empty() ? kSuccess : kLaunchFailed;
}

int cuMemGetInfo_v2(std::size_t *left, std::size_t *all) {
  *left = kMemoryBytes - device().memory.used();
  *all = kMemoryBytes;
  return kSuccess;
}

int cuMemAllocAsync(std::uint64_t *address, std::size_t bytes, void *) {
  if (bytes > kMemoryBytes - device().memory.used())
    return kOutOfMemory;
  *address = device().memory.allocate(bytes);
  return kSuccess;
}

int cuMemFreeAsync(std::uint64_t address, void *) {
  return device().memory.free(address) ? kSuccess : kInvalidValue;
}

int cuMemcpyHtoDAsync_v2(std::uint64_t to, const void *from, std::size_t bytes, void *) {
  return copy(to, bytes, nullptr, from);
}

int cuMemcpyDtoHAsync_v2(void *to, std::uint64_t from, std::size_t bytes, void *) {
  return copy(from, bytes, to, nullptr);
}

int cuMemcpyDtoDAsync_v2(std::uint64_t to, std::uint64_t from, std::size_t bytes, void *) {
  std::vector<std::uint8_t> between(bytes);
  const int status = copy(from, bytes, between.data(), nullptr);
  return status == kSuccess ? copy(to, bytes, nullptr, between.data()) : status;
}

int cuMemsetD8Async(std::uint64_t to, unsigned char value, std::size_t bytes, void *) {
  return copy(to, bytes, nullptr, std::vector<std::uint8_t>(bytes, value).data());
}

int cuModuleLoadDataEx(void **module, const void *image, unsigned options, int *names, void **values) {
  auto loaded = new Loaded();
  std::string error;
  if (tl::gpu::parsePtx(textOf(static_cast<const char *>(image)), loaded->module, error)) {
    *module = loaded;
    return kSuccess;
  }
  constexpr int kErrorLog = 5;
  for (unsigned option = 0; option < options; ++option)
    if (names[option] == kErrorLog)
      std::strcpy(static_cast<char *>(values[option]), error.substr(0, 4096).c_str());
  delete loaded;
  return kInvalidPtx;
}

int cuModuleUnload(void *module) {
  delete static_cast<Loaded *>(module);
  return kSuccess;
}

/// Functions live as long as the process, as there are few.
int cuModuleGetFunction(void **function, void *module, const char *name) {
  const tl::gpu::Module &code = static_cast<Loaded *>(module)->module;
  auto found = code.kernels.find(name);
  if (found == code.kernels.end())
    return kNotFound;
  *function = new Function{&code, &found->second};
  return kSuccess;
}

int cuLaunchKernel(void *function, unsigned blocksX, unsigned blocksY, unsigned blocksZ, unsigned threadsX,
                   unsigned threadsY, unsigned threadsZ, unsigned, void *, void **parameters, void **) {
  Device &one = device();
  if (!one.fault.empty())
    return kLaunchFailed;
  const auto *called = static_cast<Function *>(function);
  tl::gpu::Launch launch{
      {blocksX, blocksY, blocksZ}, {threadsX, threadsY, threadsZ}, laidOut(*called->kernel, parameters)};
  ++one.launches;
  one.fault = tl::gpu::Machine(one.memory, *called->module, *called->kernel, launch, one.launches,
                               one.seed + one.launches)
                  .run();
  return kSuccess; // a fault shows when the device is waited for
}

} // extern "C"
