// What may be typed next.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tl::names {

enum class CandidateKind { Index, Tensor, Symbol, Function, Keyword };

/// One way to go on: the whole word.
struct Candidate {
  std::string word;
  CandidateKind kind = CandidateKind::Tensor;
};

/// Where in the text the word begins that is being typed at `offset`, and what it may become, likeliest
/// first. Inside the indices of a tensor: the index names it has at that position elsewhere, those of the
/// statement, and the symbols of that position; in an expression: names, functions and the statement's
/// indices; at the start of a statement: names and keywords. Nothing in comments.
struct Completions {
  std::size_t begin = 0;
  std::vector<Candidate> candidates;
};

/// `functions`: names of definitions that come from other texts.
Completions complete(std::string_view text, std::size_t offset,
                     const std::vector<std::string> &functions = {});

} // namespace tl::names
