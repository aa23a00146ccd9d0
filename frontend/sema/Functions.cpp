// The table of functions.
#include "frontend/sema/Functions.h"

namespace tl::sema {
namespace {

using Kind = Function::Kind;

constexpr Function kFunctions[] = {
    {"step"},
    {"sig", Kind::Elementwise, 1, 2},
    {"tanh"},
    {"relu"},
    {"gelu"},
    {"silu"},
    {"exp"},
    {"log"},
    {"sqrt"},
    {"rsqrt"},
    {"sin"},
    {"cos"},
    {"abs"},
    {"sign"},
    {"floor"},
    {"ceil"},
    {"round"},
    {"min", Kind::Elementwise, 2, 2},
    {"max", Kind::Elementwise, 2, 2},
    {"pow", Kind::Elementwise, 2, 2},
    {"clamp", Kind::Elementwise, 3, 3},
    {"where", Kind::Elementwise, 3, 3},
    {"erf"},
    {"softplus"},
    {"softmax", Kind::Normalizing},
    {"logsoftmax", Kind::Normalizing},
    {"lnorm", Kind::Normalizing, 1, 1, "eps", 1e-5},
    {"rmsnorm", Kind::Normalizing, 1, 1, "eps", 1e-6},
    {"l2norm", Kind::Normalizing, 1, 1, "eps", 1e-12},
    {"size", Kind::Size},
    {"stopgrad"},
    {"concat", Kind::Concat, 1, 1000},
    {"cumsum", Kind::Ordered},
    {"cumprod", Kind::Ordered},
    {"sort", Kind::Ordered},
    {"rank", Kind::Ordered},
    {"topk", Kind::Selecting, 2, 2},
    {"argmax", Kind::Selecting},
    {"sample", Kind::Selecting},
    {"solve", Kind::Matrix, 2, 2},
    {"cholesky", Kind::Matrix},
    {"eigh", Kind::Matrix},
    {"svd", Kind::Matrix},
    {"inverse", Kind::Matrix},
    {"uniform", Kind::Random, 0, 2},
    {"normal", Kind::Random, 0, 2},
    {"bernoulli", Kind::Random},
};

} // namespace

const Function *findFunction(std::string_view name) {
  for (const Function &function : kFunctions)
    if (function.name == name)
      return &function;
  return nullptr;
}

void reportUnknownFunction(std::string_view name, source::SourceRange range,
                           std::vector<std::string> definitions, source::DiagnosticEngine &diagnostics) {
  static constexpr std::string_view kReductions[] = {"sum", "prod", "mean", "count", "any", "all"};
  auto &report = diagnostics.report(source::DiagnosticId::UnknownFunction, range,
                                    "no function is called '" + std::string(name) + "'");
  std::vector<std::string> known = functionNames();
  known.insert(known.end(), definitions.begin(), definitions.end());
  if (std::optional<std::string> near = source::nearest(name, known))
    report.fix = source::Fix{range, *near, "did you mean '" + *near + "'?"};
  for (std::string_view reduction : kReductions)
    if (name == reduction)
      report.hint = "it names its indices in brackets, as in " + std::string(name) + "[i](...)";
}

bool isSelecting(std::string_view name) {
  const Function *function = findFunction(name);
  return function && function->kind == Kind::Selecting;
}

std::vector<std::string> functionNames() {
  std::vector<std::string> names;
  for (const Function &function : kFunctions)
    names.emplace_back(function.name);
  return names;
}

} // namespace tl::sema
