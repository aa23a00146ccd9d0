// Backtracking over the steps of a schedule.
#include "ir/tl/evaluate/Assignments.h"

#include "ir/tl/evaluate/Fold.h"

#include <algorithm>
#include <limits>

namespace tl::ir {

using runtime::Cell;
using runtime::Error;
using runtime::Relation;
using runtime::Result;

namespace {

constexpr std::int64_t kLeastCell = std::numeric_limits<Cell>::min(),
                       kMostCell = std::numeric_limits<Cell>::max();

/// Assignments between two looks at the cancel token.
constexpr unsigned kPollInterval = 1024;

/// What the rest of a run is to do with an assignment.
enum class Verdict { Keep, Drop, Stop };

class Runner {
public:
  Runner(Frame &frame, Evaluator &evaluator) : frame(frame), evaluator(evaluator) {}

  /// Goes on from `position` of `steps`; false when the run is to stop.
  bool run(std::vector<Step> &steps, std::size_t position, Sink sink);

  std::optional<Error> failure;

private:
  // Generators: run the rest for each value.
  bool generate(RangeStep &step, llvm::function_ref<bool()> rest);
  bool generate(CandidatesStep &step, llvm::function_ref<bool()> rest);
  bool generate(RowsStep &step, llvm::function_ref<bool()> rest);
  bool bindRow(RowsStep &step, std::span<const Cell> row);

  // The others.
  Verdict perform(HoldsStep &step);
  Verdict perform(ElementStep &step);
  Verdict perform(ConditionStep &step) { return frame[step.slot].integer ? Verdict::Keep : Verdict::Drop; }
  Verdict perform(ApplyStep &step);
  Verdict perform(CastStep &step);
  Verdict perform(std::unique_ptr<ProjectStep> &step);

  bool poll();

