// exp, log, tanh and pow in f64 by argument reduction and series.
#include "backend/cuda/lower/Math.h"

#include "backend/cuda/lower/Angles.h"
#include "runtime/Primitives.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/Intrinsics.h"

#include <limits>
#include <numbers>

namespace tl::backend::cuda {
namespace {

using llvm::Value;
using runtime::Primitive;

class Functions {
public:
  explicit Functions(llvm::IRBuilder<> &ir) : ir(ir) {}

  Value *exp(Value *x);
  Value *log(Value *x);
  Value *log1p(Value *x);
  Value *tanh(Value *x);
  Value *power(Value *base, Value *exponent);

private:
  Value *real(double value) { return llvm::ConstantFP::get(ir.getDoubleTy(), value); }
  Value *word(std::uint64_t value) { return ir.getInt64(value); }
  Value *bits(Value *x) { return ir.CreateBitCast(x, ir.getInt64Ty()); }
  Value *fromBits(Value *x) { return ir.CreateBitCast(x, ir.getDoubleTy()); }
  Value *magnitude(Value *x) { return ir.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, x); }
  Value *floor(Value *x) { return ir.CreateUnaryIntrinsic(llvm::Intrinsic::floor, x); }
  Value *fma(Value *lhs, Value *rhs, Value *addend) {
    return ir.CreateIntrinsic(llvm::Intrinsic::fma, {ir.getDoubleTy()}, {lhs, rhs, addend});
  }
  /// Horner's rule, highest coefficient first.
  Value *polynomial(Value *at, llvm::ArrayRef<double> coefficients) {
    Value *sum = real(coefficients.front());
    for (double coefficient : coefficients.drop_front())
      sum = fma(sum, at, real(coefficient));
    return sum;
  }
  /// 2^n for -1022 <= n <= 1023.
  Value *powerOfTwo(Value *n) { return fromBits(ir.CreateShl(ir.CreateAdd(n, word(1023)), word(52))); }
  Value *when(Value *condition, double chosen, Value *otherwise) {
    return ir.CreateSelect(condition, real(chosen), otherwise);
  }

  static constexpr double kInfinity = std::numeric_limits<double>::infinity();
  static constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  /// ln 2 in two parts; the first has zeros at its end, so that its products with exponents are exact.
  static constexpr double kLn2High = 6.93147180369123816490e-01, kLn2Low = 1.90821492927058770002e-10;

