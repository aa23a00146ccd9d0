// The files that define tensors, as they are read: before symbols have ids and axes have extents.
#include "frontend/driver/LoadSources.h"

#include "frontend/driver/LoadFamily.h"
#include "runtime/io/Formats.h"
#include "runtime/io/Text.h"

#include <filesystem>

namespace tl::driver {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Result;

class SourceReader {
public:
  SourceReader(sema::TypedProgram &program, const ast::Program &ast, const LoadOptions &options,
               FailureSink &failures)
      : program(program), ast(ast), options(options), failures(failures) {}

  std::vector<std::vector<DataSource>> run() {
    sources.resize(program.tensors.size());
    for (const auto &[name, path] : options.files)
      if (!program.find(name))
        failures.report(
            Error{ErrorKind::Usage, "-D " + name + "=" + path + ": the program has no tensor '" + name + "'"},
            {ast.file, 0, 0});
    for (sema::TensorId id = 0; id < program.tensors.size(); ++id) {
      const std::string &name = program.tensors[id].name;
      if (options.embedding && addGiven(id, *options.embedding))
        continue;
      if (auto bound = options.files.find(name); bound != options.files.end())
        readBound(id, bound->second);
      else
        for (const ast::Read *read : program.tensors[id].reads)
          readStatement(id, *read);
    }
    return std::move(sources);
  }

private:
  /// What the embedding program gives. True when it takes the place of what the program reads.
  bool addGiven(sema::TensorId id, const Embedding &embedding) {
    sema::TensorSymbol &tensor = program.tensors[id];
    DataSource source;
    source.range = tensor.range;
    source.path = "what is bound to " + tensor.name;
    if (auto facts = embedding.tables.find(tensor.name); facts != embedding.tables.end()) {
      Result<void> fits = checkGivenTable(tensor, *facts->second);
      if (!fits)
        failures.report(fits.error(), source.range);
      source.table = *facts->second;
    } else if (auto array = embedding.arrays.find(tensor.name); array != embedding.arrays.end()) {
      if (Result<void> taken = takeArray(id, source, array->second); !taken) {
        failures.report(taken.error(), source.range);
        return true;
      }
    } else {
      return false;
    }
    bool isArray = source.array.has_value();
    tensor.isUndefined = false;
    fixRank(id, source);
    sources[id].push_back(std::move(source));
    return isArray;
  }

  static Result<void> checkGivenTable(const sema::TensorSymbol &tensor, const runtime::Table &table) {
    if (tensor.kind == sema::TensorKind::Dense)
      return Error{ErrorKind::Program,
                   "'" + tensor.name + "' is a tensor of numbers, but facts are given for it"};
    if (!tensor.isRankUnknown && table.columns.size() != tensor.axes.size())
      return Error{ErrorKind::Program, "the facts given for '" + tensor.name + "' have " +
                                           std::to_string(table.columns.size()) + " columns, but it has " +
                                           std::to_string(tensor.axes.size()) + " indices"};
    return {};
  }

  /// `-D NAME=FILE` takes the place of what the program reads.
  void readBound(sema::TensorId id, const std::string &path) {
    sema::TensorSymbol &tensor = program.tensors[id];
    tensor.isUndefined = false;
    DataSource source;
    source.range = tensor.reads.empty() ? tensor.range : tensor.reads[0]->pathRange;
    source.path = path;
    source.hasValue = tensor.kind == sema::TensorKind::Dense;
    open(id, std::move(source), nullptr);
  }

  void readStatement(sema::TensorId id, const ast::Read &read) {
    DataSource source;
    source.range = read.pathRange;
    source.path = resolvedPath(options, read.path);
    source.op = read.op;
    source.hasValue = read.head.form == ast::Head::Form::Brackets;
    if (readOptions(read, source))
      open(id, std::move(source), &read);
  }

  bool readOptions(const ast::Read &read, DataSource &source) {
    for (const ast::NamedArgument &option : read.options) {
      const auto *number = option.value ? std::get_if<ast::Number>(&option.value->node) : nullptr;
      if (option.name != "header" || !number) {
        failures.diagnostics.report(
            source::DiagnosticId::UnknownName, option.value ? option.value->range : read.pathRange,
            "reading a file has one option, 'header = true', not '" + option.name + "'");
        return false;
      }
      source.hasHeader = number->value != 0;
    }
    return true;
  }

