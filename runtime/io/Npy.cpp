// Array files, read through a mapping and written from the tensor's own memory.
#include "runtime/io/Npy.h"

#include "runtime/core/HalfFloat.h"
#include "runtime/io/Files.h"

#include <algorithm>
#include <array>

namespace tl::runtime {
namespace {

Result<NpyHeader> headerOf(const std::string &path, const MappedFile &file) {
  std::span<const std::byte> bytes = file.bytes();
  std::size_t prefix = std::min<std::size_t>(bytes.size(), kNpyPrefixCapBytes);
  return parseNpyHeader(path, bytes.first(prefix), bytes.size());
}

} // namespace

Result<TensorHeader> readNpyHeader(const FileReference &reference) {
  Result<MappedFile> file = MappedFile::open(reference.path);
  if (!file)
    return file.error();
  Result<NpyHeader> header = headerOf(reference.path, *file);
  if (!header)
    return header.error();
  return TensorHeader{elementType(header->elements.type), header->shape};
}

Result<Tensor> readNpy(const FileReference &reference, MemoryBudget &budget) {
  Result<MappedFile> file = MappedFile::open(reference.path);
  if (!file)
    return file.error();
  Result<NpyHeader> header = headerOf(reference.path, *file);
  if (!header)
    return header.error();
  Result<Tensor> tensor = createFor(*header, reference.path, budget);
  if (!tensor)
    return tensor;
  TL_TRY(decodeNpy(reference.path, *header, file->bytes().subspan(header->dataOffset), *tensor));
  return tensor;
}

Result<void> writeNpy(const std::string &path, std::span<const NamedTensor> tensors) {
  if (tensors.size() != 1)
    return Error{ErrorKind::Data, "'" + path + "' holds one array, not " + std::to_string(tensors.size())};
  NpyImage image(tensors[0].tensor);
  std::array<std::span<const std::byte>, 2> pieces{image.header(), image.elements()};
  return writeFileAtomically(path, pieces);
}

Result<Tensor> createFor(const NpyHeader &header, std::string_view path, MemoryBudget &budget) {
  return Tensor::create(budget, elementType(header.elements.type), header.shape, path);
}

Result<void> decodeNpy(std::string_view path, const NpyHeader &header, std::span<const std::byte> stored,
                       Tensor &tensor) {
  std::optional<std::uint64_t> tooLarge =
      decodeElements(header.elements, header.shape, stored.data(), tensor.mutableData());
  if (tooLarge)
    return malformed(path, header.dataOffset + *tooLarge,
                     "an unsigned number is too large for 64 bits with a sign");
  return {};
}

NpyImage::NpyImage(const Tensor &tensor) : headerText(npyHeaderText(tensor.type(), tensor.shape())) {
  std::size_t elements = static_cast<std::size_t>(tensor.elements());
  stored = {static_cast<const std::byte *>(tensor.data()), elements * byteWidth(tensor.type())};
  if (tensor.type() != ElementType::BF16)
    return;
  widened.resize(elements);
  std::transform(tensor.as<std::uint16_t>(), tensor.as<std::uint16_t>() + elements, widened.begin(),
                 floatOfBfloat);
}

std::span<const std::byte> NpyImage::header() const {
  return bytesOf(headerText);
}

std::span<const std::byte> NpyImage::elements() const {
  return widened.empty() ? stored : std::as_bytes(std::span(widened));
}

} // namespace tl::runtime
