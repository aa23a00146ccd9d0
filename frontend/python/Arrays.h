// Elements of Python's arrays for tl, and of tl's for Python, without copying.
#pragma once

#include <tl/tl.h>

#include <pybind11/pybind11.h>

namespace tl::python {

namespace py = pybind11;

/// What a query for a tensor gives: elements that tl holds, read-only, as a buffer and for DLPack.
struct Tensor {
  Array array;
  std::vector<std::string> indexNames;
  std::vector<std::vector<std::string>> labels;
};

/// The name of an element type as numpy has it; bfloat16 it has not.
const char *typeName(ElementType type);

/// Gives `session` the elements of `array`, which is a buffer or speaks DLPack. They are not copied: the
/// array is kept until it is bound anew or unbound, and may be changed between calls. Raises TypeError for
/// elements that tl has no type for.
Status bindArray(Session &session, const std::string &name, const py::object &array);

/// Registers `Tensor`.
void addTensor(py::module_ &module);

} // namespace tl::python
