// The rows of runtime/Primitives.def in LLVM IR.
#include "runtime/Primitives.h"
#include "backend/cpu/lower/Approximations.h"
#include "backend/cpu/lower/Scalars.h"

#include "mlir/IR/BuiltinTypes.h"

#include "llvm/IR/Intrinsics.h"
#include "llvm/IR/Module.h"

#include <numbers>

namespace tl::backend::cpu {
namespace {

using llvm::ArrayRef;
using llvm::Value;
using runtime::Primitive;

/// Shorthand for building expressions over values of one type.
class Expression {
public:
  Expression(llvm::IRBuilder<> &ir, llvm::Module &module, MathEmitter math) : ir(ir), module(module), math(math) {}

  Value *real(Value *like, double value) const { return llvm::ConstantFP::get(like->getType(), value); }
  Value *whole(Value *like, std::int64_t value) const {
    return llvm::ConstantInt::get(like->getType(), static_cast<std::uint64_t>(value), true);
  }
  Value *intrinsic(llvm::Intrinsic::ID id, Value *value) const { return ir.CreateUnaryIntrinsic(id, value); }

  /// A function of libm, lane by lane, or what stands for it; `name` is its f64 form.
  Value *libm(llvm::StringRef name, ArrayRef<Value *> operands) const;
  Value *exp(Value *value) const { return isF32(value) ? emitExp(ir, value) : libm("exp", value); }
  Value *tanh(Value *value) const { return isF32(value) ? emitTanh(ir, value) : libm("tanh", value); }
  Value *erf(Value *value) const { return isF32(value) ? emitErf(ir, value) : libm("erf", value); }

  /// exp(-|x|) never overflows, so both signs of x are exact.
  Value *sigmoid(Value *value) const {
    Value *decay = exp(ir.CreateFNeg(intrinsic(llvm::Intrinsic::fabs, value)));
    Value *isPositive = ir.CreateFCmpOGE(value, real(value, 0));
    Value *above = ir.CreateSelect(isPositive, real(value, 1), decay);
    return ir.CreateFDiv(above, ir.CreateFAdd(real(value, 1), decay));
  }
  Value *step(Value *value) const {
    return ir.CreateSelect(ir.CreateFCmpOGT(value, real(value, 0)), real(value, 1), real(value, 0));
  }
  Value *softplus(Value *value) const {
    Value *decay = exp(ir.CreateFNeg(intrinsic(llvm::Intrinsic::fabs, value)));
    Value *positive = ir.CreateSelect(ir.CreateFCmpOGT(value, real(value, 0)), value, real(value, 0));
    return ir.CreateFAdd(positive, libm("log1p", decay));
  }
  Value *gelu(Value *value) const {
    Value *error = erf(ir.CreateFMul(value, real(value, 0.70710678118654752440)));
    return ir.CreateFMul(ir.CreateFMul(real(value, 0.5), value), ir.CreateFAdd(real(value, 1), error));
  }
  Value *power(Value *base, Value *exponent) const;
  Value *integerPower(Value *base, Value *exponent) const;
  Value *floorDivide(Value *lhs, Value *rhs) const;
  Value *floorRemainder(Value *lhs, Value *rhs) const;
  /// fmod has the sign of the dividend, the remainder that of the divisor.
  Value *realRemainder(Value *lhs, Value *rhs) const {
    Value *rest = libm("fmod", {lhs, rhs});
    Value *differs = ir.CreateXor(ir.CreateFCmpOLT(rest, real(lhs, 0)), ir.CreateFCmpOLT(rhs, real(lhs, 0)));
    Value *moves = ir.CreateAnd(ir.CreateFCmpUNE(rest, real(lhs, 0)), differs);
    return ir.CreateSelect(moves, ir.CreateFAdd(rest, rhs), rest);
  }
  Value *sign(Value *value) const {
    Value *negative =
        ir.CreateSelect(ir.CreateFCmpOLT(value, real(value, 0)), real(value, -1), real(value, 0));
    Value *ordered = ir.CreateSelect(ir.CreateFCmpOGT(value, real(value, 0)), real(value, 1), negative);
    return ir.CreateSelect(ir.CreateFCmpUNO(value, value), value, ordered);
  }

