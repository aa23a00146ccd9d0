// What a query asks of a value: selection of constants and repeated variables, order of rows and labels.
#pragma once

#include "frontend/sema/TypedProgram.h"
#include "runtime/core/Domain.h"
#include "runtime/core/Value.h"

#include <functional>
#include <string>
#include <vector>

namespace tl::driver {

/// The symbols of a class, or null for integers.
using DomainOf = std::function<const runtime::Domain *(sema::ClassId)>;

/// One index of a tensor answer; `labels` is empty for integers, else one id per position in the order shown.
struct AnswerAxis {
  std::string name; ///< the query's variable, or empty
  const runtime::Domain *domain = nullptr;
  std::vector<runtime::Cell> labels;
};

/// An answer, ready to be printed in any format.
struct Answer {
  std::string query;
  sema::Query::Kind kind = sema::Query::Kind::Tensor;
  bool truth = false;
  // Relation: rows sorted as the language says; a symbol cell is a position in `order` of its column.
  struct Column {
    std::string name;
    const runtime::Domain *domain = nullptr;
    std::vector<runtime::Cell> order; ///< ids sorted by text
  };
  std::vector<Column> columns;
  runtime::Relation rows;
  // Tensor: the selected elements, row-major over `shape`, in the order shown.
  std::vector<AnswerAxis> axes;
  runtime::Shape shape;
  runtime::Tensor tensor;
};

/// The text of a cell of `column`.
std::string_view cellText(const Answer::Column &column, runtime::Cell cell);

/// What `query` selects of `value`: rows over its variables, or the elements, in the order of ids.
struct Part {
  runtime::Value value;
  std::vector<sema::ClassId> axes;
};
runtime::Result<Part> selectPart(const sema::TypedProgram &program, const sema::Query &query,
                                 const runtime::Value &value, const DomainOf &domainOf,
                                 runtime::MemoryBudget &budget);

/// Answers `query` from the value of its tensor. Selected elements are copied into a tensor charged to
/// `budget`.
runtime::Result<Answer> answer(const sema::TypedProgram &program, const sema::Query &query,
                               const runtime::Value &value, const DomainOf &domainOf,
                               runtime::MemoryBudget &budget);

} // namespace tl::driver
