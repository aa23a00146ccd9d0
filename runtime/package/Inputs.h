// The data of a program's inputs, read when it runs.
#pragma once

#include "runtime/io/Table.h"
#include "runtime/package/Package.h"

#include <map>

namespace tl::runtime {

/// Files by the name of the input; `-` is standard input: rows separated by tabs for a relation, a `.npy`
/// array for a tensor.
using GivenFiles = std::map<std::string, std::string>;

/// Reads the inputs of `package` that files are given for, and those that it has no data for, into
/// `package.data`; new symbols come into `package.domains`. Paths of the program are relative to `folder`.
/// Fails with a Usage error for a name that is no input, a Program error for data that does not fit what the
/// program was built for, and a Data error for files that are missing or malformed.
Result<void> readInputs(Package &package, const GivenFiles &files, const std::string &folder,
                        MemoryBudget &budget);

/// The same for data that is already in memory.
Result<void> setTensor(Package &package, const Input &input, const Tensor &tensor, const std::string &origin,
                       MemoryBudget &budget);
Result<void> setRows(Package &package, const Input &input, const Table &table, const std::string &origin,
                     MemoryBudget &budget);

/// Whether the package has data for an input.
bool hasData(const Package &package, const Input &input);

/// The input called `name`, or null.
const Input *findInput(const Package &package, const std::string &name);

/// `Edge(symbol, symbol)`, `X: f32[2, 3]`: an input in a list for people.
std::string describeInput(const Package &package, const Input &input);

} // namespace tl::runtime
