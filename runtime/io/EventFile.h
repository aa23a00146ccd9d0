// Event files, as TensorBoard reads them.
#pragma once

#include "runtime/core/Result.h"

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace tl::runtime {

/// The CRC-32C of `bytes` (polynomial 0x1EDC6F41).
std::uint32_t crc32c(std::string_view bytes);

/// A file of records that only grows: each is framed by its length and checksums.
class EventFile {
public:
  /// A new file in `folder`, which is made when it is missing.
  static Result<EventFile> create(const std::string &folder, double wallTime);

  /// One value of a curve. Written through at once.
  Result<void> addScalar(std::string_view tag, std::int64_t step, double value, double wallTime);

private:
  struct Closer {
    void operator()(std::FILE *file) const { std::fclose(file); }
  };
  Result<void> addRecord(std::string_view event);

  std::string path;
  std::unique_ptr<std::FILE, Closer> file;
};

} // namespace tl::runtime
