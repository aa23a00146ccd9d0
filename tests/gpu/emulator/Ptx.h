// PTX modules, decoded: what our compiler writes of the language, and nothing else.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tl::gpu {

enum class Kind : std::uint8_t { Bits, Unsigned, Signed, Float, Predicate };

/// `.u32` and the like.
struct Type {
  Kind kind = Kind::Bits;
  std::uint8_t bits = 32;
};

enum class Space : std::uint8_t { Generic, Global, Shared, Local, Parameter };

enum class Op : std::uint8_t {
  Mov,
  Load,
  Store,
  Convert,
  ConvertAddress,
  Add,
  Sub,
  Mul,
  Mad,
  Fma,
  Div,
  Rem,
  Min,
  Max,
  Neg,
  Abs,
  Not,
  And,
  Or,
  Xor,
  ShiftLeft,
  ShiftRight,
  Funnel,
  Permute,
  ExtractField,
  CountOnes,
  CountZeros,
  Reverse,
  Compare,
  Select,
  Sqrt,
  Reciprocal,
  Copysign,
  Exp2,
  Branch,
  Return,
  Barrier,
  Shuffle,
  CopyAsync,
  CommitCopies,
  WaitCopies,
  WaitAllCopies
};

enum class Comparison : std::uint8_t { Eq, Ne, Lt, Le, Gt, Ge, Number, Nan };
enum class Rounding : std::uint8_t {
  None,
  Nearest,
  ToZero,
  Down,
  Up,
  NearestInteger,
  ToZeroInteger,
  DownInteger,
  UpInteger
};
enum class Half : std::uint8_t { Low, High, Wide };

/// A register, a number, an address in memory, or several registers.
struct Operand {
  enum class Form : std::uint8_t { Register, Number, Address, Vector } form = Form::Number;
  int reg = -1; ///< of Register; the base of Address, -1: none
  std::uint64_t number = 0;
  std::vector<int> registers; ///< of Vector; -1: none
};

struct Instruction {
  Op op = Op::Mov;
  Type type; ///< of the result, or of what is compared or moved
  Type from; ///< of what is converted
  Space space = Space::Generic;
  Comparison comparison = Comparison::Eq;
  Rounding rounding = Rounding::None;
  Half half = Half::Low;
  bool unordered = false; ///< comparisons that hold when a side is NaN
  bool wraps = false;     ///< shuffles and funnel shifts: the mode that is not the plain one
  char direction = 0;     ///< of shuffles ('b', 'd', 'u', 'i') and funnel shifts ('l', 'r')
  int lanes = 1;          ///< of vector loads and stores
  int guard = -1;         ///< the predicate register that has to hold
  bool guardIsNegated = false;
  int target = -1; ///< of branches
  int line = 0;
  std::vector<Operand> operands;
};

/// Special registers come first among the registers of every kernel.
enum Special {
  kTidX,
  kTidY,
  kTidZ,
  kCtaX,
  kCtaY,
  kCtaZ,
  kBlockX,
  kBlockY,
  kBlockZ,
  kGridX,
  kGridY,
  kGridZ,
  kLane,
  kSpecials
};

struct Kernel {
  std::string name;
  std::vector<int> parameterBytes;
  std::vector<Instruction> code;
  int registers = kSpecials;
  std::uint64_t localBytes = 0;
  int maxThreads = 0; ///< 0: not said
};

struct Module {
  std::map<std::string, Kernel> kernels;
  std::uint64_t sharedBytes = 0;
  std::vector<std::uint8_t> constants; ///< initialised global variables, one after the other
};

/// The address at which the constants of a module are, as its code says it.
constexpr std::uint64_t kConstantBase = std::uint64_t{1} << 42;
/// Where shared and local memory are among generic addresses.
constexpr std::uint64_t kSharedBase = std::uint64_t{1} << 40;
constexpr std::uint64_t kLocalBase = std::uint64_t{1} << 41;

/// Decodes `text`; false, with the place and the reason in `error`, for whatever the emulator does not know.
bool parsePtx(const std::string &text, Module &module, std::string &error);

} // namespace tl::gpu
