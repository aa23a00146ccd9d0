// What a query asks of a value: selection of constants and repeated variables, order of rows and labels.
#pragma once

#include "runtime/answer/Question.h"
#include "runtime/core/Value.h"

#include <string>
#include <vector>

namespace tl::runtime {

/// One index of a tensor answer; `labels` is empty for integers, else one id per position in the order shown.
struct AnswerAxis {
  std::string name; ///< the query's variable, or empty
  const Domain *domain = nullptr;
  std::vector<Cell> labels;
};

/// An answer, ready to be printed in any format.
struct Answer {
  std::string query;
  QuestionKind kind = QuestionKind::Tensor;
  bool truth = false;
  // Relation: rows sorted as the language says; a symbol cell is a position in `order` of its column.
  struct Column {
    std::string name;
    const Domain *domain = nullptr;
    std::vector<Cell> order; ///< ids sorted by text
  };
  std::vector<Column> columns;
  Relation rows;
  // Tensor: the selected elements, row-major over `shape`, in the order shown.
  std::vector<AnswerAxis> axes;
  Shape shape;
  Tensor tensor;
};

/// The text of a cell of `column`.
std::string_view cellText(const Answer::Column &column, Cell cell);

/// What `question` selects of `value`: rows over its variables, or the elements, in the order of ids.
struct Part {
  Value value;
  std::vector<QuestionAxis> axes;
};
Result<Part> selectPart(const Question &question, const Value &value, const DomainOf &domainOf,
                        MemoryBudget &budget);

/// Answers `question` from the value of its tensor. Selected elements are copied into a tensor charged to
/// `budget`.
Result<Answer> answer(const Question &question, const Value &value, const DomainOf &domainOf,
                      MemoryBudget &budget);

} // namespace tl::runtime
