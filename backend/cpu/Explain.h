// What the cpu backend makes of a program, for people.
#pragma once

#include "backend/Executable.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace tl::backend {

/// The kernels of `executable` as optimised LLVM IR (`llvm`) or as assembly of this machine (`asm`), compiled
/// as for a run over much data; the reason in words when there is nothing to show. The plan is the module
/// itself: compiling rewrites it.
std::string machineText(const Executable &executable, std::string_view stage);

/// What a folder of machine code from earlier runs holds.
struct CacheSize {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};
CacheSize cacheSize(const std::string &folder);
/// Removes it; says what was there.
runtime::Result<CacheSize> clearCache(const std::string &folder);

} // namespace tl::backend
