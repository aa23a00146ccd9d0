// Answers as text for programs and for people.
#pragma once

#include "runtime/answer/Answers.h"

#include <functional>
#include <optional>
#include <string>

namespace tl::runtime {

enum class OutputFormat { Text, Json, Tsv, Npy };

/// The format called `name`.
std::optional<OutputFormat> outputFormatNamed(std::string_view name);

/// Text on its way out. It is handed over in pieces, so that a long answer is never held as one text.
class Sink {
public:
  /// `write` takes a piece; false when it cannot, and no more pieces follow.
  explicit Sink(std::function<bool(std::string_view)> write) : write(std::move(write)) {}

  std::string text; ///< what gathers: append to it

  /// Hands over what has gathered once it is long; false when a piece could not be written.
  bool flushLong() { return text.size() < kPiece ? !failed : flush(); }
  bool flush();

private:
  static constexpr std::size_t kPiece = std::size_t{1} << 20;
  std::function<bool(std::string_view)> write;
  bool failed = false;
};

/// Writes one JSON object and a newline, as section 5 of the language reference defines it.
void writeJson(const Answer &answer, Sink &sink);

/// Writes rows separated by tabs; a tensor as one line per element: its indices, then the value.
void writeTsv(const Answer &answer, Sink &sink);

struct TextOptions {
  bool colour = false;
  std::size_t maxRows = 40; ///< longer answers are elided in the middle; 0 for no limit
};

/// Writes the answer for people: relations as boxes with a row count, tensors with their shape.
void writeText(const Answer &answer, const TextOptions &options, Sink &sink);

/// The shortest text that reads back as the element; `inf`, `-inf`, `nan`; `null` when absent.
void appendElement(const Tensor &tensor, std::int64_t position, std::string &out);

} // namespace tl::runtime
