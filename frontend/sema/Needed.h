// What the answers of a program depend on.
#pragma once

#include "frontend/sema/TypedProgram.h"

#include <set>

namespace tl::sema {

/// `roots` and every tensor that their equations read, directly or through others. The values of `settled`
/// are known: what they read does not count.
std::set<TensorId> readFrom(const TypedProgram &program, std::vector<TensorId> roots,
                            const std::set<TensorId> &settled = {});

/// The tensors that some query or file needs; nothing else is computed.
std::set<TensorId> neededTensors(const TypedProgram &program, const std::set<TensorId> &settled = {});

} // namespace tl::sema
