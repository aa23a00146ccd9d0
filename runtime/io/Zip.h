// The part of the zip format that numpy's archives use: stored and deflated entries, also beyond 4 GB.
#pragma once

#include "runtime/core/Result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tl::runtime {

inline constexpr std::size_t kMaxZipEntries = 4'096;
/// Bytes of content per compressed byte; more is taken for an attack.
inline constexpr std::uint64_t kMaxZipRatio = 200;

/// One file of an archive, checked to lie within it.
struct ZipEntry {
  std::string name;
  std::uint64_t dataOffset = 0;
  std::uint64_t storedBytes = 0; ///< in the archive
  std::uint64_t bytes = 0;       ///< of the content
  std::uint32_t checksum = 0;
  bool isDeflated = false;
};

/// Reads the central directory and checks every entry: names valid, different and without `..`, no
/// encryption, no overlap, ratio and number within the limits, local headers in agreement. In the order of
/// the directory.
Result<std::vector<ZipEntry>> readZipDirectory(std::string_view path, std::span<const std::byte> archive);

/// The content of one entry from start to end; `archive` must outlive it.
class ZipStream {
public:
  /// `path` names the archive in errors, whose byte offsets count from its start.
  ZipStream(std::string path, const ZipEntry &entry, std::span<const std::byte> archive);
  ZipStream(const ZipStream &) = delete;
  ZipStream &operator=(const ZipStream &) = delete;
  ~ZipStream();

  /// Fills `target` with the next bytes, which must be there.
  Result<void> read(std::span<std::byte> target);
  /// Checks that nothing is left and that the checksum is right.
  Result<void> finish();

private:
  struct Inflater;
  Result<void> inflateInto(std::span<std::byte> target);
  std::uint64_t inputOffset() const;

  std::string path;
  ZipEntry entry;
  std::span<const std::byte> input; // what is not consumed yet
  std::unique_ptr<Inflater> inflater;
  std::uint64_t produced = 0;
  std::uint32_t checksum = 0;
  bool hasEnded = false;
};

/// A file to be stored in an archive, as the concatenation of its pieces.
struct ZipMember {
  std::string name;
  std::vector<std::span<const std::byte>> pieces;
};

/// Writes an archive of stored members in one atomic step. The 64-bit records are used where the sizes need
/// them, or always with `useWideRecords`.
Result<void> writeZip(const std::string &path, std::span<const ZipMember> members,
                      bool useWideRecords = false);

} // namespace tl::runtime
