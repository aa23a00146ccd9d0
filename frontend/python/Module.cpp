// The Python module: sessions, answers and errors.
#include "Arrays.h"

#include <pybind11/functional.h>
#include <pybind11/stl.h>

#include <chrono>
#include <future>

namespace tl::python {
namespace {

/// A relation that a query gives, row by row.
struct Relation {
  Answer answer;
};

/// What is raised is `tensorlogic.Error`, with the kind and the messages.
[[noreturn]] void raise(const Error &error) {
  static constexpr const char *kKinds[] = {"program", "usage",       "data",        "limit",
                                           "check",   "interrupted", "unsupported", "internal"};
  std::string message = error.message;
  for (const Diagnostic &diagnostic : error.diagnostics)
    if (diagnostic.range) {
      message = diagnostic.range->file + ":" + std::to_string(diagnostic.range->begin.line) + ":" +
                std::to_string(diagnostic.range->begin.column) + ": " + message;
      break;
    }
  py::object errorType = py::module_::import("tensorlogic._tensorlogic").attr("Error");
  py::object raised = errorType(message);
  raised.attr("kind") = kKinds[static_cast<int>(error.kind)];
  raised.attr("diagnostics") = py::cast(error.diagnostics);
  PyErr_SetObject(errorType.ptr(), raised.ptr());
  throw py::error_already_set();
}

void check(const Status &status) {
  if (!status)
    raise(status.error());
}

ElementType typeNamed(const std::string &name) {
  for (ElementType type : {ElementType::F32, ElementType::F64})
    if (name == typeName(type))
      return type;
  throw py::value_error("dtype is 'float32' or 'float64', not '" + name + "'");
}

/// A session with the Python functions it may call and the error one of them raised.
class PythonSession {
public:
  explicit PythonSession(SessionOptions options) : session(std::move(options)) {}

  /// Runs `call` without Python's lock in another thread, so that an interrupt can stop it.
  template <class Call> auto run(Call call) {
    std::exception_ptr none;
    raised = none;
    std::future<decltype(call())> done;
    {
      py::gil_scoped_release release;
      done = std::async(std::launch::async, call);
    }
    bool isInterrupted = false;
    while (!isReady(done))
      if (PyErr_CheckSignals() != 0) {
        isInterrupted = true;
        session.cancel();
        py::gil_scoped_release release;
        done.wait();
      }
    auto result = done.get();
    if (isInterrupted)
      throw py::error_already_set();
    if (raised)
      std::rethrow_exception(std::exchange(raised, nullptr));
    if (!result)
      raise(result.error());
    return result;
  }

  void attach(const std::string &name, const py::function &function, std::size_t parameters) {
    auto kept = std::shared_ptr<py::function>(new py::function(function), [](py::function *one) {
      py::gil_scoped_acquire lock;
      delete one;
    });
    check(session.attach(name, parameters, [this, kept, parameters](const double *values) {
      return call(*kept, values, parameters);
    }));
  }

  Session session;

private:
  template <class T> static bool isReady(std::future<T> &done) {
    py::gil_scoped_release release;
    return done.wait_for(std::chrono::milliseconds(50)) == std::future_status::ready;
  }

  /// The first error ends the run; what it gives until then is thrown away.
  double call(const py::function &function, const double *values, std::size_t parameters) {
    py::gil_scoped_acquire lock;
    if (raised)
      return 0;
    try {
      py::tuple arguments(parameters);
      for (std::size_t number = 0; number < parameters; ++number)
        arguments[number] = values[number];
      return function(*arguments).cast<double>();
    } catch (...) {
      raised = std::current_exception();
      session.cancel();
      return 0;
    }
  }

