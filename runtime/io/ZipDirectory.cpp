// Reading the central directory of an archive that may be hostile.
#include "runtime/io/Files.h"
#include "runtime/io/Members.h"
#include "runtime/io/Utf8.h"
#include "runtime/io/Zip.h"
#include "runtime/io/ZipRecords.h"

#include <algorithm>
#include <optional>

namespace tl::runtime {
namespace {

constexpr std::uint32_t kWide = 0xffffffff; // the true value is in a 64-bit record

/// Where the central directory lies.
struct DirectoryExtent {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::uint64_t entries = 0;
  std::uint64_t end = 0; ///< where the records that follow it begin
};

class DirectoryReader {
public:
  DirectoryReader(std::string_view path, std::span<const std::byte> archive) : path(path), archive(archive) {}

  Result<std::vector<ZipEntry>> read();

private:
  std::optional<std::uint64_t> findEnd() const;
  Result<DirectoryExtent> findDirectory();
  Result<DirectoryExtent> readWideEnd(std::uint64_t endOffset);
  Result<ZipEntry> readEntry(std::uint64_t &offset, std::uint64_t directoryEnd);
  Result<void> readWideSizes(std::span<const std::byte> extra, std::uint64_t offset, ZipEntry &entry,
                             std::uint64_t &headerOffset);
  Result<void> checkName(const ZipEntry &entry, std::uint64_t offset) const;
  Result<void> checkSizes(const ZipEntry &entry, std::uint64_t offset) const;
  Result<void> readLocalHeader(ZipEntry &entry, std::uint64_t headerOffset, std::uint64_t directoryOffset);
  Result<void> checkDisjoint() const;

  std::uint64_t number(std::uint64_t offset, std::size_t bytes) const {
    return littleEndianAt(archive, offset, bytes);
  }
  bool hasRoom(std::uint64_t offset, std::uint64_t bytes) const {
    return offset <= archive.size() && bytes <= archive.size() - offset;
  }
  Error bad(std::uint64_t offset, const std::string &rule) const { return malformed(path, offset, rule); }

