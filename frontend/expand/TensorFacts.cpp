// Facts whose probabilities are the elements of a tensor.
#include "frontend/expand/TensorFacts.h"

#include "frontend/ast/Walk.h"
#include "frontend/expand/Syntax.h"

#include <algorithm>
#include <map>

namespace tl::expand {
namespace {

using source::DiagnosticId;

/// More facts than these would be text that nobody can read in a message or wait for.
constexpr std::int64_t kMostElements = 65536;

/// The places along one axis: numbers from 0, or the symbols of a domain.
struct Axis {
  std::int64_t extent = 0;
  const std::vector<std::string> *symbols = nullptr;
};

bool isFamily(const ast::Fact &fact) {
  return fact.chance &&
         std::any_of(fact.chance->indices.begin(), fact.chance->indices.end(),
                     [](const ast::Index &index) { return ast::variableOf(index) != nullptr; });
}

class TensorFacts {
public:
  TensorFacts(ast::Program &program, source::DiagnosticEngine &diagnostics)
      : program(program), diagnostics(diagnostics) {}

  bool run() {
    std::vector<ast::Statement> made;
    for (ast::Statement &statement : program.statements) {
      auto *fact = std::get_if<ast::Fact>(&statement.node);
      if (!fact || !isFamily(*fact))
        continue;
      if (!expand(*fact, statement.range, made))
        return false;
      isExpanded = true;
    }
    if (!isExpanded)
      return true;
    std::erase_if(program.statements, [](const ast::Statement &statement) {
      const auto *fact = std::get_if<ast::Fact>(&statement.node);
      return fact && isFamily(*fact);
    });
    std::move(made.begin(), made.end(), std::back_inserter(program.statements));
    return true;
  }

private:
  bool refuse(source::SourceRange range, const std::string &message, const std::string &hint) {
    diagnostics.report(DiagnosticId::NotSupportedYet, range, message + " is not supported yet").hint = hint;
    return false;
  }

  /// What numbers in the program say, or a declaration; a declaration knows symbols.
  std::vector<Axis> axesOf(const std::string &name) const {
    std::vector<Axis> axes;
    for (const ast::Statement &statement : program.statements) {
      if (const auto *literal = std::get_if<ast::Literal>(&statement.node);
          literal && literal->head.name == name && literal->head.indices.empty() && axes.empty())
        for (std::int64_t extent : literal->shape)
          axes.push_back({extent, nullptr});
      const auto *declared = std::get_if<ast::TensorDeclaration>(&statement.node);
      if (!declared || declared->head.name != name)
        continue;
      axes.clear();
      for (const ast::DeclaredAxis &axis : declared->axes)
        axes.push_back(axis.extent ? Axis{*axis.extent, nullptr} : domainAxis(axis.domain));
      return axes;
    }
    return axes;
  }

  Axis domainAxis(const std::string &name) const {
    for (const ast::Statement &statement : program.statements)
      if (const auto *domain = std::get_if<ast::DomainDeclaration>(&statement.node);
          domain && domain->name == name && domain->path.empty())
        return {static_cast<std::int64_t>(domain->symbols.size()), &domain->symbols};
    return {};
  }

  /// The numbers of the tensor, when they are known and nothing learns them.
  const ast::Literal *valuesOf(const std::string &name) const {
    const ast::Literal *found = nullptr;
    for (const ast::Statement &statement : program.statements) {
      const auto *declared = std::get_if<ast::TensorDeclaration>(&statement.node);
      if (std::holds_alternative<ast::Learn>(statement.node) ||
          (declared && declared->head.name == name && declared->isParam))
        return nullptr;
      const auto *literal = std::get_if<ast::Literal>(&statement.node);
      if (literal && literal->head.name == name && literal->head.indices.empty())
        found = literal->isParam ? nullptr : literal;
    }
    return found;
  }

