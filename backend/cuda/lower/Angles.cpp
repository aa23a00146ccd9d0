// An angle as a quadrant and a rest of at most a quarter of pi; series of the rest.
#include "backend/cuda/lower/Angles.h"

#include "llvm/IR/Intrinsics.h"
#include "llvm/IR/Module.h"

#include <limits>
#include <numbers>

namespace tl::backend::cuda {
namespace {

using llvm::Value;

/// 2/pi as a binary fraction, after one word of zeros: as many bits as the exponents of f64 reach.
constexpr std::uint64_t kTwoOverPi[] = {0,
                                        0xA2F9836E4E441529,
                                        0xFC2757D1F534DDC0,
                                        0xDB6295993C439041,
                                        0xFE5163ABDEBBC561,
                                        0xB7246E3A424DD2E0,
                                        0x06492EEA09D1921C,
                                        0xFE1DEB1CB129A73E,
                                        0xE88235F52EBB4484,
                                        0xE99C7026B45F7E41,
                                        0x3991D639835339F4,
                                        0x9C845F8BBDF9283B,
                                        0x1FF897FFDE05980F,
                                        0xEF2F118B5A0A6D1F,
                                        0x6D367ECF27CB09B7,
                                        0x4F463F669E5FEA2D,
                                        0x7527BAC7EBE5F17B,
                                        0x3D0739F78A5292EA,
                                        0x6BFB5FB11F8D5D08,
                                        0x56033046FC7B6BAB,
                                        0xF0CFBC209AF4361D};

/// From here on the number of quadrants does not leave enough bits for the rest.
constexpr double kLargeAngle = 0x1p30;

struct Reduced {
  Value *quadrant; ///< i64, of which the two lowest bits count
  Value *rest;     ///< in radians
};

class Angles {
public:
  explicit Angles(llvm::IRBuilder<> &ir) : ir(ir) {}

  /// sin(angle + turned quarters of a turn).
  Value *sine(Value *angle, std::uint64_t turned) {
    const Reduced reduced = reduce(angle);
    Value *quadrant = ir.CreateAdd(reduced.quadrant, word(turned));
    Value *isOdd = ir.CreateICmpNE(ir.CreateAnd(quadrant, word(1)), word(0));
    Value *isLow = ir.CreateICmpNE(ir.CreateAnd(quadrant, word(2)), word(0));
    Value *result = ir.CreateSelect(isOdd, cosineSeries(reduced.rest), sineSeries(reduced.rest));
    result = ir.CreateSelect(isLow, ir.CreateFNeg(result), result);
    Value *isFinite = ir.CreateFCmpOLT(magnitude(angle), real(std::numeric_limits<double>::infinity()));
    return ir.CreateSelect(isFinite, result, real(std::numeric_limits<double>::quiet_NaN()));
  }

private:
  Value *real(double value) { return llvm::ConstantFP::get(ir.getDoubleTy(), value); }
  Value *word(std::uint64_t value) { return ir.getInt64(value); }
  Value *bits(Value *x) { return ir.CreateBitCast(x, ir.getInt64Ty()); }
  Value *magnitude(Value *x) { return ir.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, x); }
  Value *fma(Value *lhs, Value *rhs, Value *addend) {
    return ir.CreateIntrinsic(llvm::Intrinsic::fma, {ir.getDoubleTy()}, {lhs, rhs, addend});
  }
  /// The sum of (-1)^i z^i / (2i + first)! for i below `terms`.
  Value *alternating(Value *z, int first, int terms) {
    Value *sum = nullptr;
    for (int term = terms - 1; term >= 0; --term) {
      double factorial = 1;
      for (int factor = 2; factor <= 2 * term + first; ++factor)
        factorial *= factor;
      Value *coefficient = real((term % 2 == 0 ? 1 : -1) / factorial);
      sum = sum ? fma(sum, z, coefficient) : coefficient;
    }
    return sum;
  }
  Value *sineSeries(Value *rest) {
    Value *z = ir.CreateFMul(rest, rest);
    // The first term apart: it is the rest itself, to its last bit.
    Value *others = ir.CreateFNeg(ir.CreateFMul(z, series3(z)));
    return fma(rest, others, rest);
  }
  /// 1/3! - z/5! + z^2/7! ...
  Value *series3(Value *z) { return alternating(z, 3, 8); }
  Value *cosineSeries(Value *rest) { return alternating(ir.CreateFMul(rest, rest), 0, 10); }

  Reduced reduce(Value *angle);
  Reduced reduceSmall(Value *angle);
  Reduced reduceLarge(Value *angle);
  Value *highProduct(Value *lhs, Value *rhs);
  llvm::GlobalVariable *table();

