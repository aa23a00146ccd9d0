// What the answers of a program depend on.
#pragma once

#include "frontend/sema/TypedProgram.h"

#include <set>

namespace tl::sema {

/// `roots` and every tensor that their equations read, directly or through others; what those in `given` are
/// computed from does not count.
std::set<TensorId> readFrom(const TypedProgram &program, std::vector<TensorId> roots,
                            const std::set<TensorId> &given = {});

/// The tensors that some query or file needs; nothing else is computed.
std::set<TensorId> neededTensors(const TypedProgram &program, const std::set<TensorId> &given = {});

/// Whether a query asks for a derivative, or an equation reads one.
bool hasDerivatives(const TypedProgram &program);

} // namespace tl::sema
