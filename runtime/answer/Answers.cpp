// Selection of a query's rows and elements.
#include "runtime/answer/Answers.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace tl::runtime {
namespace {

using Kind = QuestionKind;

/// What one position of the queried tensor must be: a constant, a variable (by number) or anything.
struct Selector {
  enum class Kind { Constant, Variable, Any } kind = Kind::Any;
  std::int64_t constant = 0; ///< -1 matches nothing: a symbol that the data does not have
  std::size_t variable = 0;
};

struct Selection {
  std::vector<Selector> positions;
  std::vector<std::string> variables;
  std::vector<QuestionAxis> axes; ///< of each variable's first position
};

std::vector<QuestionArgument> bareArguments(std::size_t rank) {
  std::vector<QuestionArgument> arguments(rank);
  for (std::size_t axis = 0; axis < rank; ++axis) {
    arguments[axis].kind = QuestionArgument::Kind::Variable;
    arguments[axis].text = std::to_string(axis + 1);
  }
  return arguments;
}

Selection select(const Question &question, const DomainOf &domainOf) {
  Selection selection;
  std::map<std::string, std::size_t> numbers;
  std::vector<QuestionArgument> arguments =
      question.isBare ? bareArguments(question.axes.size()) : question.arguments;
  bool namesWildcards = question.kind == Kind::Tensor;
  for (std::size_t axis = 0; axis < arguments.size(); ++axis) {
    const QuestionArgument &argument = arguments[axis];
    Selector selector;
    const Domain *domain = domainOf(question.axes[axis].domain);
    bool isInteger = argument.kind == QuestionArgument::Kind::Integer;
    if (isInteger && (!domain || question.kind == Kind::Tensor)) {
      selector = {Selector::Kind::Constant, argument.integer, 0};
    } else if (isInteger || argument.kind == QuestionArgument::Kind::Symbol) {
      std::string text = isInteger ? std::to_string(argument.integer) : argument.text;
      std::optional<Cell> id = domain ? domain->find(text) : std::nullopt;
      selector = {Selector::Kind::Constant, id ? *id : -1, 0};
    } else if (argument.kind == QuestionArgument::Kind::Variable || namesWildcards) {
      std::string name = argument.kind == QuestionArgument::Kind::Variable ? argument.text : "";
      auto [found, isNew] =
          numbers.emplace(name.empty() ? "_" + std::to_string(axis) : name, selection.variables.size());
      if (isNew) {
        selection.variables.push_back(name);
        selection.axes.push_back(question.axes[axis]);
      }
      selector = {Selector::Kind::Variable, 0, found->second};
    }
    selection.positions.push_back(selector);
  }
  return selection;
}

/// The values of the variables at `row`, or false when the row does not match. Variables are numbered by
/// first position, so `known`, those met so far, tells whether a position gives its variable a value or
/// repeats it.
bool matches(const Selection &selection, std::span<const Cell> row, std::vector<Cell> &variables) {
  std::size_t known = 0;
  for (std::size_t column = 0; column < row.size(); ++column) {
    const Selector &selector = selection.positions[column];
    if (selector.kind == Selector::Kind::Constant && row[column] != selector.constant)
      return false;
    if (selector.kind != Selector::Kind::Variable)
      continue;
    if (selector.variable < known && variables[selector.variable] != row[column])
      return false;
    variables[selector.variable] = row[column];
    known = std::max(known, selector.variable + 1);
  }
  return true;
}

std::vector<Answer::Column> columnsOf(const Selection &selection, const DomainOf &domainOf) {
  std::vector<Answer::Column> columns;
  for (std::size_t variable = 0; variable < selection.variables.size(); ++variable) {
    Answer::Column column{selection.variables[variable], domainOf(selection.axes[variable].domain), {}};
    if (column.domain)
      column.order = column.domain->sortedByText();
    columns.push_back(std::move(column));
  }
  return columns;
}

/// By id, its position in `order`.
std::vector<Cell> ranksOf(const std::vector<Cell> &order) {
  std::vector<Cell> ranks(order.size());
  for (std::size_t rank = 0; rank < order.size(); ++rank)
    ranks[order[rank]] = static_cast<Cell>(rank);
  return ranks;
}

/// Calls `visit` with each row that matches, as values of the query's variables.
template <typename Visit>
void forEachMatch(const Selection &selection, const Relation &relation, Visit visit) {
  std::vector<Cell> variables(selection.variables.size());
  for (std::size_t row = 0; row < relation.size(); ++row)
    if (matches(selection, relation.row(row), variables))
      if (!visit(variables))
        return;
}

/// The places of the elements of a dense tensor that are above 0, as rows.
Relation supportOf(const Tensor &tensor) {
  std::vector<Cell> cells;
  std::vector<std::int64_t> strides = rowMajorStrides(tensor.shape());
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

/// Ids become their rank in text order, so that sorting cells sorts rows as they are shown.
void answerRows(Answer &answer, const Selection &selection, const Relation &relation,
                const DomainOf &domainOf) {
  if (answer.kind == Kind::Truth) {
    forEachMatch(selection, relation, [&](const std::vector<Cell> &) {
      answer.truth = true;
      return false;
    });
    return;
  }
  answer.columns = columnsOf(selection, domainOf);
  std::vector<std::vector<Cell>> ranks;
  for (const Answer::Column &column : answer.columns)
    ranks.push_back(ranksOf(column.order));
  std::vector<Cell> cells;
  bool any = false;
  forEachMatch(selection, relation, [&](const std::vector<Cell> &variables) {
    any = true;
    for (std::size_t column = 0; column < variables.size(); ++column)
      cells.push_back(ranks[column].empty() ? variables[column] : ranks[column][variables[column]]);
    return true;
  });
  answer.rows = !selection.variables.empty() ? Relation(selection.variables.size(), std::move(cells))
                                             : Relation::nullary(any);
}

/// The order in which positions of a symbol axis are shown: the declared one, else by text.
std::vector<Cell> labelOrder(const Domain &domain, bool isDeclared) {
  if (!isDeclared)
    return domain.sortedByText();
  std::vector<Cell> order(static_cast<std::size_t>(domain.size()));
  std::iota(order.begin(), order.end(), Cell{0});
  return order;
}

/// Copies the element at `position` of `source` to `target` of `into`; an absent one is what stands there
/// already.
void copyElement(const Tensor &source, std::int64_t position, Tensor &into, std::int64_t target) {
  if (!source.isPresent(position))
    return;
  if (isFloat(source.type()))
    into.setNumber(target, source.number(position));
  else
    into.setInteger(target, source.integer(position));
  if (into.isPartial())
    into.mutablePresent()[target] = 1;
}

/// The row-major position of `place`, if it is inside.
std::optional<std::int64_t> positionIn(const Shape &shape, const std::vector<std::int64_t> &place) {
  std::int64_t position = 0;
  for (std::size_t axis = 0; axis < place.size(); ++axis) {
    if (place[axis] < 0 || place[axis] >= shape[axis])
      return std::nullopt;
    position = position * shape[axis] + place[axis];
  }
  return position;
}

/// Whether the answer is the whole tensor as it is stored.
bool isWhole(const Answer &answer, const Selection &selection, const Tensor &source) {
  for (std::size_t axis = 0; axis < selection.positions.size(); ++axis) {
    const Selector &selector = selection.positions[axis];
    if (selector.kind != Selector::Kind::Variable || selector.variable != axis ||
        !std::is_sorted(answer.axes[axis].labels.begin(), answer.axes[axis].labels.end()))
      return false;
  }
  return answer.shape == source.shape();
}

/// Fills `answer.tensor` element by element in the order shown.
void copyElements(Answer &answer, const Selection &selection, const Tensor &source) {
  std::vector<std::int64_t> strides = rowMajorStrides(answer.shape);
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
    if (std::optional<std::int64_t> position = positionIn(source.shape(), place))
      copyElement(source, *position, answer.tensor, target);
  }
}

/// Sets the elements that rows of `relation` stand for: its rows are few where the places they could have are
/// many.
void copyRows(Answer &answer, const Selection &selection, const Relation &relation) {
  std::vector<std::vector<Cell>> ranks;
  for (const AnswerAxis &axis : answer.axes)
    ranks.push_back(ranksOf(axis.labels));
  std::vector<std::int64_t> place(selection.variables.size());
  forEachMatch(selection, relation, [&](const std::vector<Cell> &variables) {
    for (std::size_t axis = 0; axis < variables.size(); ++axis)
      place[axis] = ranks[axis].empty() ? variables[axis] : ranks[axis][variables[axis]];
    if (std::optional<std::int64_t> position = positionIn(answer.shape, place))
      answer.tensor.setInteger(*position, 1);
    return true;
  });
}

/// Whoever edits the code of a program may make a value that is not what its queries expect.
Result<void> checkRank(const Question &question, const Value &value) {
  const auto *tensor = std::get_if<Tensor>(&value);
  const std::size_t rank = tensor ? tensor->rank() : std::get<Relation>(value).arity();
  if (rank == question.axes.size())
    return {};
  return Error{ErrorKind::Program, "the value of '" + question.tensor + "' has " + std::to_string(rank) +
                                       " indices, but '" + question.text + "' asks for " +
                                       std::to_string(question.axes.size())};
}

Result<void> answerElements(Answer &answer, const Selection &selection, const Value &value,
                            const DomainOf &domainOf, MemoryBudget &budget) {
  for (std::size_t variable = 0; variable < selection.variables.size(); ++variable) {
    const QuestionAxis &asked = selection.axes[variable];
    AnswerAxis axis{selection.variables[variable], domainOf(asked.domain), {}};
    if (axis.domain)
      axis.labels = labelOrder(*axis.domain, asked.isDeclared);
    std::int64_t extent = axis.domain ? axis.domain->size() : asked.extent;
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
  if (dense && isWhole(answer, selection, *dense)) {
    answer.tensor = *dense;
    return {};
  }
  ElementType type = dense ? dense->type() : ElementType::Bool;
  Result<Tensor> selected = Tensor::create(budget, type, answer.shape, "the answer to " + answer.query,
                                           dense && dense->isPartial());
  if (!selected)
    return selected.error();
  answer.tensor = *std::move(selected);
  if (dense)
    copyElements(answer, selection, *dense);
  else
    copyRows(answer, selection, std::get<Relation>(value));
  return {};
}

} // namespace

std::string_view cellText(const Answer::Column &column, Cell cell) {
  return column.domain->text(column.order[static_cast<std::size_t>(cell)]);
}

Result<Part> selectPart(const Question &question, const Value &value, const DomainOf &domainOf,
                        MemoryBudget &budget) {
  TL_TRY(checkRank(question, value));
  if (question.isBare)
    return Part{value, question.axes};
  const Selection selection = select(question, domainOf);
  if (const auto *relation = std::get_if<Relation>(&value)) {
    std::vector<Cell> cells;
    bool any = false;
    forEachMatch(selection, *relation, [&](const std::vector<Cell> &variables) {
      any = true;
      cells.insert(cells.end(), variables.begin(), variables.end());
      return true;
    });
    const std::size_t arity = selection.variables.size();
    return Part{arity > 0 ? Relation(arity, std::move(cells)) : Relation::nullary(any), selection.axes};
  }
  const auto &source = std::get<Tensor>(value);
  Answer part;
  part.axes.resize(selection.variables.size());
  part.shape.resize(selection.variables.size());
  for (std::size_t axis = 0; axis < selection.positions.size(); ++axis)
    if (selection.positions[axis].kind == Selector::Kind::Variable)
      part.shape[selection.positions[axis].variable] = source.shape()[axis];
  Result<Tensor> selected =
      Tensor::create(budget, source.type(), part.shape, question.tensor, source.isPartial());
  if (!selected)
    return selected.error();
  part.tensor = *std::move(selected);
  copyElements(part, selection, source);
  return Part{std::move(part.tensor), selection.axes};
}

Result<Answer> answer(const Question &question, const Value &value, const DomainOf &domainOf,
                      MemoryBudget &budget) {
  Answer result;
  result.query = question.text;
  result.kind = question.kind;
  TL_TRY(checkRank(question, value));
  Selection selection = select(question, domainOf);
  if (question.kind == Kind::Tensor) {
    TL_TRY(answerElements(result, selection, value, domainOf, budget));
    return result;
  }
  if (const auto *relation = std::get_if<Relation>(&value))
    answerRows(result, selection, *relation, domainOf);
  else
    answerRows(result, selection, supportOf(std::get<Tensor>(value)), domainOf);
  return result;
}

} // namespace tl::runtime
