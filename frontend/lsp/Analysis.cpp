// One compilation, without running it.
#include "frontend/lsp/Analysis.h"

#include "runtime/io/Formats.h"

#include <filesystem>

namespace tl::lsp {
namespace {

using driver::Stage;
using source::SourceRange;

/// More than this is not read while somebody types.
constexpr std::uintmax_t kMostDataBytes = std::uintmax_t{32} << 20;

/// The bytes of the files that the program reads.
std::uintmax_t dataBytes(const sema::TypedProgram &program, const std::filesystem::path &folder) {
  std::uintmax_t bytes = 0;
  auto add = [&](const std::string &path) {
    std::error_code code;
    std::uintmax_t size = std::filesystem::file_size(folder / runtime::parseFileReference(path).path, code);
    bytes += code ? 0 : size;
  };
  for (const sema::TensorSymbol &tensor : program.tensors)
    for (const ast::Read *read : tensor.reads)
      add(read->path);
  for (const sema::DomainSymbol &domain : program.domains)
    if (!domain.path.empty())
      add(domain.path);
  return bytes;
}

/// Turns what the compiler reports into what the protocol shows.
class Converter {
public:
  Converter(const driver::Compilation &compilation, const Request &request)
      : sources(compilation.sources()), request(request) {}

  llvm::lsp::Diagnostic convert(const source::Diagnostic &given, bool isStrict) const {
    llvm::lsp::Diagnostic made;
    bool isError = isStrict || source::severity(given.id) == source::Severity::Error;
    made.severity = isError ? llvm::lsp::DiagnosticSeverity::Error : llvm::lsp::DiagnosticSeverity::Warning;
    made.source = "tl";
    made.category = std::string(source::name(given.id));
    made.message = given.message;
    if (!given.hint.empty())
      made.message += "\n" + given.hint;
    if (given.fix)
      made.message += "\n" + given.fix->description;
    std::vector<source::Label> labels = given.labels;
    for (const source::Label &call : source::callsOf(sources, given.range))
      labels.push_back(call);
    std::vector<llvm::lsp::DiagnosticRelatedInformation> related;
    if (isMine(given.range) && source::hasPlace(given)) {
      made.range = rangeOf(given.range);
    } else {
      // It is in a module: what is shown in this text is the call that led there, or the import.
      made.range = callIn(labels);
      if (auto place = placeOf(given.range))
        related.emplace_back(*place, given.message);
    }
    for (const source::Label &label : labels)
      if (auto place = placeOf(label.range))
        related.emplace_back(*place, label.text);
    if (!related.empty())
      made.relatedInformation = std::move(related);
    return made;
  }

  bool isMine(SourceRange range) const { return sources.original(range.file) == 0; }

private:
  llvm::lsp::Range rangeOf(SourceRange range) const {
    return request.text->range(range.begin, std::max(range.begin, range.end));
  }

  llvm::lsp::Range callIn(const std::vector<source::Label> &labels) const {
    for (const source::Label &label : labels)
      if (isMine(label.range))
        return rangeOf(label.range);
    std::size_t import = request.text->content().find("import ");
    if (import == std::string::npos)
      return request.text->range(0, 0);
    std::size_t end = std::min(request.text->content().find('\n', import), request.text->content().size());
    return request.text->range(static_cast<std::uint32_t>(import), static_cast<std::uint32_t>(end));
  }

  std::optional<llvm::lsp::Location> placeOf(SourceRange range) const {
    if (isMine(range))
      return llvm::lsp::Location(request.uri, rangeOf(range));
    const source::SourceFile &file = sources.file(range.file);
    llvm::Expected<llvm::lsp::URIForFile> uri = llvm::lsp::URIForFile::fromFile(file.name());
    if (!uri) {
      llvm::consumeError(uri.takeError());
      return std::nullopt;
    }
    return llvm::lsp::Location(*uri, Text(std::string(file.text())).range(range.begin, range.end));
  }

  const source::SourceManager &sources;
  const Request &request;
};

} // namespace

std::shared_ptr<const Analysis> analyze(const Request &request, const driver::Options &options,
                                        std::shared_ptr<runtime::CancelToken> cancel) {
  auto made = std::make_shared<Analysis>();
  made->version = request.version;
  made->text = request.text;
  made->cancel = std::move(cancel);
  std::filesystem::path folder = std::filesystem::path(request.uri.file().str()).parent_path();
  driver::Options own = options;
  own.path = "-";
  own.text = request.text->content();
  own.folder = folder.string();
  own.findsRepairs = false;
  auto compilation = std::make_unique<driver::Compilation>(own, *made->cancel);
  bool isChecked = compilation->advance(Stage::Checked);
  if (isChecked && !made->cancel->poll() && dataBytes(compilation->program(), folder) <= kMostDataBytes)
    made->hasSizes = compilation->advance(Stage::Loaded);
  if (made->cancel->poll())
    return nullptr;
  Converter converter(*compilation, request);
  for (const source::Diagnostic *one : source::inOrder(compilation->sources(), compilation->diagnostics())) {
    made->diagnostics.push_back(converter.convert(*one, options.strict));
    made->fixes.push_back(one->fix && converter.isMine(one->fix->range) ? one->fix : std::nullopt);
  }
  if (isChecked)
    made->compilation = std::move(compilation);
  return made;
}

} // namespace tl::lsp
