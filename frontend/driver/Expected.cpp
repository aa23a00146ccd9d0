// Reading, writing and comparing answers written in programs.
#include "frontend/driver/Expected.h"

#include "frontend/driver/Format.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <set>

namespace tl::driver {
namespace {

constexpr std::string_view kMark = "//=";

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())))
    text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())))
    text.remove_suffix(1);
  return text;
}

/// The written form of nested lists, tuples and sets: one token at a time.
class Reader {
public:
  explicit Reader(std::string_view text) : text(text) {}

  bool accept(char wanted) {
    skipBlanks();
    if (position >= text.size() || text[position] != wanted)
      return false;
    ++position;
    return true;
  }
  bool atEnd() {
    skipBlanks();
    return position == text.size();
  }
  /// A symbol, a quoted symbol (without quotes) or a number.
  std::string word() {
    skipBlanks();
    std::string result;
    if (position < text.size() && text[position] == '"') {
      for (++position; position < text.size() && text[position] != '"'; ++position) {
        if (text[position] == '\\' && position + 1 < text.size())
          ++position;
        result += text[position];
      }
      ++position;
      return result;
    }
    static constexpr std::string_view kEnds = ",()[]{} \t\n";
    while (position < text.size() && kEnds.find(text[position]) == std::string_view::npos)
      result += text[position++];
    return result;
  }

private:
  void skipBlanks() {
    while (position < text.size() && std::isspace(static_cast<unsigned char>(text[position])))
      ++position;
  }
  std::string_view text;
  std::size_t position = 0;
};

using Row = std::vector<std::string>;

std::optional<std::set<Row>> readRows(std::string_view text) {
  Reader reader(text);
  std::set<Row> rows;
  if (!reader.accept('{'))
    return std::nullopt;
  while (!reader.accept('}')) {
    if (!rows.empty())
      reader.accept(',');
    Row row;
    if (reader.accept('(')) {
      while (!reader.accept(')')) {
        if (reader.atEnd())
          return std::nullopt;
        row.push_back(reader.word());
        reader.accept(',');
      }
    } else {
      row.push_back(reader.word());
    }
    if (reader.atEnd())
      return std::nullopt;
    rows.insert(std::move(row));
  }
  return reader.atEnd() ? std::optional(rows) : std::nullopt;
}

/// Nested lists flattened, with the shape of the first path; false when ragged or malformed.
bool readElements(Reader &reader, std::size_t depth, runtime::Shape &shape,
                  std::vector<std::string> &elements) {
  if (!reader.accept('[')) {
    elements.push_back(reader.word());
    return !elements.back().empty() && depth == shape.size();
  }
  bool isFirstPath = depth == shape.size() && elements.empty();
  if (isFirstPath)
    shape.push_back(0);
  if (depth >= shape.size())
    return false;
  std::int64_t count = 0;
  while (!reader.accept(']')) {
    if (count && !reader.accept(','))
      return false;
    if (!readElements(reader, depth + 1, shape, elements))
      return false;
    ++count;
  }
  if (isFirstPath)
    shape[depth] = count;
  return shape[depth] == count;
}

bool isNear(const Answer &answer, std::int64_t position, const std::string &wanted, double tolerance) {
  std::string actual;
  appendElement(answer.tensor, position, actual);
  if (actual == wanted)
    return true;
  double expected = 0;
  auto [end, error] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), expected);
  if (error != std::errc() || end != wanted.data() + wanted.size() || !answer.tensor.isPresent(position))
    return false;
  double value = answer.tensor.number(position);
  return std::abs(value - expected) <= tolerance * std::max(1.0, std::abs(expected));
}

std::string quotedWhereNeeded(std::string_view symbol) {
  bool isPlain = !symbol.empty() && std::isupper(static_cast<unsigned char>(symbol[0]));
  for (char byte : symbol)
    isPlain = isPlain && (std::isalnum(static_cast<unsigned char>(byte)) || byte == '_' || byte == '\'');
  if (isPlain)
    return std::string(symbol);
  std::string text = "\"";
  for (char byte : symbol) {
    if (byte == '"' || byte == '\\')
      text += '\\';
    text += byte;
  }
  return text + '"';
}

Row rowText(const Answer &answer, std::size_t row) {
  Row cells;
  for (std::size_t column = 0; column < answer.columns.size(); ++column) {
    runtime::Cell cell = answer.rows.row(row)[column];
    cells.push_back(answer.columns[column].domain ? std::string(cellText(answer.columns[column], cell))
                                                  : std::to_string(cell));
  }
  return cells;
}

