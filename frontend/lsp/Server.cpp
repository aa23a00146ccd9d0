// The requests of the protocol, each in one function.
#include "frontend/lsp/Server.h"

#include "frontend/format/Format.h"
#include "frontend/lsp/Checker.h"
#include "frontend/lsp/Document.h"
#include "frontend/lsp/Hover.h"
#include "frontend/lsp/Params.h"
#include "frontend/lsp/Rename.h"
#include "frontend/names/Complete.h"
#include "frontend/print/Explain.h"

#include "llvm/Support/LSP/Transport.h"

#include <algorithm>
#include <filesystem>
#include <set>

namespace tl::lsp {
namespace {

using llvm::json::Array;
using llvm::json::Object;
using llvm::json::Value;
using names::CandidateKind;
using names::NameKind;
using names::Occurrence;
using Reply = llvm::lsp::Callback<Value>;
/// JSON refers to the texts of addresses, so what has some is kept until it is sent.
using Locations = std::vector<llvm::lsp::Location>;

/// Null as the protocol has it: there is nothing to show.
Value nothing() {
  return nullptr;
}

llvm::lsp::CompletionItemKind itemKind(CandidateKind kind) {
  switch (kind) {
  case CandidateKind::Index:
    return llvm::lsp::CompletionItemKind::Variable;
  case CandidateKind::Tensor:
    return llvm::lsp::CompletionItemKind::Field;
  case CandidateKind::Symbol:
    return llvm::lsp::CompletionItemKind::EnumMember;
  case CandidateKind::Function:
    return llvm::lsp::CompletionItemKind::Function;
  case CandidateKind::Keyword:
    return llvm::lsp::CompletionItemKind::Keyword;
  }
  return llvm::lsp::CompletionItemKind::Text;
}

class Server {
public:
  Server(llvm::lsp::JSONTransport &transport, const driver::Options &options)
      : handler(transport), library(options.libraryFolder),
        publish(handler.outgoingNotification<llvm::lsp::PublishDiagnosticsParams>(
            "textDocument/publishDiagnostics")),
        checker(options, [this](const Request &request, std::shared_ptr<const Analysis> analysis) {
          take(request, std::move(analysis));
        }) {
    handler.method("initialize", this, &Server::initialize);
    handler.notification("initialized", this, &Server::ignore);
    handler.method("shutdown", this, &Server::shutdown);
    handler.notification("textDocument/didOpen", this, &Server::open);
    handler.notification("textDocument/didChange", this, &Server::change);
    handler.notification("textDocument/didClose", this, &Server::close);
    handler.method("textDocument/hover", this, &Server::hover);
    handler.method("textDocument/definition", this, &Server::definition);
    handler.method("textDocument/references", this, &Server::references);
    handler.method("textDocument/prepareRename", this, &Server::prepareRename);
    handler.method("textDocument/rename", this, &Server::rename);
    handler.method("textDocument/completion", this, &Server::completion);
    handler.method("textDocument/formatting", this, &Server::formatting);
    handler.method("textDocument/documentSymbol", this, &Server::symbols);
    handler.method("textDocument/codeAction", this, &Server::actions);
  }

  llvm::lsp::MessageHandler handler;
  bool wasShutDown = false;

private:
  void initialize(const llvm::lsp::InitializeParams &, Reply reply) {
    Object capabilities{{"textDocumentSync", Object{{"openClose", true}, {"change", 2}}},
                        {"hoverProvider", true},
                        {"definitionProvider", true},
                        {"referencesProvider", true},
                        {"renameProvider", Object{{"prepareProvider", true}}},
                        {"completionProvider", Object{{"triggerCharacters", Array{"[", "(", ","}}}},
                        {"documentFormattingProvider", true},
                        {"documentSymbolProvider", true},
                        {"codeActionProvider", Object{{"codeActionKinds", Array{"quickfix"}}}}};
    reply(Object{{"serverInfo", Object{{"name", "tl"}, {"version", TL_VERSION}}},
                 {"capabilities", std::move(capabilities)}});
  }

  void ignore(const llvm::lsp::NoParams &) {}

  void shutdown(const llvm::lsp::NoParams &, Reply reply) {
    wasShutDown = true;
    reply(nothing());
  }

