// Memory, modules and launches by the driver's calls.
#include "runtime/device/CudaDevice.h"

#include <array>
#include <limits>
#include <utility>
#include <vector>

namespace tl::runtime {
namespace {

// Numbers of the driver's ABI.
constexpr int kAttributeMajor = 75;
constexpr int kAttributeMinor = 76;
constexpr int kPoolReleaseThreshold = 4;
constexpr unsigned kNonBlockingStream = 1;
constexpr CudaStatus kOutOfMemory = 2;
constexpr int kErrorLog = 5;
constexpr int kErrorLogBytes = 6;

std::string inMegabytes(std::size_t bytes) {
  return std::to_string((bytes + (std::size_t{1} << 20) - 1) >> 20) + " MB";
}

} // namespace

CudaBuffer::CudaBuffer(CudaBuffer &&other) noexcept
    : device(std::exchange(other.device, nullptr)), pointer(std::exchange(other.pointer, 0)),
      bytes(std::exchange(other.bytes, 0)) {}

CudaBuffer &CudaBuffer::operator=(CudaBuffer &&other) noexcept {
  std::swap(device, other.device);
  std::swap(pointer, other.pointer);
  std::swap(bytes, other.bytes);
  return *this;
}

/// The driver keeps the bytes until the work before has used them.
CudaBuffer::~CudaBuffer() {
  if (device)
    device->driver.free(pointer, device->stream);
}

CudaModule::CudaModule(CudaModule &&other) noexcept
    : device(other.device), handle(std::exchange(other.handle, nullptr)) {}

CudaModule::~CudaModule() {
  if (handle)
    device->driver.unloadModule(handle);
}

Result<CudaHandle> CudaModule::kernel(const std::string &name) const {
  CudaHandle found = nullptr;
  TL_TRY(device->driver.check(device->driver.function(&found, handle, name.c_str()), "finding a kernel"));
  return found;
}

Result<std::unique_ptr<CudaDevice>> CudaDevice::open() {
  Result<CudaDriver> driver = CudaDriver::load();
  if (!driver)
    return driver.error();
  std::unique_ptr<CudaDevice> device(new CudaDevice(*driver));
  TL_TRY(device->start());
  return device;
}

Result<void> CudaDevice::start() {
  int count = 0;
  TL_TRY(driver.check(driver.deviceCount(&count), "counting devices"));
  if (count == 0)
    return Error{ErrorKind::Usage,
                 "--backend cuda needs an NVIDIA GPU: the driver finds none; --backend cpu runs everywhere"};
  TL_TRY(driver.check(driver.device(&number, 0), "opening the device"));
  std::array<char, 256> text{};
  TL_TRY(driver.check(driver.deviceName(text.data(), text.size(), number), "asking for the device's name"));
  deviceName = text.data();
  TL_TRY(driver.check(driver.deviceAttribute(&majorCapability, kAttributeMajor, number),
                      "asking for the device"));
  TL_TRY(driver.check(driver.deviceAttribute(&minorCapability, kAttributeMinor, number),
                      "asking for the device"));
  TL_TRY(driver.check(driver.retainContext(&context, number), "opening the device"));
  TL_TRY(driver.check(driver.setContext(context), "opening the device"));
  TL_TRY(driver.check(driver.createStream(&stream, kNonBlockingStream), "opening the device"));
  // The pool keeps what is freed, instead of handing it back whenever the device is waited for.
  CudaHandle pool = nullptr;
  std::uint64_t everything = std::numeric_limits<std::uint64_t>::max();
  TL_TRY(driver.check(driver.defaultPool(&pool, number), "opening the memory pool"));
  return driver.check(driver.setPoolAttribute(pool, kPoolReleaseThreshold, &everything),
                      "opening the memory pool");
}

CudaDevice::~CudaDevice() {
  if (stream) {
    driver.synchronize(stream);
    driver.destroyStream(stream);
  }
  if (context)
    driver.releaseContext(number);
}

Error CudaDevice::outOfMemory(std::size_t bytes, std::string_view what) const {
  std::size_t left = 0, all = 0;
  driver.memoryLeft(&left, &all);
  return {ErrorKind::Limit, "'" + std::string(what) + "' needs " + inMegabytes(bytes) +
                                " of the GPU's memory; " + inMegabytes(left) + " of " + inMegabytes(all) +
                                " are free"};
}

/// An empty tensor has an address too.
Result<CudaBuffer> CudaDevice::allocate(std::size_t bytes, std::string_view what) {
  CudaPointer pointer = 0;
  const CudaStatus status = driver.allocate(&pointer, bytes == 0 ? 1 : bytes, stream);
  if (status == kOutOfMemory)
    return outOfMemory(bytes, what);
  TL_TRY(driver.check(status, "taking memory"));
  CudaBuffer buffer(*this, pointer, bytes);
  if (bytes > 0)
    TL_TRY(driver.check(driver.fillBytes(pointer, 0, bytes, stream), "clearing memory"));
  return buffer;
}

Result<void> CudaDevice::copyIn(CudaBuffer &to, const void *from) {
  if (to.bytes > 0)
    TL_TRY(driver.check(driver.copyIn(to.pointer, from, to.bytes, stream), "copying to the device"));
  return synchronize();
}

Result<void> CudaDevice::copyOut(void *to, const CudaBuffer &from) {
  if (from.bytes > 0)
    TL_TRY(driver.check(driver.copyOut(to, from.pointer, from.bytes, stream), "copying from the device"));
  return synchronize();
}

Result<void> CudaDevice::copy(CudaBuffer &to, const CudaBuffer &from) {
  if (from.bytes == 0)
    return {};
  return driver.check(driver.copyWithin(to.pointer, from.pointer, from.bytes, stream), "copying");
}

Result<CudaModule> CudaDevice::load(const std::string &ptx) {
  std::vector<char> log(8192, '\0');
  std::array<int, 2> options{kErrorLog, kErrorLogBytes};
  std::array<void *, 2> values{log.data(), reinterpret_cast<void *>(log.size())};
  CudaHandle handle = nullptr;
  const CudaStatus status =
      driver.loadModule(&handle, ptx.c_str(), options.size(), options.data(), values.data());
  if (Result<void> loaded = driver.check(status, "compiling kernels"); !loaded)
    return Error{loaded.error().kind, loaded.error().message + "\n" + log.data()};
  return CudaModule(*this, handle);
}

Result<void> CudaDevice::launch(CudaHandle kernel, const CudaGrid &grid, std::span<void *> arguments) {
  if (grid.blocks > std::numeric_limits<std::int32_t>::max())
    return Error{ErrorKind::Limit, "a tensor has too many elements for one launch on a GPU"};
  return driver.check(driver.launch(kernel, static_cast<unsigned>(grid.blocks), 1, 1,
                                    static_cast<unsigned>(grid.threads), 1, 1, 0, stream, arguments.data(),
                                    nullptr),
                      "starting a kernel");
}

Result<void> CudaDevice::synchronize() {
  return driver.check(driver.synchronize(stream), "running the program");
}

} // namespace tl::runtime
