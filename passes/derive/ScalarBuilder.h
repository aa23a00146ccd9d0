// Scalar arithmetic in the body of an equation.
#pragma once

#include "mlir/IR/Builders.h"

#include <cstdint>
#include <optional>

namespace tl::passes {

/// Appends scalar ops. Multiplication by 1, addition of 0 and arithmetic on two constants leave no op.
class ScalarBuilder {
public:
  ScalarBuilder(mlir::OpBuilder &builder, mlir::Location location) : builder(builder), location(location) {}

  mlir::Value real(double value, mlir::Type type);
  mlir::Value integer(std::int64_t value);
  mlir::Value add(mlir::Value lhs, mlir::Value rhs);
  mlir::Value subtract(mlir::Value lhs, mlir::Value rhs);
  mlir::Value multiply(mlir::Value lhs, mlir::Value rhs);
  mlir::Value divide(mlir::Value lhs, mlir::Value rhs);
  mlir::Value negate(mlir::Value value);
  mlir::Value square(mlir::Value value) { return multiply(value, value); }
  /// `value` where `condition` holds, else 0.
  mlir::Value keepWhere(mlir::Value condition, mlir::Value value);
  mlir::Value select(mlir::Value condition, mlir::Value value, mlir::Value otherwise);
  mlir::Value compare(llvm::StringRef comparison, mlir::Value lhs, mlir::Value rhs);
  mlir::Value both(mlir::Value lhs, mlir::Value rhs);
  mlir::Value negated(mlir::Value condition);
  mlir::Value cast(mlir::Value value, mlir::Type type);
  /// Any primitive whose result has the type of its last operand.
  mlir::Value apply(llvm::StringRef primitive, mlir::ValueRange operands);
  /// An index value as an integer.
  mlir::Value position(mlir::Value index);

  mlir::OpBuilder &builder;
  mlir::Location location;
};

/// The number a value is, when it is a real constant.
std::optional<double> constantReal(mlir::Value value);

} // namespace tl::passes
