// Writing archives of stored members.
#include "runtime/io/Files.h"
#include "runtime/io/Members.h"
#include "runtime/io/Utf8.h"
#include "runtime/io/Zip.h"
#include "runtime/io/ZipRecords.h"

#include <algorithm>

#include <zlib.h>

namespace tl::runtime {
namespace {

constexpr std::uint64_t kNarrowLimit = 0xfffffffe;
constexpr std::uint16_t kUtf8Names = 1 << 11; // general purpose bit 11
constexpr std::uint16_t kEpochDate = 0x21;    // 1980-01-01: equal contents give equal files

/// Bytes of a record under construction.
class Record {
public:
  Record &add(std::uint64_t value, std::size_t width) {
    for (std::size_t position = 0; position < width; ++position)
      bytes += static_cast<char>(value >> (8 * position) & 0xff);
    return *this;
  }
  Record &add(std::string_view text) {
    bytes += text;
    return *this;
  }
  std::string take() { return std::move(bytes); }

private:
  std::string bytes;
};

/// What the directory must know of a member.
struct Placed {
  std::string name;
  std::uint64_t headerOffset = 0;
  std::uint64_t bytes = 0;
  std::uint32_t checksum = 0;
};

std::uint32_t checksumOf(std::span<const std::span<const std::byte>> pieces) {
  uLong checksum = 0;
  for (std::span<const std::byte> piece : pieces)
    checksum = crc32_z(checksum, reinterpret_cast<const Bytef *>(piece.data()), piece.size());
  return static_cast<std::uint32_t>(checksum);
}

/// From the version needed to the lengths of name and extra field: the part that both headers share.
void addCommon(Record &record, const Placed &placed, bool isWide, std::size_t extraBytes) {
  std::uint64_t narrowBytes = isWide ? 0xffffffff : placed.bytes;
  record.add(isWide ? 45 : 20, 2).add(kUtf8Names, 2).add(kZipStored, 2).add(0, 2).add(kEpochDate, 2);
  record.add(placed.checksum, 4).add(narrowBytes, 4).add(narrowBytes, 4);
  record.add(placed.name.size(), 2).add(extraBytes, 2);
}

std::string localHeader(const Placed &placed, bool isWide) {
  Record record;
  record.add(kZipLocal, 4);
  addCommon(record, placed, isWide, isWide ? 20 : 0);
  record.add(placed.name);
  if (isWide)
    record.add(kZipWideExtra, 2).add(16, 2).add(placed.bytes, 8).add(placed.bytes, 8);
  return record.take();
}

std::string centralHeader(const Placed &placed, bool isWide) {
  Record record;
  record.add(kZipCentral, 4).add(isWide ? 45 : 20, 2);
  addCommon(record, placed, isWide, isWide ? 28 : 0);
  record.add(0, 2).add(0, 2).add(0, 2).add(0, 4);
  record.add(isWide ? 0xffffffff : placed.headerOffset, 4).add(placed.name);
  if (isWide)
    record.add(kZipWideExtra, 2)
        .add(24, 2)
        .add(placed.bytes, 8)
        .add(placed.bytes, 8)
        .add(placed.headerOffset, 8);
  return record.take();
}

std::string endRecords(std::uint64_t entries, std::uint64_t offset, std::uint64_t bytes, bool isWide) {
  Record record;
  if (isWide) {
    record.add(kZipWideEnd, 4).add(kZipWideEndBytes - 12, 8).add(45, 2).add(45, 2).add(0, 4).add(0, 4);
    record.add(entries, 8).add(entries, 8).add(bytes, 8).add(offset, 8);
    record.add(kZipWideLocator, 4).add(0, 4).add(offset + bytes, 8).add(1, 4);
  }
  record.add(kZipEnd, 4).add(0, 2).add(0, 2).add(entries, 2).add(entries, 2);
  record.add(isWide ? 0xffffffff : bytes, 4).add(isWide ? 0xffffffff : offset, 4).add(0, 2);
  return record.take();
}

Result<void> checkMembers(const std::string &path, std::span<const ZipMember> members) {
  if (members.size() > kMaxZipEntries)
    return Error{ErrorKind::Limit, "'" + path + "' would hold " + std::to_string(members.size()) +
                                       " arrays, the limit is " + std::to_string(kMaxZipEntries)};
  std::vector<std::string> names;
  for (const ZipMember &member : members) {
    bool isText =
        validUtf8Prefix(member.name) == member.name.size() && member.name.find('\0') == std::string::npos;
    if (!isText || !isSafeZipName(member.name) || member.name.size() > 0xffff)
      return Error{ErrorKind::Data, "'" + path + "' cannot hold an array of this name"};
    names.push_back(member.name);
  }
  if (const std::string *duplicate = firstDuplicate(names))
    return Error{ErrorKind::Data, "'" + path + "' would hold two arrays '" + *duplicate + "'"};
  return {};
}

std::uint64_t contentBytes(const ZipMember &member) {
  std::uint64_t bytes = 0;
  for (std::span<const std::byte> piece : member.pieces)
    bytes += piece.size();
  return bytes;
}

} // namespace

bool isSafeZipName(std::string_view name) {
  auto isSlash = [](char c) { return c == '/' || c == '\\'; };
  if (!name.empty() && isSlash(name.front()))
    return false;
  auto begin = name.begin();
  while (true) {
    auto end = std::find_if(begin, name.end(), isSlash);
    if (std::string_view(begin, end) == "..")
      return false;
    if (end == name.end())
      return true;
    begin = end + 1;
  }
}

Result<void> writeZip(const std::string &path, std::span<const ZipMember> members, bool useWideRecords) {
  TL_TRY(checkMembers(path, members));
  std::uint64_t total = 0;
  for (const ZipMember &member : members)
    total += contentBytes(member) + kZipLocalBytes + kZipCentralBytes + 2 * member.name.size();
  bool isWide = useWideRecords || total > kNarrowLimit;
  std::vector<std::string> headers;
  headers.reserve(members.size()); // the pieces point into them
  std::vector<std::span<const std::byte>> pieces;
  std::string directory;
  std::uint64_t offset = 0;
  for (const ZipMember &member : members) {
    Placed placed{member.name, offset, contentBytes(member), checksumOf(member.pieces)};
    headers.push_back(localHeader(placed, isWide));
    directory += centralHeader(placed, isWide);
    pieces.push_back(bytesOf(headers.back()));
    pieces.insert(pieces.end(), member.pieces.begin(), member.pieces.end());
    offset += headers.back().size() + placed.bytes;
  }
  directory += endRecords(members.size(), offset, directory.size(), isWide);
  pieces.push_back(bytesOf(directory));
  return writeFileAtomically(path, pieces);
}

} // namespace tl::runtime
