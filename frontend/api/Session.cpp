// One program, its data and the results that still hold.
#include "frontend/api/Convert.h"
#include "frontend/api/Facts.h"
#include "frontend/api/tl.h"
#include "frontend/driver/CompiledPrograms.h"
#include "frontend/driver/Compiler.h"
#include "frontend/driver/Embedding.h"
#include "frontend/driver/Reuse.h"
#include "runtime/io/Files.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstring>
#include <exception>
#include <map>
#include <new>

namespace tl {
namespace {

using driver::Compilation;
using driver::Stage;

ErrorKind kindOf(int exitCode) {
  switch (exitCode) {
  case 1:
    return ErrorKind::Program;
  case 2:
    return ErrorKind::Usage;
  case 3:
    return ErrorKind::Data;
  case 4:
    return ErrorKind::Limit;
  case 5:
    return ErrorKind::Check;
  case 130:
    return ErrorKind::Interrupted;
  default:
    return ErrorKind::Internal;
  }
}

Error errorOf(const Compilation &compilation) {
  Error error{kindOf(compilation.exitCode()), "",
              api::toPublic(compilation.sources(), compilation.diagnostics())};
  for (const Diagnostic &diagnostic : error.diagnostics)
    if (diagnostic.severity == Severity::Error) {
      error.message = diagnostic.message;
      break;
    }
  if (error.message.empty())
    error.message = "an internal error; this is a bug in tl";
  return error;
}

/// Nothing is thrown past this.
template <class Call> auto guarded(Call call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::bad_alloc &) {
    return Error{ErrorKind::Limit, "out of memory", {}};
  } catch (const std::exception &exception) {
    return Error{ErrorKind::Internal, std::string(exception.what()) + "; this is a bug in tl", {}};
  }
}

Error limit(const runtime::Error &error) {
  return {kindOf(runtime::exitCode(error.kind)), error.message, {}};
}

std::string asQuery(std::string_view text) {
  std::string query(text);
  query.erase(query.find_last_not_of(" \t\r\n") + 1);
  return query.ends_with('?') ? query : query + "?";
}

} // namespace

class Session::Impl {
public:
  explicit Impl(SessionOptions given)
      : options(std::move(given)),
        budget(std::make_shared<runtime::MemoryBudget>(
            options.maxMemoryBytes ? options.maxMemoryBytes : driver::defaultMemoryBytes())) {}

  /// Elements of the embedding program.
  struct Bound {
    ArrayView elements;
    std::shared_ptr<const void> owner;
  };

  /// What compiles `sources` with the data of the session.
  runtime::Result<driver::Embedding> embedding(std::vector<driver::SourceText> sources) {
    driver::Embedding made;
    made.sources = std::move(sources);
    if (!functions.empty())
      made.sources.insert(made.sources.begin(), {"attached functions", declarations()});
    made.budget = budget.get();
    for (const auto &[name, attached] : functions)
      made.functions[name] = attached.function.get();
    for (auto &[name, rows] : facts)
      if (const runtime::Table &table = rows.table(); !table.columns.empty())
        made.tables[name] = &table;
    for (const auto &[name, bound] : arrays) {
      runtime::Result<runtime::Tensor> tensor = tensorOf(name, bound);
      if (!tensor)
        return tensor.error();
      made.arrays.emplace(name, *std::move(tensor));
    }
    return made;
  }

  /// The attached functions as the program declares them.
  std::string declarations() const {
    std::string text;
    for (const auto &[name, attached] : functions) {
      text += "extern \"" + std::string(runtime::kHostLibrary) + "\" " + name + "(";
      for (std::size_t number = 0; number < attached.parameters; ++number)
        text += (number ? ", x" : "x") + std::to_string(number);
      text += ")\n";
    }
    return text;
  }

