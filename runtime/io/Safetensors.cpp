// Reading and writing named arrays.
#include "runtime/io/Safetensors.h"

#include "runtime/io/Members.h"
#include "runtime/io/Utf8.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace tl::runtime {
namespace {

/// The elements start at a multiple of this.
constexpr std::size_t kAlignment = 8;

StoredType storedType(ElementType type) {
  switch (type) {
  case ElementType::Bool:
    return StoredType::Bool;
  case ElementType::I8:
    return StoredType::I8;
  case ElementType::I32:
    return StoredType::I32;
  case ElementType::I64:
    return StoredType::I64;
  case ElementType::F16:
    return StoredType::F16;
  case ElementType::BF16:
    return StoredType::BF16;
  case ElementType::F32:
    return StoredType::F32;
  case ElementType::F64:
    return StoredType::F64;
  }
  __builtin_unreachable();
}

Result<void> checkNames(const std::string &path, std::span<const NamedTensor> tensors) {
  if (tensors.size() > kMaxSafetensors)
    return Error{ErrorKind::Limit, "'" + path + "' would hold " + std::to_string(tensors.size()) +
                                       " arrays, the limit is " + std::to_string(kMaxSafetensors)};
  std::vector<std::string> names;
  for (const NamedTensor &named : tensors) {
    if (validUtf8Prefix(named.name) != named.name.size() || named.name == "__metadata__")
      return Error{ErrorKind::Data, "'" + path + "' cannot hold an array of this name"};
    names.push_back(named.name);
  }
  if (const std::string *duplicate = firstDuplicate(names))
    return Error{ErrorKind::Data, "'" + path + "' would hold two arrays '" + *duplicate + "'"};
  return {};
}

std::uint64_t bytesOf(const Tensor &tensor) {
  return static_cast<std::uint64_t>(tensor.elements()) * byteWidth(tensor.type());
}

std::string entryText(const NamedTensor &named, std::uint64_t begin) {
  const Tensor &tensor = named.tensor;
  std::string text = nlohmann::json(named.name).dump() + ":{\"dtype\":\"";
  text += safetensorsName(storedType(tensor.type()));
  text += "\",\"shape\":[";
  for (std::size_t axis = 0; axis < tensor.rank(); ++axis)
    text += (axis ? "," : "") + std::to_string(tensor.shape()[axis]);
  return text + "],\"data_offsets\":[" + std::to_string(begin) + "," +
         std::to_string(begin + bytesOf(tensor)) + "]}";
}

/// Length and JSON text, padded with blanks.
std::string headerText(std::span<const NamedTensor *const> ordered) {
  std::string json = "{";
  std::uint64_t begin = 0;
  for (const NamedTensor *named : ordered) {
    json += (begin || json.size() > 1 ? "," : "") + entryText(*named, begin);
    begin += bytesOf(named->tensor);
  }
  json += '}';
  json.append((kAlignment - json.size() % kAlignment) % kAlignment, ' ');
  std::string header;
  for (unsigned shift = 0; shift < 64; shift += 8)
    header += static_cast<char>(json.size() >> shift & 0xff);
  return header + json;
}

} // namespace

Result<SafetensorsFile> SafetensorsFile::open(const std::string &path) {
  Result<MappedFile> mapped = MappedFile::open(path);
  if (!mapped)
    return mapped.error();
  Result<std::vector<SafetensorsEntry>> entries = parseSafetensorsHeader(path, mapped->bytes());
  if (!entries)
    return entries.error();
  SafetensorsFile opened;
  opened.path = path;
  opened.file = *std::move(mapped);
  opened.entries_ = *std::move(entries);
  return opened;
}

const SafetensorsEntry *SafetensorsFile::find(std::string_view name) const {
  auto found = std::lower_bound(
      entries_.begin(), entries_.end(), name,
      [](const SafetensorsEntry &entry, std::string_view wanted) { return entry.name < wanted; });
  return found != entries_.end() && found->name == name ? &*found : nullptr;
}

Error SafetensorsFile::unknown(std::string_view name) const {
  std::vector<std::string> names;
  for (const SafetensorsEntry &entry : entries_)
    names.push_back(entry.name);
  return unknownMember(path, name, names);
}

Result<TensorHeader> SafetensorsFile::header(std::string_view name) const {
  const SafetensorsEntry *entry = find(name);
  if (!entry)
    return unknown(name);
  return TensorHeader{elementType(entry->type), entry->shape};
}

Result<Tensor> SafetensorsFile::read(std::string_view name, MemoryBudget &budget) const {
  const SafetensorsEntry *entry = find(name);
  if (!entry)
    return unknown(name);
  Result<Tensor> tensor =
      Tensor::create(budget, elementType(entry->type), entry->shape, path + ":" + entry->name);
  if (tensor)
    copyElements(*entry, tensor->mutableData());
  return tensor;
}

void SafetensorsFile::copyElements(const SafetensorsEntry &entry, void *target) const {
  const std::byte *source = file.bytes().data() + entry.offset;
  // The format has no unsigned 64-bit type that could fail to fit.
  decodeElements({.type = entry.type}, entry.shape, source, target);
}

Result<TensorHeader> readSafetensorsHeader(const FileReference &reference) {
  Result<SafetensorsFile> file = SafetensorsFile::open(reference.path);
  return file ? file->header(reference.member) : file.error();
}

Result<Tensor> readSafetensors(const FileReference &reference, MemoryBudget &budget) {
  Result<SafetensorsFile> file = SafetensorsFile::open(reference.path);
  return file ? file->read(reference.member, budget) : file.error();
}

Result<void> writeSafetensors(const std::string &path, std::span<const NamedTensor> tensors) {
  TL_TRY(checkNames(path, tensors));
  std::vector<const NamedTensor *> ordered;
  for (const NamedTensor &named : tensors)
    ordered.push_back(&named);
  std::sort(ordered.begin(), ordered.end(), [](const NamedTensor *lhs, const NamedTensor *rhs) {
    std::size_t left = byteWidth(lhs->tensor.type()), right = byteWidth(rhs->tensor.type());
    return left != right ? left > right : lhs->name < rhs->name;
  });
  std::string header = headerText(ordered);
  std::vector<std::span<const std::byte>> pieces{runtime::bytesOf(std::string_view(header))};
  for (const NamedTensor *named : ordered)
    pieces.emplace_back(static_cast<const std::byte *>(named->tensor.data()), bytesOf(named->tensor));
  return writeFileAtomically(path, pieces);
}

} // namespace tl::runtime
