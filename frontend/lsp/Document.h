// The documents that an editor has open, and the modules they import.
#pragma once

#include "frontend/driver/Modules.h"
#include "frontend/lsp/Text.h"
#include "frontend/names/NameIndex.h"

#include <filesystem>
#include <map>
#include <memory>

namespace tl::lsp {

/// A text with its names, which are gathered when they are first asked for.
class Document {
public:
  explicit Document(std::string text, std::int64_t version = 0);

  const Text &text() const { return *shared; }
  std::shared_ptr<const Text> sharedText() const { return shared; }
  std::int64_t version() const { return number; }
  const names::NameIndex &names();
  void change(const std::vector<llvm::lsp::TextDocumentContentChangeEvent> &changes, std::int64_t version);

private:
  std::shared_ptr<const Text> shared; ///< never changed: checks in progress hold older ones
  std::int64_t number = 0;
  std::unique_ptr<names::NameIndex> index;
};

/// Where a function is defined.
struct FunctionPlace {
  std::string path;
  Document *document = nullptr;
  const names::Occurrence *occurrence = nullptr;
};

/// The modules that documents import, each read again when its file has changed.
class Library {
public:
  explicit Library(std::string folder) : folder(std::move(folder)) {}

  /// The file of a module that a document in `programFolder` imports.
  std::string pathOf(std::string_view module, const std::string &programFolder) const;
  /// Null when it cannot be read.
  Document *read(const std::string &path);
  /// The definition of `function` in the modules that `document` imports.
  std::optional<FunctionPlace> find(std::string_view function, Document &document,
                                    const std::string &programFolder);
  /// The names of everything they define.
  std::vector<std::string> functions(Document &document, const std::string &programFolder);

private:
  struct File {
    std::filesystem::file_time_type changed;
    Document document;
  };
  template <typename Visit>
  void forEachModule(Document &document, const std::string &programFolder, const Visit &visit);

  std::string folder;
  std::map<std::string, File> files;
};

} // namespace tl::lsp
