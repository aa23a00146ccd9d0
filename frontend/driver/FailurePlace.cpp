// Where in the program a run failed.
#include "frontend/driver/FailurePlace.h"

#include "frontend/sema/TypedProgram.h"
#include "frontend/sema/Walk.h"

#include <algorithm>
#include <vector>

namespace tl::driver {
namespace {

using sema::Equation;
using sema::TensorId;

std::vector<std::string_view> quotedNames(std::string_view message) {
  std::vector<std::string_view> names;
  for (std::size_t begin = message.find('\''); begin != std::string_view::npos;) {
    const std::size_t end = message.find('\'', begin + 1);
    if (end == std::string_view::npos)
      break;
    names.push_back(message.substr(begin + 1, end - begin - 1));
    begin = message.find('\'', end + 1);
  }
  return names;
}

bool calls(const Equation &equation, std::string_view function) {
  bool found = false;
  sema::walkEquation(equation, [&](const sema::Expr &expr) {
    found = found || (expr.kind == sema::Expr::Kind::Matrix && expr.function == function);
  });
  return found;
}

bool reads(const Equation &equation, TensorId tensor) {
  return std::binary_search(equation.reads.begin(), equation.reads.end(), tensor);
}

} // namespace

/// A call of a matrix function stands before all else; of a tensor's equations the recursive ones, which are
/// those that grow.
source::SourceRange placeOfFailure(const sema::TypedProgram &program, std::string_view message) {
  const std::vector<std::string_view> names = quotedNames(message);
  auto isNamed = [&](std::string_view name) { return std::ranges::find(names, name) != names.end(); };
  const Equation *best = nullptr;
  int bestRank = 0;
  for (const Equation &equation : program.equations) {
    const sema::TensorSymbol &tensor = program.tensors[equation.tensor];
    int rank = 0;
    if (isNamed(tensor.name))
      rank = reads(equation, equation.tensor) ? 2 : 1;
    for (std::string_view name : names)
      if (calls(equation, name))
        rank = std::ranges::any_of(equation.reads,
                                   [&](TensorId id) { return isNamed(program.tensors[id].name); })
                   ? 4
                   : 3;
    if (rank > bestRank) {
      best = &equation;
      bestRank = rank;
    }
  }
  return best ? best->range : source::SourceRange();
}

} // namespace tl::driver
