// The command line of an executable that `tl build` made.
#pragma once

#include "runtime/answer/Output.h"
#include "runtime/package/Inputs.h"

namespace tl::runtime {

struct CommandLine {
  GivenFiles files; ///< -D NAME=FILE
  OutputOptions output;
  std::string colour = "auto";
  int threads = 0;                ///< 0: one per processor
  std::size_t maxMemoryBytes = 0; ///< 0: 80 % of the machine's memory
  double timeoutSeconds = 0;      ///< 0: none
  bool wantsHelp = false, wantsInputs = false;
};

/// Reads the arguments after the program's name. A Usage error says what is wrong.
Result<CommandLine> parseCommandLine(std::span<const char *const> arguments);

/// What `--help` prints.
std::string helpText(const std::string &program, const Package &package);

} // namespace tl::runtime
