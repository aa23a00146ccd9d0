// Answers as JSON lines and as tab-separated text.
#include "runtime/answer/Format.h"

#include "runtime/core/JsonText.h"

#include <charconv>
#include <cmath>

namespace tl::runtime {
namespace {

using Kind = QuestionKind;

template <typename T> void appendNumber(T value, std::string &out) {
  char text[40];
  auto [end, error] = std::to_chars(text, text + sizeof text, value);
  out.append(text, error == std::errc() ? end : text);
}

/// Infinities and NaN are strings in JSON.
void appendJsonElement(const Tensor &tensor, std::int64_t position, std::string &out) {
  bool isPlain =
      !tensor.isPresent(position) || !isFloat(tensor.type()) || std::isfinite(tensor.number(position));
  if (!isPlain)
    out += '"';
  appendElement(tensor, position, out);
  if (!isPlain)
    out += '"';
}

void writeNested(const Answer &answer, std::size_t axis, std::int64_t &position, Sink &sink) {
  std::string &out = sink.text;
  if (!sink.flushLong())
    return;
  if (axis == answer.shape.size())
    return appendJsonElement(answer.tensor, position++, out);
  out += '[';
  for (std::int64_t index = 0; index < answer.shape[axis]; ++index) {
    if (index)
      out += ',';
    writeNested(answer, axis + 1, position, sink);
  }
  out += ']';
}

void appendCell(const Answer::Column &column, Cell cell, std::string &out) {
  if (column.domain)
    appendJsonText(cellText(column, cell), out);
  else
    appendNumber(cell, out);
}

void writeRelation(const Answer &answer, Sink &sink) {
  std::string &out = sink.text;
  out += "\"relation\", \"columns\": [";
  for (std::size_t column = 0; column < answer.columns.size(); ++column) {
    out += column ? ", " : "";
    appendJsonText(answer.columns[column].name, out);
  }
  out += "], \"rows\": [";
  for (std::size_t row = 0; row < answer.rows.size() && sink.flushLong(); ++row) {
    out += row ? ", [" : "[";
    for (std::size_t column = 0; column < answer.columns.size(); ++column) {
      out += column ? ", " : "";
      appendCell(answer.columns[column], answer.rows.row(row)[column], out);
    }
    out += ']';
  }
  out += ']';
}

void appendAxes(const Answer &answer, std::string &out) {
  bool hasSymbols = false;
  for (const AnswerAxis &axis : answer.axes)
    hasSymbols = hasSymbols || axis.domain;
  if (!hasSymbols)
    return;
  out += ", \"axes\": [";
  for (std::size_t position = 0; position < answer.axes.size(); ++position) {
    const AnswerAxis &axis = answer.axes[position];
    out += position ? ", " : "";
    if (!axis.domain) {
      out += "null";
      continue;
    }
    out += '[';
    for (std::size_t label = 0; label < axis.labels.size(); ++label) {
      out += label ? ", " : "";
      appendJsonText(axis.domain->text(axis.labels[label]), out);
    }
    out += ']';
  }
  out += ']';
}

void writeTensor(const Answer &answer, Sink &sink) {
  std::string &out = sink.text;
  out += "\"tensor\", \"dtype\": \"";
  out += runtime::name(answer.tensor.type());
  out += "\", \"shape\": [";
  for (std::size_t axis = 0; axis < answer.shape.size(); ++axis) {
    out += axis ? ", " : "";
    appendNumber(answer.shape[axis], out);
  }
  out += "], \"data\": ";
  std::int64_t position = 0;
  writeNested(answer, 0, position, sink);
  appendAxes(answer, out);
}

} // namespace

void appendElement(const Tensor &tensor, std::int64_t position, std::string &out) {
  if (!tensor.isPresent(position)) {
    out += "null";
  } else if (!isFloat(tensor.type())) {
    appendNumber(tensor.integer(position), out);
  } else if (double value = tensor.number(position); std::isnan(value)) {
    out += "nan";
  } else if (std::isinf(value)) {
    out += value > 0 ? "inf" : "-inf";
  } else if (tensor.type() == ElementType::F64) {
    appendNumber(value, out);
  } else {
    appendNumber(static_cast<float>(value), out);
  }
}

bool Sink::flush() {
  failed = failed || !write(text);
  text.clear();
  return !failed;
}

void writeJson(const Answer &answer, Sink &sink) {
  std::string &out = sink.text;
  out += "{\"query\": ";
  appendJsonText(answer.query, out);
  out += ", \"kind\": ";
  switch (answer.kind) {
  case Kind::Relation:
    writeRelation(answer, sink);
    break;
  case Kind::Truth:
    out += "\"truth\", \"value\": ";
    out += answer.truth ? "true" : "false";
    break;
  case Kind::Tensor:
    writeTensor(answer, sink);
    break;
  }
  out += "}\n";
}

void writeTsv(const Answer &answer, Sink &sink) {
  std::string &out = sink.text;
  if (answer.kind == Kind::Truth) {
    out += answer.truth ? "true\n" : "false\n";
    return;
  }
  if (answer.kind == Kind::Relation) {
    for (std::size_t row = 0; row < answer.rows.size() && sink.flushLong(); ++row) {
      for (std::size_t column = 0; column < answer.columns.size(); ++column) {
        out += column ? "\t" : "";
        if (answer.columns[column].domain)
          out += cellText(answer.columns[column], answer.rows.row(row)[column]);
        else
          appendNumber(answer.rows.row(row)[column], out);
      }
      out += '\n';
    }
    return;
  }
  std::vector<std::int64_t> strides = rowMajorStrides(answer.shape);
  for (std::int64_t position = 0; position < answer.tensor.elements() && sink.flushLong(); ++position) {
    for (std::size_t axis = 0; axis < answer.axes.size(); ++axis) {
      std::int64_t index = position / strides[axis] % answer.shape[axis];
      if (answer.axes[axis].domain)
        out += answer.axes[axis].domain->text(answer.axes[axis].labels[static_cast<std::size_t>(index)]);
      else
        appendNumber(index, out);
      out += '\t';
    }
    appendElement(answer.tensor, position, out);
    out += '\n';
  }
}

} // namespace tl::runtime