std::string joined(const Row &row) {
  std::string text = "(";
  for (std::size_t column = 0; column < row.size(); ++column)
    text += (column ? ", " : "") + row[column];
  return text + ")";
}

std::string rowDifference(const Answer &answer, std::string_view expected) {
  std::optional<std::set<Row>> wanted = readRows(expected);
  if (!wanted)
    return "expected a relation, the answer written is not one: " + std::string(expected);
  std::set<Row> actual;
  for (std::size_t row = 0; row < answer.rows.size(); ++row)
    actual.insert(rowText(answer, row));
  for (const Row &row : *wanted)
    if (!actual.count(row))
      return "row " + joined(row) + " is missing";
  for (const Row &row : actual)
    if (!wanted->count(row))
      return "row " + joined(row) + " is not expected";
  return "";
}

std::string elementDifference(const Answer &answer, std::string_view expected, double tolerance) {
  Reader reader(expected);
  runtime::Shape shape;
  std::vector<std::string> elements;
  if (!readElements(reader, 0, shape, elements) || !reader.atEnd())
    return "the answer written is not a tensor: " + std::string(expected);
  if (shape != answer.shape && !(elements.empty() && answer.tensor.elements() == 0))
    return "shape is " + runtime::toString(answer.shape) + ", expected " + runtime::toString(shape);
  for (std::int64_t position = 0; position < answer.tensor.elements(); ++position) {
    const std::string &wanted = elements[static_cast<std::size_t>(position)];
    if (isNear(answer, position, wanted, tolerance))
      continue;
    std::string actual;
    appendElement(answer.tensor, position, actual);
    return "element " + std::to_string(position) + " is " + actual + ", expected " + wanted;
  }
  return "";
}

void appendWritten(const Answer &answer, std::size_t axis, std::int64_t &position, std::string &out) {
  if (axis == answer.shape.size())
    return appendElement(answer.tensor, position++, out);
  out += '[';
  for (std::int64_t index = 0; index < answer.shape[axis]; ++index) {
    out += index ? ", " : "";
    appendWritten(answer, axis + 1, position, out);
  }
  out += ']';
}

} // namespace

std::vector<ExpectedAnswer> expectedAnswers(const source::SourceFile &file,
                                            const std::vector<sema::Query> &queries) {
  std::vector<ExpectedAnswer> answers(queries.size());
  for (std::size_t query = 0; query < queries.size(); ++query) {
    std::uint32_t line = file.lineColumn(queries[query].range.end).line;
    // Several queries on one line: only the last one can have its answer below.
    bool isLast = query + 1 == queries.size() || file.lineColumn(queries[query + 1].range.begin).line != line;
    for (++line; isLast && trimmed(file.line(line)).starts_with(kMark); ++line) {
      answers[query].text += std::string(trimmed(trimmed(file.line(line)).substr(kMark.size()))) + " ";
      answers[query].lines.push_back(line);
    }
  }
  return answers;
}

std::optional<double> toleranceOf(const source::SourceFile &file) {
  constexpr std::string_view kPrefix = "// tolerance:";
  std::string_view line = trimmed(file.line(1));
  if (!line.starts_with(kPrefix))
    return std::nullopt;
  line = trimmed(line.substr(kPrefix.size()));
  double tolerance = 0;
  auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), tolerance);
  return error == std::errc() ? std::optional(tolerance) : std::nullopt;
}

std::string writtenAnswer(const Answer &answer) {
  std::string text;
  switch (answer.kind) {
  case runtime::QuestionKind::Truth:
    return answer.truth ? "true" : "false";
  case runtime::QuestionKind::Relation:
    text = "{";
    for (std::size_t row = 0; row < answer.rows.size(); ++row) {
      Row cells = rowText(answer, row);
      for (std::size_t column = 0; column < cells.size(); ++column)
        if (answer.columns[column].domain)
          cells[column] = quotedWhereNeeded(cells[column]);
      text += (row ? ", " : "") + joined(cells);
    }
    return text + "}";
  case runtime::QuestionKind::Tensor: {
    std::int64_t position = 0;
    appendWritten(answer, 0, position, text);
    return text;
  }
  }
  return text;
}

std::string difference(const Answer &answer, std::string_view expected, double tolerance) {
  expected = trimmed(expected);
  switch (answer.kind) {
  case runtime::QuestionKind::Truth:
    return expected == (answer.truth ? "true" : "false")
               ? ""
               : "the answer is " + writtenAnswer(answer) + ", expected " + std::string(expected);
  case runtime::QuestionKind::Relation:
    return rowDifference(answer, expected);
  case runtime::QuestionKind::Tensor:
    return elementDifference(answer, expected, tolerance);
  }
  return "";
}

} // namespace tl::driver
