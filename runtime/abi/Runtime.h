// The functions that generated code calls, and their table for the JIT.
#pragma once

#include "runtime/abi/KernelAbi.h"

#include <cstdint>
#include <span>

extern "C" {
#define TL_SYMBOL(name, result, arguments) result name arguments;
#include "runtime/abi/Symbols.def"
#undef TL_SYMBOL
}

namespace tl::runtime {

/// A function under the name that generated code calls it by.
struct AbiSymbol {
  const char *name;
  void *address;
};

/// Every row of Symbols.def.
std::span<const AbiSymbol> abiSymbols();

} // namespace tl::runtime
