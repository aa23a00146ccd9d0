// Polynomials for exp, tanh and erf of f32.
#include "backend/cpu/lower/Approximations.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/IR/Intrinsics.h"

namespace tl::backend::cpu {
namespace {

using llvm::Value;

llvm::Constant *real(Value *like, double value) {
  return llvm::ConstantFP::get(like->getType(), value);
}

Value *fma(llvm::IRBuilder<> &ir, Value *lhs, Value *rhs, Value *addend) {
  return ir.CreateIntrinsic(llvm::Intrinsic::fma, {lhs->getType()}, {lhs, rhs, addend});
}

Value *magnitude(llvm::IRBuilder<> &ir, Value *value) {
  return ir.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, value);
}

/// Horner's rule, highest coefficient first.
Value *polynomial(llvm::IRBuilder<> &ir, Value *at, llvm::ArrayRef<double> coefficients) {
  Value *sum = real(at, coefficients.front());
  for (double coefficient : coefficients.drop_front())
    sum = fma(ir, sum, at, real(at, coefficient));
  return sum;
}

llvm::Type *integersLike(Value *value) {
  llvm::Type *word = llvm::Type::getInt32Ty(value->getContext());
  return value->getType()->getWithNewType(word);
}

} // namespace

/// exp(x) = 2^n exp(f) with n = rint(x / ln 2) and |f| <= ln 2 / 2; ln 2 is taken off in two parts. 2^n is
/// applied in two factors because n may pass the exponent range of either end.
Value *emitExp(llvm::IRBuilder<> &ir, Value *value) {
  llvm::Type *words = integersLike(value);
  auto word = [&](std::uint32_t bits) { return llvm::ConstantInt::get(words, bits); };
  // Adding 1.5 * 2^23 rounds to an integer and leaves it in the low mantissa bits: no conversion that NaN
  // could spoil.
  Value *shifted = fma(ir, value, real(value, 1.442695041), real(value, 12582912.0));
  Value *whole = ir.CreateFSub(shifted, real(value, 12582912.0));
  Value *exponent = ir.CreateSub(ir.CreateBitCast(shifted, words), word(0x4b400000u));
  Value *rest = fma(ir, whole, real(value, -6.93145752e-1), value);
  rest = fma(ir, whole, real(value, -1.42860677e-6), rest);
  Value *power = polynomial(
      ir, rest, {1.37805939e-3, 8.37312452e-3, 4.16695364e-2, 1.66664720e-1, 4.99999851e-1, 1.0, 1.0});
  Value *correction = ir.CreateSelect(ir.CreateICmpSGT(exponent, word(0)), word(0), word(0x83000000u));
  Value *first = ir.CreateBitCast(ir.CreateAdd(word(0x7f000000u), correction), value->getType());
  Value *second =
      ir.CreateBitCast(ir.CreateSub(ir.CreateShl(exponent, word(23)), correction), value->getType());
  Value *scaled = ir.CreateFMul(ir.CreateFMul(power, first), second);
  scaled = ir.CreateSelect(ir.CreateFCmpOGE(value, real(value, 104.0)),
                           llvm::ConstantFP::getInfinity(value->getType()), scaled);
  return ir.CreateSelect(ir.CreateFCmpOLE(value, real(value, -104.0)), real(value, 0.0), scaled);
}

/// Below 5/8 an odd polynomial; above, tanh(x) = 1 - 2 / (exp(2x) + 1).
Value *emitTanh(llvm::IRBuilder<> &ir, Value *value) {
  Value *size = magnitude(ir, value);
  Value *square = ir.CreateFMul(value, value);
  Value *inner = polynomial(
      ir, square,
      {-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1});
  Value *small = fma(ir, ir.CreateFMul(inner, square), value, value);
  Value *grown = emitExp(ir, ir.CreateFAdd(size, size));
  Value *ratio = ir.CreateFDiv(real(value, 2.0), ir.CreateFAdd(grown, real(value, 1.0)));
  Value *large = ir.CreateFSub(real(value, 1.0), ratio);
  large = ir.CreateIntrinsic(llvm::Intrinsic::copysign, {value->getType()}, {large, value});
  return ir.CreateSelect(ir.CreateFCmpOGE(size, real(value, 0.625)), large, small);
}

/// Below 475/512 an odd polynomial; above, erf(x) = 1 - exp(p(x)).
Value *emitErf(llvm::IRBuilder<> &ir, Value *value) {
  Value *size = magnitude(ir, value);
  Value *square = ir.CreateFMul(value, value);
  Value *outer = fma(ir, real(value, -1.72853470e-5), size, real(value, 3.83197126e-4));
  Value *odd = fma(ir, real(value, -3.88396438e-3), size, real(value, 2.42546219e-2));
  outer = fma(ir, outer, square, odd);
  for (double coefficient : {-1.06777877e-1, -6.34846687e-1, -1.28717512e-1})
    outer = fma(ir, outer, size, real(value, coefficient));
  outer = fma(ir, outer, size, ir.CreateFNeg(size));
  // Past 10 the exponent is far below the last bit of 1, and its terms may overflow against each other.
  outer = ir.CreateSelect(ir.CreateFCmpOGT(size, real(value, 10.0)), real(value, -104.0), outer);
  Value *large = ir.CreateFSub(real(value, 1.0), emitExp(ir, outer));
  large = ir.CreateIntrinsic(llvm::Intrinsic::copysign, {value->getType()}, {large, value});
  Value *inner = polynomial(
      ir, square,
      {-5.96761703e-4, 4.99119423e-3, -2.67681349e-2, 1.12819925e-1, -3.76125336e-1, 1.28379166e-1});
  Value *small = fma(ir, inner, value, value);
  return ir.CreateSelect(ir.CreateFCmpOGT(size, real(value, 0.927734375)), large, small);
}

} // namespace tl::backend::cpu