  std::exception_ptr raised;
};

py::object valueOf(Answer &&answer) {
  switch (answer.kind) {
  case Answer::Kind::Truth:
    return py::cast(answer.truth);
  case Answer::Kind::Tensor:
    return py::cast(Tensor{std::move(answer.array), std::move(answer.indexNames), std::move(answer.labels)});
  case Answer::Kind::Relation:
    return py::cast(Relation{std::move(answer)});
  }
  return py::none();
}

py::object cell(const Column &column, std::size_t row) {
  return column.integers.empty() ? py::object(py::str(column.symbols[row]))
                                 : py::object(py::int_(column.integers[row]));
}

py::list rowsOf(const Relation &relation) {
  py::list rows;
  for (std::size_t row = 0; row < relation.answer.rows; ++row) {
    py::tuple cells(relation.answer.columns.size());
    for (std::size_t column = 0; column < relation.answer.columns.size(); ++column)
      cells[column] = cell(relation.answer.columns[column], row);
    rows.append(std::move(cells));
  }
  return rows;
}

/// Rows of strings and integers as columns; a column has one kind.
std::vector<Column> columnsOf(const py::iterable &rows) {
  std::vector<Column> columns;
  bool isFirst = true;
  for (const py::handle &given : rows) {
    bool isRow = py::isinstance<py::tuple>(given) || py::isinstance<py::list>(given);
    py::tuple row = isRow ? py::tuple(py::reinterpret_borrow<py::object>(given)) : py::make_tuple(given);
    if (isFirst)
      columns.resize(row.size());
    if (row.size() != columns.size())
      throw py::value_error("rows of " + std::to_string(columns.size()) + " and " +
                            std::to_string(row.size()) + " cells");
    for (std::size_t number = 0; number < row.size(); ++number) {
      Column &column = columns[number];
      bool isSymbol = py::isinstance<py::str>(row[number]);
      if (!isFirst && isSymbol == column.symbols.empty())
        throw py::type_error("a column holds strings or integers, not both");
      if (isSymbol)
        column.symbols.push_back(row[number].cast<std::string>());
      else
        column.integers.push_back(
            py::int_(py::reinterpret_borrow<py::object>(PyNumber_Index(py::object(row[number]).ptr())))
                .cast<std::int64_t>());
    }
    isFirst = false;
  }
  return columns;
}

std::unique_ptr<PythonSession> makeSession(const std::string &backend, const std::string &folder,
                                           const std::string &library, int threads, const std::string &dtype,
                                           bool strict, std::optional<double> tolerance,
                                           std::optional<std::int64_t> iterations, std::size_t memory,
                                           double timeout, std::uint64_t seed) {
  SessionOptions options;
  options.backend = backend, options.folder = folder, options.libraryFolder = library,
  options.threads = threads;
  options.realType = typeNamed(dtype), options.strict = strict, options.tolerance = tolerance;
  options.maxIterations = iterations, options.maxMemoryBytes = memory, options.timeoutSeconds = timeout;
  options.seed = seed;
  return std::make_unique<PythonSession>(options);
}

void addSession(py::module_ &module) {
  using py::arg;
  py::class_<PythonSession>(module, "Session")
      .def(py::init(&makeSession), py::kw_only(), arg("backend") = "cpu", arg("folder") = ".",
           arg("library") = "", arg("threads") = 0, arg("dtype") = "float32", arg("strict") = false,
           arg("tolerance") = py::none(), arg("max_iterations") = py::none(), arg("max_memory") = 0,
           arg("timeout") = 0.0, arg("seed") = 0)
      .def(
          "add",
          [](PythonSession &self, const std::string &text, const std::string &name) {
            check(self.session.addSource(text, name));
          },
          arg("text"), arg("name") = "program",
          "Adds statements under a name, or replaces those added under it before.")
      .def(
          "add_file", [](PythonSession &self, const std::string &path) { check(self.session.addFile(path)); },
          arg("path"))
      .def(
          "remove",
          [](PythonSession &self, const std::string &name) { check(self.session.removeSource(name)); },
          arg("name"))
      .def(
          "check", [](PythonSession &self) { return self.session.check(); },
          "What tl has to say about the program, warnings included.")
      .def(
          "bind",
          [](PythonSession &self, const std::string &name, const py::object &array) {
            check(bindArray(self.session, name, array));
          },
          arg("name"), arg("array"), "Gives a tensor the elements of an array, which are not copied.")
      .def(
          "unbind", [](PythonSession &self, const std::string &name) { self.session.unbind(name); },
          arg("name"))
      .def(
          "add_facts",
          [](PythonSession &self, const std::string &relation, const py::iterable &rows) {
            check(self.session.addFacts(relation, columnsOf(rows)));
          },
          arg("relation"), arg("rows"))
      .def(
          "retract_facts",
          [](PythonSession &self, const std::string &relation, const py::iterable &rows) {
            check(self.session.retractFacts(relation, columnsOf(rows)));
          },
          arg("relation"), arg("rows"))
      .def("attach", &PythonSession::attach, arg("name"), arg("function"), arg("parameters"),
           "Lets equations call a Python function of numbers by a name.")
      .def(
          "query",
          [](PythonSession &self, const std::string &text) {
            return valueOf(*self.run([&] { return self.session.query(text); }));
          },
          arg("text"))
      .def(
          "run",
          [](PythonSession &self) {
            py::list made;
            auto answers = self.run([&] { return self.session.run(); });
            for (Answer &answer : *answers) {
              std::string query = answer.query;
              made.append(py::make_tuple(query, valueOf(std::move(answer))));
            }
            return made;
          },
          "The answers to every query of the program, with their texts.")
      .def("symbols",
           [](PythonSession &self) {
             auto symbols = self.session.symbols();
             if (!symbols)
               raise(symbols.error());
             return *symbols;
           })
      .def(
          "cancel", [](PythonSession &self) { self.session.cancel(); },
          "Stops the call that another thread is in.")
      .def_property_readonly("computed", [](const PythonSession &self) { return self.session.computed(); })
      .def_property_readonly("reused", [](const PythonSession &self) { return self.session.reused(); });
}

void addDiagnostics(py::module_ &module) {
  py::class_<Place>(module, "Place")
      .def_readonly("line", &Place::line)
      .def_readonly("column", &Place::column)
      .def_readonly("offset", &Place::offset);
  py::class_<Range>(module, "Range")
      .def_readonly("file", &Range::file)
      .def_readonly("begin", &Range::begin)
      .def_readonly("end", &Range::end);
  py::class_<Label>(module, "Label").def_readonly("range", &Label::range).def_readonly("text", &Label::text);
  py::class_<Fix>(module, "Fix")
      .def_readonly("range", &Fix::range)
      .def_readonly("replacement", &Fix::replacement)
      .def_readonly("description", &Fix::description);
  py::class_<Diagnostic>(module, "Diagnostic")
      .def_readonly("id", &Diagnostic::id)
      .def_property_readonly("severity",
                             [](const Diagnostic &one) {
                               return one.severity == Severity::Error     ? "error"
                                      : one.severity == Severity::Warning ? "warning"
                                                                          : "note";
                             })
      .def_readonly("message", &Diagnostic::message)
      .def_readonly("range", &Diagnostic::range)
      .def_readonly("labels", &Diagnostic::labels)
      .def_readonly("hint", &Diagnostic::hint)
      .def_readonly("fix", &Diagnostic::fix)
      .def("__repr__", [](const Diagnostic &one) { return "<" + one.id + ": " + one.message + ">"; });
  py::class_<Symbol>(module, "Symbol")
      .def_readonly("name", &Symbol::name)
      .def_readonly("is_relation", &Symbol::isRelation)
      .def_readonly("rank", &Symbol::rank)
      .def_readonly("is_computed", &Symbol::isComputed)
      .def_readonly("is_undefined", &Symbol::isUndefined)
      .def_property_readonly("dtype", [](const Symbol &one) { return typeName(one.type); });
}

void addRelation(py::module_ &module) {
  py::class_<Relation>(module, "Relation")
      .def_property_readonly("columns", [](const Relation &relation) { return relation.answer.columnNames; })
      .def_property_readonly("rows", &rowsOf)
      .def("__len__", [](const Relation &relation) { return relation.answer.rows; })
      .def("__iter__", [](const Relation &relation) { return py::iter(rowsOf(relation)); });
}

} // namespace
} // namespace tl::python

PYBIND11_MODULE(_tensorlogic, module) {
  using namespace tl::python;
  module.doc() = "tl, the compiler and runtime of Tensor Logic";
  module.attr("__version__") = std::string(tl::version());
  module.attr("Error") = pybind11::reinterpret_steal<pybind11::object>(
      PyErr_NewException("tensorlogic.Error", PyExc_RuntimeError, nullptr));
  addTensor(module);
  addRelation(module);
  addDiagnostics(module);
  addSession(module);
}
