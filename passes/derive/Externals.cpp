// The cotangents of C functions.
#include "passes/derive/Derivation.h"

#include "ir/tl/TlTypes.h"

namespace tl::passes {

using namespace mlir;

void Derivation::refuse(ir::ExternalOp external) {
  if (isRight)
    emitError(placeOf(gradient, 0))
            .append("the derivative of the C function '", external.getFunction(), "' is not known")
            .attachNote()
        << "name the function that is its derivative: extern \"library\" f(x), dx = slope";
  isRight = false;
}

/// The cotangent of an argument is that of the answers times the partial derivative, another C function of
/// the same arguments.
void Derivation::derive(ir::ExternalOp op) {
  Value cotangent = activity.reaches(op.getAnswers()) ? cotangents.lookup(op.getAnswers()) : Value();
  if (!cotangent)
    return;
  auto type = cast<RankedTensorType>(op.getAnswers().getType());
  Location place = op.getLoc();
  SmallVector<Value> arguments;
  for (Value argument : op.getArguments())
    arguments.push_back(forward(argument));
  const SmallVector<bool> kept(static_cast<std::size_t>(type.getRank()), true);
  for (auto [number, argument] : llvm::enumerate(op.getArguments())) {
    if (!takesCotangent(argument))
      continue;
    std::optional<ir::CFunction> partial = ir::partialOf(op, static_cast<unsigned>(number));
    if (!partial)
      return refuse(op);
    Value slope = ir::ExternalOp::create(builder, place, type, partial->name, partial->library,
                                         partial->symbol, arguments)
                      .getAnswers();
    Value root = rootOf(argument);
    cotangents[root] =
        alongAxes(ir::Monoid::Add, accumulator(root, type, place), type.getShape(), {{cotangent}, {slope}},
                  kept, place, [](ScalarBuilder &scalars, ValueRange elements) {
                    return scalars.multiply(elements[0], elements[1]);
                  });
  }
}

} // namespace tl::passes
