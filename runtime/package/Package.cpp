// Packages as bytes and back.
#include "runtime/package/Package.h"

#include "runtime/package/Describe.h"

#include <algorithm>

namespace tl::runtime {
namespace {

/// Changes with the layout of packages: a runtime opens those of its own version only.
constexpr std::uint64_t kMark = 0x32'30'6b'63'61'70'6c'74; // "tlpack02"

enum class DataKind : std::uint8_t { Tensor, Relation };

std::span<const std::byte> bytesOfTensor(const Tensor &tensor) {
  return {static_cast<const std::byte *>(tensor.data()),
          static_cast<std::size_t>(tensor.elements()) * byteWidth(tensor.type())};
}

void writeRelation(ArchiveWriter &archive, const Relation &relation) {
  archive(static_cast<std::uint64_t>(relation.arity()), static_cast<std::uint64_t>(relation.size()));
  archive.bulk(std::as_bytes(std::span(relation.cells())));
}

void writeValue(ArchiveWriter &archive, const Value &value) {
  if (const auto *relation = std::get_if<Relation>(&value)) {
    archive(DataKind::Relation);
    return writeRelation(archive, *relation);
  }
  const auto &tensor = std::get<Tensor>(value);
  archive(DataKind::Tensor, tensor.type(), tensor.shape(), tensor.isPartial());
  archive.bulk(bytesOfTensor(tensor));
  if (tensor.isPartial())
    archive.bulk(std::as_bytes(std::span(tensor.present(), static_cast<std::size_t>(tensor.elements()))));
}

/// The cells of `bytes`; sorted rows stay as they are.
Relation readRelation(ArchiveReader &archive) {
  std::uint64_t arity = 0, size = 0;
  archive(arity, size);
  const std::span<const std::byte> bytes = archive.bulk();
  if (arity == 0)
    return Relation::nullary(size > 0);
  std::vector<Cell> cells(bytes.size() / sizeof(Cell) / arity * arity);
  if (!cells.empty())
    std::memcpy(cells.data(), bytes.data(), cells.size() * sizeof(Cell));
  return Relation(arity, std::move(cells));
}

/// Stays in the archive: pages that nothing reads are never loaded.
Result<Value> completeTensor(MemoryBudget &budget, ElementType type, Shape shape,
                             std::span<const std::byte> elements) {
  Result<std::int64_t> count = elementCount(shape);
  if (!count || elements.size() != static_cast<std::size_t>(*count) * byteWidth(type))
    return Error{ErrorKind::Data, "a tensor does not fit its data"};
  if (!elements.empty())
    return Value(Tensor::borrow(budget, type, std::move(shape), elements.data()));
  Result<Tensor> tensor = Tensor::create(budget, type, std::move(shape), "the program's data");
  return tensor ? Result<Value>(Value(*std::move(tensor))) : Result<Value>(tensor.error());
}

Result<Value> readValue(ArchiveReader &archive, MemoryBudget &budget) {
  auto kind = DataKind::Tensor;
  archive(kind);
  if (kind == DataKind::Relation)
    return Value(readRelation(archive));
  auto type = ElementType::F32;
  Shape shape;
  bool isPartial = false;
  archive(type, shape, isPartial);
  const std::span<const std::byte> elements = archive.bulk();
  if (type > ElementType::F64)
    return Error{ErrorKind::Data, "a tensor has no known type"};
  if (!isPartial)
    return completeTensor(budget, type, std::move(shape), elements);
  const std::span<const std::byte> present = archive.bulk();
  Result<Tensor> tensor = Tensor::create(budget, type, std::move(shape), "the program's data", true);
  if (!tensor)
    return tensor.error();
  const std::span<const std::byte> place = bytesOfTensor(*tensor);
  if (elements.size() != place.size() || present.size() != static_cast<std::size_t>(tensor->elements()))
    return Error{ErrorKind::Data, "a tensor does not fit its data"};
  if (!elements.empty())
    std::memcpy(tensor->mutableData(), elements.data(), elements.size());
  if (!present.empty())
    std::memcpy(tensor->mutablePresent(), present.data(), present.size());
  return Value(*std::move(tensor));
}

/// Domains that several numbers share are written once. Texts lie one after the other in one block.
void writeDomains(ArchiveWriter &archive, const std::vector<std::shared_ptr<Domain>> &domains) {
  archive(static_cast<std::uint64_t>(domains.size()));
  for (std::size_t number = 0; number < domains.size(); ++number) {
    const auto same =
        std::find(domains.begin(), domains.begin() + static_cast<std::ptrdiff_t>(number), domains[number]);
    const bool isKnown = domains[number] && static_cast<std::size_t>(same - domains.begin()) < number;
    archive(domains[number] != nullptr, isKnown, static_cast<std::uint64_t>(same - domains.begin()));
    if (!domains[number] || isKnown)
      continue;
    const Domain &domain = *domains[number];
    std::string texts;
    std::vector<std::uint64_t> ends;
    for (Cell id = 0; id < domain.size(); ++id) {
      texts += domain.text(id);
      ends.push_back(texts.size());
    }
    archive(domain.name());
    archive.bulk(std::as_bytes(std::span(texts)));
    archive.bulk(std::as_bytes(std::span(ends)));
  }
}

std::shared_ptr<Domain> readDomain(ArchiveReader &archive, bool &failed) {
  std::string name;
  archive(name);
  const std::span<const std::byte> texts = archive.bulk(), ends = archive.bulk();
  auto domain = std::make_shared<Domain>(name);
  std::uint64_t begin = 0;
  for (std::size_t at = 0; at + sizeof begin <= ends.size(); at += sizeof begin) {
    std::uint64_t end = 0;
    std::memcpy(&end, ends.data() + at, sizeof end);
    if (end < begin || end > texts.size()) {
      failed = true;
      break;
    }
    domain->addBorrowed({reinterpret_cast<const char *>(texts.data()) + begin, end - begin});
    begin = end;
  }
  return domain;
}

bool readDomains(ArchiveReader &archive, std::vector<std::shared_ptr<Domain>> &domains) {
  std::uint64_t count = 0;
  archive(count);
  bool failed = false;
  for (std::uint64_t number = 0; number < count && !failed && !archive.hasFailed(); ++number) {
    bool isThere = false, isKnown = false;
    std::uint64_t same = 0;
    archive(isThere, isKnown, same);
    failed = isKnown && same >= number;
    if (!failed)
      domains.push_back(!isThere ? nullptr : isKnown ? domains[same] : readDomain(archive, failed));
  }
  return !failed;
}

} // namespace

std::vector<std::byte> packageBytes(const Package &package) {
  ArchiveWriter archive;
  archive(kMark, package.name, package.program, package.queries, package.writes, package.inputs,
          package.features);
  writeDomains(archive, package.domains);
  archive(static_cast<std::uint64_t>(package.data.size()));
  for (const auto &[name, value] : package.data) {
    archive(name);
    writeValue(archive, value);
  }
  archive(static_cast<std::uint64_t>(package.facts.size()));
  for (const auto &[name, rows] : package.facts) {
    archive(name);
    writeRelation(archive, rows);
  }
  return archive.take();
}

Result<Package> openPackage(std::span<const std::byte> bytes, MemoryBudget &budget) {
  const Error broken{ErrorKind::Data, "the program's data are not those of this version of tl"};
  ArchiveReader archive(bytes);
  Package package;
  std::uint64_t mark = 0, count = 0;
  archive(mark);
  if (mark != kMark)
    return broken;
  archive(package.name, package.program, package.queries, package.writes, package.inputs, package.features);
  if (!readDomains(archive, package.domains))
    return broken;
  archive(count);
  for (std::uint64_t number = 0; number < count && !archive.hasFailed(); ++number) {
    std::string name;
    archive(name);
    Result<Value> value = readValue(archive, budget);
    if (!value)
      return value.error();
    package.data.insert_or_assign(name, *std::move(value));
  }
  archive(count);
  for (std::uint64_t number = 0; number < count && !archive.hasFailed(); ++number) {
    std::string name;
    archive(name);
    package.facts.insert_or_assign(name, readRelation(archive));
  }
  if (archive.hasFailed())
    return broken;
  return package;
}

} // namespace tl::runtime
