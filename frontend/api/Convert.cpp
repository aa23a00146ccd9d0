// Copies of diagnostics and answers, and walks over strided elements.
#include "frontend/api/Convert.h"

#include <cstring>
#include <functional>

namespace tl::api {
namespace {

Range toPublic(const source::SourceManager &sources, source::SourceRange range) {
  const source::SourceFile &file = sources.file(range.file);
  auto size = static_cast<std::uint32_t>(file.text().size());
  auto place = [&](std::uint32_t offset) {
    offset = std::min(offset, size);
    source::LineColumn at = file.lineColumn(offset);
    return Place{at.line, at.column, offset};
  };
  return {file.name(), place(range.begin), place(std::max(range.begin, range.end))};
}

Severity toPublic(source::Severity severity, bool strict) {
  if (severity == source::Severity::Error || (strict && severity == source::Severity::Warning))
    return Severity::Error;
  return severity == source::Severity::Warning ? Severity::Warning : Severity::Note;
}

/// A tensor and what it is charged to, which must outlive it.
struct Held {
  std::shared_ptr<runtime::MemoryBudget> budget;
  runtime::Tensor tensor;
};

Array toPublic(const runtime::Tensor &tensor, std::shared_ptr<runtime::MemoryBudget> budget) {
  auto held = std::make_shared<Held>(Held{std::move(budget), tensor});
  Array array{api::toPublic(tensor.type()), tensor.shape(), {held, held->tensor.data()}, {}};
  if (tensor.isPartial())
    array.present.assign(tensor.present(), tensor.present() + tensor.elements());
  return array;
}

Column toPublic(const driver::Answer &answer, std::size_t position) {
  const driver::Answer::Column &column = answer.columns[position];
  Column result;
  for (std::size_t row = 0; row < answer.rows.size(); ++row) {
    runtime::Cell cell = answer.rows.row(row)[position];
    if (column.domain)
      result.symbols.emplace_back(driver::cellText(column, cell));
    else
      result.integers.push_back(cell);
  }
  return result;
}

/// Calls `copy(row-major position, strided position)` for every element.
void forEachElement(const std::vector<std::int64_t> &shape, const std::vector<std::int64_t> &strides,
                    const std::function<void(std::int64_t, std::int64_t)> &copy) {
  std::vector<std::int64_t> at(shape.size(), 0);
  std::int64_t count = 1;
  for (std::int64_t extent : shape)
    count *= extent;
  for (std::int64_t position = 0; position < count; ++position) {
    std::int64_t place = 0;
    for (std::size_t axis = 0; axis < at.size(); ++axis)
      place += at[axis] * strides[axis];
    copy(position, place);
    for (std::size_t axis = at.size(); axis-- > 0;) {
      if (++at[axis] < shape[axis])
        break;
      at[axis] = 0;
    }
  }
}

} // namespace

runtime::ElementType toRuntime(ElementType type) {
  return static_cast<runtime::ElementType>(type);
}

ElementType toPublic(runtime::ElementType type) {
  return static_cast<ElementType>(type);
}

static_assert(static_cast<int>(ElementType::F64) == static_cast<int>(runtime::ElementType::F64) &&
                  static_cast<int>(ElementType::I8) == static_cast<int>(runtime::ElementType::I8),
              "both list the types in one order");

std::vector<Diagnostic> toPublic(const source::SourceManager &sources,
                                 const source::DiagnosticEngine &engine) {
  std::vector<Diagnostic> all;
  for (const source::Diagnostic *diagnostic : source::inOrder(sources, engine)) {
    Diagnostic &made = all.emplace_back();
    made.id = source::name(diagnostic->id);
    made.severity = toPublic(source::severity(diagnostic->id), engine.isStrict());
    made.message = diagnostic->message;
    if (source::hasPlace(*diagnostic))
      made.range = toPublic(sources, diagnostic->range);
    std::vector<source::Label> labels = diagnostic->labels,
                               calls = source::callsOf(sources, diagnostic->range);
    labels.insert(labels.end(), calls.begin(), calls.end());
    for (const source::Label &label : labels)
      made.labels.push_back({toPublic(sources, label.range), label.text});
    made.hint = diagnostic->hint;
    if (diagnostic->fix)
      made.fix = Fix{toPublic(sources, diagnostic->fix->range), diagnostic->fix->replacement,
                     diagnostic->fix->description, diagnostic->fix->isCertain};
  }
  return all;
}

Answer toPublic(const driver::Answer &answer, std::shared_ptr<runtime::MemoryBudget> budget) {
  Answer made;
  made.query = answer.query;
  made.truth = answer.truth;
  switch (answer.kind) {
  case runtime::QuestionKind::Truth:
    made.kind = Answer::Kind::Truth;
    break;
  case runtime::QuestionKind::Relation:
    made.kind = Answer::Kind::Relation;
    made.rows = answer.rows.size();
    for (std::size_t position = 0; position < answer.columns.size(); ++position) {
      made.columnNames.push_back(answer.columns[position].name);
      made.columns.push_back(toPublic(answer, position));
    }
    break;
  case runtime::QuestionKind::Tensor:
    made.kind = Answer::Kind::Tensor;
    made.array = toPublic(answer.tensor, std::move(budget));
    made.array.shape = answer.shape;
    for (const driver::AnswerAxis &axis : answer.axes) {
      made.indexNames.push_back(axis.name);
      std::vector<std::string> &labels = made.labels.emplace_back();
      for (runtime::Cell label : axis.labels)
        labels.emplace_back(axis.domain->text(label));
    }
    break;
  }
  return made;
}

bool isRowMajor(const std::vector<std::int64_t> &shape, const std::vector<std::int64_t> &strides) {
  if (strides.empty())
    return true;
  std::int64_t expected = 1;
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    if (shape[axis] != 1 && strides[axis] != expected)
      return false;
    expected *= shape[axis];
  }
  return true;
}

void gather(const void *strided, void *rowMajor, const ArrayView &layout, std::size_t bytes) {
  auto width = static_cast<std::int64_t>(bytes);
  forEachElement(layout.shape, layout.strides, [&](std::int64_t position, std::int64_t place) {
    std::memcpy(static_cast<char *>(rowMajor) + position * width,
                static_cast<const char *>(strided) + place * width, bytes);
  });
}

void scatter(const void *rowMajor, void *strided, const MutableArrayView &layout, std::size_t bytes) {
  auto width = static_cast<std::int64_t>(bytes);
  forEachElement(layout.shape, layout.strides, [&](std::int64_t position, std::int64_t place) {
    std::memcpy(static_cast<char *>(strided) + place * width,
                static_cast<const char *>(rowMajor) + position * width, bytes);
  });
}

} // namespace tl::api
