// A document as an editor holds it.
#pragma once

#include "frontend/source/SourceManager.h"

#include "llvm/Support/LSP/Protocol.h"

#include <string>
#include <vector>

namespace tl::lsp {

/// A text whose places are counted as the protocol does: lines from 0, characters in units of UTF-16. Places
/// outside are moved to the nearest one inside.
class Text {
public:
  explicit Text(std::string content);

  const std::string &content() const { return text; }
  std::uint32_t offset(llvm::lsp::Position place) const;
  llvm::lsp::Position position(std::uint32_t offset) const;
  llvm::lsp::Range range(std::uint32_t begin, std::uint32_t end) const {
    return {position(begin), position(end)};
  }
  llvm::lsp::Range whole() const { return range(0, static_cast<std::uint32_t>(text.size())); }
  /// Replaces a range, or everything where the change has none.
  void apply(const llvm::lsp::TextDocumentContentChangeEvent &change);

private:
  void findLines();

  std::string text;
  std::vector<std::uint32_t> lineStarts;
};

/// The edits that turn `before` into `after`: at most one, of the lines between what they have in common.
std::vector<llvm::lsp::TextEdit> editsBetween(const Text &before, const std::string &after);

} // namespace tl::lsp
