// Looking for the one edit that makes a wrong program right.
#pragma once

#include "frontend/source/Diagnostic.h"

#include <functional>

namespace tl::driver {

/// What trying a text shows.
enum class Trial {
  Wrong, ///< the statement in question is still wrong
  Local, ///< it is right, other statements are not
  Whole, ///< the whole program is right
};

/// Compiles the program with this text; the statement in question is at bytes [begin, end).
using Compile = std::function<Trial(const std::string &text, std::uint32_t begin, std::uint32_t end)>;

/// A fix, and what it was found to do.
struct Repair {
  source::Fix fix;
  bool isWhole = false;
};

/// A single edit of tokens (a bracket or comma put in, an index added, left out, renamed or swapped with
/// another) near what `diagnostic` shows that makes the program right, or else its statement; the likeliest
/// is tried first. Tries a bounded number of edits, and only on short programs.
std::optional<Repair> findRepair(const source::SourceManager &sources, const source::Diagnostic &diagnostic,
                                 const Compile &compile);

} // namespace tl::driver