  /// Philox 4x32-10 of lanes of i64, each word in one of them; see runtime/Random.h.
  struct Bits {
    Value *low, *high;
  };
  Bits philox(ArrayRef<Value *> x) const;
  /// The highest bits as a fraction of `type`.
  Value *fraction(Value *bits, mlir::Type type) const;
  Value *draw(Primitive primitive, mlir::Type type, ArrayRef<Value *> x) const;

private:
  static bool isF32(Value *value) { return value->getType()->getScalarType()->isFloatTy(); }
  llvm::Function *powerFunction(llvm::Type *type) const;
  /// `scalar` of each lane.
  template <typename Callable> Value *byLane(ArrayRef<Value *> operands, Callable scalar) const;

  llvm::IRBuilder<> &ir;
  llvm::Module &module;
  MathEmitter math;
};

template <typename Callable> Value *Expression::byLane(ArrayRef<Value *> operands, Callable scalar) const {
  auto *vector = llvm::dyn_cast<llvm::FixedVectorType>(operands.front()->getType());
  if (!vector)
    return scalar(operands);
  Value *result = llvm::PoisonValue::get(vector);
  for (unsigned lane = 0; lane < vector->getNumElements(); ++lane) {
    llvm::SmallVector<Value *> elements;
    for (Value *operand : operands)
      elements.push_back(ir.CreateExtractElement(operand, lane));
    result = ir.CreateInsertElement(result, scalar(elements), lane);
  }
  return result;
}

Value *Expression::libm(llvm::StringRef name, ArrayRef<Value *> operands) const {
  if (math)
    return math(ir, name, operands);
  llvm::Type *type = operands.front()->getType()->getScalarType();
  llvm::SmallVector<llvm::Type *> types(operands.size(), type);
  std::string symbol = name.str() + (type->isFloatTy() ? "f" : "");
  auto *signature = llvm::FunctionType::get(type, types, false);
  llvm::FunctionCallee callee = module.getOrInsertFunction(symbol, signature);
  auto *function = llvm::cast<llvm::Function>(callee.getCallee());
  function->setDoesNotAccessMemory();
  function->setDoesNotThrow();
  function->setWillReturn();
  return byLane(operands, [&](ArrayRef<Value *> elements) { return ir.CreateCall(callee, elements); });
}

/// A square is a product: exact where pow is not, and a vector.
Value *Expression::power(Value *base, Value *exponent) const {
  auto *fixed = llvm::dyn_cast<llvm::Constant>(exponent);
  if (fixed && fixed->getType()->isVectorTy())
    fixed = fixed->getSplatValue();
  auto *number = llvm::dyn_cast_or_null<llvm::ConstantFP>(fixed);
  if (number && number->isExactlyValue(2.0))
    return ir.CreateFMul(base, base);
  return libm("pow", {base, exponent});
}

/// By squaring, wrapping round; a negative exponent gives the integer part of the real power.
llvm::Function *Expression::powerFunction(llvm::Type *type) const {
  std::string name = "tl.power.i" + std::to_string(type->getIntegerBitWidth());
  if (llvm::Function *known = module.getFunction(name))
    return known;
  auto *signature = llvm::FunctionType::get(type, {type, type}, false);
  auto *function = llvm::Function::Create(signature, llvm::GlobalValue::InternalLinkage, name, module);
  function->setDoesNotAccessMemory();
  function->setDoesNotThrow();
  llvm::LLVMContext &context = module.getContext();
  auto *entry = llvm::BasicBlock::Create(context, "", function),
       *negative = llvm::BasicBlock::Create(context, "", function);
  auto *loop = llvm::BasicBlock::Create(context, "", function),
       *done = llvm::BasicBlock::Create(context, "", function);
  llvm::IRBuilder<> body(entry);
  Value *base = function->getArg(0), *exponent = function->getArg(1);
  auto whole = [&](std::int64_t value) {
    return llvm::ConstantInt::get(type, static_cast<std::uint64_t>(value), true);
  };
  body.CreateCondBr(body.CreateICmpSLT(exponent, whole(0)), negative, loop);
  body.SetInsertPoint(negative);
  Value *isOdd = body.CreateICmpNE(body.CreateAnd(exponent, whole(1)), whole(0));
  Value *ofMinusOne = body.CreateSelect(isOdd, whole(-1), whole(1));
  Value *inverse = body.CreateSelect(body.CreateICmpEQ(base, whole(-1)), ofMinusOne, whole(0));
  body.CreateRet(body.CreateSelect(body.CreateICmpEQ(base, whole(1)), whole(1), inverse));
  body.SetInsertPoint(loop);
  llvm::PHINode *result = body.CreatePHI(type, 2), *square = body.CreatePHI(type, 2),
                *left = body.CreatePHI(type, 2);
  Value *takes = body.CreateICmpNE(body.CreateAnd(left, whole(1)), whole(0));
  Value *next = body.CreateSelect(takes, body.CreateMul(result, square), result);
  Value *rest = body.CreateLShr(left, whole(1));
  result->addIncoming(whole(1), entry), result->addIncoming(next, loop);
  square->addIncoming(base, entry), square->addIncoming(body.CreateMul(square, square), loop);
  left->addIncoming(exponent, entry), left->addIncoming(rest, loop);
  body.CreateCondBr(body.CreateICmpNE(rest, whole(0)), loop, done);
  body.SetInsertPoint(done);
  body.CreateRet(next);
  return function;
}

Value *Expression::integerPower(Value *base, Value *exponent) const {
  llvm::Function *function = powerFunction(base->getType()->getScalarType());
  return byLane({base, exponent},
                [&](ArrayRef<Value *> elements) { return ir.CreateCall(function, elements); });
}

/// Rounds down; by 0 it is 0. The machine traps on a divisor of 0 and on the least number by -1: neither
/// reaches it.
Value *Expression::floorDivide(Value *lhs, Value *rhs) const {
  Value *isZero = ir.CreateICmpEQ(rhs, whole(rhs, 0)), *isMinusOne = ir.CreateICmpEQ(rhs, whole(rhs, -1));
  Value *divisor = ir.CreateSelect(ir.CreateOr(isZero, isMinusOne), whole(rhs, 1), rhs);
  Value *quotient = ir.CreateSDiv(lhs, divisor),
        *remainder = ir.CreateSub(lhs, ir.CreateMul(quotient, divisor));
  Value *isInexact = ir.CreateICmpNE(remainder, whole(lhs, 0));
  Value *signsDiffer = ir.CreateICmpSLT(ir.CreateXor(remainder, divisor), whole(lhs, 0));
  Value *down =
      ir.CreateSelect(ir.CreateAnd(isInexact, signsDiffer), ir.CreateSub(quotient, whole(lhs, 1)), quotient);
  Value *signedResult = ir.CreateSelect(isMinusOne, ir.CreateNeg(lhs), down);
  return ir.CreateSelect(isZero, whole(lhs, 0), signedResult);
}

Value *Expression::floorRemainder(Value *lhs, Value *rhs) const {
  Value *isZero = ir.CreateICmpEQ(rhs, whole(rhs, 0));
  Value *exact = ir.CreateSub(lhs, ir.CreateMul(floorDivide(lhs, rhs), rhs));
  return ir.CreateSelect(isZero, whole(lhs, 0), exact);
}

Expression::Bits Expression::philox(ArrayRef<Value *> x) const {
  constexpr std::int64_t kMultiplier0 = 0xD2511F53, kMultiplier1 = 0xCD9E8D57, kWeyl0 = 0x9E3779B9,
                         kWeyl1 = 0xBB67AE85;
  constexpr int kRounds = 10;
  Value *mask = whole(x[0], 0xFFFFFFFF), *half = whole(x[0], 32);
  auto low = [&](Value *value) { return ir.CreateAnd(value, mask); };
  auto high = [&](Value *value) { return ir.CreateLShr(value, half); };
  Value *key0 = low(x[0]), *key1 = high(x[0]);
  Value *word0 = low(x[1]), *word1 = high(x[1]), *word2 = low(x[2]), *word3 = high(x[2]);
  for (int round = 0; round < kRounds; ++round) {
    Value *product0 = ir.CreateMul(word0, whole(x[0], kMultiplier0));
    Value *product1 = ir.CreateMul(word2, whole(x[0], kMultiplier1));
    word0 = ir.CreateXor(ir.CreateXor(high(product1), word1), key0);
    word1 = low(product1);
    word2 = ir.CreateXor(ir.CreateXor(high(product0), word3), key1);
    word3 = low(product0);
    key0 = low(ir.CreateAdd(key0, whole(x[0], kWeyl0)));
    key1 = low(ir.CreateAdd(key1, whole(x[0], kWeyl1)));
  }
  return {ir.CreateOr(word0, ir.CreateShl(word1, half)), ir.CreateOr(word2, ir.CreateShl(word3, half))};
}

Value *Expression::fraction(Value *bits, mlir::Type type) const {
  llvm::Type *real = bits->getType()->getWithNewType(type.isF64() ? ir.getDoubleTy() : ir.getFloatTy());
  Value *kept = ir.CreateLShr(bits, whole(bits, type.isF64() ? 11 : 40));
  return ir.CreateFMul(ir.CreateUIToFP(kept, real),
                       llvm::ConstantFP::get(real, type.isF64() ? 0x1p-53 : 0x1p-24));
}

Value *Expression::draw(Primitive primitive, mlir::Type type, ArrayRef<Value *> x) const {
  const Bits bits = philox(x);
  Value *first = fraction(bits.low, type);
  if (primitive == Primitive::k_uniform)
    return first;
  Value *decay = libm("log", ir.CreateFSub(real(first, 1), first));
  Value *angle = ir.CreateFMul(fraction(bits.high, type), real(first, 2 * std::numbers::pi));
  return ir.CreateFMul(intrinsic(llvm::Intrinsic::sqrt, ir.CreateFMul(decay, real(first, -2))),
                       libm("cos", angle));
}

} // namespace

Value *ScalarEmitter::lesser(Value *lhs, Value *rhs) {
  if (!lhs->getType()->isFPOrFPVectorTy())
    return ir.CreateSelect(ir.CreateICmpSLT(lhs, rhs), lhs, rhs);
  Value *keeps = ir.CreateOr(ir.CreateFCmpUNO(lhs, lhs), ir.CreateFCmpOLT(lhs, rhs));
  return ir.CreateSelect(keeps, lhs, rhs);
}

Value *ScalarEmitter::greater(Value *lhs, Value *rhs) {
  if (!lhs->getType()->isFPOrFPVectorTy())
    return ir.CreateSelect(ir.CreateICmpSGT(lhs, rhs), lhs, rhs);
  Value *keeps = ir.CreateOr(ir.CreateFCmpUNO(lhs, lhs), ir.CreateFCmpOGT(lhs, rhs));
  return ir.CreateSelect(keeps, lhs, rhs);
}

Value *ScalarEmitter::applyReal(Primitive primitive, ArrayRef<Value *> x) {
  const Expression e(ir, module, math);
  switch (primitive) {
  case Primitive::k_add:
    return ir.CreateFAdd(x[0], x[1]);
  case Primitive::k_sub:
    return ir.CreateFSub(x[0], x[1]);
  case Primitive::k_mul:
    return ir.CreateFMul(x[0], x[1]);
  case Primitive::k_neg:
    return ir.CreateFNeg(x[0]);
  case Primitive::k_abs:
    return e.intrinsic(llvm::Intrinsic::fabs, x[0]);
  case Primitive::k_sign:
    return e.sign(x[0]);
  case Primitive::k_min:
    return lesser(x[0], x[1]);
  case Primitive::k_max:
    return greater(x[0], x[1]);
  case Primitive::k_floordiv:
    return e.intrinsic(llvm::Intrinsic::floor, ir.CreateFDiv(x[0], x[1]));
  case Primitive::k_mod:
    return e.realRemainder(x[0], x[1]);
  case Primitive::k_pow:
    return e.power(x[0], x[1]);
  case Primitive::k_relu:
    return greater(x[0], e.real(x[0], 0));
  case Primitive::k_stopgrad:
    return x[0];
  case Primitive::k_clamp:
    return lesser(greater(x[0], x[1]), x[2]);
  case Primitive::k_div:
    return ir.CreateFDiv(x[0], x[1]);
  case Primitive::k_exp:
    return e.exp(x[0]);
  case Primitive::k_log:
    return e.libm("log", x[0]);
  case Primitive::k_sqrt:
    return e.intrinsic(llvm::Intrinsic::sqrt, x[0]);
  case Primitive::k_rsqrt:
    return ir.CreateFDiv(e.real(x[0], 1), e.intrinsic(llvm::Intrinsic::sqrt, x[0]));
  case Primitive::k_sin:
    return e.libm("sin", x[0]);
  case Primitive::k_cos:
    return e.libm("cos", x[0]);
  case Primitive::k_tanh:
    return e.tanh(x[0]);
  case Primitive::k_erf:
    return e.erf(x[0]);
  case Primitive::k_sig:
    return e.sigmoid(x[0]);
  case Primitive::k_sigt:
    return ir.CreateSelect(ir.CreateFCmpOEQ(x[1], e.real(x[1], 0)), e.step(x[0]),
                           e.sigmoid(ir.CreateFDiv(x[0], x[1])));
  case Primitive::k_gelu:
    return e.gelu(x[0]);
  case Primitive::k_silu:
    return ir.CreateFMul(x[0], e.sigmoid(x[0]));
  case Primitive::k_softplus:
    return e.softplus(x[0]);
  case Primitive::k_floor:
    return e.intrinsic(llvm::Intrinsic::floor, x[0]);
  case Primitive::k_ceil:
    return e.intrinsic(llvm::Intrinsic::ceil, x[0]);
  case Primitive::k_round:
    return e.intrinsic(llvm::Intrinsic::roundeven, x[0]);
  case Primitive::k_step:
    return e.step(x[0]);
  case Primitive::k_eq:
    return ir.CreateFCmpOEQ(x[0], x[1]);
  case Primitive::k_ne:
    return ir.CreateFCmpUNE(x[0], x[1]);
  case Primitive::k_lt:
    return ir.CreateFCmpOLT(x[0], x[1]);
  case Primitive::k_le:
    return ir.CreateFCmpOLE(x[0], x[1]);
  case Primitive::k_gt:
    return ir.CreateFCmpOGT(x[0], x[1]);
  case Primitive::k_ge:
    return ir.CreateFCmpOGE(x[0], x[1]);
  case Primitive::k_and:
  case Primitive::k_or:
  case Primitive::k_not:
  case Primitive::k_where:
  case Primitive::k_philox:
  case Primitive::k_uniform:
  case Primitive::k_normal:
    break;
  }
  llvm_unreachable("neither conditions nor draws depend on the type of numbers");
}

Value *ScalarEmitter::applyInteger(Primitive primitive, ArrayRef<Value *> x) {
  const Expression e(ir, module, math);
  Value *zero = llvm::Constant::getNullValue(x[0]->getType());
  switch (primitive) {
  case Primitive::k_add:
    return ir.CreateAdd(x[0], x[1]);
  case Primitive::k_sub:
    return ir.CreateSub(x[0], x[1]);
  case Primitive::k_mul:
    return ir.CreateMul(x[0], x[1]);
  case Primitive::k_neg:
    return ir.CreateNeg(x[0]);
  case Primitive::k_abs:
    return ir.CreateSelect(ir.CreateICmpSLT(x[0], zero), ir.CreateNeg(x[0]), x[0]);
  case Primitive::k_sign:
    return ir.CreateSelect(ir.CreateICmpSGT(x[0], zero), e.whole(x[0], 1),
                           ir.CreateSelect(ir.CreateICmpSLT(x[0], zero), e.whole(x[0], -1), zero));
  case Primitive::k_min:
    return lesser(x[0], x[1]);
  case Primitive::k_max:
    return greater(x[0], x[1]);
  case Primitive::k_floordiv:
    return e.floorDivide(x[0], x[1]);
  case Primitive::k_mod:
    return e.floorRemainder(x[0], x[1]);
  case Primitive::k_pow:
    return e.integerPower(x[0], x[1]);
  case Primitive::k_relu:
    return greater(x[0], zero);
  case Primitive::k_stopgrad:
    return x[0];
  case Primitive::k_clamp:
    return lesser(greater(x[0], x[1]), x[2]);
  case Primitive::k_floor:
  case Primitive::k_ceil:
  case Primitive::k_round:
    return x[0];
  case Primitive::k_step:
    return ir.CreateZExt(ir.CreateICmpSGT(x[0], zero), x[0]->getType());
  case Primitive::k_eq:
    return ir.CreateICmpEQ(x[0], x[1]);
  case Primitive::k_ne:
    return ir.CreateICmpNE(x[0], x[1]);
  case Primitive::k_lt:
    return ir.CreateICmpSLT(x[0], x[1]);
  case Primitive::k_le:
    return ir.CreateICmpSLE(x[0], x[1]);
  case Primitive::k_gt:
    return ir.CreateICmpSGT(x[0], x[1]);
  case Primitive::k_ge:
    return ir.CreateICmpSGE(x[0], x[1]);
  case Primitive::k_philox:
    return e.philox(x).low;
  case Primitive::k_uniform:
  case Primitive::k_normal:
  case Primitive::k_div:
  case Primitive::k_exp:
  case Primitive::k_log:
  case Primitive::k_sqrt:
  case Primitive::k_rsqrt:
  case Primitive::k_sin:
  case Primitive::k_cos:
  case Primitive::k_tanh:
  case Primitive::k_erf:
  case Primitive::k_sig:
  case Primitive::k_sigt:
  case Primitive::k_gelu:
  case Primitive::k_silu:
  case Primitive::k_softplus:
  case Primitive::k_and:
  case Primitive::k_or:
  case Primitive::k_not:
  case Primitive::k_where:
    break;
  }
  llvm_unreachable("a primitive of reals has no integer value");
}

/// Booleans as numbers are 0 and 1, but as one signed bit 1 is -1: they compare as bytes.
Value *ScalarEmitter::applyBoolean(Primitive primitive, ArrayRef<Value *> x) {
  llvm::SmallVector<Value *> wide;
  for (Value *operand : x)
    wide.push_back(ir.CreateZExt(operand, operand->getType()->getWithNewType(ir.getInt8Ty())));
  Value *result = applyInteger(primitive, wide);
  return runtime::rule(primitive) == runtime::PrimitiveRule::Compare ? result : isNonZero(result);
}

Value *ScalarEmitter::apply(llvm::StringRef name, mlir::Type type, ArrayRef<Value *> x) {
  const std::optional<Primitive> primitive = runtime::findPrimitive({name.data(), name.size()});
  assert(primitive && "the verifier knows every primitive");
  if (*primitive == Primitive::k_where)
    return ir.CreateSelect(x[0], x[1], x[2]);
  if (*primitive == Primitive::k_and)
    return ir.CreateAnd(x[0], x[1]);
  if (*primitive == Primitive::k_or)
    return ir.CreateOr(x[0], x[1]);
  if (*primitive == Primitive::k_not)
    return ir.CreateNot(x[0]);
  if (runtime::rule(*primitive) == runtime::PrimitiveRule::Draw)
    return rounded(Expression(ir, module, math).draw(*primitive, type, x), type);
  if (type.isInteger(1))
    return applyBoolean(*primitive, x);
  if (!mlir::isa<mlir::FloatType>(type))
    return applyInteger(*primitive, x);
  Value *result = applyReal(*primitive, x);
  return runtime::rule(*primitive) == runtime::PrimitiveRule::Compare ? result : rounded(result, type);
}

} // namespace tl::backend::cpu
