// One target for libFuzzer: clang's coverage finds inputs that blind mutation does not.
#include "tests/fuzz/Target.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *bytes, std::size_t size) {
  static const tl::fuzz::Target *target = tl::fuzz::findTarget(TL_FUZZ_TARGET);
  if (auto wrong = target->run({reinterpret_cast<const char *>(bytes), size})) {
    std::fprintf(stderr, "%s\n", wrong->c_str());
    std::abort();
  }
  return 0;
}
