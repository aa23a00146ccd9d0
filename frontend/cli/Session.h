// What the verbs do with a compilation: report, read standard input.
#pragma once

#include "frontend/cli/Commands.h"
#include "frontend/driver/Compiler.h"

namespace tl::cli {

/// Prints what was reported so far to standard error.
void printDiagnostics(const driver::Compilation &compilation, const Context &context);

/// Sets the program to `path`, reading standard input for `-`.
void setProgram(driver::Options &options, const std::string &path);

/// Writes all of `text` to standard output; false when it could not be written.
bool writeOut(std::string_view text);

} // namespace tl::cli
