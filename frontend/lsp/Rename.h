// Whether a name may be another one.
#pragma once

#include "frontend/names/NameIndex.h"

namespace tl::lsp {

/// Why the name cannot be renamed at all; empty when it can.
std::string renameObstacle(const names::NameIndex &names, const names::Occurrence &one);
/// Why it cannot be called `spelling`: it would be no name of its kind, or another one's.
std::string renameObstacle(const names::NameIndex &names, const names::Occurrence &one,
                           std::string_view spelling);

} // namespace tl::lsp