  void open(sema::TensorId id, DataSource source, const ast::Read *read) {
    const runtime::FileReference reference = runtime::parseFileReference(source.path);
    Result<void> opened;
    switch (runtime::fileKind(reference)) {
    case runtime::FileKind::Tensor:
      opened = openArray(id, source, reference, read);
      break;
    case runtime::FileKind::Table:
      opened = openTable(id, source);
      break;
    case runtime::FileKind::Text:
      opened = openText(id, source);
      break;
    case runtime::FileKind::Unknown:
      opened = Error{ErrorKind::Data, "'" + source.path +
                                          "': the extension says no format: use .npy, .npz, .safetensors, "
                                          ".csv, .tsv, .facts or .txt"};
      break;
    }
    if (!opened)
      return failures.report(opened.error(), source.range);
    fixRank(id, source);
    sources[id].push_back(std::move(source));
  }

  Result<void> openArray(sema::TensorId id, DataSource &source, const runtime::FileReference &reference,
                         const ast::Read *read) {
    Result<runtime::Tensor> array =
        reference.member.find('{') == std::string::npos
            ? runtime::readTensor(reference, *options.budget)
            : readFamily(reference, read ? &read->head : nullptr, *options.budget);
    if (!array)
      return array.error();
    return takeArray(id, source, *std::move(array));
  }

  Result<void> takeArray(sema::TensorId id, DataSource &source, runtime::Tensor array) {
    source.array = std::move(array);
    const std::size_t rank = program.tensors[id].axes.size();
    if (!program.tensors[id].isRankUnknown && source.array->rank() != rank)
      return Error{ErrorKind::Program, "'" + source.path + "' has " + std::to_string(source.array->rank()) +
                                           " axes, but '" + program.tensors[id].name + "' has " +
                                           std::to_string(rank)};
    return {};
  }

  Result<void> openTable(sema::TensorId id, DataSource &source) {
    const sema::TensorSymbol &tensor = program.tensors[id];
    runtime::TableOptions table;
    table.header = source.hasHeader;
    table.hasValue = source.hasValue;
    table.expectedColumns = tensor.isRankUnknown ? 0 : tensor.axes.size() + (source.hasValue ? 1 : 0);
    table.budget = options.budget;
    Result<runtime::Table> read = runtime::readTable(source.path, table);
    if (!read)
      return read.error();
    source.table = *std::move(read);
    return {};
  }

  Result<void> openText(sema::TensorId id, DataSource &source) {
    const sema::TensorSymbol &tensor = program.tensors[id];
    if (tensor.kind != sema::TensorKind::Relation || (!tensor.isRankUnknown && tensor.axes.size() != 2))
      return Error{ErrorKind::Program, "'" + source.path +
                                           "' is a text, the relation of position and word, but '" +
                                           tensor.name + "' is not a relation of two indices"};
    Result<runtime::Table> words = runtime::readWordTable(source.path);
    if (!words)
      return words.error();
    source.table = *std::move(words);
    return {};
  }

  void fixRank(sema::TensorId id, const DataSource &source) {
    sema::TensorSymbol &tensor = program.tensors[id];
    if (!tensor.isRankUnknown)
      return;
    tensor.isRankUnknown = false;
    const std::size_t rank = source.array ? source.array->rank() : source.table->columns.size();
    for (std::size_t axis = 0; axis < rank; ++axis) {
      tensor.axes.push_back(static_cast<sema::ClassId>(program.classes.size()));
      program.classes.emplace_back();
    }
  }

  sema::TypedProgram &program;
  const ast::Program &ast;
  const LoadOptions &options;
  FailureSink &failures;
  std::vector<std::vector<DataSource>> sources;
};

} // namespace

void FailureSink::report(const Error &error, source::SourceRange range) {
  const bool isProgram = error.kind == ErrorKind::Program;
  if (!isProgram && !first)
    first = error.kind;
  diagnostics.report(error.kind == ErrorKind::Data || isProgram ? source::DiagnosticId::DataError
                                                                : source::DiagnosticId::RunFailed,
                     range, error.message);
}

source::Diagnostic &FailureSink::reportData(source::DiagnosticId id, source::SourceRange range,
                                            std::string message) {
  if (!first)
    first = ErrorKind::Data;
  return diagnostics.report(id, range, std::move(message));
}

std::string resolvedPath(const LoadOptions &options, const std::string &path) {
  if (options.folder.empty() || options.folder == "." || std::filesystem::path(path).is_absolute())
    return path;
  return (std::filesystem::path(options.folder) / path).string();
}

std::vector<std::vector<DataSource>> readSources(sema::TypedProgram &program, const ast::Program &ast,
                                                 const LoadOptions &options, FailureSink &failures) {
  return SourceReader(program, ast, options, failures).run();
}

} // namespace tl::driver
