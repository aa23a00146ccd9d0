// Inflating one entry piece by piece.
#include "runtime/io/Files.h"
#include "runtime/io/Zip.h"

#include <algorithm>

#include <zlib.h>

namespace tl::runtime {
namespace {

/// zlib counts in 32 bits.
constexpr std::size_t kSliceBytes = std::size_t{1} << 30;

} // namespace

struct ZipStream::Inflater {
  // Negative window bits: raw deflate data without zlib's own header.
  Inflater() { isReady = inflateInit2(&state, -MAX_WBITS) == Z_OK; }
  Inflater(const Inflater &) = delete;
  Inflater &operator=(const Inflater &) = delete;
  ~Inflater() {
    if (isReady)
      inflateEnd(&state);
  }

  z_stream state{};
  bool isReady = false;
};

ZipStream::ZipStream(std::string path, const ZipEntry &entry, std::span<const std::byte> archive)
    : path(std::move(path)), entry(entry), input(archive.subspan(entry.dataOffset, entry.storedBytes)) {
  if (entry.isDeflated)
    inflater = std::make_unique<Inflater>();
}

ZipStream::~ZipStream() = default;

std::uint64_t ZipStream::inputOffset() const {
  return entry.dataOffset + entry.storedBytes - input.size();
}

Result<void> ZipStream::read(std::span<std::byte> target) {
  while (!target.empty()) {
    std::span<std::byte> slice = target.first(std::min(target.size(), kSliceBytes));
    if (inflater) {
      TL_TRY(inflateInto(slice));
    } else {
      if (slice.size() > input.size())
        return malformed(path, inputOffset(), "the content ends early");
      std::copy_n(input.begin(), slice.size(), slice.begin());
      input = input.subspan(slice.size());
    }
    checksum = static_cast<std::uint32_t>(
        crc32(checksum, reinterpret_cast<const Bytef *>(slice.data()), static_cast<uInt>(slice.size())));
    produced += slice.size();
    target = target.subspan(slice.size());
  }
  return {};
}

/// Fills the whole of `target`, which is one slice.
Result<void> ZipStream::inflateInto(std::span<std::byte> target) {
  if (!inflater->isReady)
    return Error{ErrorKind::Limit, "'" + path + "': out of memory"};
  z_stream &state = inflater->state;
  state.next_out = reinterpret_cast<Bytef *>(target.data());
  state.avail_out = static_cast<uInt>(target.size());
  while (state.avail_out != 0 && !hasEnded) {
    std::size_t slice = std::min(input.size(), kSliceBytes);
    state.next_in = reinterpret_cast<Bytef *>(const_cast<std::byte *>(input.data()));
    state.avail_in = static_cast<uInt>(slice);
    int status = inflate(&state, Z_NO_FLUSH);
    input = input.subspan(slice - state.avail_in);
    hasEnded = status == Z_STREAM_END;
    if (status == Z_MEM_ERROR)
      return Error{ErrorKind::Limit, "'" + path + "': out of memory"};
    if (status != Z_OK && status != Z_STREAM_END)
      return malformed(path, inputOffset(), "the compressed data is damaged or cut off");
  }
  if (state.avail_out != 0)
    return malformed(path, inputOffset(), "the compressed data ends before the entry's size");
  return {};
}

Result<void> ZipStream::finish() {
  if (inflater && !hasEnded) {
    // One spare byte of room lets zlib see the end mark; content that fills it is too long.
    std::byte spare;
    inflater->state.next_out = reinterpret_cast<Bytef *>(&spare);
    inflater->state.avail_out = 1;
    inflater->state.next_in = reinterpret_cast<Bytef *>(const_cast<std::byte *>(input.data()));
    inflater->state.avail_in = static_cast<uInt>(std::min(input.size(), kSliceBytes));
    std::size_t offered = inflater->state.avail_in;
    int status = inflate(&inflater->state, Z_FINISH);
    input = input.subspan(offered - inflater->state.avail_in);
    if (status != Z_STREAM_END || inflater->state.avail_out != 1)
      return malformed(path, inputOffset(), "the compressed data does not end at the entry's size");
  }
  if (!input.empty() || produced != entry.bytes)
    return malformed(path, inputOffset(), "the compressed data does not end at the entry's size");
  if (checksum != entry.checksum)
    return malformed(path, entry.dataOffset, "the checksum of the content is wrong");
  return {};
}

} // namespace tl::runtime
