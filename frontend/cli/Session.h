// What the verbs do with a compilation: report, read standard input.
#pragma once

#include "frontend/cli/Commands.h"
#include "frontend/driver/Compiler.h"

namespace tl::cli {

/// Prints what was reported so far to standard error.
void printDiagnostics(const driver::Compilation &compilation, const Context &context);

/// The same, for what no compilation reported.
void printDiagnostics(const source::SourceManager &sources, const source::DiagnosticEngine &diagnostics,
                      const Context &context);

/// Prints a failure that has no place in a program; returns its exit code.
int fail(const runtime::Error &error, const Context &context);

/// All of standard input.
std::string readStandardInput();

/// Sets the program to `path`, reading standard input for `-`.
void setProgram(driver::Options &options, const std::string &path);

/// Writes all of `text` to standard output; false when it could not be written.
bool writeOut(std::string_view text);

} // namespace tl::cli
