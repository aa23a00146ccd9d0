// Array files inside an archive, inflated straight into the tensor.
#include "runtime/io/Npz.h"

#include "runtime/io/Files.h"
#include "runtime/io/Members.h"
#include "runtime/io/Npy.h"
#include "runtime/io/Zip.h"

#include <algorithm>
#include <deque>

namespace tl::runtime {
namespace {

constexpr std::string_view kSuffix = ".npy";

Result<ZipEntry> findEntry(const FileReference &reference, std::span<const std::byte> archive) {
  Result<std::vector<ZipEntry>> entries = readZipDirectory(reference.path, archive);
  if (!entries)
    return entries.error();
  std::vector<std::string> names;
  for (const std::string &wanted : {reference.member + std::string(kSuffix), reference.member})
    for (const ZipEntry &entry : *entries)
      if (!reference.member.empty() && entry.name == wanted)
        return entry;
  for (const ZipEntry &entry : *entries)
    if (entry.name.ends_with(kSuffix))
      names.push_back(entry.name.substr(0, entry.name.size() - kSuffix.size()));
  return unknownMember(reference.path, reference.member, names);
}

/// An entry whose header is read; the rest of `stream` are elements.
struct OpenEntry {
  OpenEntry(const FileReference &reference, const ZipEntry &entry, std::span<const std::byte> archive)
      : name(toString(reference)), bytes(entry.bytes), stream(reference.path, entry, archive) {}

  Result<void> readHeader() {
    prefix.resize(std::min(bytes, kNpyPrefixCapBytes));
    TL_TRY(stream.read(prefix));
    Result<NpyHeader> parsed = parseNpyHeader(name, prefix, bytes);
    if (!parsed)
      return parsed.error();
    header = *std::move(parsed);
    return {};
  }
  /// All bytes of elements; those read together with the header come first.
  Result<void> readElements(std::span<std::byte> target) {
    auto early = std::span(prefix).subspan(header.dataOffset);
    std::copy(early.begin(), early.end(), target.begin());
    TL_TRY(stream.read(target.subspan(early.size())));
    return stream.finish();
  }

  std::string name;
  std::uint64_t bytes;
  ZipStream stream;
  std::vector<std::byte> prefix;
  NpyHeader header;
};

/// Elements that need no conversion are inflated in place, others through a buffer.
Result<void> fill(OpenEntry &entry, MemoryBudget &budget, Tensor &tensor) {
  const StoredElements &stored = entry.header.elements;
  bool isPlain = !stored.isBigEndian && !stored.isFortranOrder &&
                 byteWidth(stored.type) == byteWidth(tensor.type()) && stored.type != StoredType::Bool &&
                 stored.type != StoredType::U64;
  if (isPlain)
    return entry.readElements(
        {static_cast<std::byte *>(tensor.mutableData()), static_cast<std::size_t>(entry.header.dataBytes)});
  Result<Buffer> buffer = Buffer::allocate(budget, entry.header.dataBytes, entry.name, false);
  if (!buffer)
    return buffer.error();
  std::span<std::byte> bytes{buffer->data(), buffer->size()};
  TL_TRY(entry.readElements(bytes));
  return decodeNpy(entry.name, entry.header, bytes, tensor);
}

} // namespace

Result<TensorHeader> readNpzHeader(const FileReference &reference) {
  Result<MappedFile> file = MappedFile::open(reference.path);
  if (!file)
    return file.error();
  Result<ZipEntry> found = findEntry(reference, file->bytes());
  if (!found)
    return found.error();
  OpenEntry entry(reference, *found, file->bytes());
  TL_TRY(entry.readHeader());
  return TensorHeader{elementType(entry.header.elements.type), entry.header.shape};
}

Result<Tensor> readNpz(const FileReference &reference, MemoryBudget &budget) {
  Result<MappedFile> file = MappedFile::open(reference.path);
  if (!file)
    return file.error();
  Result<ZipEntry> found = findEntry(reference, file->bytes());
  if (!found)
    return found.error();
  OpenEntry entry(reference, *found, file->bytes());
  TL_TRY(entry.readHeader());
  Result<Tensor> tensor = createFor(entry.header, entry.name, budget);
  if (!tensor)
    return tensor;
  TL_TRY(fill(entry, budget, *tensor));
  return tensor;
}

Result<void> writeNpz(const std::string &path, std::span<const NamedTensor> tensors) {
  std::deque<NpyImage> images; // a deque: the pieces point into its elements
  std::vector<ZipMember> members;
  for (const NamedTensor &named : tensors) {
    const NpyImage &image = images.emplace_back(named.tensor);
    members.push_back({named.name + std::string(kSuffix), {image.header(), image.elements()}});
  }
  return writeZip(path, members);
}

} // namespace tl::runtime