  void open(const llvm::lsp::DidOpenTextDocumentParams &params) {
    const llvm::lsp::TextDocumentItem &item = params.textDocument;
    Document document(item.text, item.version);
    checker.submit({item.uri, item.version, document.sharedText()});
    documents.insert_or_assign(item.uri.file().str(), std::move(document));
  }

  void change(const llvm::lsp::DidChangeTextDocumentParams &params) {
    Document *document = find(params.textDocument.uri);
    if (!document)
      return;
    document->change(params.contentChanges, params.textDocument.version);
    checker.submit({params.textDocument.uri, document->version(), document->sharedText()});
  }

  void close(const llvm::lsp::DidCloseTextDocumentParams &params) {
    std::string file = params.textDocument.uri.file().str();
    checker.forget(file);
    documents.erase(file);
    {
      std::lock_guard lock(mutex);
      latest.erase(file), latestRight.erase(file);
    }
    publish(llvm::lsp::PublishDiagnosticsParams(params.textDocument.uri, 0));
  }

  /// In the checking thread.
  void take(const Request &request, std::shared_ptr<const Analysis> analysis) {
    llvm::lsp::PublishDiagnosticsParams params(request.uri, request.version);
    params.diagnostics = analysis->diagnostics;
    {
      std::lock_guard lock(mutex);
      std::string file = request.uri.file().str();
      if (analysis->compilation)
        latestRight.insert_or_assign(file, analysis);
      latest.insert_or_assign(file, std::move(analysis));
    }
    publish(params);
  }

  Document *find(const llvm::lsp::URIForFile &uri) {
    auto known = documents.find(uri.file().str());
    return known == documents.end() ? nullptr : &known->second;
  }

  /// The name that a request points at; nulls where there is none.
  struct Pointed {
    Document *document = nullptr;
    const Occurrence *occurrence = nullptr;
    std::string folder;
    explicit operator bool() const { return occurrence != nullptr; }
  };
  Pointed at(const llvm::lsp::URIForFile &uri, llvm::lsp::Position place) {
    Pointed pointed{find(uri), nullptr, std::filesystem::path(uri.file().str()).parent_path().string()};
    if (pointed.document)
      pointed.occurrence = pointed.document->names().at(pointed.document->text().offset(place));
    return pointed;
  }

  std::shared_ptr<const Analysis> rightAnalysis(const std::string &file) {
    std::lock_guard lock(mutex);
    auto known = latestRight.find(file);
    return known == latestRight.end() ? nullptr : known->second;
  }

  void hover(const llvm::lsp::TextDocumentPositionParams &params, Reply reply) {
    Pointed pointed = at(params.textDocument.uri, params.position);
    if (!pointed)
      return reply(nothing());
    const Occurrence &one = *pointed.occurrence;
    const names::NameIndex &names = pointed.document->names();
    std::string text;
    if (one.kind == NameKind::Function || one.kind == NameKind::Option)
      text = functionHover(pointed);
    else if (std::shared_ptr<const Analysis> analysis = rightAnalysis(params.textDocument.uri.file().str()))
      text = lsp::hover(*analysis, names, one);
    if (text.empty())
      return reply(nothing());
    llvm::lsp::Hover shown(pointed.document->text().range(one.begin, one.end));
    shown.contents.value = std::move(text);
    reply(Value(shown));
  }

  std::string functionHover(const Pointed &pointed) {
    if (std::optional<FunctionPlace> place = functionPlace(pointed))
      return definitionText(place->document->names(), *place->occurrence);
    return functionText(pointed.document->names().name(*pointed.occurrence));
  }

  /// Where the function, or the one of an option, is defined.
  std::optional<FunctionPlace> functionPlace(const Pointed &pointed) {
    const Occurrence &one = *pointed.occurrence;
    const names::NameIndex &names = pointed.document->names();
    std::string name = one.kind == NameKind::Option ? one.owner : std::string(names.name(one));
    for (const Occurrence &other : names.all())
      if (other.kind == NameKind::Function && other.isDefinition && names.name(other) == name)
        return FunctionPlace{"", pointed.document, &other};
    return library.find(name, *pointed.document, pointed.folder);
  }

