// What the functions of a library that `tl build --shared` made call. One struct is one run.
#include "runtime/answer/Format.h"
#include "runtime/core/MemorySize.h"
#include "runtime/package/Inputs.h"
#include "runtime/package/RunPackage.h"
#include "runtime/standalone/Image.h"
#include "runtime/standalone/Processor.h"

#include <charconv>
#include <new>
#include <thread>

namespace {

using namespace tl::runtime;

struct Run {
  explicit Run(std::size_t bytes) : budget(bytes ? bytes : defaultMemoryBytes()) {}

  MemoryBudget budget; // before everything that is charged to it
  Package package;
  CancelToken cancel;
  std::vector<Answer> answers;
  int threads = 0;
  std::string message, text;

  int done(const Result<void> &result) {
    message = result ? "" : result.error().message;
    return result ? 0 : exitCode(result.error().kind);
  }

  const Answer *answer(std::size_t query) const { return query < answers.size() ? &answers[query] : nullptr; }
};

/// Nothing may leave through a C function.
template <typename Callable> int guarded(Run *run, const Callable &callable) {
  try {
    return run->done(callable());
  } catch (const std::bad_alloc &) {
    return run->done(Error{ErrorKind::Limit, "out of memory"});
  }
}

Result<const Input *> inputCalled(const Run &run, const char *name) {
  if (const Input *input = findInput(run.package, name))
    return input;
  return Error{ErrorKind::Usage, "'" + std::string(name) + "' is no input of this program"};
}

/// The cells of one column: integers where all of them are.
TableColumn columnOf(const char *const *cells, std::size_t rows, std::size_t arity, std::size_t position,
                     bool isSymbols) {
  TableColumn column;
  column.isInteger = !isSymbols;
  for (std::size_t row = 0; row < rows && column.isInteger; ++row) {
    const std::string_view text = cells[row * arity + position];
    std::int64_t value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    column.isInteger = error == std::errc() && end == text.data() + text.size();
    column.integers.push_back(value);
  }
  if (column.isInteger)
    return column;
  column.integers.clear();
  Domain texts;
  for (std::size_t row = 0; row < rows; ++row)
    column.ids.push_back(static_cast<std::uint32_t>(texts.intern(cells[row * arity + position])));
  for (Cell id = 0; id < texts.size(); ++id)
    column.texts.emplace_back(texts.text(id));
  return column;
}

} // namespace

extern "C" {

Run *tlrt_create(size_t bytes) {
  try {
    auto run = std::make_unique<Run>(bytes);
    Result<Package> package = openPackage(
        {tlImagePackage, static_cast<std::size_t>(tlImagePackageEnd - tlImagePackage)}, run->budget);
    if (!package)
      return nullptr;
    run->package = *std::move(package);
    return run.release();
  } catch (const std::bad_alloc &) {
    return nullptr;
  }
}

void tlrt_destroy(Run *run) {
  delete run;
}

const char *tlrt_message(const Run *run) {
  return run->message.c_str();
}

int tlrt_setFile(Run *run, const char *input, const char *path) {
  return guarded(run, [&]() -> Result<void> {
    TL_TRY(inputCalled(*run, input));
    Package &package = run->package;
    std::vector<Input> others;
    others.swap(package.inputs);
    for (const Input &other : others)
      if (other.name == input)
        package.inputs.push_back(other);
    Result<void> read = readInputs(package, {{input, path}}, ".", run->budget);
    others.swap(package.inputs);
    return read;
  });
}

int tlrt_setElements(Run *run, const char *name, const void *elements) {
  return guarded(run, [&]() -> Result<void> {
    Result<const Input *> input = inputCalled(*run, name);
    if (!input)
      return input.error();
    const ValueType &type = (*input)->type;
    Result<Tensor> tensor = Tensor::create(run->budget, type.element, type.extents, name);
    if (!tensor)
      return tensor.error();
    if (tensor->elements() > 0)
      std::memcpy(tensor->mutableData(), elements,
                  static_cast<std::size_t>(tensor->elements()) * byteWidth(type.element));
    return setTensor(run->package, **input, *tensor, name, run->budget);
  });
}

int tlrt_setCells(Run *run, const char *name, const char *const *cells, size_t rows) {
  return guarded(run, [&]() -> Result<void> {
    Result<const Input *> input = inputCalled(*run, name);
    if (!input)
      return input.error();
    Table table;
    table.rows = static_cast<std::int64_t>(rows);
    const std::vector<QuestionAxis> &axes = (*input)->axes;
    for (std::size_t axis = 0; axis < axes.size(); ++axis)
      table.columns.push_back(
          columnOf(cells, rows, axes.size(), axis, run->package.domains[axes[axis].domain] != nullptr));
    return setRows(run->package, **input, table, name, run->budget);
  });
}

void tlrt_setThreads(Run *run, int threads) {
  run->threads = threads;
}

int tlrt_run(Run *run) {
  return guarded(run, [&]() -> Result<void> {
    TL_TRY(checkProcessor(run->package.features));
    TL_TRY(readInputs(run->package, {}, ".", run->budget));
    RunOptions options{&run->budget, &run->cancel};
    options.threads =
        run->threads > 0 ? run->threads : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    const std::span kernels(tlImageKernels, static_cast<std::size_t>(tlImageKernelsEnd - tlImageKernels));
    Result<std::vector<Answer>> answers = runPackage(run->package, kernels, options, ".");
    if (!answers)
      return answers.error();
    run->answers = *std::move(answers);
    return {};
  });
}

size_t tlrt_rank(const Run *run, size_t query) {
  const Answer *answer = run->answer(query);
  if (!answer || answer->kind == QuestionKind::Truth)
    return 0;
  return answer->kind == QuestionKind::Tensor ? answer->shape.size() : answer->columns.size();
}

size_t tlrt_extent(const Run *run, size_t query, size_t axis) {
  const Answer *answer = run->answer(query);
  if (!answer || answer->kind == QuestionKind::Truth)
    return 0;
  if (answer->kind == QuestionKind::Relation)
    return answer->rows.size();
  return axis < answer->shape.size() ? static_cast<size_t>(answer->shape[axis]) : 0;
}

const void *tlrt_elements(const Run *run, size_t query) {
  const Answer *answer = run->answer(query);
  return answer && answer->kind == QuestionKind::Tensor ? answer->tensor.data() : nullptr;
}

const uint8_t *tlrt_present(const Run *run, size_t query) {
  const Answer *answer = run->answer(query);
  return answer && answer->kind == QuestionKind::Tensor ? answer->tensor.present() : nullptr;
}

const char *tlrt_cell(Run *run, size_t query, size_t row, size_t column) {
  const Answer *answer = run->answer(query);
  if (!answer || answer->kind != QuestionKind::Relation || row >= answer->rows.size() ||
      column >= answer->columns.size())
    return nullptr;
  const Cell cell = answer->rows.row(row)[column];
  run->text = answer->columns[column].domain ? std::string(cellText(answer->columns[column], cell))
                                             : std::to_string(cell);
  return run->text.c_str();
}

int tlrt_truth(const Run *run, size_t query) {
  const Answer *answer = run->answer(query);
  return answer && answer->kind == QuestionKind::Truth && answer->truth;
}

const char *tlrt_json(Run *run, size_t query) {
  const Answer *answer = run->answer(query);
  if (!answer)
    return nullptr;
  run->text.clear();
  Sink sink([run](std::string_view piece) {
    run->text += piece;
    return true;
  });
  writeJson(*answer, sink);
  sink.flush();
  return run->text.c_str();
}

} // extern "C"
