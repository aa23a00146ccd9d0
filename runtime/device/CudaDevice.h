// One GPU: its memory, its modules, and work in the order in which it is asked for.
#pragma once

#include "runtime/core/Result.h"
#include "runtime/device/CudaDriver.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tl::runtime {

class CudaDevice;

/// Bytes on a device; move-only. The device must outlive them.
class CudaBuffer {
public:
  CudaBuffer() = default;
  CudaBuffer(CudaBuffer &&other) noexcept;
  CudaBuffer &operator=(CudaBuffer &&other) noexcept;
  ~CudaBuffer();

  CudaPointer address() const { return pointer; }
  std::size_t size() const { return bytes; }

private:
  friend class CudaDevice;
  CudaBuffer(CudaDevice &device, CudaPointer pointer, std::size_t bytes)
      : device(&device), pointer(pointer), bytes(bytes) {}

  CudaDevice *device = nullptr;
  CudaPointer pointer = 0;
  std::size_t bytes = 0;
};

/// Code on a device; move-only. The device must outlive it.
class CudaModule {
public:
  CudaModule(CudaModule &&other) noexcept;
  CudaModule &operator=(CudaModule &&) = delete;
  ~CudaModule();

  /// The kernel called `name`.
  Result<CudaHandle> kernel(const std::string &name) const;

private:
  friend class CudaDevice;
  CudaModule(CudaDevice &device, CudaHandle handle) : device(&device), handle(handle) {}

  CudaDevice *device;
  CudaHandle handle;
};

/// How many blocks of how many threads.
struct CudaGrid {
  std::int64_t blocks = 1;
  std::int64_t threads = 1;
};

/// The first GPU of the machine. Everything asked of it happens in order; memory comes from the driver's pool
/// in the same order, so that what is freed is there for the next request without waiting.
class CudaDevice {
public:
  /// Fails, saying what is missing, where there is no GPU or no driver.
  static Result<std::unique_ptr<CudaDevice>> open();
  CudaDevice(const CudaDevice &) = delete;
  ~CudaDevice();

  const std::string &name() const { return deviceName; }
  int major() const { return majorCapability; }
  int minor() const { return minorCapability; }

  /// `bytes` of zeros; `what` names them in the error.
  Result<CudaBuffer> allocate(std::size_t bytes, std::string_view what);
  /// Copies all of `to`; the first two wait for the copy.
  Result<void> copyIn(CudaBuffer &to, const void *from);
  Result<void> copyOut(void *to, const CudaBuffer &from);
  Result<void> copy(CudaBuffer &to, const CudaBuffer &from);

  /// Compiles PTX for this device.
  Result<CudaModule> load(const std::string &ptx);
  /// Starts a kernel; `arguments` point to the values of its parameters.
  Result<void> launch(CudaHandle kernel, const CudaGrid &grid, std::span<void *> arguments);
  /// Waits until all is done; a failure of any kernel shows here at the latest.
  Result<void> synchronize();

private:
  friend class CudaBuffer;
  friend class CudaModule;
  explicit CudaDevice(const CudaDriver &driver) : driver(driver) {}
  Result<void> start();
  Error outOfMemory(std::size_t bytes, std::string_view what) const;

  CudaDriver driver;
  CudaDeviceNumber number = 0;
  CudaHandle context = nullptr;
  CudaHandle stream = nullptr;
  std::string deviceName;
  int majorCapability = 0;
  int minorCapability = 0;
};

} // namespace tl::runtime