  static std::optional<llvm::lsp::URIForFile> uriOf(const std::string &path) {
    llvm::Expected<llvm::lsp::URIForFile> uri = llvm::lsp::URIForFile::fromFile(path);
    if (uri)
      return *uri;
    llvm::consumeError(uri.takeError());
    return std::nullopt;
  }

  void definition(const llvm::lsp::TextDocumentPositionParams &params, Reply reply) {
    Pointed pointed = at(params.textDocument.uri, params.position);
    Locations places;
    if (!pointed)
      return reply(Value(places));
    const names::NameIndex &names = pointed.document->names();
    for (const Occurrence *one : names.definitions(*pointed.occurrence))
      places.push_back(
          llvm::lsp::Location(params.textDocument.uri, pointed.document->text().range(one->begin, one->end)));
    if (pointed.occurrence->kind == NameKind::Module) {
      std::string path = library.pathOf(names.name(*pointed.occurrence), pointed.folder);
      if (auto uri = library.read(path) ? uriOf(path) : std::nullopt)
        places.push_back(llvm::lsp::Location(*uri, llvm::lsp::Range()));
    } else if (places.empty()) {
      std::optional<FunctionPlace> place = functionPlace(pointed);
      auto uri = place && !place->path.empty() ? uriOf(place->path) : std::nullopt;
      if (uri)
        places.push_back(llvm::lsp::Location(
            *uri, place->document->text().range(place->occurrence->begin, place->occurrence->end)));
    }
    reply(Value(places));
  }

  void references(const llvm::lsp::ReferenceParams &params, Reply reply) {
    Pointed pointed = at(params.textDocument.uri, params.position);
    Locations places;
    if (pointed)
      for (const Occurrence *one : pointed.document->names().same(*pointed.occurrence))
        if (params.context.includeDeclaration || !one->isDefinition)
          places.push_back(llvm::lsp::Location(params.textDocument.uri,
                                               pointed.document->text().range(one->begin, one->end)));
    reply(Value(places));
  }

  void prepareRename(const llvm::lsp::TextDocumentPositionParams &params, Reply reply) {
    Pointed pointed = at(params.textDocument.uri, params.position);
    if (!pointed)
      return reply(failure("there is no name here"));
    const names::NameIndex &names = pointed.document->names();
    if (std::string message = renameObstacle(names, *pointed.occurrence); !message.empty())
      return reply(failure(message));
    const Occurrence &one = *pointed.occurrence;
    reply(Object{{"range", Value(pointed.document->text().range(one.begin, one.end))},
                 {"placeholder", std::string(names.name(one))}});
  }

  void rename(const RenameParams &params, Reply reply) {
    Pointed pointed = at(params.textDocument.uri, params.position);
    if (!pointed)
      return reply(failure("there is no name here"));
    const names::NameIndex &names = pointed.document->names();
    if (std::string message = renameObstacle(names, *pointed.occurrence, params.newName); !message.empty())
      return reply(failure(message));
    llvm::lsp::WorkspaceEdit edit;
    std::vector<llvm::lsp::TextEdit> &edits = edit.changes[params.textDocument.uri.uri().str()];
    for (const Occurrence *one : names.same(*pointed.occurrence))
      edits.push_back({pointed.document->text().range(one->begin, one->end), params.newName});
    reply(Value(edit));
  }

  static llvm::Error failure(const std::string &message) {
    return llvm::make_error<llvm::lsp::LSPError>(message, llvm::lsp::ErrorCode::RequestFailed);
  }

  void completion(const llvm::lsp::CompletionParams &params, Reply reply) {
    llvm::lsp::CompletionList list;
    Document *document = find(params.textDocument.uri);
    if (!document)
      return reply(Value(list));
    std::string file = params.textDocument.uri.file().str();
    std::uint32_t offset = document->text().offset(params.position);
    names::Completions found =
        names::complete(document->text().content(), offset,
                        library.functions(*document, std::filesystem::path(file).parent_path().string()));
    std::shared_ptr<const Analysis> analysis = rightAnalysis(file);
    llvm::lsp::Range range = document->text().range(static_cast<std::uint32_t>(found.begin), offset);
    for (std::size_t number = 0; number < found.candidates.size(); ++number) {
      const names::Candidate &candidate = found.candidates[number];
      std::string order = std::to_string(100000 + number);
      llvm::lsp::CompletionItem item(candidate.word, itemKind(candidate.kind), order);
      item.textEdit = llvm::lsp::TextEdit{range, candidate.word};
      if (candidate.kind == CandidateKind::Tensor && analysis)
        if (auto tensor = analysis->compilation->program().find(candidate.word))
          item.detail = print::tensorText(analysis->compilation->program(),
                                          analysis->compilation->program().tensors[*tensor]);
      list.items.push_back(std::move(item));
    }
    reply(Value(list));
  }

