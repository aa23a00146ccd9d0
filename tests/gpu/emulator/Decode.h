// One statement of PTX to one instruction.
#pragma once

#include "tests/gpu/emulator/Ptx.h"

#include <map>
#include <string>
#include <vector>

namespace tl::gpu {

/// Names of a kernel under construction.
struct Names {
  std::map<std::string, int> registers;
  std::map<std::string, std::uint64_t> symbols; ///< addresses of variables and offsets of parameters
  std::map<std::string, int> labels;
};

/// Decodes `opcode` with `operands` as they are written. Empty, or why it cannot be.
std::string decode(const std::string &opcode, const std::vector<std::string> &operands, Names &names,
                   Instruction &instruction);

/// The number of the register called `name`, made when it is new.
int registerNamed(Names &names, const std::string &name);

} // namespace tl::gpu
