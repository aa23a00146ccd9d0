// Selection of a query's rows and elements.
#include "frontend/driver/Answers.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace tl::driver {
namespace {

using runtime::Cell;
using runtime::Relation;
using runtime::Result;
using runtime::Tensor;
using sema::Query;
using sema::QueryArgument;

/// What one position of the queried tensor must be: a constant, a variable (by number) or anything.
struct Selector {
  enum class Kind { Constant, Variable, Any } kind = Kind::Any;
  std::int64_t constant = 0; ///< -1 matches nothing: a symbol that the data does not have
  std::size_t variable = 0;
};

struct Selection {
  std::vector<Selector> positions;
  std::vector<std::string> variables;
  std::vector<sema::ClassId> classes; ///< of each variable's first position
};

std::vector<QueryArgument> bareArguments(std::size_t rank) {
  std::vector<QueryArgument> arguments(rank);
  for (std::size_t axis = 0; axis < rank; ++axis) {
    arguments[axis].kind = QueryArgument::Kind::Variable;
    arguments[axis].text = std::to_string(axis + 1);
  }
  return arguments;
}

Selection select(const sema::TensorSymbol &tensor, const Query &query, const DomainOf &domainOf) {
  Selection selection;
  std::map<std::string, std::size_t> numbers;
  std::vector<QueryArgument> arguments = query.isBare ? bareArguments(tensor.axes.size()) : query.arguments;
  bool namesWildcards = query.kind == Query::Kind::Tensor;
  for (std::size_t axis = 0; axis < arguments.size(); ++axis) {
    const QueryArgument &argument = arguments[axis];
    Selector selector;
    if (argument.kind == QueryArgument::Kind::Integer) {
      selector = {Selector::Kind::Constant, argument.integer, 0};
    } else if (argument.kind == QueryArgument::Kind::Symbol) {
      const runtime::Domain *domain = domainOf(tensor.axes[axis]);
      std::optional<Cell> id = domain ? domain->find(argument.text) : std::nullopt;
      selector = {Selector::Kind::Constant, id ? *id : -1, 0};
    } else if (argument.kind == QueryArgument::Kind::Variable || namesWildcards) {
      std::string name = argument.kind == QueryArgument::Kind::Variable ? argument.text : "";
      auto [found, isNew] = numbers.emplace(name.empty() ? "_" + std::to_string(axis) : name, selection.variables.size());
      if (isNew) {
        selection.variables.push_back(name);
        selection.classes.push_back(tensor.axes[axis]);
      }
      selector = {Selector::Kind::Variable, 0, found->second};
    }
    selection.positions.push_back(selector);
  }
  return selection;
}

/// The values of the variables at `row`, or false when the row does not match.
bool matches(const Selection &selection, std::span<const Cell> row, std::vector<Cell> &variables) {
  std::vector<bool> isSet(selection.variables.size(), false);
  for (std::size_t column = 0; column < row.size(); ++column) {
    const Selector &selector = selection.positions[column];
    if (selector.kind == Selector::Kind::Constant && row[column] != selector.constant)
      return false;
    if (selector.kind != Selector::Kind::Variable)
      continue;
    if (isSet[selector.variable] && variables[selector.variable] != row[column])
      return false;
    variables[selector.variable] = row[column];
    isSet[selector.variable] = true;
  }
  return true;
}

/// Replaces ids by their rank in text order, so that sorting cells sorts rows as they are shown.
std::vector<Answer::Column> columnsOf(const Selection &selection, const DomainOf &domainOf) {
  std::vector<Answer::Column> columns;
  for (std::size_t variable = 0; variable < selection.variables.size(); ++variable) {
    Answer::Column column{selection.variables[variable], domainOf(selection.classes[variable]), {}};
    if (column.domain)
      column.order = column.domain->sortedByText();
    columns.push_back(std::move(column));
  }
  return columns;
}

std::vector<std::vector<Cell>> ranksOf(const std::vector<Answer::Column> &columns) {
  std::vector<std::vector<Cell>> ranks(columns.size());
  for (std::size_t column = 0; column < columns.size(); ++column) {
    ranks[column].resize(columns[column].order.size());
    for (std::size_t rank = 0; rank < ranks[column].size(); ++rank)
      ranks[column][columns[column].order[rank]] = static_cast<Cell>(rank);
  }
  return ranks;
}

/// Calls `visit` with each row that matches, as values of the query's variables.
template <typename Visit> void forEachMatch(const Selection &selection, const Relation &relation, Visit visit) {
  std::vector<Cell> variables(selection.variables.size());
  for (std::size_t row = 0; row < relation.size(); ++row)
    if (matches(selection, relation.row(row), variables))
      if (!visit(variables))
        return;
}

/// The places of the elements of a dense tensor that are above 0, as rows.
Relation supportOf(const Tensor &tensor) {
  std::vector<Cell> cells;
  std::vector<std::int64_t> strides = runtime::rowMajorStrides(tensor.shape());
  for (std::int64_t position = 0; position < tensor.elements(); ++position) {
    if (!tensor.isPresent(position) || !(tensor.number(position) > 0))
      continue;
    for (std::size_t axis = 0; axis < tensor.rank(); ++axis)
      cells.push_back(static_cast<Cell>(position / strides[axis] % tensor.shape()[axis]));
  }
  if (tensor.rank() == 0)
    return Relation::nullary(tensor.isPresent(0) && tensor.number(0) > 0);
  return Relation(tensor.rank(), std::move(cells));
}

void answerRows(Answer &answer, const Selection &selection, const Relation &relation, const DomainOf &domainOf) {
  if (answer.kind == Query::Kind::Truth) {
    forEachMatch(selection, relation, [&](const std::vector<Cell> &) { return !(answer.truth = true); });
    return;
  }
  answer.columns = columnsOf(selection, domainOf);
  std::vector<std::vector<Cell>> ranks = ranksOf(answer.columns);
  std::vector<Cell> cells;
  bool any = false;
  forEachMatch(selection, relation, [&](const std::vector<Cell> &variables) {
    any = true;
    for (std::size_t column = 0; column < variables.size(); ++column)
      cells.push_back(ranks[column].empty() ? variables[column] : ranks[column][variables[column]]);
    return true;
  });
  answer.rows = !selection.variables.empty() ? Relation(selection.variables.size(), std::move(cells)) : Relation::nullary(any);
}

} // namespace

