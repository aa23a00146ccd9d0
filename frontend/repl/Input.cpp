// LLVM's line editor (libedit) at a terminal, standard input otherwise.
#include "frontend/repl/Input.h"

#include "llvm/LineEditor/LineEditor.h"

#include <cstdio>

namespace tl::repl {

class Input::Impl {
public:
  Impl(bool isTerminal, const std::string &historyPath, Completer completer) {
    if (!isTerminal)
      return;
    editor = std::make_unique<llvm::LineEditor>("tl", historyPath);
    editor->setListCompleter([completer](llvm::StringRef buffer, std::size_t position) {
      std::vector<llvm::LineEditor::Completion> completions;
      for (const Completion &completion : completer(std::string_view(buffer.data(), position)))
        completions.emplace_back(completion.rest, completion.word);
      return completions;
    });
  }

  std::optional<std::string> readLine(const std::string &prompt) {
    if (!editor)
      return readPlain();
    editor->setPrompt(prompt);
    return editor->readLine();
  }

private:
  static std::optional<std::string> readPlain() {
    std::string line;
    for (int byte = std::getc(stdin); byte != EOF; byte = std::getc(stdin)) {
      if (byte == '\n')
        return line;
      line += static_cast<char>(byte);
    }
    return line.empty() ? std::nullopt : std::optional(line);
  }

  std::unique_ptr<llvm::LineEditor> editor;
};

Input::Input(bool isTerminal, const std::string &historyPath, Completer completer)
    : impl(std::make_unique<Impl>(isTerminal, historyPath, std::move(completer))) {}

Input::~Input() = default;

std::optional<std::string> Input::readLine(const std::string &prompt) {
  return impl->readLine(prompt);
}

} // namespace tl::repl