  /// The elements where they lie, or as they are now when they do not lie row by row.
  runtime::Result<runtime::Tensor> tensorOf(const std::string &name, const Bound &bound) {
    const ArrayView &elements = bound.elements;
    runtime::ElementType type = api::toRuntime(elements.type);
    // More than a process can address lies nowhere: making a tensor of it says so.
    constexpr std::int64_t addressable = std::int64_t{1} << 47;
    runtime::Result<std::int64_t> count = runtime::elementCount(elements.shape);
    const bool isThere =
        count && *count > 0 && *count <= addressable / static_cast<std::int64_t>(runtime::byteWidth(type));
    if (isThere && api::isRowMajor(elements.shape, elements.strides))
      return runtime::Tensor::borrow(*budget, type, elements.shape, elements.data, bound.owner);
    runtime::Result<runtime::Tensor> copy = runtime::Tensor::create(*budget, type, elements.shape, name);
    if (copy && copy->elements() > 0)
      api::gather(elements.data, copy->mutableData(), elements, runtime::byteWidth(type));
    return copy;
  }

  driver::Options compileOptions(const driver::Embedding &embedding) const {
    driver::Options made;
    made.path = "-";
    made.folder = options.folder;
    made.libraryFolder = options.libraryFolder;
    made.backend = options.backend;
    made.threads = options.threads;
    made.realType = api::toRuntime(options.realType);
    made.strict = options.strict;
    made.tolerance = options.tolerance;
    made.maxIterations = options.maxIterations;
    made.maxMemoryBytes = options.maxMemoryBytes;
    made.seed = options.seed;
    made.embedding = &embedding;
    return made;
  }