  Frame &frame;
  Evaluator &evaluator;
  unsigned sincePoll = 0;
};

template <typename S>
constexpr bool kIsGenerator =
    std::is_same_v<S, RangeStep> || std::is_same_v<S, CandidatesStep> || std::is_same_v<S, RowsStep>;

bool Runner::poll() {
  if (++sincePoll < kPollInterval)
    return true;
  sincePoll = 0;
  failure = evaluator.cancel.poll();
  return !failure;
}

bool Runner::run(std::vector<Step> &steps, std::size_t position, Sink sink) {
  for (; position < steps.size(); ++position) {
    bool generated = false, goesOn = true;
    Verdict verdict = Verdict::Keep;
    std::visit(
        [&](auto &step) {
          if constexpr (kIsGenerator<std::decay_t<decltype(step)>>) {
            generated = true;
            goesOn = generate(step, [&] { return poll() && run(steps, position + 1, sink); });
          } else {
            verdict = perform(step);
          }
        },
        steps[position]);
    if (generated)
      return goesOn;
    if (verdict != Verdict::Keep)
      return verdict == Verdict::Drop;
  }
  return sink(frame);
}

bool Runner::generate(RangeStep &step, llvm::function_ref<bool()> rest) {
  for (std::int64_t value = step.bounds.lower; value < step.bounds.upper; ++value) {
    frame[step.slot].integer = value;
    if (!rest())
      return false;
  }
  return true;
}

bool Runner::generate(CandidatesStep &step, llvm::function_ref<bool()> rest) {
  for (Cell value : step.values) {
    frame[step.slot].integer = value;
    if (step.bounds.contains(value) && !rest())
      return false;
  }
  return true;
}

/// The first row from `begin` on for which `isBefore` fails, in sorted rows.
template <typename Before>
std::size_t firstRow(const Relation &relation, std::size_t begin, Before isBefore) {
  std::size_t end = relation.size();
  while (begin < end) {
    std::size_t middle = begin + (end - begin) / 2;
    if (isBefore(relation.row(middle)))
      begin = middle + 1;
    else
      end = middle;
  }
  return begin;
}

bool Runner::generate(RowsStep &step, llvm::function_ref<bool()> rest) {
  for (std::size_t column = 0; column < step.given.size(); ++column) {
    std::int64_t value = step.place.coordinate(step.given[column], frame);
    if (value < kLeastCell || value > kMostCell)
      return true;
    step.key[column] = static_cast<Cell>(value);
  }
  const Relation &relation = *step.relation;
  const std::vector<Cell> &key = step.key;
  std::size_t begin = firstRow(relation, 0, [&](std::span<const Cell> row) {
    return std::lexicographical_compare(row.begin(), row.begin() + key.size(), key.begin(), key.end());
  });
  for (std::size_t position = begin; position < relation.size(); ++position) {
    std::span<const Cell> row = relation.row(position);
    if (!std::equal(key.begin(), key.end(), row.begin()))
      return true;
    if (bindRow(step, row) && !rest())
      return false;
  }
  return true;
}

/// Binds what `row` gives; false when the row does not agree with itself or with a range.
bool Runner::bindRow(RowsStep &step, std::span<const Cell> row) {
  for (const RowsStep::Binding &binding : step.bindings) {
    frame[binding.slot].integer = row[binding.column];
    if (!binding.bounds.contains(row[binding.column]))
      return false;
  }
  return llvm::all_of(step.checked, [&](std::pair<unsigned, unsigned> check) {
    return step.place.coordinate(check.second, frame) == row[check.first];
  });
}

Verdict Runner::perform(HoldsStep &step) {
  bool holds = true;
  for (std::size_t column = 0; column < step.row.size(); ++column) {
    std::int64_t value = step.place.coordinate(static_cast<unsigned>(column), frame);
    holds &= value >= kLeastCell && value <= kMostCell;
    step.row[column] = static_cast<Cell>(value);
  }
  holds = holds && step.relation->contains(step.row);
  if (step.result) {
    frame[*step.result].integer = holds;
    return Verdict::Keep;
  }
  return holds != step.isNegated ? Verdict::Keep : Verdict::Drop;
}

Verdict Runner::perform(ElementStep &step) {
  const runtime::Tensor &tensor = *step.tensor;
  bool isReal = runtime::isFloat(tensor.type());
  std::optional<std::int64_t> position = positionOf(step.place, tensor.shape(), frame);
  if (!position || !tensor.isPresent(*position)) {
    frame[step.result] = isReal ? Number{.real = 0} : Number{.integer = 0};
    return step.isDefaulted ? Verdict::Keep : Verdict::Drop;
  }
  if (isReal)
    frame[step.result].real = tensor.number(*position);
  else
    frame[step.result].integer = tensor.integer(*position);
  return Verdict::Keep;
}

Verdict Runner::perform(ApplyStep &step) {
  constexpr std::size_t kMostOperands = 3;
  std::size_t count = step.operands.size();
  Number &result = frame[step.result];
  if (runtime::isFloat(step.operandType)) {
    double operands[kMostOperands];
    for (std::size_t operand = 0; operand < count; ++operand)
      operands[operand] = frame[step.operands[operand]].real;
    if (runtime::rule(step.primitive) == runtime::PrimitiveRule::Select)
      operands[0] = static_cast<double>(frame[step.operands[0]].integer);
    double value = runtime::evaluate(step.primitive, {operands, count});
    if (runtime::isFloat(step.type))
      result.real = value;
    else
      result.integer = value != 0;
    return Verdict::Keep;
  }
  std::int64_t operands[kMostOperands];
  for (std::size_t operand = 0; operand < count; ++operand)
    operands[operand] = frame[step.operands[operand]].integer;
  if (runtime::rule(step.primitive) == runtime::PrimitiveRule::Draw) {
    result.real =
        runtime::evaluateDraw(step.primitive, {operands, count}, step.type != runtime::ElementType::F64);
    return Verdict::Keep;
  }
  result.integer = wrapped(runtime::evaluateInteger(step.primitive, {operands, count}), step.type);
  return Verdict::Keep;
}

Verdict Runner::perform(CastStep &step) {
  frame[step.result] = convert(frame[step.operand], step.from, step.to);
  return Verdict::Keep;
}

Verdict Runner::perform(std::unique_ptr<ProjectStep> &step) {
  Fold fold(step->kind, step->yieldedType);
  bool goesOn = run(step->body, 0, [&](const Frame &) {
    fold.add(frame[step->yielded], step->position ? step->position->coordinate(0, frame) : 0);
    return true;
  });
  if (!goesOn)
    return Verdict::Stop;
  std::optional<Number> value = fold.result(step->type);
  if (!value)
    return Verdict::Drop;
  frame[step->result] = *value;
  return Verdict::Keep;
}

} // namespace

std::optional<std::int64_t> positionOf(const Place &place, const runtime::Shape &shape, const Frame &frame) {
  std::int64_t position = 0;
  for (unsigned axis = 0; axis < shape.size(); ++axis) {
    std::int64_t coordinate = place.coordinate(axis, frame);
    if (coordinate < 0 || coordinate >= shape[axis])
      return std::nullopt;
    position = position * shape[axis] + coordinate;
  }
  return position;
}

Result<void> forEachAssignment(Schedule &schedule, Evaluator &evaluator,
                               llvm::function_ref<Result<void>(const Frame &frame)> sink) {
  if (std::optional<Error> stopped = evaluator.cancel.poll())
    return *std::move(stopped);
  Runner runner(schedule.frame, evaluator);
  bool isComplete = runner.run(schedule.steps, 0, [&](const Frame &frame) {
    Result<void> taken = sink(frame);
    if (!taken)
      runner.failure = taken.error();
    return static_cast<bool>(taken);
  });
  if (!isComplete)
    return *std::move(runner.failure);
  return {};
}

} // namespace tl::ir
