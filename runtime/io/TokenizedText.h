// Text as the tokens of a language model: the files `tokenizer.json:TEXT` and `tokenizer.model:TEXT`.
#pragma once

#include "runtime/io/Formats.h"

namespace tl::runtime {

/// A member that ends in `.txt` is a file beside the tokenizer; any other member is itself the text.
Result<TensorHeader> readTokenizedHeader(const FileReference &reference);
/// The tokens of the text, one index.
Result<Tensor> readTokenized(const FileReference &reference, MemoryBudget &budget);
/// Writes the text of tokens into files beside the tokenizer.
Result<void> writeTokenized(const std::string &path, std::span<const NamedTensor> tensors);

} // namespace tl::runtime
