// Opcodes with their modifiers, and operands.
#include "tests/gpu/emulator/Decode.h"

#include <cctype>
#include <cstdlib>
#include <optional>
#include <sstream>

namespace tl::gpu {
namespace {

std::vector<std::string> split(const std::string &text, char at) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, at);)
    parts.push_back(part);
  return parts;
}

std::string trimmed(const std::string &text) {
  const std::size_t begin = text.find_first_not_of(" \t\n\r");
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\n\r") - begin + 1);
}

const std::map<std::string, Op> &opcodes() {
  static const std::map<std::string, Op> table = {{"mov", Op::Mov},
                                                  {"ld", Op::Load},
                                                  {"st", Op::Store},
                                                  {"cvt", Op::Convert},
                                                  {"cvta", Op::ConvertAddress},
                                                  {"add", Op::Add},
                                                  {"sub", Op::Sub},
                                                  {"mul", Op::Mul},
                                                  {"mad", Op::Mad},
                                                  {"fma", Op::Fma},
                                                  {"div", Op::Div},
                                                  {"rem", Op::Rem},
                                                  {"min", Op::Min},
                                                  {"max", Op::Max},
                                                  {"neg", Op::Neg},
                                                  {"abs", Op::Abs},
                                                  {"not", Op::Not},
                                                  {"and", Op::And},
                                                  {"or", Op::Or},
                                                  {"xor", Op::Xor},
                                                  {"shl", Op::ShiftLeft},
                                                  {"shr", Op::ShiftRight},
                                                  {"shf", Op::Funnel},
                                                  {"prmt", Op::Permute},
                                                  {"bfe", Op::ExtractField},
                                                  {"popc", Op::CountOnes},
                                                  {"clz", Op::CountZeros},
                                                  {"brev", Op::Reverse},
                                                  {"setp", Op::Compare},
                                                  {"selp", Op::Select},
                                                  {"sqrt", Op::Sqrt},
                                                  {"rcp", Op::Reciprocal},
                                                  {"copysign", Op::Copysign},
                                                  {"ex2", Op::Exp2},
                                                  {"bra", Op::Branch},
                                                  {"ret", Op::Return},
                                                  {"exit", Op::Return},
                                                  {"bar", Op::Barrier},
                                                  {"barrier", Op::Barrier},
                                                  {"shfl", Op::Shuffle}};
  return table;
}

std::optional<Type> typeNamed(const std::string &part) {
  static const std::map<char, Kind> kinds = {
      {'b', Kind::Bits}, {'u', Kind::Unsigned}, {'s', Kind::Signed}, {'f', Kind::Float}};
  if (part == "pred")
    return Type{Kind::Predicate, 1};
  auto kind = part.empty() ? kinds.end() : kinds.find(part[0]);
  if (kind == kinds.end() || part.size() < 2 || !std::isdigit(static_cast<unsigned char>(part[1])))
    return std::nullopt;
  const int bits = std::atoi(part.c_str() + 1);
  if (bits != 8 && bits != 16 && bits != 32 && bits != 64)
    return std::nullopt;
  return Type{kind->second, static_cast<std::uint8_t>(bits)};
}

bool setComparison(const std::string &part, Instruction &instruction) {
  static const std::map<std::string, std::pair<Comparison, bool>> table = {
      {"eq", {Comparison::Eq, false}},      {"ne", {Comparison::Ne, false}},  {"lt", {Comparison::Lt, false}},
      {"le", {Comparison::Le, false}},      {"gt", {Comparison::Gt, false}},  {"ge", {Comparison::Ge, false}},
      {"equ", {Comparison::Eq, true}},      {"neu", {Comparison::Ne, true}},  {"ltu", {Comparison::Lt, true}},
      {"leu", {Comparison::Le, true}},      {"gtu", {Comparison::Gt, true}},  {"geu", {Comparison::Ge, true}},
      {"num", {Comparison::Number, false}}, {"nan", {Comparison::Nan, false}}};
  auto found = table.find(part);
  if (found == table.end())
    return false;
  instruction.comparison = found->second.first;
  instruction.unordered = found->second.second;
  return true;
}

bool setRounding(const std::string &part, Instruction &instruction) {
  static const std::map<std::string, Rounding> table = {
      {"rn", Rounding::Nearest},      {"rz", Rounding::ToZero},          {"rm", Rounding::Down},
      {"rp", Rounding::Up},           {"rni", Rounding::NearestInteger}, {"rzi", Rounding::ToZeroInteger},
      {"rmi", Rounding::DownInteger}, {"rpi", Rounding::UpInteger}};
  auto found = table.find(part);
  if (found == table.end())
    return false;
  instruction.rounding = found->second;
  return true;
}

bool setSpace(const std::string &part, Instruction &instruction) {
  static const std::map<std::string, Space> table = {{"global", Space::Global},
                                                     {"shared", Space::Shared},
                                                     {"local", Space::Local},
                                                     {"param", Space::Parameter}};
  auto found = table.find(part);
  if (found == table.end())
    return false;
  instruction.space = found->second;
  return true;
}

