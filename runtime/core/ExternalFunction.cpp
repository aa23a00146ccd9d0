// Opens libraries with the dynamic linker.
#include "runtime/core/ExternalFunction.h"

#include <cassert>
#include <charconv>
#include <cstdint>
#include <utility>

#include <dlfcn.h>

namespace tl::runtime {

Result<ExternalFunction> ExternalFunction::open(const std::string &library, const std::string &symbol) {
  if (library == kHostLibrary) {
    std::uintptr_t address = 0;
    std::from_chars(symbol.data(), symbol.data() + symbol.size(), address, 16);
    return ExternalFunction(nullptr, nullptr, reinterpret_cast<const HostFunction *>(address));
  }
  void *opened = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!opened) {
    const char *reason = dlerror();
    return Error{ErrorKind::Data, "the library '" + library + "' cannot be opened" +
                                      (reason ? std::string(": ") + reason : "")};
  }
  if (void *address = dlsym(opened, symbol.c_str()))
    return ExternalFunction(opened, address);
  dlclose(opened);
  return Error{ErrorKind::Data, "the library '" + library + "' has no function '" + symbol + "'"};
}

ExternalFunction::ExternalFunction(ExternalFunction &&other) noexcept
    : library(std::exchange(other.library, nullptr)), address(other.address), host(other.host) {}

ExternalFunction::~ExternalFunction() {
  if (library)
    dlclose(library);
}

double ExternalFunction::call(std::span<const double> x) const {
  using D = double;
  if (host)
    return (*host)(x.data());
  switch (x.size()) {
  case 0:
    return reinterpret_cast<D (*)()>(address)();
  case 1:
    return reinterpret_cast<D (*)(D)>(address)(x[0]);
  case 2:
    return reinterpret_cast<D (*)(D, D)>(address)(x[0], x[1]);
  case 3:
    return reinterpret_cast<D (*)(D, D, D)>(address)(x[0], x[1], x[2]);
  case 4:
    return reinterpret_cast<D (*)(D, D, D, D)>(address)(x[0], x[1], x[2], x[3]);
  case 5:
    return reinterpret_cast<D (*)(D, D, D, D, D)>(address)(x[0], x[1], x[2], x[3], x[4]);
  case kMostExternalParameters:
    return reinterpret_cast<D (*)(D, D, D, D, D, D)>(address)(x[0], x[1], x[2], x[3], x[4], x[5]);
  default:
    assert(false && "checking admits no more parameters");
    return 0;
  }
}

Result<Tensor> applyExternal(const std::string &library, const std::string &symbol,
                             std::span<const Tensor *const> arguments, Shape shape, MemoryBudget &budget) {
  Result<ExternalFunction> function = ExternalFunction::open(library, symbol);
  if (!function)
    return function.error();
  Result<Tensor> answers = Tensor::create(budget, ElementType::F64, std::move(shape), symbol);
  if (!answers)
    return answers;
  double numbers[kMostExternalParameters] = {};
  for (std::int64_t position = 0; position < answers->elements(); ++position) {
    for (std::size_t k = 0; k < arguments.size(); ++k)
      numbers[k] = arguments[k]->number(position);
    answers->setNumber(position, function->call({numbers, arguments.size()}));
  }
  return answers;
}

} // namespace tl::runtime
