// The table of initialisers.
#include "frontend/sema/Initializers.h"

#include <array>

namespace tl::sema {

using runtime::Initializer;
using source::DiagnosticId;

namespace {

/// `least` and `most` count arguments; with none, `first` and `second` hold.
struct Row {
  const char *name;
  Initializer::Kind kind;
  std::size_t least, most;
  double first, second;
};

constexpr std::array kRows = {
    Row{"zeros", Initializer::Kind::Constant, 0, 0, 0, 0},
    Row{"ones", Initializer::Kind::Constant, 0, 0, 1, 0},
    Row{"uniform", Initializer::Kind::Uniform, 0, 2, 0, 1},
    Row{"normal", Initializer::Kind::Normal, 0, 2, 0, 1},
    Row{"xavier", Initializer::Kind::Xavier, 0, 1, 1, 0},
    Row{"he", Initializer::Kind::He, 0, 1, 1, 0},
    Row{"orthogonal", Initializer::Kind::Orthogonal, 0, 1, 1, 0},
};

std::string quoted(const std::string &name) {
  return "'" + name + "'";
}

const Row *findRow(const std::string &name) {
  for (const Row &row : kRows)
    if (name == row.name)
      return &row;
  return nullptr;
}

void reportUnknown(const ast::Call &call, source::DiagnosticEngine &diagnostics) {
  std::vector<std::string> names;
  std::string list;
  for (const Row &row : kRows) {
    names.emplace_back(row.name);
    list += (list.empty() ? "" : &row == &kRows.back() ? " and " : ", ") + names.back();
  }
  auto &report = diagnostics.report(DiagnosticId::UnknownFunction, call.nameRange,
                                    "no initialiser is called " + quoted(call.function));
  if (std::optional<std::string> near = source::nearest(call.function, names))
    report.fix = source::Fix{call.nameRange, *near, "did you mean " + quoted(*near) + "?"};
  else
    report.hint = "there are " + list;
}

} // namespace

std::optional<Initializer> initializerOf(const ast::Call &call, SourceRange range,
                                         const std::map<std::string, Constant, std::less<>> &constants,
                                         source::DiagnosticEngine &diagnostics) {
  const Row *row = findRow(call.function);
  if (!row) {
    reportUnknown(call, diagnostics);
    return std::nullopt;
  }
  const std::size_t count = call.arguments.size();
  // Half a pair of bounds says nothing.
  if (count < row->least || count > row->most || (row->most == 2 && count == 1) || !call.named.empty()) {
    const char *wanted = row->most == 0   ? "no arguments"
                         : row->most == 1 ? "at most 1 argument"
                                          : "0 or 2 arguments";
    diagnostics.report(DiagnosticId::ArgumentCount, range,
                       quoted(call.function) + " takes " + wanted + " here");
    return std::nullopt;
  }
  Initializer result{row->kind, row->first, row->second};
  for (std::size_t k = 0; k < count; ++k) {
    std::optional<Constant> value = evaluateConstant(*call.arguments[k], constants);
    if (!value) {
      diagnostics.report(DiagnosticId::TypeMismatch, call.arguments[k]->range,
                         "an argument of an initialiser is a number or a constant");
      return std::nullopt;
    }
    (k == 0 ? result.first : result.second) = value->value;
  }
  return result;
}

Initializer defaultInitializer(std::size_t rank) {
  return rank < 2 ? Initializer{} : Initializer{Initializer::Kind::Xavier, 1, 0};
}

} // namespace tl::sema
