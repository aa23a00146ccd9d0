// The table of file formats.
#include "runtime/io/Formats.h"

#include "runtime/io/Npy.h"
#include "runtime/io/Npz.h"
#include "runtime/io/Safetensors.h"
#include "runtime/io/TokenizedText.h"

#include <algorithm>
#include <array>

namespace tl::runtime {
namespace {

struct Format {
  std::string_view extension;
  FileKind kind;
  bool hasMembers;
  // Null unless `kind` is Tensor.
  Result<TensorHeader> (*readHeader)(const FileReference &);
  Result<Tensor> (*read)(const FileReference &, MemoryBudget &);
  Result<void> (*write)(const std::string &, std::span<const NamedTensor>);
};

constexpr std::array<Format, 9> kFormats{{
    {".npy", FileKind::Tensor, false, readNpyHeader, readNpy, writeNpy},
    {".npz", FileKind::Tensor, true, readNpzHeader, readNpz, writeNpz},
    {".safetensors", FileKind::Tensor, true, readSafetensorsHeader, readSafetensors, writeSafetensors},
    {".json", FileKind::Tensor, true, readTokenizedHeader, readTokenized, writeTokenized},
    {".model", FileKind::Tensor, true, readTokenizedHeader, readTokenized, writeTokenized},
    {".csv", FileKind::Table, false, nullptr, nullptr, nullptr},
    {".tsv", FileKind::Table, false, nullptr, nullptr, nullptr},
    {".facts", FileKind::Table, false, nullptr, nullptr, nullptr},
    {".txt", FileKind::Text, false, nullptr, nullptr, nullptr},
}};

const Format *formatOf(std::string_view path) {
  auto found = std::find_if(kFormats.begin(), kFormats.end(),
                            [&](const Format &format) { return path.ends_with(format.extension); });
  return found == kFormats.end() ? nullptr : &*found;
}

/// The row of a file of arrays whose member is named exactly when the format has members.
Result<const Format *> tensorFormat(const FileReference &reference) {
  const Format *format = formatOf(reference.path);
  std::string quoted = "'" + toString(reference) + "'";
  if (!format || format->kind != FileKind::Tensor)
    return Error{ErrorKind::Data,
                 quoted + " is not a file of arrays; those end in .npy, .npz:NAME or .safetensors:NAME; "
                          "text is read as tokens from tokenizer.json:TEXT or tokenizer.model:TEXT"};
  if (!format->hasMembers && !reference.member.empty())
    return Error{ErrorKind::Data,
                 quoted + " names a member, but '" + reference.path + "' holds one array without a name"};
  return format;
}

/// No array format has a way to say that an element is absent.
Result<void> checkPresent(const std::string &path, const Tensor &tensor) {
  for (std::int64_t position = 0; tensor.isPartial() && position < tensor.elements(); ++position)
    if (!tensor.isPresent(position))
      return Error{ErrorKind::Program, "'" + path + "' cannot hold the tensor: element " +
                                           std::to_string(position) + " of " +
                                           std::to_string(tensor.elements()) + " is absent"};
  return {};
}

} // namespace

FileReference parseFileReference(std::string_view text) {
  std::size_t split = std::string_view::npos;
  for (const Format &format : kFormats) {
    std::size_t found = text.find(std::string(format.extension) + ":");
    if (found != std::string_view::npos)
      split = std::min(split, found + format.extension.size());
  }
  if (split == std::string_view::npos)
    return {std::string(text), {}};
  return {std::string(text.substr(0, split)), std::string(text.substr(split + 1))};
}

std::string toString(const FileReference &reference) {
  return reference.member.empty() ? reference.path : reference.path + ":" + reference.member;
}

FileKind fileKind(const FileReference &reference) {
  const Format *format = formatOf(reference.path);
  return format ? format->kind : FileKind::Unknown;
}

Result<TensorHeader> readTensorHeader(const FileReference &reference) {
  Result<const Format *> format = tensorFormat(reference);
  return format ? (*format)->readHeader(reference) : format.error();
}

Result<Tensor> readTensor(const FileReference &reference, MemoryBudget &budget) {
  Result<const Format *> format = tensorFormat(reference);
  return format ? (*format)->read(reference, budget) : format.error();
}

Result<void> writeTensor(const FileReference &reference, const Tensor &tensor) {
  Result<const Format *> format = tensorFormat(reference);
  if (!format)
    return format.error();
  NamedTensor named{reference.member, tensor};
  return writeTensors(reference.path, {&named, 1});
}

Result<void> writeTensors(const std::string &path, std::span<const NamedTensor> tensors) {
  Result<const Format *> format = tensorFormat({path, {}});
  if (!format)
    return format.error();
  for (const NamedTensor &named : tensors) {
    TL_TRY(checkPresent(path, named.tensor));
    if ((*format)->hasMembers && named.name.empty())
      return Error{ErrorKind::Data, "'" + path + "' needs a name for the array, as in '" + path + ":NAME'"};
  }
  return (*format)->write(path, tensors);
}

} // namespace tl::runtime
