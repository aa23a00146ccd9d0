// Values to files.
#include "frontend/driver/Save.h"

#include "runtime/io/Formats.h"
#include "runtime/io/TableWriter.h"

#include <filesystem>
#include <map>

namespace tl::driver {
namespace {

using runtime::Cell;
using runtime::Error;
using runtime::ErrorKind;
using runtime::Relation;
using runtime::Result;
using runtime::Tensor;

/// The symbols of each axis of what is written.
std::vector<const runtime::Domain *> domainsOf(const Part &part, const DomainOf &domainOf) {
  std::vector<const runtime::Domain *> domains;
  for (sema::ClassId axisClass : part.axes)
    domains.push_back(domainOf(axisClass));
  return domains;
}

void addCell(runtime::TableWriter &table, const runtime::Domain *domain, Cell cell) {
  if (domain)
    table.addSymbol(domain->text(cell));
  else
    table.addInteger(cell);
}

Result<void> saveRows(const std::string &path, const Relation &relation,
                      const std::vector<const runtime::Domain *> &domains) {
  runtime::TableWriter table(path);
  for (std::size_t row = 0; row < relation.size(); ++row) {
    for (std::size_t column = 0; column < domains.size(); ++column)
      addCell(table, domains[column], relation.row(row)[column]);
    table.endRow();
  }
  return table.finish();
}

/// Every present element: its indices, then its value.
Result<void> saveElements(const std::string &path, const Tensor &tensor,
                          const std::vector<const runtime::Domain *> &domains) {
  runtime::TableWriter table(path);
  std::vector<std::int64_t> strides = runtime::rowMajorStrides(tensor.shape());
  for (std::int64_t position = 0; position < tensor.elements(); ++position) {
    if (!tensor.isPresent(position))
      continue;
    for (std::size_t axis = 0; axis < domains.size(); ++axis)
      addCell(table, domains[axis], static_cast<Cell>(position / strides[axis] % tensor.shape()[axis]));
    if (runtime::isFloat(tensor.type()))
      table.addNumber(tensor.number(position));
    else
      table.addInteger(tensor.integer(position));
    table.endRow();
  }
  return table.finish();
}

/// The dense 0/1 form of a relation, for array formats.
Result<Tensor> denseOf(const sema::TypedProgram &program, const std::string &name, const Part &part,
                       runtime::MemoryBudget &budget) {
  const auto &relation = std::get<Relation>(part.value);
  runtime::Shape shape;
  for (sema::ClassId axisClass : part.axes)
    shape.push_back(program.classes[axisClass].extent);
  Result<Tensor> dense = Tensor::create(budget, runtime::ElementType::Bool, shape, name);
  if (!dense)
    return dense.error();
  std::vector<std::int64_t> strides = runtime::rowMajorStrides(shape);
  for (std::size_t row = 0; row < relation.size(); ++row) {
    std::int64_t position = 0;
    bool isInside = true;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      Cell cell = relation.row(row)[axis];
      isInside = isInside && cell >= 0 && cell < shape[axis];
      position += cell * strides[axis];
    }
    if (!isInside)
      return Error{ErrorKind::Program,
                   "'" + name + "' has a row outside its extents " + runtime::toString(shape)};
    dense->setInteger(position, 1);
  }
  return dense;
}

Result<void> saveArrays(const sema::TypedProgram &program, std::span<const PendingWrite> members,
                        const DomainOf &domainOf, const std::string &path, runtime::MemoryBudget &budget) {
  std::vector<runtime::NamedTensor> arrays;
  for (const PendingWrite &member : members) {
    Result<Part> part = selectPart(program, member.write->selection, *member.value, domainOf, budget);
    if (!part)
      return part.error();
    const auto *whole = std::get_if<Tensor>(&part->value);
    Result<Tensor> dense = whole
                               ? Result<Tensor>(*whole)
                               : denseOf(program, program.tensors[member.write->tensor].name, *part, budget);
    if (!dense)
      return dense.error();
    arrays.push_back({runtime::parseFileReference(member.write->path).member, *std::move(dense)});
  }
  if (arrays.size() == 1)
    return runtime::writeTensor({path, arrays[0].name}, arrays[0].tensor);
  return runtime::writeTensors(path, arrays);
}

} // namespace

bool checkWrites(const sema::TypedProgram &program, source::DiagnosticEngine &diagnostics) {
  std::map<std::string, source::SourceRange> known;
  bool succeeded = true;
  for (const sema::FileWrite &write : program.writes) {
    runtime::FileReference reference = runtime::parseFileReference(write.path);
    runtime::FileKind kind = runtime::fileKind(reference);
    if (kind != runtime::FileKind::Tensor && kind != runtime::FileKind::Table) {
      diagnostics
          .report(source::DiagnosticId::UnknownFormat, write.range,
                  "'" + write.path + "' has no extension that results are written with")
          .hint = "use .npy, .npz, .safetensors, .csv, .tsv or .facts";
      succeeded = false;
    }
    auto [found, isNew] = known.emplace(runtime::toString(reference), write.range);
    if (isNew)
      continue;
    diagnostics
        .report(source::DiagnosticId::DuplicateDeclaration, write.range,
                "'" + write.path + "' is written twice")
        .labels.push_back({found->second, "first written here"});
    succeeded = false;
  }
  return succeeded;
}

Result<void> save(const sema::TypedProgram &program, std::span<const PendingWrite> members,
                  const DomainOf &domainOf, const std::string &folder, runtime::MemoryBudget &budget) {
  const sema::FileWrite &write = *members.front().write;
  runtime::FileReference reference = runtime::parseFileReference(write.path);
  std::string path = (std::filesystem::path(folder) / reference.path).string();
  if (runtime::fileKind(reference) == runtime::FileKind::Tensor)
    return saveArrays(program, members, domainOf, path, budget);
  Result<Part> part = selectPart(program, write.selection, *members.front().value, domainOf, budget);
  if (!part)
    return part.error();
  std::vector<const runtime::Domain *> domains = domainsOf(*part, domainOf);
  if (const auto *relation = std::get_if<Relation>(&part->value))
    return saveRows(path, *relation, domains);
  return saveElements(path, std::get<Tensor>(part->value), domains);
}

} // namespace tl::driver
