// The walk over a program: data to and from the device, launches, scans and fixpoints.
#include "backend/cuda/Executor.h"

#include "ir/tl/ElementTypes.h"
#include "ir/tl/TlTypes.h"
#include "runtime/core/Convergence.h"

#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>
#include <deque>

namespace tl::backend::cuda {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Result;
using runtime::Tensor;

runtime::Shape shapeOf(mlir::Type type) {
  llvm::ArrayRef<std::int64_t> shape = ir::denseType(type).getShape();
  return {shape.begin(), shape.end()};
}

runtime::ElementType elementOf(mlir::Type type) {
  return *ir::elementTypeOf(ir::denseType(type).getElementType());
}

std::size_t elementCount(mlir::Type type) {
  return static_cast<std::size_t>(ir::denseType(type).getNumElements());
}

/// Kernels trust the types of the program, so data of any other type stops here.
bool fits(const Tensor &data, mlir::Type type) {
  return data.shape() == shapeOf(type) && data.type() == elementOf(type) &&
         data.isPartial() == ir::isPartial(type);
}

std::string namesOf(ir::FixpointOp op) {
  std::string text;
  if (const std::optional<mlir::ArrayAttr> names = op.getNames())
    for (mlir::Attribute name : *names)
      text += (text.empty() ? "'" : ", '") + mlir::cast<mlir::StringAttr>(name).getValue().str() + "'";
  return text.empty() ? "a recursive equation" : text;
}

} // namespace

Executor::Executor(const cpu::Lifetimes &lifetimes, runtime::CudaDevice &device, const KernelTable &kernels,
                   const Bindings &bindings, const RunOptions &options)
    : lifetimes(lifetimes), device(device), kernels(kernels), bindings(bindings), budget(*options.budget),
      cancel(*options.cancel) {}

Result<Answers> Executor::run(ir::ProgramOp program) {
  TL_TRY(runBlock(program.getBody().front()));
  TL_TRY(device.synchronize());
  return std::move(answers);
}

/// The tl.next of a body is left to the op that runs the body.
Result<void> Executor::runBlock(mlir::Block &block) {
  for (mlir::Operation &op : block) {
    if (mlir::isa<ir::NextOp>(op))
      break;
    if (std::optional<Error> stopped = cancel.poll())
      return *std::move(stopped);
    TL_TRY(runOp(op));
    for (mlir::Value ended : lifetimes.endingAt(&op))
      values.erase(ended);
  }
  return {};
}

Result<void> Executor::runOp(mlir::Operation &op) {
  return llvm::TypeSwitch<mlir::Operation *, Result<void>>(&op)
      .Case<ir::ReadOp>([&](auto read) { return runRead(read); })
      .Case<ir::EmptyOp>([&](auto empty) { return runEmpty(empty); })
      .Case<tile::LaunchOp>([&](auto launch) { return runLaunch(launch); })
      .Case<ir::ScanOp>([&](auto scan) { return runScan(scan); })
      .Case<ir::FixpointOp>([&](auto fixpoint) { return runFixpoint(fixpoint); })
      .Case<ir::QueryOp, ir::WriteOp>([&](auto outlet) -> Result<void> {
        Result<Tensor> data = downloaded(*tensor(outlet.getTensor()), outlet.getTensor().getType());
        if (!data)
          return data.error();
        auto &taken = mlir::isa<ir::QueryOp>(outlet) ? answers.queries : answers.writes;
        taken.insert_or_assign(static_cast<std::int64_t>(outlet.getNumber()), *std::move(data));
        return {};
      })
      .Default(
          [](mlir::Operation *) -> Result<void> { llvm_unreachable("compiling refuses what has no form"); });
}

const std::shared_ptr<DeviceTensor> &Executor::tensor(mlir::Value value) const {
  return std::get<std::shared_ptr<DeviceTensor>>(values.find(value)->second);
}

Result<std::shared_ptr<DeviceTensor>> Executor::allocate(mlir::Type type, std::string_view what) {
  auto made = std::make_shared<DeviceTensor>();
  made->isPartial = ir::isPartial(type);
  Result<runtime::CudaBuffer> elements =
      device.allocate(elementCount(type) * runtime::byteWidth(elementOf(type)), what);
  if (!elements)
    return elements.error();
  made->elements = *std::move(elements);
  if (!made->isPartial)
    return made;
  Result<runtime::CudaBuffer> present = device.allocate(elementCount(type), what);
  if (!present)
    return present.error();
  made->present = *std::move(present);
  return made;
}

