// Extensions that code generators choose by themselves.
#include "runtime/standalone/Processor.h"

namespace tl::runtime {
namespace {

/// None for an extension that cannot be asked for.
std::optional<bool> has(const std::string &feature) {
#if defined(__x86_64__)
#define TL_ASK(name)                                                                                         \
  if (feature == name)                                                                                       \
    return __builtin_cpu_supports(name) != 0;
  TL_ASK("sse4.1")
  TL_ASK("sse4.2")
  TL_ASK("popcnt")
  TL_ASK("avx")
  TL_ASK("avx2")
  TL_ASK("fma")
  TL_ASK("bmi")
  TL_ASK("bmi2")
  TL_ASK("avx512f")
  TL_ASK("avx512bw")
  TL_ASK("avx512cd")
  TL_ASK("avx512dq")
  TL_ASK("avx512vl")
  TL_ASK("avx512vbmi")
  TL_ASK("avx512vnni")
#undef TL_ASK
#endif
  (void)feature;
  return std::nullopt;
}

} // namespace

Result<void> checkProcessor(const ProcessorFeatures &features) {
  for (const std::string &feature : features)
    if (!has(feature).value_or(true))
      return Error{ErrorKind::Unsupported,
                   "this program was built for a processor with " + feature +
                       ", which this one lacks: build it with --cpu for this processor"};
  return {};
}

} // namespace tl::runtime