  llvm::IRBuilder<> &ir;
};

/// 1/n! from n = `highest` down to n = `lowest`.
llvm::SmallVector<double> inverseFactorials(int highest, int lowest) {
  llvm::SmallVector<double> result;
  for (int n = highest; n >= lowest; --n) {
    double product = 1;
    for (int factor = 2; factor <= n; ++factor)
      product *= factor;
    result.push_back(1 / product);
  }
  return result;
}

/// exp(x) = 2^n exp(r) with n = rint(x / ln 2): |r| <= ln 2 / 2, where 14 terms of the series are exact to
/// f64. 2^n is applied in two factors because n may pass the exponent range of either end.
Value *Functions::exp(Value *x) {
  constexpr double kRounder = 0x1.8p52; // adding it leaves the integer in the low bits of the mantissa
  Value *shifted = fma(x, real(std::numbers::log2e), real(kRounder));
  Value *whole = ir.CreateFSub(shifted, real(kRounder));
  Value *n = ir.CreateSub(bits(shifted), bits(real(kRounder)));
  Value *rest = fma(whole, real(-kLn2Low), fma(whole, real(-kLn2High), x));
  Value *power = polynomial(rest, inverseFactorials(14, 0));
  Value *half = ir.CreateAShr(n, word(1));
  power = ir.CreateFMul(ir.CreateFMul(power, powerOfTwo(half)), powerOfTwo(ir.CreateSub(n, half)));
  power = when(ir.CreateFCmpOGE(x, real(710)), kInfinity, power);
  return when(ir.CreateFCmpOLE(x, real(-746)), 0, power);
}

/// log(x) = k ln 2 + log(1 + f) with 1 + f in [sqrt 1/2, sqrt 2), and log(1 + f) by the odd series in s = f /
/// (2 + f).
Value *Functions::log(Value *x) {
  Value *isSmall = ir.CreateFCmpOLT(x, real(0x1p-1022));
  Value *scaled = ir.CreateSelect(isSmall, ir.CreateFMul(x, real(0x1p54)), x);
  Value *pattern = bits(scaled);
  Value *k = ir.CreateAShr(ir.CreateSub(pattern, bits(real(std::numbers::sqrt2 / 2))), word(52));
  Value *f = ir.CreateFSub(fromBits(ir.CreateSub(pattern, ir.CreateShl(k, word(52)))), real(1));
  Value *exponent =
      ir.CreateFAdd(ir.CreateSIToFP(k, ir.getDoubleTy()), ir.CreateSelect(isSmall, real(-54), real(0)));
  Value *s = ir.CreateFDiv(f, ir.CreateFAdd(f, real(2)));
  Value *z = ir.CreateFMul(s, s);
  llvm::SmallVector<double> coefficients;
  for (int odd = 25; odd >= 3; odd -= 2)
    coefficients.push_back(2.0 / odd);
  Value *series = ir.CreateFMul(z, polynomial(z, coefficients));
  // f - f^2/2 first: it carries most of the result, the series corrects it.
  Value *square = ir.CreateFMul(real(0.5), ir.CreateFMul(f, f));
  Value *correction = fma(exponent, real(kLn2Low), ir.CreateFMul(s, ir.CreateFAdd(square, series)));
  Value *small = ir.CreateFSub(ir.CreateFSub(square, correction), f);
  Value *result = ir.CreateFSub(ir.CreateFMul(exponent, real(kLn2High)), small);
  result = ir.CreateSelect(ir.CreateFCmpOEQ(x, real(kInfinity)), x, result);
  result = when(ir.CreateFCmpOEQ(x, real(0)), -kInfinity, result);
  // Not at least 0: negative, or NaN.
  return when(ir.CreateFCmpULT(x, real(0)), kNan, result);
}

/// log(u) x / (u - 1) with u = 1 + x rounded: the errors of u cancel.
Value *Functions::log1p(Value *x) {
  Value *u = ir.CreateFAdd(x, real(1));
  Value *less = ir.CreateFSub(u, real(1));
  Value *isTiny = ir.CreateFCmpOEQ(less, real(0)), *isInfinite = ir.CreateFCmpOEQ(x, real(kInfinity));
  Value *ratio = ir.CreateFDiv(ir.CreateFMul(log(u), x), ir.CreateSelect(isTiny, real(1), less));
  Value *isEnd = ir.CreateFCmpOEQ(x, real(-1));
  return when(isEnd, -kInfinity, ir.CreateSelect(ir.CreateOr(isTiny, isInfinite), x, ratio));
}

/// e / (e + 2) with e = exp(2 |x|) - 1, by its series below 1/2.
Value *Functions::tanh(Value *x) {
  Value *size = magnitude(x), *twice = ir.CreateFAdd(size, size);
  Value *series = ir.CreateFMul(twice, polynomial(twice, inverseFactorials(20, 1)));
  Value *small = ir.CreateFDiv(series, ir.CreateFAdd(series, real(2)));
  Value *large = ir.CreateFSub(real(1), ir.CreateFDiv(real(2), ir.CreateFAdd(exp(twice), real(1))));
  Value *result = ir.CreateSelect(ir.CreateFCmpOLT(size, real(0.5)), small, large);
  return ir.CreateBinaryIntrinsic(llvm::Intrinsic::copysign, result, x);
}

/// |base|^exponent by logarithms, which costs as many last places as the result has bits of exponent: fit for
/// f32.
Value *Functions::power(Value *base, Value *exponent) {
  Value *size = magnitude(base);
  Value *result = exp(ir.CreateFMul(exponent, log(size)));
  Value *isWhole = ir.CreateFCmpOEQ(floor(exponent), exponent);
  Value *halved = ir.CreateFMul(exponent, real(0.5));
  Value *isOdd = ir.CreateAnd(isWhole, ir.CreateFCmpUNE(floor(halved), halved));
  Value *isNegative = ir.CreateICmpSLT(bits(base), word(0));
  Value *isFinite = ir.CreateAnd(ir.CreateFCmpONE(size, real(kInfinity)),
                                 ir.CreateFCmpONE(magnitude(exponent), real(kInfinity)));
  Value *hasNone =
      ir.CreateAnd(ir.CreateFCmpOLT(base, real(0)), ir.CreateAnd(isFinite, ir.CreateNot(isWhole)));
  result = when(ir.CreateFCmpOEQ(size, real(1)), 1, result);
  result = ir.CreateSelect(ir.CreateAnd(isNegative, isOdd), ir.CreateFNeg(result), result);
  result = when(hasNone, kNan, result);
  result = ir.CreateSelect(ir.CreateFCmpUNO(exponent, exponent), exponent, result);
  Value *isOne = ir.CreateOr(ir.CreateFCmpOEQ(exponent, real(0)), ir.CreateFCmpOEQ(base, real(1)));
  return when(isOne, 1, result);
}

/// A square is a product on every backend.
bool isSquare(ir::ApplyOp apply) {
  auto exponent = apply->getOperand(1).getDefiningOp<ir::NumberOp>();
  auto value = exponent ? mlir::dyn_cast<mlir::FloatAttr>(exponent.getValue()) : mlir::FloatAttr();
  return value && value.getValueAsDouble() == 2;
}

} // namespace

std::string missingFunction(ir::ApplyOp apply) {
  const std::string name = apply.getPrimitive().str();
  mlir::Type type = apply.getResult().getType();
  if (!mlir::isa<mlir::FloatType>(type))
    return "";
  switch (*runtime::findPrimitive(name)) {
  case Primitive::k_mod:
    return "the function '" + name + "'";
  case Primitive::k_erf:
  case Primitive::k_gelu:
    return type.isF64() ? "the function '" + name + "' of f64" : "";
  case Primitive::k_pow:
    return type.isF64() && !isSquare(apply) ? "a power of f64" : "";
  default:
    return "";
  }
}

Value *emitMath(llvm::IRBuilder<> &ir, llvm::StringRef name, llvm::ArrayRef<Value *> operands) {
  llvm::Type *type = operands.front()->getType();
  llvm::SmallVector<Value *> wide;
  for (Value *operand : operands)
    wide.push_back(ir.CreateFPCast(operand, ir.getDoubleTy()));
  Functions functions(ir);
  Value *result = name == "exp"     ? functions.exp(wide[0])
                  : name == "log"   ? functions.log(wide[0])
                  : name == "log1p" ? functions.log1p(wide[0])
                  : name == "tanh"  ? functions.tanh(wide[0])
                  : name == "sin"   ? emitSine(ir, wide[0])
                  : name == "cos"   ? emitCosine(ir, wide[0])
                  : name == "pow"   ? functions.power(wide[0], wide[1])
                                    : nullptr;
  assert(result && "missingFunction lets pass what is here");
  return ir.CreateFPCast(result, type);
}

} // namespace tl::backend::cuda