  void startClock() {
    cancel.reset();
    if (options.timeoutSeconds > 0)
      cancel.setDeadline(std::chrono::steady_clock::now() +
                         std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                             std::chrono::duration<double>(options.timeoutSeconds)));
  }

  /// The sources with one added or replaced.
  std::vector<driver::SourceText> with(std::string_view name, std::string_view text) const {
    std::vector<driver::SourceText> changed = sources;
    for (driver::SourceText &source : changed)
      if (source.name == name) {
        source.text = text;
        return changed;
      }
    changed.push_back({std::string(name), std::string(text)});
    return changed;
  }

  /// Takes `changed` as the program when it is right as far as text alone says.
  Status replaceSources(std::vector<driver::SourceText> changed) {
    runtime::Result<driver::Embedding> data = embedding(changed);
    if (!data)
      return limit(data.error());
    Compilation compilation(compileOptions(*data), cancel);
    if (!data->sources.empty() && !compilation.advance(Stage::Checked))
      return errorOf(compilation);
    sources = std::move(changed);
    return Nothing{};
  }

  Result<std::vector<Answer>> answer(std::vector<driver::SourceText> texts, bool asksLastOnly) {
    startClock();
    runtime::Result<driver::Embedding> data = embedding(std::move(texts));
    if (!data)
      return limit(data.error());
    data->asksLastOnly = asksLastOnly;
    data->cache = &cache;
    data->programs = &programs;
    Compilation compilation(compileOptions(*data), cancel);
    std::optional<std::vector<driver::Answer>> answers;
    if (compilation.advance(Stage::Compiled))
      answers = compilation.run();
    if (!answers)
      return errorOf(compilation);
    std::vector<Answer> made;
    for (driver::Answer &one : *answers) {
      // An answer outlives what is bound.
      if (one.tensor.isBorrowed())
        if (runtime::Result<void> owned = one.tensor.own(); !owned)
          return limit(owned.error());
      made.push_back(api::toPublic(one, budget));
    }
    return made;
  }

  /// Replaces or adds a function; on failure the session stays as it was.
  Status attach(std::string name, std::size_t parameters, HostFunction function) {
    if (!function)
      return Error{ErrorKind::Usage, "'" + name + "' is no function", {}};
    auto before = functions;
    functions[name] = {std::make_shared<const runtime::HostFunction>(std::move(function)), parameters};
    // The text that declares it must be one declaration of that name and nothing else.
    bool isName = !name.empty() && name[0] >= 'a' && name[0] <= 'z' &&
                  std::all_of(name.begin(), name.end(),
                              [](unsigned char byte) { return std::isalnum(byte) || byte == '_'; });
    Status checked =
        isName ? replaceSources(sources)
               : Status(Error{
                     ErrorKind::Usage,
                     "'" + name +
                         "' is not the name of a function: a lower-case letter, then letters, digits and '_'",
                     {}});
    if (checked) {
      cache.clear();
      programs.clear(); // code holds the address of the function that was attached before
    } else
      functions = std::move(before);
    return checked;
  }

  Result<std::vector<Symbol>> symbols() {
    std::vector<Symbol> found;
    if (sources.empty())
      return found;
    runtime::Result<driver::Embedding> data = embedding(sources);
    if (!data)
      return limit(data.error());
    Compilation compilation(compileOptions(*data), cancel);
    if (!compilation.advance(Stage::Checked))
      return errorOf(compilation);
    for (const sema::TensorSymbol &tensor : compilation.program().tensors)
      found.push_back({tensor.name, tensor.kind == sema::TensorKind::Relation,
                       api::toPublic(tensor.elementType), tensor.axes.size(), !tensor.equations.empty(),
                       tensor.isUndefined});
    return found;
  }

  Result<Answer> query(std::string_view text) {
    std::vector<driver::SourceText> texts = sources;
    texts.push_back({"query", asQuery(text)});
    Result<std::vector<Answer>> answers = answer(std::move(texts), true);
    if (!answers)
      return answers.error();
    if (answers->size() != 1)
      return Error{ErrorKind::Usage, "'" + std::string(text) + "' is not one query", {}};
    return std::move(answers->front());
  }

  Status bind(std::string_view tensor, const ArrayView &elements, std::shared_ptr<const void> owner) {
    std::string name(tensor);
    runtime::ElementType type = api::toRuntime(elements.type);
    runtime::Result<std::int64_t> count = runtime::elementCount(elements.shape);
    if (!count)
      return Error{ErrorKind::Limit, "'" + name + "': " + count.error().message, {}};
    if (!elements.strides.empty() && elements.strides.size() != elements.shape.size())
      return Error{ErrorKind::Usage,
                   "'" + name + "' has " + std::to_string(elements.shape.size()) + " extents but " +
                       std::to_string(elements.strides.size()) + " strides",
                   {}};
    std::size_t width = runtime::byteWidth(type);
    if (*count > 0 && (!elements.data || reinterpret_cast<std::uintptr_t>(elements.data) % width != 0))
      return Error{ErrorKind::Usage, "'" + name + "' has no elements at an address that fits their type", {}};
    arrays.insert_or_assign(name, Bound{elements, std::move(owner)});
    return Nothing{};
  }

  struct Attached {
    std::shared_ptr<const runtime::HostFunction> function;
    std::size_t parameters = 0;
  };

  SessionOptions options;
  std::shared_ptr<runtime::MemoryBudget> budget; // before everything that is charged to it
  runtime::CancelToken cancel;
  std::vector<driver::SourceText> sources;
  std::map<std::string, Bound> arrays;
  std::map<std::string, Attached> functions;
  std::map<std::string, api::Facts, std::less<>> facts;
  driver::ResultCache cache;
  driver::CompiledPrograms programs;
};

Session::Session(SessionOptions options) : impl(std::make_unique<Impl>(std::move(options))) {}
Session::~Session() = default;
Session::Session(Session &&) noexcept = default;
Session &Session::operator=(Session &&) noexcept = default;

Status Session::addSource(std::string_view text, std::string_view name) {
  return guarded([&]() -> Status { return impl->replaceSources(impl->with(name, text)); });
}

Status Session::addFile(const std::string &path) {
  return guarded([&]() -> Status {
    runtime::Result<runtime::MappedFile> file = runtime::MappedFile::open(path);
    if (!file)
      return Error{ErrorKind::Data, file.error().message, {}};
    return impl->replaceSources(impl->with(path, file->text()));
  });
}

Status Session::removeSource(std::string_view name) {
  return guarded([&]() -> Status {
    std::vector<driver::SourceText> changed = impl->sources;
    if (std::erase_if(changed, [&](const driver::SourceText &source) { return source.name == name; }) == 0)
      return Error{ErrorKind::Usage, "there is no source '" + std::string(name) + "'", {}};
    return impl->replaceSources(std::move(changed));
  });
}

