// Chains of equations as text.
#include "frontend/print/Equations.h"

#include "frontend/print/ScalarText.h"

#include "ir/tl/TlTypes.h"
#include "passes/derive/Activity.h"

#include "mlir/IR/BuiltinTypes.h"

#include <cstdio>
#include <set>

namespace tl::print {
namespace {

using mlir::dyn_cast;
using mlir::isa;
using mlir::Value;

const char *operatorOf(ir::Monoid monoid) {
  switch (monoid) {
  case ir::Monoid::Add:
  case ir::Monoid::Or:
    return "=";
  case ir::Monoid::Max:
    return "max=";
  case ir::Monoid::Min:
    return "min=";
  case ir::Monoid::Multiply:
    return "*=";
  case ir::Monoid::Average:
    return "avg=";
  }
  llvm_unreachable("every monoid is handled");
}

/// The reduction over the variables that are not on the left, so that they are combined nowhere else.
const char *reductionOf(ir::Monoid monoid) {
  switch (monoid) {
  case ir::Monoid::Add:
    return "sum";
  case ir::Monoid::Or:
    return "any";
  case ir::Monoid::Max:
    return "max";
  case ir::Monoid::Min:
    return "min";
  case ir::Monoid::Multiply:
    return "prod";
  case ir::Monoid::Average:
    return nullptr;
  }
  llvm_unreachable("every monoid is handled");
}

std::string typeName(mlir::Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text == "i1" ? "bool" : text;
}

std::string placeOfZeros(std::size_t rank) {
  std::string text;
  for (std::size_t axis = 0; axis < rank; ++axis)
    text += axis == 0 ? "[0" : ",0";
  return text.empty() ? "" : text + "]";
}

/// Prints the chains that values need, each under a name.
class Printer {
public:
  explicit Printer(const std::vector<std::string> &taken) : used(taken.begin(), taken.end()) {}

  /// The name of the tensor whose chain `value` belongs to; it is printed later unless the program defines
  /// it.
  std::string nameOf(Value value);
  void printAll();

  std::string text, unprintable;

private:
  Value rootIn(Value value);
  std::string fresh(std::string wanted);
  void print(Value root);
  void declare(Value root, const std::string &name);
  void print(ir::ComprehensionOpInterface equation, const std::string &name);
  void print(ir::NormalizeOp normalize, const std::string &name);
  void print(ir::MatrixOp matrix);
  void print(ir::ExternalOp external, const std::string &name);
  void note(const ScalarText &text) {
    if (unprintable.empty())
      unprintable = text.unprintable;
  }