Result<std::shared_ptr<DeviceTensor>> Executor::copied(const DeviceTensor &tensor, std::string_view what) {
  auto made = std::make_shared<DeviceTensor>();
  made->isPartial = tensor.isPartial;
  Result<runtime::CudaBuffer> elements = device.allocate(tensor.elements.size(), what);
  if (!elements)
    return elements.error();
  made->elements = *std::move(elements);
  TL_TRY(device.copy(made->elements, tensor.elements));
  if (!made->isPartial)
    return made;
  Result<runtime::CudaBuffer> present = device.allocate(tensor.present.size(), what);
  if (!present)
    return present.error();
  made->present = *std::move(present);
  TL_TRY(device.copy(made->present, tensor.present));
  return made;
}

Result<std::shared_ptr<DeviceTensor>> Executor::uploaded(const Tensor &data, mlir::Type type,
                                                         std::string_view what) {
  Result<std::shared_ptr<DeviceTensor>> made = allocate(type, what);
  if (!made)
    return made;
  TL_TRY(device.copyIn((*made)->elements, data.data()));
  if ((*made)->isPartial)
    TL_TRY(device.copyIn((*made)->present, data.present()));
  return made;
}

Result<Tensor> Executor::downloaded(const DeviceTensor &tensor, mlir::Type type) {
  Result<Tensor> data = Tensor::create(budget, elementOf(type), shapeOf(type), "a result", tensor.isPartial);
  if (!data)
    return data;
  TL_TRY(device.copyOut(data->mutableData(), tensor.elements));
  if (tensor.isPartial)
    TL_TRY(device.copyOut(data->mutablePresent(), tensor.present));
  return data;
}

Result<void> Executor::runRead(ir::ReadOp op) {
  const std::string name = op.getName().str();
  auto found = bindings.find(name);
  if (found == bindings.end())
    return Error{ErrorKind::Data, "no data is bound to '" + name + "'"};
  const auto *data = std::get_if<Tensor>(&found->second);
  mlir::Type type = op.getTensor().getType();
  if (!data || !fits(*data, type))
    return Error{ErrorKind::Program,
                 "the data of '" + name + "' differs in type from the tensor of the program"};
  auto made = uploaded(*data, type, name);
  if (!made)
    return made.error();
  values[op.getTensor()] = *std::move(made);
  return {};
}

/// Device memory begins as zeros; the identity of products is written by the host.
Result<void> Executor::runEmpty(ir::EmptyOp op) {
  mlir::Type type = op.getTensor().getType();
  const std::string name = op.getName().value_or("an intermediate result").str();
  if (op.getMonoid() != ir::Monoid::Multiply) {
    auto made = allocate(type, name);
    if (!made)
      return made.error();
    values[op.getTensor()] = *std::move(made);
    return {};
  }
  Result<Tensor> ones = Tensor::create(budget, elementOf(type), shapeOf(type), name, ir::isPartial(type));
  if (!ones)
    return ones.error();
  for (std::int64_t position = 0; position < ones->elements(); ++position)
    ones->setInteger(position, 1);
  auto made = uploaded(*ones, type, name);
  if (!made)
    return made.error();
  values[op.getTensor()] = *std::move(made);
  return {};
}

/// The tensor that `op` may write to: its operand when this is its last use or a scan carries it, otherwise a
/// copy.
Result<Stored> Executor::destination(tile::LaunchOp op) {
  mlir::Value dest = op.getDest();
  const bool isInput = llvm::is_contained(op.getInputs(), dest);
  const bool inPlace = cpu::isCarriedByScan(dest) ||
                       (lifetimes.endsAt(dest, op) && !isInput && !cpu::isFixpointArgument(dest));
  if (inPlace)
    return Stored(tensor(dest));
  auto copy = copied(*tensor(dest), "an intermediate result");
  return copy ? Result<Stored>(Stored(*std::move(copy))) : Result<Stored>(copy.error());
}

Result<void> Executor::runLaunch(tile::LaunchOp op) {
  Result<Stored> dest = destination(op);
  if (!dest)
    return dest.error();
  std::deque<std::int64_t> parameters; // the driver reads them by address
  auto pass = [&](const Stored &stored) {
    if (const auto *position = std::get_if<std::int64_t>(&stored)) {
      parameters.push_back(*position);
      return;
    }
    const DeviceTensor &dense = *std::get<std::shared_ptr<DeviceTensor>>(stored);
    parameters.push_back(static_cast<std::int64_t>(dense.elements.address()));
    if (dense.isPartial)
      parameters.push_back(static_cast<std::int64_t>(dense.present.address()));
  };
  for (mlir::Value input : op.getInputs())
    pass(values.find(input)->second);
  pass(*dest);
  std::vector<void *> addresses;
  for (std::int64_t &parameter : parameters)
    addresses.push_back(&parameter);
  const LoadedKernel &kernel = kernels.find(op.getKernel())->second;
  TL_TRY(device.launch(kernel.handle, kernel.grid, addresses));
  values[op.getCombined()] = *std::move(dest);
  return {};
}