std::string_view cellText(const Answer::Column &column, Cell cell) {
  return column.domain->text(column.order[static_cast<std::size_t>(cell)]);
}

namespace {

/// The order in which positions of a symbol axis are shown: the declared one, else by text.
std::vector<Cell> labelOrder(const runtime::Domain &domain, bool isDeclared) {
  if (!isDeclared)
    return domain.sortedByText();
  std::vector<Cell> order(static_cast<std::size_t>(domain.size()));
  std::iota(order.begin(), order.end(), Cell{0});
  return order;
}

/// Reads one element of a tensor or relation by coordinates.
class ElementReader {
public:
  ElementReader(const runtime::Value &value) : tensor(std::get_if<Tensor>(&value)), relation(std::get_if<Relation>(&value)) {
    if (tensor)
      strides = runtime::rowMajorStrides(tensor->shape());
  }

  /// Copies the element at `place` to position `target` of `into`; outside it is the default there already.
  void copy(const std::vector<std::int64_t> &place, Tensor &into, std::int64_t target) const {
    if (relation) {
      std::vector<Cell> row(place.begin(), place.end());
      if (relation->contains(row))
        into.setInteger(target, 1);
      return;
    }
    std::int64_t position = 0;
    for (std::size_t axis = 0; axis < place.size(); ++axis) {
      if (place[axis] < 0 || place[axis] >= tensor->shape()[axis])
        return;
      position += place[axis] * strides[axis];
    }
    if (!tensor->isPresent(position))
      return;
    if (runtime::isFloat(tensor->type()))
      into.setNumber(target, tensor->number(position));
    else
      into.setInteger(target, tensor->integer(position));
    if (into.isPartial())
      into.mutablePresent()[target] = 1;
  }

private:
  const Tensor *tensor;
  const Relation *relation;
  std::vector<std::int64_t> strides;
};

/// Fills `answer.tensor` element by element in the order shown.
void copyElements(Answer &answer, const Selection &selection, const ElementReader &reader) {
  std::vector<std::int64_t> strides = runtime::rowMajorStrides(answer.shape);
  std::vector<std::int64_t> place(selection.positions.size());
  for (std::int64_t target = 0; target < answer.tensor.elements(); ++target) {
    for (std::size_t axis = 0; axis < place.size(); ++axis) {
      const Selector &selector = selection.positions[axis];
      if (selector.kind == Selector::Kind::Constant) {
        place[axis] = selector.constant;
        continue;
      }
      std::int64_t shown = target / strides[selector.variable] % answer.shape[selector.variable];
      const std::vector<Cell> &labels = answer.axes[selector.variable].labels;
      place[axis] = labels.empty() ? shown : labels[static_cast<std::size_t>(shown)];
    }
    reader.copy(place, answer.tensor, target);
  }
}

Result<void> answerElements(Answer &answer, const sema::TypedProgram &program, const Selection &selection,
                            const runtime::Value &value, const DomainOf &domainOf, runtime::MemoryBudget &budget) {
  for (std::size_t variable = 0; variable < selection.variables.size(); ++variable) {
    sema::ClassId axisClass = selection.classes[variable];
    AnswerAxis axis{selection.variables[variable], domainOf(axisClass), {}};
    if (axis.domain)
      axis.labels = labelOrder(*axis.domain, !program.classes[axisClass].domain.empty());
    std::int64_t extent = axis.domain ? axis.domain->size() : program.classes[axisClass].extent;
    // A tensor's own extent wins where the class has a larger one that this tensor does not share.
    if (const auto *tensor = std::get_if<Tensor>(&value); tensor && !axis.domain)
      for (std::size_t position = 0; position < selection.positions.size(); ++position)
        if (selection.positions[position].kind == Selector::Kind::Variable &&
            selection.positions[position].variable == variable)
          extent = tensor->shape()[position];
    answer.shape.push_back(extent);
    answer.axes.push_back(std::move(axis));
  }
  const auto *dense = std::get_if<Tensor>(&value);
  runtime::ElementType type = dense ? dense->type() : runtime::ElementType::Bool;
  Result<Tensor> selected = Tensor::create(budget, type, answer.shape, "the answer to " + answer.query,
                                           dense && dense->isPartial());
  if (!selected)
    return selected.error();
  answer.tensor = *std::move(selected);
  copyElements(answer, selection, ElementReader(value));
  return {};
}

} // namespace

Result<Answer> answer(const sema::TypedProgram &program, const Query &query, const runtime::Value &value,
                      const DomainOf &domainOf, runtime::MemoryBudget &budget) {
  Answer result;
  result.query = query.text;
  result.kind = query.kind;
  Selection selection = select(program.tensors[query.tensor], query, domainOf);
  if (query.kind == Query::Kind::Tensor) {
    TL_TRY(answerElements(result, program, selection, value, domainOf, budget));
    return result;
  }
  if (const auto *relation = std::get_if<Relation>(&value))
    answerRows(result, selection, *relation, domainOf);
  else
    answerRows(result, selection, supportOf(std::get<Tensor>(value)), domainOf);
  return result;
}

} // namespace tl::driver
