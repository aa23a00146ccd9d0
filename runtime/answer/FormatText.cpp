// Answers for people.
#include "runtime/answer/Format.h"

#include <algorithm>
#include <cstdio>

namespace tl::runtime {
namespace {

using Kind = QuestionKind;

constexpr std::string_view kBold = "\033[1m", kPlain = "\033[0m";

/// Display width: code points, not bytes.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char byte) { return (byte & 0xc0) != 0x80; }));
}

void appendPadded(std::string_view text, std::size_t columns, bool toTheRight, std::string &out) {
  std::string padding(columns - std::min(columns, width(text)), ' ');
  if (toTheRight)
    (out += padding) += text;
  else
    (out += text) += padding;
}

/// Positions [0, count) with the middle left out when there are more than `most`; -1 marks the gap.
std::vector<std::int64_t> elided(std::int64_t count, std::size_t most) {
  std::vector<std::int64_t> shown;
  if (most == 0 || count <= static_cast<std::int64_t>(most)) {
    for (std::int64_t position = 0; position < count; ++position)
      shown.push_back(position);
    return shown;
  }
  auto half = static_cast<std::int64_t>(most / 2);
  for (std::int64_t position = 0; position < half; ++position)
    shown.push_back(position);
  shown.push_back(-1);
  for (std::int64_t position = count - half; position < count; ++position)
    shown.push_back(position);
  return shown;
}

/// A box of cells; the first line is the header, an empty line of cells is a gap.
void writeBox(const std::vector<std::vector<std::string>> &lines, const std::vector<bool> &isNumber,
              Sink &sink) {
  std::string &out = sink.text;
  std::vector<std::size_t> widths(lines[0].size(), 1);
  for (const auto &line : lines)
    for (std::size_t column = 0; column < line.size(); ++column)
      widths[column] = std::max(widths[column], width(line[column]));
  auto rule = [&](std::string_view left, std::string_view middle, std::string_view right) {
    out += left;
    for (std::size_t column = 0; column < widths.size(); ++column) {
      out += column ? middle : "";
      for (std::size_t dash = 0; dash < widths[column] + 2; ++dash)
        out += "─";
    }
    (out += right) += '\n';
  };
  rule("┌", "┬", "┐");
  for (std::size_t number = 0; number < lines.size() && sink.flushLong(); ++number) {
    out += "│";
    for (std::size_t column = 0; column < widths.size(); ++column) {
      out += ' ';
      std::string_view text = lines[number].empty() ? std::string_view("…") : lines[number][column];
      appendPadded(text, widths[column], number > 0 && isNumber[column], out);
      out += " │";
    }
    out += '\n';
    if (number == 0)
      rule("├", "┼", "┤");
  }
  rule("└", "┴", "┘");
}

void writeRelation(const Answer &answer, const TextOptions &options, Sink &sink) {
  std::string &out = sink.text;
  std::size_t count = answer.rows.size();
  if (!answer.columns.empty() && count > 0) {
    std::vector<std::vector<std::string>> lines(1);
    std::vector<bool> isNumber;
    for (const Answer::Column &column : answer.columns) {
      lines[0].push_back(column.name);
      isNumber.push_back(!column.domain);
    }
    for (std::int64_t row : elided(static_cast<std::int64_t>(count), options.maxRows)) {
      lines.emplace_back();
      for (std::size_t column = 0; row >= 0 && column < answer.columns.size(); ++column) {
        Cell cell = answer.rows.row(static_cast<std::size_t>(row))[column];
        lines.back().push_back(answer.columns[column].domain
                                   ? std::string(cellText(answer.columns[column], cell))
                                   : std::to_string(cell));
      }
    }
    writeBox(lines, isNumber, sink);
  }
  out += std::to_string(count) + (count == 1 ? " row\n" : " rows\n");
}

std::string shortElement(const Tensor &tensor, std::int64_t position) {
  std::string text;
  if (!tensor.isPresent(position)) {
    text = "·";
  } else if (isFloat(tensor.type())) {
    char digits[40];
    std::snprintf(digits, sizeof digits, "%.6g", tensor.number(position));
    text = digits;
  } else {
    appendElement(tensor, position, text);
  }
  return text;
}

/// One matrix (or vector, as one line) that starts at element `base`.
void writeMatrix(const Answer &answer, std::int64_t base, const TextOptions &options, Sink &sink) {
  std::string &out = sink.text;
  std::size_t rank = answer.shape.size();
  std::int64_t columns = answer.shape[rank - 1], rows = rank > 1 ? answer.shape[rank - 2] : 1;
  std::vector<std::int64_t> shownColumns =
      elided(columns, options.maxRows ? std::max<std::size_t>(options.maxRows / 4, 4) : 0);
  std::vector<std::vector<std::string>> lines;
  std::size_t widest = 1;
  for (std::int64_t row : elided(rows, options.maxRows)) {
    lines.emplace_back();
    for (std::int64_t column : shownColumns)
      lines.back().push_back(
          row < 0 || column < 0 ? "…" : shortElement(answer.tensor, base + row * columns + column));
    for (const std::string &cell : lines.back())
      widest = std::max(widest, width(cell));
  }
  for (const auto &line : lines) {
    if (!sink.flushLong())
      return;
    out += "  ";
    for (const std::string &cell : line) {
      appendPadded(cell, widest, true, out);
      out += "  ";
    }
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
  }
}

void appendLabels(const Answer &answer, const TextOptions &options, std::string &out) {
  for (const AnswerAxis &axis : answer.axes) {
    if (!axis.domain)
      continue;
    out += "  " + (axis.name.empty() ? std::string("_") : axis.name) + ":";
    for (std::int64_t label : elided(static_cast<std::int64_t>(axis.labels.size()), options.maxRows / 4)) {
      out += ' ';
      out += label < 0 ? "…" : axis.domain->text(axis.labels[static_cast<std::size_t>(label)]);
    }
    out += '\n';
  }
}

void writeTensor(const Answer &answer, const TextOptions &options, Sink &sink) {
  std::string &out = sink.text;
  std::size_t rank = answer.shape.size();
  if (rank == 0) {
    (out += shortElement(answer.tensor, 0)) += '\n';
    return;
  }
  appendLabels(answer, options, out);
  if (answer.tensor.elements() == 0)
    return;
  std::int64_t matrix = answer.shape[rank - 1] * (rank > 1 ? answer.shape[rank - 2] : 1);
  std::int64_t matrices = answer.tensor.elements() / matrix;
  for (std::int64_t number : elided(matrices, options.maxRows ? 8 : 0)) {
    if (number < 0) {
      out += "  …\n";
      continue;
    }
    if (rank > 2) {
      std::string place = "]";
      for (std::size_t axis = rank - 2, rest = static_cast<std::size_t>(number); axis-- > 0;
           rest /= answer.shape[axis])
        place = std::to_string(rest % answer.shape[axis]) + (place == "]" ? "" : ", ") + place;
      out += "  [" + place + "\n";
    }
    writeMatrix(answer, number * matrix, options, sink);
  }
}

/// `Y: f32[i=2, j=3]`.
std::string header(const Answer &answer) {
  std::string text = answer.query;
  if (answer.kind != Kind::Tensor || answer.shape.empty())
    return text;
  text += ": " + std::string(runtime::name(answer.tensor.type())) + "[";
  for (std::size_t axis = 0; axis < answer.shape.size(); ++axis) {
    const std::string &name = answer.axes[axis].name;
    bool isNamed = !name.empty() && !(name[0] >= '0' && name[0] <= '9');
    text += (axis ? ", " : "") + (isNamed ? name + "=" : "") + std::to_string(answer.shape[axis]);
  }
  return text + "]";
}

} // namespace

std::optional<OutputFormat> outputFormatNamed(std::string_view name) {
  if (name == "text")
    return OutputFormat::Text;
  if (name == "json")
    return OutputFormat::Json;
  if (name == "tsv")
    return OutputFormat::Tsv;
  if (name == "npy")
    return OutputFormat::Npy;
  return std::nullopt;
}

void writeText(const Answer &answer, const TextOptions &options, Sink &sink) {
  std::string &out = sink.text;
  bool isShort = answer.kind == Kind::Truth || (answer.kind == Kind::Tensor && answer.shape.empty());
  if (options.colour)
    out += kBold;
  out += header(answer);
  if (options.colour)
    out += kPlain;
  out += isShort ? " = " : "\n";
  switch (answer.kind) {
  case Kind::Relation:
    return writeRelation(answer, options, sink);
  case Kind::Truth:
    out += answer.truth ? "true\n" : "false\n";
    return;
  case Kind::Tensor:
    return writeTensor(answer, options, sink);
  }
}

} // namespace tl::runtime