  std::string_view path;
  std::span<const std::byte> archive;
  std::vector<ZipEntry> entries;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> extents; // of local headers with their data
};

/// The end record is the last thing in the file but for a comment of up to 64 KB.
std::optional<std::uint64_t> DirectoryReader::findEnd() const {
  if (archive.size() < kZipEndBytes)
    return std::nullopt;
  std::uint64_t last = archive.size() - kZipEndBytes;
  std::uint64_t first = last > 0xffff ? last - 0xffff : 0;
  for (std::uint64_t offset = last + 1; offset > first; --offset)
    if (number(offset - 1, 4) == kZipEnd &&
        number(offset - 1 + 20, 2) == archive.size() - (offset - 1) - kZipEndBytes)
      return offset - 1;
  return std::nullopt;
}

Result<DirectoryExtent> DirectoryReader::findDirectory() {
  std::optional<std::uint64_t> end = findEnd();
  if (!end)
    return bad(archive.size(), "the file does not end with the end record of a zip archive");
  if (*end >= kZipWideLocatorBytes && number(*end - kZipWideLocatorBytes, 4) == kZipWideLocator)
    return readWideEnd(*end - kZipWideLocatorBytes);
  if (number(*end + 4, 2) != 0 || number(*end + 6, 2) != 0 || number(*end + 8, 2) != number(*end + 10, 2))
    return bad(*end, "an archive in several parts is not supported");
  return DirectoryExtent{number(*end + 16, 4), number(*end + 12, 4), number(*end + 10, 2), *end};
}

Result<DirectoryExtent> DirectoryReader::readWideEnd(std::uint64_t locatorOffset) {
  std::uint64_t offset = number(locatorOffset + 8, 8);
  if (!hasRoom(offset, kZipWideEndBytes) || offset + kZipWideEndBytes != locatorOffset ||
      number(offset, 4) != kZipWideEnd)
    return bad(locatorOffset, "the 64-bit end record is not where the archive says");
  return DirectoryExtent{number(offset + 48, 8), number(offset + 40, 8), number(offset + 32, 8), offset};
}

Result<std::vector<ZipEntry>> DirectoryReader::read() {
  Result<DirectoryExtent> extent = findDirectory();
  if (!extent)
    return extent.error();
  if (extent->entries > kMaxZipEntries)
    return bad(extent->end, "the archive has " + std::to_string(extent->entries) + " entries, the limit is " +
                                std::to_string(kMaxZipEntries));
  if (extent->offset > extent->end || extent->bytes != extent->end - extent->offset)
    return bad(extent->end, "the central directory does not end where its end record begins");
  std::uint64_t offset = extent->offset;
  for (std::uint64_t position = 0; position < extent->entries; ++position) {
    std::uint64_t entryOffset = offset;
    Result<ZipEntry> entry = readEntry(offset, extent->end);
    if (!entry)
      return entry.error();
    std::uint64_t headerOffset = entry->dataOffset;
    TL_TRY(checkName(*entry, entryOffset));
    TL_TRY(checkSizes(*entry, entryOffset));
    TL_TRY(readLocalHeader(*entry, headerOffset, extent->offset));
    entries.push_back(*std::move(entry));
  }
  if (offset != extent->end)
    return bad(offset, "the central directory is longer than its entries");
  TL_TRY(checkDisjoint());
  return std::move(entries);
}

/// Moves `offset` past the entry. Its `dataOffset` is that of the local header yet.
Result<ZipEntry> DirectoryReader::readEntry(std::uint64_t &offset, std::uint64_t directoryEnd) {
  std::uint64_t start = offset;
  if (directoryEnd - start < kZipCentralBytes || number(start, 4) != kZipCentral)
    return bad(start, "expected an entry of the central directory");
  std::uint64_t nameBytes = number(start + 28, 2), extraBytes = number(start + 30, 2);
  std::uint64_t length = kZipCentralBytes + nameBytes + extraBytes + number(start + 32, 2);
  if (directoryEnd - start < length)
    return bad(start, "an entry of the central directory is cut off");
  if (number(start + 8, 2) & 1)
    return bad(start + 8, "the entry is encrypted");
  std::uint64_t method = number(start + 10, 2);
  if (method != kZipStored && method != kZipDeflated)
    return bad(start + 10, "the compression method " + std::to_string(method) +
                               " is neither 0 (stored) nor 8 (deflated)");
  ZipEntry entry;
  auto name = archive.subspan(start + kZipCentralBytes, nameBytes);
  entry.name.assign(reinterpret_cast<const char *>(name.data()), name.size());
  entry.isDeflated = method == kZipDeflated;
  entry.checksum = static_cast<std::uint32_t>(number(start + 16, 4));
  entry.storedBytes = number(start + 20, 4);
  entry.bytes = number(start + 24, 4);
  entry.dataOffset = number(start + 42, 4);
  TL_TRY(readWideSizes(archive.subspan(start + kZipCentralBytes + nameBytes, extraBytes), start, entry,
                       entry.dataOffset));
  offset = start + length;
  return entry;
}

/// The 64-bit extra field holds just those values whose 32-bit field is all ones, in this order.
Result<void> DirectoryReader::readWideSizes(std::span<const std::byte> extra, std::uint64_t offset,
                                            ZipEntry &entry, std::uint64_t &headerOffset) {
  std::vector<std::uint64_t *> wanted;
  for (std::uint64_t *value : {&entry.bytes, &entry.storedBytes, &headerOffset})
    if (*value == kWide)
      wanted.push_back(value);
  while (!wanted.empty() && extra.size() >= 4) {
    std::uint64_t kind = littleEndianAt(extra, 0, 2), bytes = littleEndianAt(extra, 2, 2);
    if (bytes > extra.size() - 4)
      break;
    if (kind == kZipWideExtra && bytes >= wanted.size() * 8) {
      for (std::size_t position = 0; position < wanted.size(); ++position)
        *wanted[position] = littleEndianAt(extra, 4 + position * 8, 8);
      return {};
    }
    extra = extra.subspan(4 + bytes);
  }
  if (!wanted.empty())
    return bad(offset, "the entry needs 64-bit sizes and has none");
  return {};
}

Result<void> DirectoryReader::checkName(const ZipEntry &entry, std::uint64_t offset) const {
  std::string_view name = entry.name;
  if (name.empty() || name.find('\0') != std::string_view::npos || validUtf8Prefix(name) != name.size())
    return bad(offset, "the name of an entry is empty or not text");
  if (!isSafeZipName(name))
    return bad(offset, "the name '" + entry.name + "' leads out of the archive");
  return {};
}

Result<void> DirectoryReader::checkSizes(const ZipEntry &entry, std::uint64_t offset) const {
  if (!entry.isDeflated && entry.bytes != entry.storedBytes)
    return bad(offset, "the stored entry '" + entry.name + "' has two sizes, " +
                           std::to_string(entry.storedBytes) + " and " + std::to_string(entry.bytes));
  if (entry.storedBytes > archive.size())
    return bad(offset, "the entry '" + entry.name + "' is larger than the file");
  if (entry.bytes / kMaxZipRatio > entry.storedBytes || entry.bytes > entry.storedBytes * kMaxZipRatio)
    return bad(offset, "the entry '" + entry.name + "' grows from " + std::to_string(entry.storedBytes) +
                           " to " + std::to_string(entry.bytes) + " bytes, the limit is " +
                           std::to_string(kMaxZipRatio) + " times");
  return {};
}

Result<void> DirectoryReader::readLocalHeader(ZipEntry &entry, std::uint64_t headerOffset,
                                              std::uint64_t directoryOffset) {
  if (!hasRoom(headerOffset, kZipLocalBytes) || number(headerOffset, 4) != kZipLocal)
    return bad(headerOffset, "expected the local header of '" + entry.name + "'");
  std::uint64_t nameBytes = number(headerOffset + 26, 2);
  entry.dataOffset = headerOffset + kZipLocalBytes + nameBytes + number(headerOffset + 28, 2);
  if (entry.dataOffset > directoryOffset || entry.storedBytes > directoryOffset - entry.dataOffset)
    return bad(headerOffset, "the entry '" + entry.name + "' reaches into the central directory");
  std::string_view name{reinterpret_cast<const char *>(archive.data()) + headerOffset + kZipLocalBytes,
                        nameBytes};
  std::uint64_t method = entry.isDeflated ? kZipDeflated : kZipStored;
  if (name != entry.name || number(headerOffset + 8, 2) != method)
    return bad(headerOffset, "the local header disagrees with the directory on '" + entry.name + "'");
  extents.emplace_back(headerOffset, entry.dataOffset + entry.storedBytes);
  return {};
}

Result<void> DirectoryReader::checkDisjoint() const {
  std::vector<std::string> names;
  for (const ZipEntry &entry : entries)
    names.push_back(entry.name);
  if (const std::string *duplicate = firstDuplicate(names))
    return bad(archive.size(), "the name '" + *duplicate + "' occurs twice");
  auto sorted = extents;
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t position = 1; position < sorted.size(); ++position)
    if (sorted[position].first < sorted[position - 1].second)
      return bad(sorted[position].first, "two entries overlap");
  return {};
}

} // namespace

Result<std::vector<ZipEntry>> readZipDirectory(std::string_view path, std::span<const std::byte> archive) {
  return DirectoryReader(path, archive).read();
}

} // namespace tl::runtime
