// What each instruction computes.
#include "tests/gpu/emulator/Machine.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace tl::gpu {
namespace {

std::uint64_t low(std::uint64_t value, int bits) {
  return bits >= 64 ? value : value & ((std::uint64_t{1} << bits) - 1);
}

std::int64_t extended(std::uint64_t value, int bits) {
  return bits >= 64 ? static_cast<std::int64_t>(value)
                    : static_cast<std::int64_t>(value << (64 - bits)) >> (64 - bits);
}

/// A value of an integer type as the number it stands for.
__int128 wide(std::uint64_t value, Type type) {
  return type.kind == Kind::Signed ? static_cast<__int128>(extended(value, type.bits))
                                   : static_cast<__int128>(low(value, type.bits));
}

double halfToDouble(std::uint64_t bits) {
  const int exponent = static_cast<int>(bits >> 10 & 31);
  const auto mantissa = static_cast<double>(bits & 1023);
  const double sign = (bits & 0x8000) != 0 ? -1 : 1;
  if (exponent == 31)
    return mantissa == 0 ? sign * std::numeric_limits<double>::infinity()
                         : std::numeric_limits<double>::quiet_NaN();
  return exponent == 0 ? sign * std::ldexp(mantissa, -24) : sign * std::ldexp(1024 + mantissa, exponent - 25);
}

/// To the nearest, ties to even.
std::uint64_t halfFromDouble(double value) {
  const std::uint64_t sign = std::signbit(value) ? 0x8000 : 0;
  const double size = std::fabs(value);
  if (std::isnan(value))
    return 0x7fff;
  if (size >= 65520)
    return sign | 0x7c00;
  if (size < 0x1p-14)
    return sign | static_cast<std::uint64_t>(std::nearbyint(std::ldexp(size, 24)));
  int exponent = 0;
  const double fraction = std::frexp(size, &exponent); // in [1/2, 1)
  const auto rounded = static_cast<std::uint64_t>(std::nearbyint(std::ldexp(fraction, 11)));
  return sign | ((static_cast<std::uint64_t>(exponent + 13) << 10) + rounded);
}

double toDouble(std::uint64_t bits, int width) {
  if (width == 64)
    return std::bit_cast<double>(bits);
  return width == 32 ? std::bit_cast<float>(static_cast<std::uint32_t>(bits)) : halfToDouble(bits);
}

std::uint64_t fromFloat(float value) {
  return std::bit_cast<std::uint32_t>(value);
}

std::uint64_t fromDouble(double value, int width) {
  if (width == 64)
    return std::bit_cast<std::uint64_t>(value);
  return width == 32 ? fromFloat(static_cast<float>(value)) : halfFromDouble(value);
}

double roundedBy(Rounding rounding, double value) {
  switch (rounding) {
  case Rounding::NearestInteger:
    return std::nearbyint(value);
  case Rounding::ToZeroInteger:
    return std::trunc(value);
  case Rounding::DownInteger:
    return std::floor(value);
  case Rounding::UpInteger:
    return std::ceil(value);
  default:
    return value;
  }
}

/// Out of range saturates; NaN is 0, or the least number where f64 or 64 bits are concerned.
std::uint64_t integerOf(double value, Type to, int fromBits) {
  if (std::isnan(value))
    return fromBits == 64 || to.bits == 64 ? std::uint64_t{1} << (to.bits - 1) : 0;
  if (to.kind == Kind::Signed) {
    const double bound = std::ldexp(1.0, to.bits - 1);
    if (value >= bound)
      return low(~std::uint64_t{0} >> 1 >> (64 - to.bits), to.bits);
    return low(static_cast<std::uint64_t>(value < -bound
                                              ? std::numeric_limits<std::int64_t>::min() >> (64 - to.bits)
                                              : static_cast<std::int64_t>(value)),
               to.bits);
  }
  if (value >= std::ldexp(1.0, to.bits))
    return low(~std::uint64_t{0}, to.bits);
  return value <= 0 ? 0 : static_cast<std::uint64_t>(value);
}

/// One operation on T; the emulator computes in the type of the instruction, so each rounds once.
template <typename T> T arithmetic(const Instruction &instruction, T a, T b, T c) {
  switch (instruction.op) {
  case Op::Add:
    return a + b;
  case Op::Sub:
    return a - b;
  case Op::Mul:
    return a * b;
  case Op::Fma:
  case Op::Mad:
    return std::fma(a, b, c);
  case Op::Div:
    return a / b;
  case Op::Min:
    return std::isnan(a) || b < a || (a == b && std::signbit(b)) ? b : a;
  case Op::Max:
    return std::isnan(a) || b > a || (a == b && std::signbit(a)) ? b : a;
  case Op::Neg:
    return -a;
  case Op::Abs:
    return std::fabs(a);
  case Op::Sqrt:
    return std::sqrt(a);
  case Op::Reciprocal:
    return 1 / a;
  case Op::Copysign:
    return std::copysign(b, a);
  case Op::Exp2:
    return std::exp2(a);
  default:
    return std::numeric_limits<T>::quiet_NaN();
  }
}

std::uint64_t product(const Instruction &instruction, std::uint64_t a, std::uint64_t b) {
  const int bits = instruction.type.bits;
  const __int128 all = wide(a, instruction.type) * wide(b, instruction.type);
  if (instruction.half == Half::High) {
    if (bits == 64 && instruction.type.kind != Kind::Signed)
      return static_cast<std::uint64_t>(static_cast<unsigned __int128>(a) * b >> 64);
    return low(static_cast<std::uint64_t>(all >> bits), bits);
  }
  return low(static_cast<std::uint64_t>(all), instruction.half == Half::Wide ? 2 * bits : bits);
}

std::uint64_t permuted(std::uint64_t a, std::uint64_t b, std::uint64_t selector) {
  const std::uint64_t bytes = low(b, 32) << 32 | low(a, 32);
  std::uint64_t result = 0;
  for (int place = 0; place < 4; ++place) {
    const std::uint64_t choice = selector >> (4 * place) & 15;
    std::uint64_t byte = bytes >> (8 * (choice & 7)) & 255;
    if ((choice & 8) != 0)
      byte = (byte & 128) != 0 ? 255 : 0;
    result |= byte << (8 * place);
  }
  return result;
}

bool holds(Comparison comparison, int order) {
  switch (comparison) {
  case Comparison::Eq:
    return order == 0;
  case Comparison::Ne:
    return order != 0;
  case Comparison::Lt:
    return order < 0;
  case Comparison::Le:
    return order <= 0;
  case Comparison::Gt:
    return order > 0;
  case Comparison::Ge:
    return order >= 0;
  case Comparison::Number:
  case Comparison::Nan:
    break;
  }
  return false;
}

template <typename T> int orderOf(T a, T b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

} // namespace

std::uint64_t Machine::valueOf(const Thread &thread, const Operand &operand) const {
  return operand.form == Operand::Form::Register ? thread.registers[static_cast<std::size_t>(operand.reg)]
                                                 : operand.number;
}

std::uint64_t Machine::addressOf(const Thread &thread, const Operand &operand) const {
  return operand.reg < 0 ? operand.number
                         : thread.registers[static_cast<std::size_t>(operand.reg)] + operand.number;
}

void Machine::set(Thread &thread, const Operand &operand, std::uint64_t value) const {
  thread.registers[static_cast<std::size_t>(operand.reg)] = value;
}

void Machine::execute(Thread &thread, const Instruction &instruction) {
  switch (instruction.op) {
  case Op::Branch:
    thread.pc = instruction.target - 1;
    return;
  case Op::Return:
    thread.state = State::Done;
    return;
  case Op::Barrier:
    thread.state = State::AtBarrier;
    return;
  case Op::Shuffle:
    thread.state = State::AtShuffle;
    return;
  case Op::Mov:
  case Op::ConvertAddress:
    return executeMove(thread, instruction);
  case Op::Load:
  case Op::Store:
    return executeMemory(thread, instruction);
  case Op::CopyAsync:
  case Op::CommitCopies:
  case Op::WaitCopies:
  case Op::WaitAllCopies:
    return executeCopy(thread, instruction);
  case Op::Convert:
    return executeConvert(thread, instruction);
  case Op::Compare:
    return executeCompare(thread, instruction);
  default:
    if (instruction.type.kind == Kind::Float && instruction.op != Op::Select)
      return executeFloat(thread, instruction);
    return executeInteger(thread, instruction);
  }
}

/// Between registers, to several of half the width, or from them.
void Machine::executeMove(Thread &thread, const Instruction &instruction) {
  const Operand &to = instruction.operands[0], &from = instruction.operands[1];
  if (to.form == Operand::Form::Vector) {
    const int bits = instruction.type.bits / static_cast<int>(to.registers.size());
    const std::uint64_t value = valueOf(thread, from);
    for (std::size_t part = 0; part < to.registers.size(); ++part)
      if (to.registers[part] >= 0)
        thread.registers[static_cast<std::size_t>(to.registers[part])] =
            low(value >> (static_cast<int>(part) * bits), bits);
    return;
  }
  if (from.form != Operand::Form::Vector)
    return set(thread, to,
               low(valueOf(thread, from), instruction.op == Op::ConvertAddress ? 64 : instruction.type.bits));
  const int bits = instruction.type.bits / static_cast<int>(from.registers.size());
  std::uint64_t value = 0;
  for (std::size_t part = 0; part < from.registers.size(); ++part)
    value |= low(thread.registers[static_cast<std::size_t>(from.registers[part])], bits)
             << (static_cast<int>(part) * bits);
  set(thread, to, value);
}

void Machine::executeInteger(Thread &thread, const Instruction &instruction) {
  std::uint64_t x[4] = {};
  for (std::size_t operand = 1; operand < instruction.operands.size(); ++operand)
    x[operand - 1] = valueOf(thread, instruction.operands[operand]);
  const int bits = instruction.type.bits;
  const std::uint64_t a = low(x[0], bits), b = low(x[1], bits);
  const __int128 left = wide(a, instruction.type), right = wide(b, instruction.type);
  std::uint64_t result = 0;
  switch (instruction.op) {
  case Op::Add:
    result = a + b;
    break;
  case Op::Sub:
    result = a - b;
    break;
  case Op::Mul:
    return set(thread, instruction.operands[0], product(instruction, a, b));
  case Op::Mad: {
    const int width = instruction.half == Half::Wide ? 2 * bits : bits;
    return set(thread, instruction.operands[0], low(product(instruction, a, b) + x[2], width));
  }
  case Op::Div:
    result = right == 0 ? ~std::uint64_t{0} : static_cast<std::uint64_t>(left / right);
    break;
  case Op::Rem:
    result = right == 0 ? a : static_cast<std::uint64_t>(left % right);
    break;
  case Op::Min:
    result = left < right ? a : b;
    break;
  case Op::Max:
    result = left > right ? a : b;
    break;
  case Op::Neg:
    result = 0 - a;
    break;
  case Op::Abs:
    result = left < 0 ? 0 - a : a;
    break;
  case Op::Not:
    result = ~a;
    break;
  case Op::And:
    result = a & b;
    break;
  case Op::Or:
    result = a | b;
    break;
  case Op::Xor:
    result = a ^ b;
    break;
  case Op::ShiftLeft:
    result = low(x[1], 32) >= static_cast<std::uint64_t>(bits) ? 0 : a << low(x[1], 32);
    break;
  case Op::ShiftRight: {
    const std::uint64_t by = std::min<std::uint64_t>(low(x[1], 32), 127);
    result = instruction.type.kind == Kind::Signed    ? static_cast<std::uint64_t>(left >> by)
             : by >= static_cast<std::uint64_t>(bits) ? 0
                                                      : a >> by;
    break;
  }
  case Op::Funnel: {
    const std::uint64_t both = low(x[1], 32) << 32 | low(x[0], 32);
    const std::uint64_t by = instruction.wraps ? x[2] & 31 : std::min<std::uint64_t>(low(x[2], 32), 32);
    result = instruction.direction == 'l' ? (by == 0 ? both >> 32 : both << by >> 32) : both >> by;
    break;
  }
  case Op::Permute:
    result = permuted(x[0], x[1], x[2]);
    break;
  case Op::ExtractField: {
    const std::uint64_t from = x[1] & 255, length = x[2] & 255;
    const std::uint64_t field = from >= static_cast<std::uint64_t>(bits)
                                    ? 0
                                    : low(a >> from, static_cast<int>(std::min<std::uint64_t>(length, 64)));
    result = instruction.type.kind == Kind::Signed && length > 0 && length < 64
                 ? static_cast<std::uint64_t>(extended(field, static_cast<int>(length)))
                 : field;
    break;
  }
  case Op::CountOnes:
    return set(thread, instruction.operands[0], static_cast<std::uint64_t>(std::popcount(a)));
  case Op::CountZeros:
    return set(thread, instruction.operands[0],
               static_cast<std::uint64_t>(std::countl_zero(a) - (64 - bits)));
  case Op::Reverse:
    for (int bit = 0; bit < bits; ++bit)
      result |= (a >> bit & 1) << (bits - 1 - bit);
    break;
  case Op::Select:
    result = (x[2] & 1) != 0 ? a : b;
    break;
  default:
    return fail(thread, "an instruction on integers that is not emulated");
  }
  set(thread, instruction.operands[0], low(result, bits));
}

void Machine::executeFloat(Thread &thread, const Instruction &instruction) {
  std::uint64_t x[3] = {};
  for (std::size_t operand = 1; operand < instruction.operands.size(); ++operand)
    x[operand - 1] = valueOf(thread, instruction.operands[operand]);
  if (instruction.type.bits == 64) {
    const double result = arithmetic(instruction, std::bit_cast<double>(x[0]), std::bit_cast<double>(x[1]),
                                     std::bit_cast<double>(x[2]));
    return set(thread, instruction.operands[0], std::bit_cast<std::uint64_t>(result));
  }
  if (instruction.type.bits != 32)
    return fail(thread, "arithmetic on f16 is not emulated");
  auto single = [&](int operand) { return std::bit_cast<float>(static_cast<std::uint32_t>(x[operand])); };
  set(thread, instruction.operands[0], fromFloat(arithmetic(instruction, single(0), single(1), single(2))));
}

void Machine::executeConvert(Thread &thread, const Instruction &instruction) {
  const Type to = instruction.type, from = instruction.from;
  const std::uint64_t value = valueOf(thread, instruction.operands[1]);
  std::uint64_t result = 0;
  if (from.kind == Kind::Float && to.kind == Kind::Float)
    result = fromDouble(roundedBy(instruction.rounding, toDouble(low(value, from.bits), from.bits)), to.bits);
  else if (from.kind == Kind::Float)
    result =
        integerOf(roundedBy(instruction.rounding, toDouble(low(value, from.bits), from.bits)), to, from.bits);
  else if (to.kind == Kind::Float && to.bits == 32)
    result = from.kind == Kind::Signed ? fromFloat(static_cast<float>(extended(value, from.bits)))
                                       : fromFloat(static_cast<float>(low(value, from.bits)));
  else if (to.kind == Kind::Float)
    result = fromDouble(static_cast<double>(from.kind == Kind::Signed
                                                ? static_cast<double>(extended(value, from.bits))
                                                : static_cast<double>(low(value, from.bits))),
                        to.bits);
  else
    result = from.kind == Kind::Signed ? static_cast<std::uint64_t>(extended(value, from.bits))
                                       : low(value, from.bits);
  // A narrow result in a wide register is extended by its own sign.
  set(thread, instruction.operands[0],
      to.kind == Kind::Float    ? result
      : to.kind == Kind::Signed ? static_cast<std::uint64_t>(extended(result, to.bits))
                                : low(result, to.bits));
}

void Machine::executeCompare(Thread &thread, const Instruction &instruction) {
  const std::uint64_t a = valueOf(thread, instruction.operands[1]),
                      b = valueOf(thread, instruction.operands[2]);
  const Type type = instruction.type;
  bool result = false;
  if (type.kind == Kind::Float) {
    const double left = toDouble(low(a, type.bits), type.bits),
                 right = toDouble(low(b, type.bits), type.bits);
    const bool isUnordered = std::isnan(left) || std::isnan(right);
    if (instruction.comparison == Comparison::Number || instruction.comparison == Comparison::Nan)
      result = isUnordered == (instruction.comparison == Comparison::Nan);
    else
      result = isUnordered ? instruction.unordered : holds(instruction.comparison, orderOf(left, right));
  } else {
    result = holds(instruction.comparison, orderOf(wide(a, type), wide(b, type)));
  }
  set(thread, instruction.operands[0], result);
}

} // namespace tl::gpu
