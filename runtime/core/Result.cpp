// The table of exit codes.
#include "runtime/core/Result.h"

namespace tl::runtime {

int exitCode(ErrorKind kind) {
  switch (kind) {
  case ErrorKind::Program:
  case ErrorKind::Unsupported:
    return 1;
  case ErrorKind::Usage:
    return 2;
  case ErrorKind::Data:
    return 3;
  case ErrorKind::Limit:
    return 4;
  case ErrorKind::Check:
    return 5;
  case ErrorKind::Interrupted:
    return 130;
  }
  return 70;
}

} // namespace tl::runtime
