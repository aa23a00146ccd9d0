// What an executable or a library of a program is made of.
#pragma once

#include "backend/cpu/Standalone.h"
#include "frontend/driver/Load.h"
#include "frontend/sema/Demand.h"
#include "runtime/package/Package.h"

namespace tl::driver {

/// A program with its data, and its kernels as object files.
struct Standalone {
  runtime::Package package;
  std::vector<std::string> objects;
};

/// Puts a compiled program together. Data of files are part of it, except for `Options::inputs`, which are
/// read when it runs; files may be given for all tensors and relations that the program reads from one file.
/// A Usage error for an input that cannot be one.
runtime::Result<Standalone> makeStandalone(const sema::TypedProgram &program, const LoadedData &data,
                                           const sema::Demanded &demanded, const Options &options,
                                           backend::StandaloneCode code);

/// Queries, files and data of a loaded program; no code.
runtime::Package packageOf(const sema::TypedProgram &program, const LoadedData &data, const Options &options);

} // namespace tl::driver
