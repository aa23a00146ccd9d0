// Values to files.
#include "frontend/driver/Save.h"

#include "runtime/io/Formats.h"
#include "runtime/io/TableWriter.h"

#include <filesystem>

namespace tl::driver {
namespace {

using runtime::Cell;
using runtime::Error;
using runtime::ErrorKind;
using runtime::Relation;
using runtime::Result;
using runtime::Tensor;

/// The symbols of each axis of the written tensor.
std::vector<const runtime::Domain *> domainsOf(const sema::TensorSymbol &tensor, const DomainOf &domainOf) {
  std::vector<const runtime::Domain *> domains;
  for (sema::ClassId axisClass : tensor.axes)
    domains.push_back(domainOf(axisClass));
  return domains;
}

void addCell(runtime::TableWriter &table, const runtime::Domain *domain, Cell cell) {
  if (domain)
    table.addSymbol(domain->text(cell));
  else
    table.addInteger(cell);
}

Result<void> saveRows(const std::string &path, const Relation &relation, const std::vector<const runtime::Domain *> &domains) {
  runtime::TableWriter table(path);
  for (std::size_t row = 0; row < relation.size(); ++row) {
    for (std::size_t column = 0; column < domains.size(); ++column)
      addCell(table, domains[column], relation.row(row)[column]);
    table.endRow();
  }
  return table.finish();
}

/// Every present element: its indices, then its value.
Result<void> saveElements(const std::string &path, const Tensor &tensor, const std::vector<const runtime::Domain *> &domains) {
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
Result<Tensor> denseOf(const sema::TypedProgram &program, const sema::TensorSymbol &tensor, const Relation &relation,
                       runtime::MemoryBudget &budget) {
  runtime::Shape shape;
  for (sema::ClassId axisClass : tensor.axes)
    shape.push_back(program.classes[axisClass].extent);
  Result<Tensor> dense = Tensor::create(budget, runtime::ElementType::Bool, shape, tensor.name);
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
      return Error{ErrorKind::Program, "'" + tensor.name + "' has a row outside its extents " + runtime::toString(shape)};
    dense->setInteger(position, 1);
  }
  return dense;
}

} // namespace

Result<void> save(const sema::TypedProgram &program, const sema::FileWrite &write, const runtime::Value &value,
                  const DomainOf &domainOf, const std::string &folder, runtime::MemoryBudget &budget) {
  const sema::TensorSymbol &tensor = program.tensors[write.tensor];
  std::string path = (std::filesystem::path(folder) / write.path).string();
  runtime::FileReference reference = runtime::parseFileReference(path);
  const auto *relation = std::get_if<Relation>(&value);
  switch (runtime::fileKind(reference)) {
  case runtime::FileKind::Tensor: {
    if (!relation)
      return runtime::writeTensor(reference, std::get<Tensor>(value));
    Result<Tensor> dense = denseOf(program, tensor, *relation, budget);
    if (!dense)
      return dense.error();
    return runtime::writeTensor(reference, *dense);
  }
  case runtime::FileKind::Table:
    if (relation)
      return saveRows(path, *relation, domainsOf(tensor, domainOf));
    return saveElements(path, std::get<Tensor>(value), domainsOf(tensor, domainOf));
  case runtime::FileKind::Text:
  case runtime::FileKind::Unknown:
    break;
  }
  return Error{ErrorKind::Usage, "'" + write.path + "': results are written as .npy, .npz, .safetensors, .csv, .tsv or .facts"};
}

} // namespace tl::driver
