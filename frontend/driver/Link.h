// Executables and shared libraries, with the linker of the system.
#pragma once

#include "frontend/driver/Standalone.h"

namespace tl::driver {

struct LinkOptions {
  std::string output;          ///< the file to make
  bool isShared = false;       ///< a library, with a C header beside it
  std::string compiler = "cc"; ///< a C compiler that can link
  std::string runtimeFolder;   ///< has libtl_rt.a
};

/// Makes the file. It needs nothing of tl to run. A Data error when the compiler or the runtime is missing,
/// or when linking fails.
runtime::Result<void> link(const Standalone &program, const LinkOptions &options);

} // namespace tl::driver