  bool checkForm(const ast::Fact &fact) {
    std::map<std::string, int> uses;
    for (const ast::Index &index : fact.chance->indices) {
      const std::string *variable = ast::variableOf(index);
      if (!variable || ++uses[*variable] > 1)
        return refuse(index.range,
                      "a tensor of probabilities without a variable of its own at every position",
                      "define a tensor that has one, and use that: Q[i] = " + fact.chance->name +
                          "[...], then Q[i] :: " + fact.head.name + "(i)");
    }
    return true;
  }

  bool expand(const ast::Fact &fact, source::SourceRange range, std::vector<ast::Statement> &made) {
    if (!checkForm(fact))
      return false;
    const ast::Head &chance = *fact.chance;
    const std::vector<Axis> axes = axesOf(chance.name);
    std::int64_t count = axes.size() == chance.indices.size() ? 1 : 0;
    for (const Axis &axis : axes)
      count = std::min(count * axis.extent, kMostElements + 1);
    if (axes.empty() || (count == 0 && axes.size() == chance.indices.size()))
      return refuse(chance.range, "facts of '" + chance.name + "' without a known size",
                    "declare the tensor, as in: tensor " + chance.name + "[x: 3, y: 3]");
    if (count == 0) {
      diagnostics.report(DiagnosticId::ArityClash, chance.range,
                         "'" + chance.name + "' has " + std::to_string(chance.indices.size()) +
                             " indices here but " + std::to_string(axes.size()) + " elsewhere");
      return false;
    }
    if (count > kMostElements)
      return refuse(chance.range, "more than " + std::to_string(kMostElements) + " facts of one tensor",
                    "as numbers it may be of any size: Best[x,z] max= Best[x,y] " + chance.name + "[y,z]");
    addFacts(fact, range, axes, count, made);
    return true;
  }

  void addFacts(const ast::Fact &fact, source::SourceRange range, const std::vector<Axis> &axes,
                std::int64_t count, std::vector<ast::Statement> &made) {
    const ast::Literal *values = valuesOf(fact.chance->name);
    const std::size_t before = made.size();
    for (std::int64_t element = 0; element < count; ++element) {
      const bool isLast = element + 1 == count;
      const bool isNever = values && static_cast<std::int64_t>(values->values.size()) == count &&
                           values->values[static_cast<std::size_t>(element)] == 0;
      // One that never holds says that there is such a relation.
      if (isNever && !(isLast && made.size() == before))
        continue;
      made.push_back({range, factAt(fact, range, axes, element)});
    }
  }

  static ast::Fact factAt(const ast::Fact &fact, source::SourceRange range, const std::vector<Axis> &axes,
                          std::int64_t element) {
    Syntax syntax(range);
    std::map<std::string, std::pair<std::int64_t, const Axis *>> places;
    for (std::size_t axis = axes.size(); axis-- > 0; element /= axes[axis].extent)
      places[*ast::variableOf(fact.chance->indices[axis])] = {element % axes[axis].extent, &axes[axis]};
    auto place = [&](const std::string &variable) {
      const auto &[position, axis] = places.at(variable);
      return axis->symbols ? syntax.make(ast::Text{(*axis->symbols)[static_cast<std::size_t>(position)]})
                           : syntax.integer(position);
    };
    auto placesOf = [&](const ast::Head &head) {
      std::vector<ast::ExprPtr> all;
      for (const ast::Index &index : head.indices)
        all.push_back(place(*ast::variableOf(index)));
      return all;
    };
    return {syntax.head(fact.head.name, ast::Head::Form::Parentheses, placesOf(fact.head)), std::nullopt,
            syntax.head(fact.chance->name, ast::Head::Form::Brackets, placesOf(*fact.chance))};
  }

  ast::Program &program;
  source::DiagnosticEngine &diagnostics;
  bool isExpanded = false;
};

} // namespace

bool expandTensorFacts(ast::Program &program, source::DiagnosticEngine &diagnostics) {
  return TensorFacts(program, diagnostics).run();
}

} // namespace tl::expand
