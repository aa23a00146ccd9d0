// The C interface of a program that is built as a shared library.
#pragma once

#include "runtime/package/Package.h"

#include <string>

namespace tl::driver {

/// The prefix of a library's functions: `out/libnet.so` gives `net`. A word that C takes as a name.
std::string libraryName(const std::string &output);

/// Beside the library: `out/net.h`.
std::string headerPath(const std::string &output);

/// What users include: functions for the whole program and one for each input, with the types and shapes in
/// comments.
std::string headerText(const runtime::Package &package, const std::string &name);

/// The functions, each one call into the runtime.
std::string librarySource(const runtime::Package &package, const std::string &name);

} // namespace tl::driver
