// Messages of the protocol that LLVM's library leaves out.
#pragma once

#include "llvm/Support/LSP/Protocol.h"

namespace tl::lsp {

/// A request about a whole document.
struct DocumentParams {
  llvm::lsp::TextDocumentIdentifier textDocument;
};

struct RenameParams {
  llvm::lsp::TextDocumentIdentifier textDocument;
  llvm::lsp::Position position;
  std::string newName;
};

inline bool fromJSON(const llvm::json::Value &value, DocumentParams &result, llvm::json::Path path) {
  llvm::json::ObjectMapper mapper(value, path);
  return mapper && mapper.map("textDocument", result.textDocument);
}

inline bool fromJSON(const llvm::json::Value &value, RenameParams &result, llvm::json::Path path) {
  llvm::json::ObjectMapper mapper(value, path);
  return mapper && mapper.map("textDocument", result.textDocument) &&
         mapper.map("position", result.position) && mapper.map("newName", result.newName);
}

} // namespace tl::lsp
