// Answers as text for programs and for people.
#pragma once

#include "frontend/driver/Answers.h"

#include <optional>
#include <string>

namespace tl::driver {

enum class OutputFormat { Text, Json, Tsv, Npy };

/// The format called `name`.
std::optional<OutputFormat> outputFormatNamed(std::string_view name);

/// Appends one JSON object and a newline, as section 5 of the language reference defines it.
void appendJson(const Answer &answer, std::string &out);

/// Appends rows separated by tabs; a tensor as one line per element: its indices, then the value.
void appendTsv(const Answer &answer, std::string &out);

struct TextOptions {
  bool colour = false;
  std::size_t maxRows = 40; ///< longer answers are elided in the middle; 0 for no limit
};

/// Appends the answer for people: relations as boxes with a row count, tensors with their shape.
void appendText(const Answer &answer, const TextOptions &options, std::string &out);

/// The shortest text that reads back as the element; `inf`, `-inf`, `nan`; `null` when absent.
void appendElement(const runtime::Tensor &tensor, std::int64_t position, std::string &out);

} // namespace tl::driver
