// Values to files.
#include "runtime/answer/Save.h"

#include "runtime/io/Formats.h"
#include "runtime/io/TableWriter.h"

#include <filesystem>

namespace tl::runtime {
namespace {

/// The symbols of each axis of what is written.
std::vector<const Domain *> domainsOf(const Part &part, const DomainOf &domainOf) {
  std::vector<const Domain *> domains;
  for (const QuestionAxis &axis : part.axes)
    domains.push_back(domainOf(axis.domain));
  return domains;
}

void addCell(TableWriter &table, const Domain *domain, Cell cell) {
  if (domain)
    table.addSymbol(domain->text(cell));
  else
    table.addInteger(cell);
}

Result<void> saveRows(const std::string &path, const Relation &relation,
                      const std::vector<const Domain *> &domains) {
  TableWriter table(path);
  for (std::size_t row = 0; row < relation.size(); ++row) {
    for (std::size_t column = 0; column < domains.size(); ++column)
      addCell(table, domains[column], relation.row(row)[column]);
    table.endRow();
  }
  return table.finish();
}

/// Every present element: its indices, then its value.
Result<void> saveElements(const std::string &path, const Tensor &tensor,
                          const std::vector<const Domain *> &domains) {
  TableWriter table(path);
  std::vector<std::int64_t> strides = rowMajorStrides(tensor.shape());
  for (std::int64_t position = 0; position < tensor.elements(); ++position) {
    if (!tensor.isPresent(position))
      continue;
    for (std::size_t axis = 0; axis < domains.size(); ++axis)
      addCell(table, domains[axis], static_cast<Cell>(position / strides[axis] % tensor.shape()[axis]));
    if (isFloat(tensor.type()))
      table.addNumber(tensor.number(position));
    else
      table.addInteger(tensor.integer(position));
    table.endRow();
  }
  return table.finish();
}

/// The dense 0/1 form of a relation, for array formats.
Result<Tensor> denseOf(const std::string &name, const Part &part, MemoryBudget &budget) {
  const auto &relation = std::get<Relation>(part.value);
  Shape shape;
  for (const QuestionAxis &axis : part.axes)
    shape.push_back(axis.extent);
  Result<Tensor> dense = Tensor::create(budget, ElementType::Bool, shape, name);
  if (!dense)
    return dense.error();
  std::vector<std::int64_t> strides = rowMajorStrides(shape);
  for (std::size_t row = 0; row < relation.size(); ++row) {
    std::int64_t position = 0;
    bool isInside = true;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      Cell cell = relation.row(row)[axis];
      isInside = isInside && cell >= 0 && cell < shape[axis];
      position += cell * strides[axis];
    }
    if (!isInside)
      return Error{ErrorKind::Program, "'" + name + "' has a row outside its extents " + toString(shape)};
    dense->setInteger(position, 1);
  }
  return dense;
}

Result<void> saveArrays(std::span<const PendingWrite> members, const DomainOf &domainOf,
                        const std::string &path, MemoryBudget &budget) {
  std::vector<NamedTensor> arrays;
  for (const PendingWrite &member : members) {
    Result<Part> part = selectPart(member.write->selection, *member.value, domainOf, budget);
    if (!part)
      return part.error();
    const auto *whole = std::get_if<Tensor>(&part->value);
    Result<Tensor> dense =
        whole ? Result<Tensor>(*whole) : denseOf(member.write->selection.tensor, *part, budget);
    if (!dense)
      return dense.error();
    arrays.push_back({parseFileReference(member.write->path).member, *std::move(dense)});
  }
  if (arrays.size() == 1)
    return writeTensor({path, arrays[0].name}, arrays[0].tensor);
  return writeTensors(path, arrays);
}

} // namespace

Result<void> save(std::span<const PendingWrite> members, const DomainOf &domainOf, const std::string &folder,
                  MemoryBudget &budget) {
  const FileOutput &write = *members.front().write;
  FileReference reference = parseFileReference(write.path);
  std::string path = (std::filesystem::path(folder) / reference.path).string();
  if (fileKind(reference) == FileKind::Tensor)
    return saveArrays(members, domainOf, path, budget);
  Result<Part> part = selectPart(write.selection, *members.front().value, domainOf, budget);
  if (!part)
    return part.error();
  std::vector<const Domain *> domains = domainsOf(*part, domainOf);
  if (const auto *relation = std::get_if<Relation>(&part->value))
    return saveRows(path, *relation, domains);
  return saveElements(path, std::get<Tensor>(part->value), domains);
}

} // namespace tl::runtime