/// A modifier of `instruction`; false when it is not known for it.
bool setModifier(const std::string &part, Instruction &instruction) {
  const Op op = instruction.op;
  if (op == Op::Compare && setComparison(part, instruction))
    return true;
  if (op == Op::Shuffle && (part == "bfly" || part == "down" || part == "up" || part == "idx")) {
    instruction.direction = part[0];
    return true;
  }
  if (op == Op::Funnel && (part == "l" || part == "r" || part == "wrap" || part == "clamp")) {
    if (part.size() == 1)
      instruction.direction = part[0];
    else
      instruction.wraps = part == "wrap";
    return true;
  }
  if (part == "lo" || part == "hi" || part == "wide") {
    instruction.half = part == "lo" ? Half::Low : part == "hi" ? Half::High : Half::Wide;
    return true;
  }
  if ((op == Op::Load || op == Op::Store) && (part == "v2" || part == "v4")) {
    instruction.lanes = part[1] - '0';
    return true;
  }
  const bool isHarmless = part == "sync" || part == "uni" || part == "nc" || part == "to" ||
                          part == "aligned" || part == "cta" ||
                          (op == Op::Exp2 && (part == "approx" || part == "ftz"));
  return isHarmless || setRounding(part, instruction) || setSpace(part, instruction);
}

std::string number(const std::string &text, std::uint64_t &value) {
  char *end = nullptr;
  if (text.size() > 2 && text[0] == '0' &&
      (text[1] == 'f' || text[1] == 'F' || text[1] == 'd' || text[1] == 'D'))
    value = std::strtoull(text.c_str() + 2, &end, 16);
  else if (text[0] == '-')
    value = static_cast<std::uint64_t>(std::strtoll(text.c_str(), &end, 0));
  else
    value = std::strtoull(text.c_str(), &end, 0);
  return end == text.c_str() + text.size() || *end == 'U' ? "" : "'" + text + "' is no number";
}

bool isNumber(const std::string &text) {
  return !text.empty() && (std::isdigit(static_cast<unsigned char>(text[0])) || text[0] == '-');
}

std::string decodeAddress(const std::string &text, Names &names, Operand &operand) {
  operand.form = Operand::Form::Address;
  const std::size_t plus = text.find('+');
  const std::string base = trimmed(text.substr(0, plus));
  if (plus != std::string::npos)
    if (std::string wrong = number(trimmed(text.substr(plus + 1)), operand.number); !wrong.empty())
      return wrong;
  if (auto symbol = names.symbols.find(base); symbol != names.symbols.end())
    operand.number += symbol->second;
  else if (base[0] == '%')
    operand.reg = registerNamed(names, base);
  else
    return "'" + base + "' is not known";
  return "";
}

std::string decodeOperand(const std::string &text, Names &names, Operand &operand) {
  if (text[0] == '[')
    return decodeAddress(trimmed(text.substr(1, text.size() - 2)), names, operand);
  if (text[0] == '{') {
    operand.form = Operand::Form::Vector;
    for (const std::string &part : split(text.substr(1, text.size() - 2), ','))
      operand.registers.push_back(trimmed(part) == "_" ? -1 : registerNamed(names, trimmed(part)));
    return "";
  }
  if (isNumber(text))
    return number(text, operand.number);
  if (auto symbol = names.symbols.find(text); symbol != names.symbols.end()) {
    operand.number = symbol->second;
    return "";
  }
  operand.form = Operand::Form::Register;
  operand.reg = registerNamed(names, text.substr(0, text.find('|')));
  return "";
}

/// cp.async: `cp.async.ca.shared.global [to], [from], 16;`, `cp.async.commit_group`, `cp.async.wait_group n`.
std::string decodeCopy(const std::string &opcode, Instruction &instruction) {
  if (opcode.rfind("cp.async.commit_group", 0) == 0)
    instruction.op = Op::CommitCopies;
  else if (opcode.rfind("cp.async.wait_group", 0) == 0)
    instruction.op = Op::WaitCopies;
  else if (opcode.rfind("cp.async.wait_all", 0) == 0)
    instruction.op = Op::WaitAllCopies;
  else if (opcode.rfind("cp.async.ca.shared.global", 0) == 0 ||
           opcode.rfind("cp.async.cg.shared.global", 0) == 0)
    instruction.op = Op::CopyAsync;
  else
    return "'" + opcode + "' is not emulated";
  return "";
}

} // namespace

int registerNamed(Names &names, const std::string &name) {
  return names.registers.try_emplace(name, static_cast<int>(names.registers.size())).first->second;
}

std::string decode(const std::string &opcode, const std::vector<std::string> &operands, Names &names,
                   Instruction &instruction) {
  const std::vector<std::string> parts = split(opcode, '.');
  if (parts[0] == "cp") {
    if (std::string wrong = decodeCopy(opcode, instruction); !wrong.empty())
      return wrong;
  } else {
    auto found = opcodes().find(parts[0]);
    if (found == opcodes().end())
      return "'" + opcode + "' is not emulated";
    instruction.op = found->second;
    bool hasType = false;
    for (std::size_t number = 1; number < parts.size(); ++number) {
      if (std::optional<Type> type = typeNamed(parts[number])) {
        (hasType ? instruction.from : instruction.type) = *type;
        hasType = true;
      } else if (!setModifier(parts[number], instruction)) {
        return "'" + opcode + "' is not emulated: '." + parts[number] + "'";
      }
    }
  }
  if (instruction.op == Op::Branch) {
    auto label = names.labels.find(operands.at(0));
    if (label == names.labels.end())
      return "there is no label '" + operands.at(0) + "'";
    instruction.target = label->second;
    return "";
  }
  for (const std::string &text : operands)
    if (std::string wrong = decodeOperand(text, names, instruction.operands.emplace_back()); !wrong.empty())
      return wrong;
  return "";
}

} // namespace tl::gpu
