// Libraries by path, attached functions by address.
#include "frontend/driver/Externals.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <filesystem>

namespace tl::driver {
namespace {

using runtime::ErrorKind;

/// The address takes the place of the symbol, whatever the program says there.
runtime::Result<void> locateHost(sema::ExternalFunction &function, const Embedding *embedding) {
  const runtime::HostFunction *host = nullptr;
  if (embedding)
    if (auto known = embedding->functions.find(function.name); known != embedding->functions.end())
      host = known->second;
  if (!host)
    return runtime::Error{ErrorKind::Data, "no function '" + function.name + "' is attached"};
  std::array<char, 2 * sizeof(std::uintptr_t)> digits;
  auto [end, error] =
      std::to_chars(digits.data(), digits.data() + digits.size(), reinterpret_cast<std::uintptr_t>(host), 16);
  function.symbol.assign(digits.data(), end);
  return {};
}

runtime::Result<void> locateLibrary(sema::ExternalFunction &function, const std::filesystem::path &folder) {
  const std::filesystem::path beside = folder / function.library;
  std::error_code code;
  if (function.library.find('/') != std::string::npos || std::filesystem::exists(beside, code))
    function.library = std::filesystem::absolute(beside, code).string();
  auto opened = runtime::ExternalFunction::open(function.library, function.symbol);
  if (!opened)
    return opened.error();
  return {};
}

} // namespace

runtime::Result<void> locateExternals(sema::TypedProgram &program, const std::string &folder,
                                      const Embedding *embedding, source::SourceRange &failed) {
  for (sema::ExternalFunction &function : program.externals) {
    bool isHost = function.library == runtime::kHostLibrary;
    runtime::Result<void> located =
        isHost ? locateHost(function, embedding) : locateLibrary(function, folder);
    if (located)
      continue;
    failed = function.range;
    return located;
  }
  return {};
}

} // namespace tl::driver
