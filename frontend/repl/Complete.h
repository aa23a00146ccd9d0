// What may be typed next.
#pragma once

#include "frontend/repl/Input.h"
#include "frontend/repl/Pieces.h"

namespace tl::repl {

/// The commands, without their colons.
std::vector<std::string> commandNames();

/// What may follow `before`, the text up to the cursor: commands after ':', otherwise names as in
/// `names::complete`.
std::vector<Completion> complete(const Pieces &pieces, std::string_view before);

} // namespace tl::repl
