// Whether bytes are the ones that were written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tl::runtime {

/// 64 bits of `bytes` and their number. Against mistakes, not against malice.
std::uint64_t fingerprint(std::span<const std::byte> bytes);

} // namespace tl::runtime