  void formatting(const DocumentParams &params, Reply reply) {
    Array edits;
    if (Document *document = find(params.textDocument.uri)) {
      source::SourceManager sources;
      source::DiagnosticEngine ignored; // the checks report the same
      std::uint32_t file = sources.add("", document->text().content());
      if (std::optional<std::string> formatted = format::format(sources, file, ignored))
        for (const llvm::lsp::TextEdit &edit : editsBetween(document->text(), *formatted))
          edits.push_back(Value(edit));
    }
    reply(std::move(edits));
  }

  void symbols(const llvm::lsp::DocumentSymbolParams &params, Reply reply) {
    Array found;
    Document *document = find(params.textDocument.uri);
    if (!document)
      return reply(std::move(found));
    const names::NameIndex &names = document->names();
    std::set<std::string_view> known;
    for (const Occurrence &one : names.all()) {
      bool isShown = one.isDefinition && one.scope == 0 && one.access.empty() && !one.isQuoted &&
                     (one.kind == NameKind::Tensor || one.kind == NameKind::Function);
      if (!isShown || !known.insert(names.name(one)).second)
        continue;
      auto [begin, end] = names.statement(one.statement);
      llvm::lsp::SymbolKind kind =
          one.kind == NameKind::Function ? llvm::lsp::SymbolKind::Function : llvm::lsp::SymbolKind::Variable;
      llvm::lsp::DocumentSymbol symbol(std::string(names.name(one)), kind, document->text().range(begin, end),
                                       document->text().range(one.begin, one.end));
      found.push_back(Value(symbol));
    }
    reply(std::move(found));
  }

  void actions(const llvm::lsp::CodeActionParams &params, Reply reply) {
    std::vector<llvm::lsp::CodeAction> found;
    std::shared_ptr<const Analysis> analysis;
    {
      std::lock_guard lock(mutex);
      auto known = latest.find(params.textDocument.uri.file().str());
      analysis = known == latest.end() ? nullptr : known->second;
    }
    Document *document = find(params.textDocument.uri);
    if (!analysis || !document || analysis->version != document->version())
      return reply(Value(found));
    for (std::size_t number = 0; number < analysis->fixes.size(); ++number) {
      const llvm::lsp::Diagnostic &diagnostic = analysis->diagnostics[number];
      bool touches =
          !(params.range.end < diagnostic.range.start) && !(diagnostic.range.end < params.range.start);
      if (!analysis->fixes[number] || !touches)
        continue;
      const source::Fix &fix = *analysis->fixes[number];
      llvm::lsp::CodeAction action;
      action.title = fix.description;
      action.kind = "quickfix";
      action.isPreferred = fix.isCertain;
      action.diagnostics = {diagnostic};
      action.edit.emplace();
      action.edit->changes[params.textDocument.uri.uri().str()].push_back(
          {analysis->text->range(fix.range.begin, fix.range.end), fix.replacement});
      found.push_back(std::move(action));
    }
    reply(Value(found));
  }

  std::map<std::string, Document> documents; ///< by file; of the answering thread alone
  Library library;
  std::mutex mutex;
  // By file: the last version that was checked, and the last one that the text alone makes right.
  std::map<std::string, std::shared_ptr<const Analysis>> latest, latestRight;
  llvm::lsp::OutgoingNotification<llvm::lsp::PublishDiagnosticsParams> publish;
  Checker checker; ///< last: its thread uses the above
};

} // namespace

int serve(std::FILE *in, llvm::raw_ostream &out, const driver::Options &options) {
  llvm::lsp::JSONTransport transport(in, out);
  Server server(transport, options);
  if (llvm::Error error = transport.run(server.handler)) {
    llvm::consumeError(std::move(error));
    return 1;
  }
  return server.wasShutDown ? 0 : 1;
}

} // namespace tl::lsp