  llvm::IRBuilder<> &ir;
};

/// Few angles are large: those that are take the long way alone.
Reduced Angles::reduce(Value *angle) {
  llvm::Function *function = ir.GetInsertBlock()->getParent();
  auto block = [&](const char *name) { return llvm::BasicBlock::Create(ir.getContext(), name, function); };
  auto *small = block("angle.small"), *large = block("angle.large"), *after = block("angle");
  ir.CreateCondBr(ir.CreateFCmpOLT(magnitude(angle), real(kLargeAngle)), small, large);
  ir.SetInsertPoint(small);
  const Reduced ofSmall = reduceSmall(angle);
  ir.CreateBr(after);
  ir.SetInsertPoint(large);
  const Reduced ofLarge = reduceLarge(angle);
  ir.CreateBr(after);
  ir.SetInsertPoint(after);
  llvm::PHINode *quadrant = ir.CreatePHI(ir.getInt64Ty(), 2), *rest = ir.CreatePHI(ir.getDoubleTy(), 2);
  quadrant->addIncoming(ofSmall.quadrant, small), quadrant->addIncoming(ofLarge.quadrant, large);
  rest->addIncoming(ofSmall.rest, small), rest->addIncoming(ofLarge.rest, large);
  return {quadrant, rest};
}

/// angle - n pi/2 with pi/2 in two parts; each step rounds once.
Reduced Angles::reduceSmall(Value *angle) {
  constexpr double kRounder = 0x1.8p52; // adding it leaves the integer in the low bits of the mantissa
  constexpr double kHalfPiHigh = 0x1.921fb54442d18p+0, kHalfPiLow = 0x1.1a62633145c07p-54;
  Value *shifted = fma(angle, real(2 / std::numbers::pi), real(kRounder));
  Value *count = ir.CreateFNeg(ir.CreateFSub(shifted, real(kRounder)));
  return {bits(shifted), fma(count, real(kHalfPiLow), fma(count, real(kHalfPiHigh), angle))};
}

Value *Angles::highProduct(Value *lhs, Value *rhs) {
  llvm::Type *wide = ir.getInt128Ty();
  Value *product = ir.CreateMul(ir.CreateZExt(lhs, wide), ir.CreateZExt(rhs, wide));
  return ir.CreateTrunc(ir.CreateLShr(product, 64), ir.getInt64Ty());
}

/// |angle| = m 2^k with an integer m, so angle 2/pi / 4 modulo 1 needs of the bits of 2/pi those from k - 2
/// on: the ones before give whole turns. 192 of them leave more bits right than a rest has, however near to 0
/// it is.
Reduced Angles::reduceLarge(Value *angle) {
  Value *pattern = bits(magnitude(angle));
  Value *mantissa =
      ir.CreateOr(ir.CreateAnd(pattern, word(0xFFFFFFFFFFFFFull)), word(std::uint64_t{1} << 52));
  Value *exponent = ir.CreateSub(ir.CreateLShr(pattern, 52), word(1023 + 52)); // k
  // What is not finite has the next exponent, which the table covers too; its result is replaced.
  Value *start = ir.CreateAdd(exponent, word(64 - 2));
  Value *first = ir.CreateLShr(start, 6), *shift = ir.CreateAnd(start, word(63));
  Value *words[4], *window[3];
  for (std::uint64_t number = 0; number < 4; ++number)
    words[number] = ir.CreateLoad(
        ir.getInt64Ty(), ir.CreateInBoundsGEP(ir.getInt64Ty(), table(), ir.CreateAdd(first, word(number))));
  for (int number = 0; number < 3; ++number)
    window[number] = ir.CreateIntrinsic(llvm::Intrinsic::fshl, {ir.getInt64Ty()},
                                        {words[number], words[number + 1], shift});
  Value *middle = ir.CreateMul(mantissa, window[1]);
  Value *carried = ir.CreateAdd(middle, highProduct(mantissa, window[2]));
  Value *carry = ir.CreateZExt(ir.CreateICmpULT(carried, middle), ir.getInt64Ty());
  Value *high =
      ir.CreateAdd(ir.CreateAdd(ir.CreateMul(mantissa, window[0]), highProduct(mantissa, window[1])), carry);
  Value *quadrant = ir.CreateLShr(ir.CreateAdd(high, word(std::uint64_t{1} << 61)), 62);
  Value *left = ir.CreateSub(high, ir.CreateShl(quadrant, 62));
  Value *rest = fma(ir.CreateUIToFP(carried, ir.getDoubleTy()), real(0x1p-126),
                    ir.CreateFMul(ir.CreateSIToFP(left, ir.getDoubleTy()), real(0x1p-62)));
  rest = ir.CreateFMul(rest, real(std::numbers::pi / 2));
  Value *isNegative = ir.CreateFCmpOLT(angle, real(0));
  return {ir.CreateSelect(isNegative, ir.CreateNeg(quadrant), quadrant),
          ir.CreateSelect(isNegative, ir.CreateFNeg(rest), rest)};
}

llvm::GlobalVariable *Angles::table() {
  constexpr const char *kName = "tl.two.over.pi";
  llvm::Module &module = *ir.GetInsertBlock()->getModule();
  if (llvm::GlobalVariable *known = module.getNamedGlobal(kName))
    return known;
  constexpr unsigned kGlobalMemory = 1;
  llvm::Constant *words = llvm::ConstantDataArray::get(ir.getContext(), kTwoOverPi);
  return new llvm::GlobalVariable(module, words->getType(), true, llvm::GlobalValue::InternalLinkage, words,
                                  kName, nullptr, llvm::GlobalValue::NotThreadLocal, kGlobalMemory);
}

} // namespace

Value *emitSine(llvm::IRBuilder<> &ir, Value *angle) {
  return Angles(ir).sine(angle, 0);
}

Value *emitCosine(llvm::IRBuilder<> &ir, Value *angle) {
  return Angles(ir).sine(angle, 1);
}

} // namespace tl::backend::cuda