  std::set<std::string> used;
  std::set<mlir::Operation *> printed; ///< of ops with several results
  llvm::DenseMap<Value, std::string> names;
  std::vector<Value> waiting;
};

/// The chain of a fixpoint's body is the fixpoint's tensor.
Value Printer::rootIn(Value value) {
  Value root = passes::rootOf(value);
  if (auto argument = dyn_cast<mlir::BlockArgument>(root))
    if (auto fixpoint = dyn_cast<ir::FixpointOp>(argument.getOwner()->getParentOp()))
      return fixpoint.getResult(argument.getArgNumber());
  return root;
}

std::string Printer::fresh(std::string wanted) {
  std::string name = wanted;
  for (int number = 2; !used.insert(name).second; ++number)
    name = wanted + "_" + std::to_string(number);
  return name;
}

std::string Printer::nameOf(Value value) {
  Value root = rootIn(value);
  if (auto known = names.find(root); known != names.end())
    return known->second;
  mlir::Operation *op = root.getDefiningOp();
  if (auto read = dyn_cast_or_null<ir::ReadOp>(op))
    return names[root] = read.getName().str();
  std::string wanted = "T";
  if (auto empty = dyn_cast_or_null<ir::EmptyOp>(op); empty && empty.getName()) {
    if (!empty.getName()->starts_with("d"))
      return names[root] = empty.getName()->str();
    wanted = "D" + empty.getName()->drop_front().str();
  } else if (auto fixpoint = dyn_cast_or_null<ir::FixpointOp>(op); fixpoint && fixpoint.getNames()) {
    auto name = mlir::cast<mlir::StringAttr>(
        (*fixpoint.getNames())[mlir::cast<mlir::OpResult>(root).getResultNumber()]);
    if (!name.getValue().starts_with("d"))
      return names[root] = name.str();
    wanted = "D" + name.getValue().drop_front().str();
  }
  waiting.push_back(root);
  return names[root] = fresh(wanted);
}

void Printer::declare(Value root, const std::string &name) {
  if (ir::isRelation(root.getType()))
    return;
  mlir::RankedTensorType type = ir::denseType(root.getType());
  text += "tensor " + name;
  for (auto [axis, extent] : llvm::enumerate(type.getShape()))
    text += (axis == 0 ? "[i" : ", i") + std::to_string(axis) + ": " + std::to_string(extent);
  text += (type.getRank() == 0 ? ": " : "]: ") + typeName(type.getElementType()) + "\n";
}

void Printer::print(ir::ComprehensionOpInterface equation, const std::string &name) {
  mlir::Block &block = equation.getBody().front();
  auto yield = mlir::cast<ir::YieldOp>(block.back());
  ScalarText scalars([&](Value tensor) { return nameOf(tensor); });
  const bool isRelation = ir::isRelation(equation.getDest().getType());
  // The steps of scans around the equation are assignments too.
  std::set<std::string> left;
  llvm::ArrayRef<std::int64_t> extents;
  if (!isRelation)
    extents = ir::denseType(equation.getDest().getType()).getShape();
  std::string head = scalars.target(*yield.getMap(), yield.getIndices(), extents, left);
  std::string value = scalars.body(block);
  std::string summed = scalars.variables(block, left);
  for (auto scan = equation->getParentOfType<ir::ScanOp>(); scan; scan = scan->getParentOfType<ir::ScanOp>())
    if (std::string position = scalars.variable(scan.getBody().front().getArgument(0)); !left.count(position))
      summed += (summed.empty() ? "" : ",") + position;
  if (isRelation) {
    std::vector<std::string> conditions = scalars.literals;
    llvm::append_range(conditions, scalars.ranges);
    llvm::append_range(conditions, scalars.guards);
    text += name + "(" + head + ") <-";
    for (const std::string &condition : conditions)
      text += (&condition == conditions.data() ? " " : ", ") + condition;
    text += "\n";
    return note(scalars);
  }
  text += name + (head.empty() ? "" : "[" + head + "]") + " " + operatorOf(equation.getMonoid()) + " ";
  text += summed.empty() ? value
                         : std::string(reductionOf(equation.getMonoid())) + "[" + summed + "](" + value + ")";
  for (const auto *list : {&scalars.ranges, &scalars.guards})
    for (const std::string &guard : *list)
      text += ", " + guard;
  text += "\n";
  note(scalars);
}

void Printer::print(ir::NormalizeOp normalize, const std::string &name) {
  if (normalize.getKind() == ir::Normalization::Order)
    unprintable = "the order of a row, which topk and the like compare with a place";
  std::string head, plain;
  const std::size_t rank = ir::rankOf(normalize.getTensor().getType());
  for (std::size_t axis = 0; axis < rank; ++axis) {
    std::string index = "i" + std::to_string(axis);
    bool isAlong = llvm::is_contained(normalize.getAlong(), static_cast<std::int64_t>(axis));
    head += (axis ? "," : "") + index + (isAlong ? "." : "");
    plain += (axis ? "," : "") + index;
  }
  text += name + "[" + head + "] = " + ir::stringifyNormalization(normalize.getKind()).str() + "(" +
          nameOf(normalize.getTensor()) + "[" + plain + "]";
  if (!normalize.getParameters().empty()) {
    char number[40];
    std::snprintf(number, sizeof(number), "%.17g", normalize.getParameters()[0]);
    text += "; eps = " + std::string(number);
  }
  text += ")\n";
}

/// All results of a call at once.
void Printer::print(ir::MatrixOp op) {
  if (!printed.insert(op).second)
    return;
  if (ir::isPartial(op.getMatrix().getType()))
    unprintable = "linear algebra that leaves matrices out";
  const std::size_t rank = ir::rankOf(op.getMatrix().getType());
  auto at = [&](llvm::ArrayRef<std::string> last) {
    std::string text;
    for (std::size_t axis = 0; axis + 2 < rank; ++axis)
      text += "n" + std::to_string(axis) + ",";
    for (const std::string &letter : last)
      text += letter + ",";
    return "[" + text.substr(0, text.size() - 1) + "]";
  };
  std::vector<std::string> right = {"i"}, solution = {"j"};
  if (op.getRight())
    for (std::size_t axis = rank - 1; axis < ir::rankOf(op.getRight().getType()); ++axis)
      for (std::vector<std::string> *list : {&right, &solution})
        list->push_back("c" + std::to_string(axis));
  std::vector<std::vector<std::string>> places;
  switch (op.getFunction()) {
  case ir::MatrixFunction::Solve:
    places = {solution};
    break;
  case ir::MatrixFunction::Inverse:
  case ir::MatrixFunction::Cholesky:
    places = {{"i", "j"}};
    break;
  case ir::MatrixFunction::Eigh:
    places = {{"k"}, {"i", "k"}};
    break;
  case ir::MatrixFunction::Svd:
    places = {{"i", "k"}, {"k"}, {"k", "j"}};
    break;
  }
  std::string left;
  for (auto [answer, letters] : llvm::zip_equal(op.getAnswers(), places)) {
    const std::string name = nameOf(answer);
    declare(answer, name);
    left += (left.empty() ? "" : ", ") + name + at(letters);
  }
  text += (places.size() > 1 ? "(" + left + ")" : left) + " = " +
          ir::stringifyMatrixFunction(op.getFunction()).str() + "(" + nameOf(op.getMatrix()) +
          at({"i", "j"}) + (op.getRight() ? ", " + nameOf(op.getRight()) + at(right) : "") + ")\n";
}

void Printer::print(ir::ExternalOp op, const std::string &name) {
  std::string at;
  for (std::size_t axis = 0; axis < ir::rankOf(op.getAnswers().getType()); ++axis)
    at += (axis ? ",i" : "[i") + std::to_string(axis);
  at += at.empty() ? "" : "]";
  std::string arguments;
  for (Value argument : op.getArguments())
    arguments += (arguments.empty() ? "" : ", ") + nameOf(argument) + at;
  text += name + at + " = " + op.getFunction().str() + "(" + arguments + ")\n";
}

void Printer::print(Value root) {
  if (auto matrix = root.getDefiningOp<ir::MatrixOp>())
    return print(matrix);
  const std::string name = names[root];
  declare(root, name);
  if (auto normalize = root.getDefiningOp<ir::NormalizeOp>())
    return print(normalize, name);
  if (auto external = root.getDefiningOp<ir::ExternalOp>())
    return print(external, name);
  if (auto fixpoint = root.getDefiningOp<ir::FixpointOp>()) {
    Value next = fixpoint.getBody().front().getTerminator()->getOperand(
        mlir::cast<mlir::OpResult>(root).getResultNumber());
    names[passes::rootOf(next)] = name;
    root = passes::rootOf(next);
  }
  auto empty = root.getDefiningOp<ir::EmptyOp>();
  if (!empty || empty->getParentOfType<ir::ScanOp>()) {
    unprintable = "a tensor that a step of a recursion computes for itself";
    return;
  }
  llvm::SmallVector<ir::ComprehensionOpInterface> equations = passes::equationsOf(root);
  const std::size_t rank = ir::rankOf(root.getType());
  if (empty.getMonoid() == ir::Monoid::Multiply &&
      (equations.empty() || equations.front().getMonoid() != ir::Monoid::Multiply))
    text += name + " = 1.0\n"; // the derivative of a scalar by itself
  else if (equations.empty() && empty.getMonoid() == ir::Monoid::Add)
    text += name + placeOfZeros(rank) + " = 0.0\n";
  for (ir::ComprehensionOpInterface equation : equations)
    print(equation, name);
}

void Printer::printAll() {
  while (!waiting.empty()) {
    Value root = waiting.back();
    waiting.pop_back();
    print(root);
  }
}

} // namespace

EquationText equationsOf(mlir::ValueRange values, const std::vector<std::string> &taken) {
  Printer printer(taken);
  EquationText result;
  for (Value value : values)
    result.names.push_back(printer.nameOf(value));
  printer.printAll();
  result.text = std::move(printer.text);
  result.unprintable = std::move(printer.unprintable);
  return result;
}

} // namespace tl::print
