// A planned module as plain data: one step per op, one number per value.
#include "backend/cpu/WriteProgram.h"

#include "backend/cpu/Lifetimes.h"
#include "backend/cpu/WriteActions.h"
#include "ir/plan/PlanOps.h"
#include "ir/tl/ElementTypes.h"
#include "ir/tl/TlOps.h"
#include "ir/tl/TlTypes.h"
#include "passes/plan/KernelLoops.h"
#include "passes/plan/StepNumbers.h"

#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/TypeSwitch.h"

namespace tl::backend::cpu {
namespace {

using runtime::Action;
using runtime::Error;
using runtime::ErrorKind;
using runtime::Result;
using runtime::ValueId;

/// The outermost parallel loop; conditions may stand around it.
plan::ForOp parallelLoop(plan::KernelOp kernel) {
  plan::ForOp shared;
  kernel.walk([&](plan::ForOp loop) {
    if (loop.getParallel())
      shared = loop;
  });
  return shared;
}

/// No loop over these rows uses a cell.
bool countsRows(mlir::BlockArgument rows) {
  return llvm::all_of(rows.getUsers(), [](mlir::Operation *user) {
    auto each = mlir::dyn_cast<plan::EachOp>(user);
    return each && llvm::all_of(each.getBody().getArguments(),
                                [](mlir::BlockArgument cell) { return cell.use_empty(); });
  });
}

runtime::KernelSignature signatureOf(plan::KernelOp op) {
  runtime::KernelSignature kernel;
  kernel.name = op.getSymName().str();
  kernel.cost = static_cast<std::int64_t>(op.getCost());
  for (mlir::BlockArgument argument : op.getBody().getArguments())
    kernel.countsRows.push_back(mlir::isa<plan::RowsType>(argument.getType()) && countsRows(argument));
  op.walk([&](plan::EachOp rows) {
    if (rows->hasAttr(passes::kSharedRows))
      kernel.sharedRows = mlir::cast<mlir::BlockArgument>(rows.getRows()).getArgNumber();
  });
  if (plan::ForOp loop = parallelLoop(op)) {
    kernel.isParallel = true;
    kernel.begin = static_cast<std::int64_t>(loop.getLower());
    kernel.end = static_cast<std::int64_t>(loop.getUpper());
  }
  return kernel;
}

/// What the runtime has to know of the type of a value; nothing for positions, rows and indexes.
runtime::ValueType valueType(mlir::Type type) {
  runtime::ValueType result;
  if (auto relation = mlir::dyn_cast<ir::RelationType>(type)) {
    result.isRelation = true;
    result.extents.assign(relation.getBounds().begin(), relation.getBounds().end());
  } else if (mlir::isa<ir::PartialType, mlir::RankedTensorType>(type)) {
    mlir::RankedTensorType dense = ir::denseType(type);
    result.element = *ir::elementTypeOf(dense.getElementType());
    result.isPartial = ir::isPartial(type);
    result.extents.assign(dense.getShape().begin(), dense.getShape().end());
  }
  return result;
}

std::string placeText(mlir::Operation &op) {
  auto place = mlir::dyn_cast<mlir::FileLineColRange>(op.getLoc());
  return place ? place.getFilename().str() + ":" + std::to_string(place.getStartLine()) : "";
}

class Writer final : public ValueNumbers {
public:
  explicit Writer(ir::ProgramOp program) : lifetimes(program), stepNumbers(passes::numberSteps(program)) {}

  Result<runtime::Program> run(mlir::ModuleOp module, ir::ProgramOp top) {
    for (plan::KernelOp kernel : module.getOps<plan::KernelOp>()) {
      kernels[kernel.getSymName()] = static_cast<std::uint32_t>(program.kernels.size());
      program.kernels.push_back(signatureOf(kernel));
    }
    Result<runtime::Block> body = block(top.getBody().front());
    if (!body)
      return body.error();
    program.body = *std::move(body);
    return std::move(program);
  }

  ValueId number(mlir::Value value) override {
    auto [found, isNew] = numbers.try_emplace(value, static_cast<ValueId>(program.types.size()));
    if (isNew)
      program.types.push_back(valueType(value.getType()));
    return found->second;
  }

private:
  Result<runtime::Block> block(mlir::Block &block) {
    runtime::Block result;
    result.arguments = allNumbers(block.getArguments());
    for (mlir::Operation &op : block) {
      if (auto next = mlir::dyn_cast<ir::NextOp>(op)) {
        result.next = passedOn(next);
        result.ending = allNumbers(lifetimes.endingAt(&op));
        break;
      }
      Result<Action> action = actionOf(op);
      if (!action)
        return action.error();
      std::vector<ValueId> spare;
      for (mlir::Value ended : lifetimes.endingAt(&op))
        if (lifetimes.isPrivate(ended))
          spare.push_back(number(ended));
      const std::uint32_t number = stepNumbers.lookup(&op);
      result.steps.push_back({*std::move(action), allNumbers(lifetimes.endingAt(&op)), std::move(spare),
                              number, number ? placeText(op) : ""});
    }
    return result;
  }

  std::vector<runtime::Block::Next> passedOn(ir::NextOp op) {
    std::vector<runtime::Block::Next> next;
    for (auto [position, value] : llvm::enumerate(op->getOperands())) {
      const bool isTwice = llvm::is_contained(op->getOperands().take_front(position), value);
      next.push_back({number(value), isTwice || value.getParentBlock() != op->getBlock()});
    }
    return next;
  }

