// Loading libcuda.so.1. The library is never unloaded: it keeps threads of its own.
#include "runtime/device/CudaDriver.h"

#include <dlfcn.h>

namespace tl::runtime {
namespace {

constexpr const char *kAdvice = "; --backend cpu runs everywhere";

Error missing(const std::string &reason) {
  return {ErrorKind::Usage, "--backend cuda needs an NVIDIA GPU and its driver: " + reason + kAdvice};
}

template <typename Function> bool find(void *library, const char *symbol, Function &function) {
  function = reinterpret_cast<Function>(dlsym(library, symbol));
  return function != nullptr;
}

} // namespace

Result<CudaDriver> CudaDriver::load() {
  void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return missing("this machine has no libcuda.so.1");
  CudaDriver driver;
#define TL_CUDA(member, symbol, parameters)                                                                  \
  if (!find(library, symbol, driver.member))                                                                 \
    return missing("libcuda.so.1 is too old, it lacks " symbol);
  TL_CUDA_FUNCTIONS(TL_CUDA)
#undef TL_CUDA
  if (Result<void> started = driver.check(driver.init(0), "starting"); !started)
    return missing(started.error().message);
  return driver;
}

Result<void> CudaDriver::check(CudaStatus status, const char *what) const {
  if (status == 0)
    return {};
  const char *text = nullptr;
  if (errorText(status, &text) != 0 || !text)
    text = "unknown error";
  return Error{ErrorKind::Check,
               std::string("the GPU failed at ") + what + ": " + text + " (" + std::to_string(status) + ")"};
}

} // namespace tl::runtime
