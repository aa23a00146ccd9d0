// Reading whole files, and replacing files so that each is old or new and never broken.
#pragma once

#include "runtime/core/Result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tl::runtime {

/// The Data error of a malformed file: the file, the byte that breaks a rule, and the rule.
Error malformed(std::string_view path, std::uint64_t byteOffset, std::string_view rule);

/// The error of a system call on `path` that set `errno` to `code`.
Error systemError(std::string_view path, int code);

/// The bytes of a regular file, read-only; move-only. A file that someone else shortens while it is mapped
/// ends the process, as for every mapping.
class MappedFile {
public:
  MappedFile() = default;
  MappedFile(MappedFile &&other) noexcept;
  MappedFile &operator=(MappedFile &&other) noexcept;
  ~MappedFile();

  /// Refuses folders, pipes and devices.
  static Result<MappedFile> open(const std::string &path);

  std::span<const std::byte> bytes() const { return {bytes_, size_}; }
  std::string_view text() const { return {reinterpret_cast<const char *>(bytes_), size_}; }

private:
  const std::byte *bytes_ = nullptr;
  std::size_t size_ = 0;
};

/// Makes the concatenation of `pieces` the content of `path`: a reader sees the old file or the whole new
/// one, also after a crash. A symlink at `path` is replaced, not followed. On failure the old file stays.
Result<void> writeFileAtomically(const std::string &path, std::span<const std::span<const std::byte>> pieces);

/// The bytes of `text`, as a piece to write.
std::span<const std::byte> bytesOf(std::string_view text);

} // namespace tl::runtime