std::vector<Diagnostic> Session::check() {
  if (impl->sources.empty())
    return {};
  Result<std::vector<Diagnostic>> found = guarded([&]() -> Result<std::vector<Diagnostic>> {
    runtime::Result<driver::Embedding> data = impl->embedding(impl->sources);
    if (!data)
      return limit(data.error());
    Compilation compilation(impl->compileOptions(*data), impl->cancel);
    compilation.advance(Stage::Loaded);
    return api::toPublic(compilation.sources(), compilation.diagnostics());
  });
  if (found)
    return *std::move(found);
  return {{"RunFailed", Severity::Error, found.error().message, {}, {}, {}, {}}};
}

Status Session::bind(std::string_view tensor, const ArrayView &elements, std::shared_ptr<const void> owner) {
  return guarded([&]() -> Status { return impl->bind(tensor, elements, std::move(owner)); });
}

void Session::unbind(std::string_view tensor) {
  impl->arrays.erase(std::string(tensor));
}

Status Session::addFacts(std::string_view relation, const std::vector<Column> &columns) {
  return guarded([&]() -> Status {
    std::string message = impl->facts[std::string(relation)].add(columns);
    if (message.empty())
      return Nothing{};
    return Error{ErrorKind::Usage, "facts of '" + std::string(relation) + "': " + message, {}};
  });
}

Status Session::retractFacts(std::string_view relation, const std::vector<Column> &columns) {
  return guarded([&]() -> Status {
    auto known = impl->facts.find(relation);
    if (known == impl->facts.end())
      return Error{ErrorKind::Usage, "no facts were added to '" + std::string(relation) + "'", {}};
    std::string message = known->second.retract(columns);
    if (message.empty())
      return Nothing{};
    return Error{ErrorKind::Usage, "facts of '" + std::string(relation) + "': " + message, {}};
  });
}

Status Session::attach(std::string_view name, std::size_t parameters, HostFunction function) {
  return guarded(
      [&]() -> Status { return impl->attach(std::string(name), parameters, std::move(function)); });
}

Result<std::vector<Symbol>> Session::symbols() {
  return guarded([&]() -> Result<std::vector<Symbol>> { return impl->symbols(); });
}

Result<Answer> Session::query(std::string_view text) {
  return guarded([&]() -> Result<Answer> { return impl->query(text); });
}

Status Session::queryInto(std::string_view text, const MutableArrayView &elements) {
  return guarded([&]() -> Status {
    Result<Answer> answer = impl->query(text);
    if (!answer)
      return answer.error();
    if (answer->kind != Answer::Kind::Tensor)
      return Error{ErrorKind::Usage, "'" + answer->query + "' is no tensor; ask for it with brackets", {}};
    const Array &array = answer->array;
    std::string_view wanted = runtime::name(api::toRuntime(elements.type)),
                     given = runtime::name(api::toRuntime(array.type));
    if (array.shape != elements.shape || array.type != elements.type)
      return Error{ErrorKind::Usage,
                   "'" + answer->query + "' is " + std::string(given) + runtime::toString(array.shape) +
                       ", but the memory is for " + std::string(wanted) + runtime::toString(elements.shape),
                   {}};
    if (!array.present.empty())
      return Error{ErrorKind::Usage, "'" + answer->query + "' may have absent elements; use query", {}};
    std::vector<std::int64_t> strides = elements.strides;
    if (strides.empty())
      strides = runtime::rowMajorStrides(elements.shape);
    api::scatter(array.data.get(), elements.data, {elements.data, elements.type, elements.shape, strides},
                 runtime::byteWidth(api::toRuntime(array.type)));
    return Nothing{};
  });
}

Result<std::vector<Answer>> Session::run() {
  return guarded([&]() -> Result<std::vector<Answer>> {
    if (impl->sources.empty())
      return std::vector<Answer>();
    return impl->answer(impl->sources, false);
  });
}

const std::vector<std::string> &Session::computed() const {
  return impl->cache.computed;
}
const std::vector<std::string> &Session::reused() const {
  return impl->cache.reused;
}

void Session::cancel() {
  impl->cancel.request();
}

std::string_view version() {
  return TL_VERSION;
}

} // namespace tl
