// All answers of a run on their way out.
#pragma once

#include "runtime/answer/Format.h"

#include <span>

namespace tl::runtime {

struct OutputOptions {
  OutputFormat format = OutputFormat::Text;
  TextOptions text;
  std::string folder = "."; ///< takes one file per query, 0.npy and so on, when the format is npy
};

/// Writes the answers to standard output in their order; for npy what they are and the files that hold them.
/// The error of an output whose reader has gone has no message: there is nobody to tell.
Result<void> printAnswers(std::span<const Answer> answers, const OutputOptions &options);

} // namespace tl::runtime
