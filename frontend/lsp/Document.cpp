// Versions of texts, and files read once.
#include "frontend/lsp/Document.h"

namespace tl::lsp {

using names::NameKind;

Document::Document(std::string text, std::int64_t version)
    : shared(std::make_shared<const Text>(std::move(text))), number(version) {}

const names::NameIndex &Document::names() {
  if (!index)
    index = std::make_unique<names::NameIndex>(shared->content());
  return *index;
}

void Document::change(const std::vector<llvm::lsp::TextDocumentContentChangeEvent> &changes,
                      std::int64_t version) {
  auto changed = std::make_shared<Text>(*shared);
  for (const llvm::lsp::TextDocumentContentChangeEvent &change : changes)
    changed->apply(change);
  index.reset(); // it refers to the text
  shared = std::move(changed);
  number = version;
}

std::string Library::pathOf(std::string_view module, const std::string &programFolder) const {
  return driver::modulePath({programFolder, folder}, module);
}

Document *Library::read(const std::string &path) {
  std::error_code code;
  std::filesystem::file_time_type changed = std::filesystem::last_write_time(path, code);
  auto known = files.find(path);
  if (!code && known != files.end() && known->second.changed == changed)
    return &known->second.document;
  std::optional<std::string> text = code ? std::nullopt : driver::readSource(path);
  if (!text)
    return nullptr;
  return &files.insert_or_assign(path, File{changed, Document(*std::move(text))}).first->second.document;
}

template <typename Visit>
void Library::forEachModule(Document &document, const std::string &programFolder, const Visit &visit) {
  for (const names::Occurrence &one : document.names().all())
    if (one.kind == NameKind::Module) {
      std::string path = pathOf(document.names().name(one), programFolder);
      if (Document *module = read(path))
        visit(path, *module);
    }
}

std::optional<FunctionPlace> Library::find(std::string_view function, Document &document,
                                           const std::string &programFolder) {
  std::optional<FunctionPlace> found;
  forEachModule(document, programFolder, [&](const std::string &path, Document &module) {
    for (const names::Occurrence &one : module.names().all())
      if (!found && one.kind == NameKind::Function && one.isDefinition &&
          module.names().name(one) == function)
        found = FunctionPlace{path, &module, &one};
  });
  return found;
}

std::vector<std::string> Library::functions(Document &document, const std::string &programFolder) {
  std::vector<std::string> names;
  forEachModule(document, programFolder, [&](const std::string &, Document &module) {
    for (const names::Occurrence &one : module.names().all())
      if (one.kind == NameKind::Function && one.isDefinition)
        names.emplace_back(module.names().name(one));
  });
  return names;
}

} // namespace tl::lsp
