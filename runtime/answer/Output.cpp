// All answers of a run on their way out.
#include "runtime/answer/Output.h"

#include "runtime/io/Formats.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace tl::runtime {
namespace {

bool writeOut(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
}

void write(const Answer &answer, const OutputOptions &options, Sink &sink) {
  switch (options.format) {
  case OutputFormat::Text:
    return writeText(answer, options.text, sink);
  case OutputFormat::Json:
    return writeJson(answer, sink);
  case OutputFormat::Tsv:
    return writeTsv(answer, sink);
  case OutputFormat::Npy:
    return;
  }
}

/// Relations as matrices of cells are not arrays.
Result<void> writeArrays(std::span<const Answer> answers, const OutputOptions &options, Sink &sink) {
  for (std::size_t number = 0; number < answers.size(); ++number) {
    const Answer &answer = answers[number];
    if (answer.kind != QuestionKind::Tensor)
      return Error{ErrorKind::Usage,
                   "--format npy: query '" + answer.query + "' is not a tensor; ask for it with brackets"};
    const std::string path = options.folder + "/" + std::to_string(number) + ".npy";
    TL_TRY(writeTensor(parseFileReference(path), answer.tensor));
    sink.text += answer.query + "\t" + path + "\n";
  }
  return {};
}

} // namespace

Result<void> printAnswers(std::span<const Answer> answers, const OutputOptions &options) {
  Sink sink(writeOut);
  if (options.format == OutputFormat::Npy)
    TL_TRY(writeArrays(answers, options, sink));
  for (const Answer &answer : answers)
    write(answer, options, sink);
  if (sink.flush())
    return {};
  return Error{ErrorKind::Data,
               errno == EPIPE ? "" : std::string("standard output: ") + std::strerror(errno)};
}

} // namespace tl::runtime