/// A value that nothing needs afterwards is handed over, any other is copied: a recursion writes to what it
/// carries.
Result<Executor::Carried> Executor::initial(mlir::OperandRange inits, mlir::Operation *op) {
  Carried carried;
  for (mlir::Value init : inits) {
    const bool isOnce = llvm::count(inits, init) == 1 && !cpu::isCapturedBy(init, op);
    const bool mayEnd = lifetimes.endsAt(init, op) && !cpu::isFixpointArgument(init);
    if (isOnce && (mayEnd || cpu::isCarriedByScan(init))) {
      carried.push_back(tensor(init));
      continue;
    }
    auto copy = copied(*tensor(init), "a recursion");
    if (!copy)
      return copy.error();
    carried.push_back(*std::move(copy));
  }
  return carried;
}

/// What a body passes on; a tensor that it passes on twice, or that lives outside it, becomes two.
Result<Executor::Carried> Executor::passedOn(mlir::Operation *terminator) {
  Carried next;
  for (auto [position, value] : llvm::enumerate(terminator->getOperands())) {
    const bool isShared = value.getParentBlock() != terminator->getBlock() ||
                          llvm::is_contained(terminator->getOperands().take_front(position), value);
    if (!isShared) {
      next.push_back(values.find(value)->second);
      continue;
    }
    auto copy = copied(*tensor(value), "a recursion");
    if (!copy)
      return copy.error();
    next.push_back(*std::move(copy));
  }
  for (mlir::Value ended : lifetimes.endingAt(terminator))
    values.erase(ended);
  return next;
}

Result<Executor::Carried> Executor::step(mlir::Block &body, Carried carried,
                                         std::optional<std::int64_t> position) {
  llvm::ArrayRef<mlir::BlockArgument> arguments = body.getArguments();
  if (position) {
    values[arguments.front()] = *position;
    arguments = arguments.drop_front();
  }
  for (auto [argument, value] : llvm::zip(arguments, carried))
    values[argument] = std::move(value);
  carried.clear();
  TL_TRY(runBlock(body));
  Result<Carried> next = passedOn(body.getTerminator());
  for (mlir::BlockArgument argument : body.getArguments())
    values.erase(argument);
  return next;
}

void Executor::defineResults(mlir::Operation *op, Carried results) {
  for (auto [result, value] : llvm::zip(op->getResults(), results))
    values[result] = std::move(value);
}

Result<void> Executor::runScan(ir::ScanOp op) {
  Result<Carried> carried = initial(op.getInits(), op);
  if (!carried)
    return carried.error();
  const auto begin = static_cast<std::int64_t>(op.getBegin()), end = static_cast<std::int64_t>(op.getEnd());
  for (std::int64_t done = 0; done < end - begin; ++done) {
    carried =
        step(op.getBody().front(), *std::move(carried), op.getDescending() ? end - 1 - done : begin + done);
    if (!carried)
      return carried.error();
  }
  defineResults(op, *std::move(carried));
  return {};
}

Result<bool> Executor::isSettled(ir::FixpointOp op, const Carried &before, const Carried &after) {
  std::optional<double> tolerance;
  if (op.getTolerance())
    tolerance = op.getTolerance()->convertToDouble();
  bool settled = true;
  for (std::size_t entry = 0; entry < after.size(); ++entry) {
    mlir::Type type = op.getInits()[entry].getType();
    Result<Tensor> old = downloaded(*std::get<std::shared_ptr<DeviceTensor>>(before[entry]), type);
    if (!old)
      return old.error();
    Result<Tensor> now = downloaded(*std::get<std::shared_ptr<DeviceTensor>>(after[entry]), type);
    if (!now)
      return now.error();
    if (tolerance && runtime::hasDiverged(*now))
      return Error{ErrorKind::Check, namesOf(op) + " does not converge: its values grow without bound"};
    Result<bool> same = runtime::isSettled(*old, *now, tolerance);
    if (!same)
      return same;
    settled = settled && *same;
  }
  return settled;
}

/// A step never writes to what it starts from, which is there to compare with.
Result<void> Executor::runFixpoint(ir::FixpointOp op) {
  Result<Carried> current = initial(op.getInits(), op);
  if (!current)
    return current.error();
  for (std::uint64_t round = 0; !op.getMaxRounds() || round < static_cast<std::uint64_t>(*op.getMaxRounds());
       ++round) {
    Result<Carried> next = step(op.getBody().front(), *current, std::nullopt);
    if (!next)
      return next.error();
    Result<bool> settled = isSettled(op, *current, *next);
    if (!settled)
      return settled.error();
    current = std::move(next);
    if (*settled) {
      defineResults(op, *std::move(current));
      return {};
    }
  }
  return Error{op.getTolerance() ? ErrorKind::Check : ErrorKind::Limit,
               namesOf(op) + " did not converge within " + std::to_string(*op.getMaxRounds()) +
                   " rounds (--max-iterations)"};
}

} // namespace tl::backend::cuda