  /// A value that nothing needs afterwards is handed over, any other is copied.
  std::vector<runtime::Initial> initials(mlir::OperandRange inits, mlir::Operation *op) {
    std::vector<runtime::Initial> result;
    for (mlir::Value init : inits) {
      const bool isOnce = llvm::count(inits, init) == 1 && !isCapturedBy(init, op);
      result.push_back({number(init), isOnce && (lifetimes.endsAt(init, op) || isCarriedByScan(init))});
    }
    return result;
  }

  /// The operand's own storage when this is its last use or when a recursion carries it, otherwise a copy.
  bool isInPlace(mlir::Operation *op, mlir::Value dest) {
    const bool isInput = llvm::count(op->getOperands(), dest) > 1;
    return isCarriedByScan(dest) || isCarriedBySemiNaive(dest) ||
           (lifetimes.endsAt(dest, op) && !isInput && !isFixpointArgument(dest));
  }

  Result<Action> actionOf(mlir::Operation &op) {
    return llvm::TypeSwitch<mlir::Operation *, Result<Action>>(&op)
        .Case<ir::ReadOp, ir::EmptyOp, ir::MatrixOp, ir::ExternalOp, plan::RowsOp, plan::IndexByOp,
              ir::QueryOp, ir::WriteOp>([&](auto plain) { return Result<Action>(writeAction(plain, *this)); })
        .Case<ir::NormalizeOp>([&](auto normalize) {
          mlir::Value input = normalize.getTensor();
          const bool isData = input.getDefiningOp<ir::ReadOp>() != nullptr; // whoever bound it has it too
          const bool isOwn = !isData && lifetimes.endsAt(input, &op) && !isCarriedByScan(input) &&
                             !isFixpointArgument(input);
          return Result<Action>(writeAction(normalize, isOwn, *this));
        })
        .Case<plan::ProductOp>([&](auto product) {
          return Result<Action>(writeAction(product, isInPlace(&op, product.getDest()), *this));
        })
        .Case<plan::CallOp>([&](auto call) { return callOf(call); })
        .Case<ir::ScanOp, ir::FixpointOp, plan::SemiNaiveOp>(
            [&](auto recursion) { return recursionOf(recursion); })
        .Default([](mlir::Operation *other) -> Result<Action> {
          return Error{ErrorKind::Unsupported,
                       "the cpu backend cannot run '" + other->getName().getStringRef().str() + "'"};
        });
  }

  Result<Action> callOf(plan::CallOp op) {
    runtime::CallStep step;
    step.kernel = kernels.find(op.getKernel())->second;
    step.inputs = allNumbers(op.getInputs());
    step.dest = number(op.getDest());
    step.result = number(op.getCombined());
    step.inPlace = isInPlace(op, op.getDest());
    step.commits = !isCarriedBySemiNaive(op.getDest());
    return Action(std::move(step));
  }

  Result<Action> recursionOf(ir::ScanOp op) {
    runtime::ScanStep step;
    step.begin = op.getBegin();
    step.end = op.getEnd();
    step.isDescending = op.getDescending();
    step.inits = initials(op.getInits(), op);
    Result<runtime::Block> body = block(op.getBody().front());
    if (!body)
      return body.error();
    step.body = *std::move(body);
    step.results = allNumbers(op.getResults());
    return Action(std::move(step));
  }

  Result<Action> recursionOf(ir::FixpointOp op) {
    runtime::FixpointStep step;
    if (op.getTolerance())
      step.tolerance = op.getTolerance()->convertToDouble();
    step.maxRounds = op.getMaxRounds();
    step.names = listedNames(op.getNames());
    step.inits = initials(op.getInits(), op);
    Result<runtime::Block> body = block(op.getBody().front());
    if (!body)
      return body.error();
    step.body = *std::move(body);
    step.results = allNumbers(op.getResults());
    return Action(std::move(step));
  }

  Result<Action> recursionOf(plan::SemiNaiveOp op) {
    runtime::SemiNaiveStep step;
    if (op.getMaxRounds())
      step.maxRounds = static_cast<std::int64_t>(*op.getMaxRounds());
    step.names = listedNames(op.getNames());
    step.carriedNames = carriedNames(op.getNames(), op.getInits().size());
    step.inits = initials(op.getInits(), op);
    Result<runtime::Block> start = block(op.getStart().front());
    if (!start)
      return start.error();
    Result<runtime::Block> round = block(op.getStep().front());
    if (!round)
      return round.error();
    step.start = *std::move(start);
    step.round = *std::move(round);
    step.results = allNumbers(op.getResults());
    return Action(std::move(step));
  }

  Lifetimes lifetimes;
  llvm::DenseMap<mlir::Operation *, std::uint32_t> stepNumbers;
  runtime::Program program;
  llvm::DenseMap<mlir::Value, ValueId> numbers;
  llvm::StringMap<std::uint32_t> kernels;
};

} // namespace

Result<runtime::Program> writeProgram(mlir::ModuleOp module) {
  auto programs = module.getOps<ir::ProgramOp>();
  assert(!programs.empty() && "a module holds one program");
  ir::ProgramOp top = *programs.begin();
  return Writer(top).run(module, top);
}

} // namespace tl::backend::cpu
