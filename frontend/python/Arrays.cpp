// The buffer protocol and DLPack.
#include "Arrays.h"

#include <pybind11/stl.h>

#include <cstring>

namespace tl::python {
namespace {

struct TypeRow {
  ElementType type;
  const char *name;
  const char *format; ///< of a buffer; null: buffers have no such elements
  std::size_t bytes;
};

constexpr TypeRow kTypes[] = {
    {ElementType::Bool, "bool", "?", 1},   {ElementType::I8, "int8", "b", 1},
    {ElementType::I32, "int32", "i", 4},   {ElementType::I64, "int64", "l", 8},
    {ElementType::F16, "float16", "e", 2}, {ElementType::BF16, "bfloat16", nullptr, 2},
    {ElementType::F32, "float32", "f", 4}, {ElementType::F64, "float64", "d", 8}};

const TypeRow &rowOf(ElementType type) {
  return kTypes[static_cast<std::size_t>(type)];
}

/// The type that a buffer's format names, in this machine's order of bytes.
const TypeRow *typeOf(std::string format, py::ssize_t bytes) {
  if (format.size() == 2 && (format[0] == '@' || format[0] == '=' || format[0] == '<'))
    format.erase(0, 1);
  for (const TypeRow &row : kTypes)
    if (row.format && row.bytes == static_cast<std::size_t>(bytes) &&
        (format == row.format || (format == "q" && row.type == ElementType::I64)))
      return &row;
  return nullptr;
}

/// A view of `array` that Python may not move or free; null elements when it is no buffer.
struct View {
  explicit View(const py::object &array) {
    isBuffer = PyObject_GetBuffer(array.ptr(), &buffer, PyBUF_RECORDS_RO) == 0;
  }
  View(const View &) = delete;
  ~View() {
    py::gil_scoped_acquire lock;
    if (isBuffer)
      PyBuffer_Release(&buffer);
  }
  Py_buffer buffer = {};
  bool isBuffer = false;
};

Status bindBuffer(Session &session, const std::string &name, const std::shared_ptr<View> &view) {
  const Py_buffer &buffer = view->buffer;
  std::string format = buffer.format ? buffer.format : "B";
  const TypeRow *type = typeOf(format, buffer.itemsize);
  if (!type)
    throw py::type_error("'" + name + "': tl has no type for elements of format '" + format +
                         "'; convert them to one of bool, int8, int32, int64, float16, float32, float64");
  ArrayView given{buffer.buf, type->type, {}, {}};
  for (int axis = 0; axis < buffer.ndim; ++axis) {
    given.shape.push_back(buffer.shape[axis]);
    if (buffer.strides[axis] % buffer.itemsize != 0)
      throw py::type_error("'" + name + "': the elements do not lie whole elements apart");
    given.strides.push_back(buffer.strides[axis] / buffer.itemsize);
  }
  return session.bind(name, given, view);
}

Status bindCapsule(Session &session, const std::string &name, const py::object &array) {
  py::capsule capsule = array.attr("__dlpack__")();
  if (std::strcmp(capsule.name(), "dltensor") != 0)
    throw py::type_error("'" + name + "': __dlpack__ gives no capsule of kind 'dltensor'");
  auto *elements = static_cast<DLManagedTensor *>(capsule.get_pointer<void>());
  // From here on tl calls its deleter, also when it refuses the elements.
  if (PyCapsule_SetName(capsule.ptr(), "used_dltensor") != 0)
    throw py::error_already_set();
  return session.bind(name, elements);
}

/// The capsule that `__dlpack__` gives; whoever takes it renames it.
py::capsule capsuleOf(const Tensor &tensor) {
  Result<DLManagedTensor *> managed = toDLPack(tensor.array);
  if (!managed)
    throw py::buffer_error(managed.error().message);
  return py::reinterpret_steal<py::capsule>(PyCapsule_New(*managed, "dltensor", [](PyObject *capsule) {
    if (PyCapsule_IsValid(capsule, "dltensor"))
      releaseDLPack(static_cast<DLManagedTensor *>(PyCapsule_GetPointer(capsule, "dltensor")));
  }));
}

py::buffer_info bufferOf(Tensor &tensor) {
  const TypeRow &type = rowOf(tensor.array.type);
  if (!type.format)
    throw py::buffer_error("numpy has no bfloat16; use torch()");
  auto bytes = static_cast<py::ssize_t>(type.bytes);
  std::vector<py::ssize_t> shape(tensor.array.shape.begin(), tensor.array.shape.end()), strides(shape.size());
  for (std::size_t axis = shape.size(); axis-- > 0; bytes *= shape[axis])
    strides[axis] = bytes;
  return py::buffer_info(const_cast<void *>(tensor.array.data.get()), static_cast<py::ssize_t>(type.bytes),
                         type.format, static_cast<py::ssize_t>(shape.size()), shape, strides,
                         /*readonly=*/true);
}

} // namespace

const char *typeName(ElementType type) {
  return rowOf(type).name;
}

Status bindArray(Session &session, const std::string &name, const py::object &array) {
  auto view = std::make_shared<View>(array);
  if (view->isBuffer)
    return bindBuffer(session, name, view);
  PyErr_Clear();
  if (py::hasattr(array, "__dlpack__"))
    return bindCapsule(session, name, array);
  throw py::type_error("'" + name + "' is neither a buffer nor of DLPack");
}

void addTensor(py::module_ &module) {
  py::class_<Tensor>(module, "Tensor", py::buffer_protocol())
      .def_buffer(&bufferOf)
      .def_property_readonly("dtype", [](const Tensor &tensor) { return typeName(tensor.array.type); })
      .def_property_readonly("shape",
                             [](const Tensor &tensor) { return py::tuple(py::cast(tensor.array.shape)); })
      .def_readonly("index_names", &Tensor::indexNames)
      .def_readonly("labels", &Tensor::labels)
      .def_property_readonly(
          "data_ptr",
          [](const Tensor &tensor) { return reinterpret_cast<std::uintptr_t>(tensor.array.data.get()); })
      .def_property_readonly("_present",
                             [](const Tensor &tensor) -> py::object {
                               if (tensor.array.present.empty())
                                 return py::none();
                               return py::bytes(reinterpret_cast<const char *>(tensor.array.present.data()),
                                                tensor.array.present.size());
                             })
      .def("__dlpack__", [](const Tensor &tensor, const py::kwargs &) { return capsuleOf(tensor); })
      .def("__dlpack_device__", [](const Tensor &) { return py::make_tuple(1, 0); });
}

} // namespace tl::python
