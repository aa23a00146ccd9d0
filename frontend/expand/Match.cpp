// One index of a definition is one variable of the caller, wherever it stands.
#include "frontend/expand/Match.h"

#include <algorithm>

namespace tl::expand {

using source::DiagnosticId;
using source::SourceRange;

namespace {

std::string quoted(std::string_view name) {
  return "'" + std::string(name) + "'";
}

std::string listed(const std::vector<std::string> &names) {
  std::string text;
  for (const std::string &name : names)
    text += (text.empty() ? "" : ",") + name;
  return text.empty() ? "no index" : quoted(text);
}

bool isGroup(const ast::Index &index) {
  return index.form == ast::Index::Form::Group;
}

const std::string &nameOf(const ast::Index &index) {
  return std::get<ast::Variable>(index.expr->node).name;
}

bool hasGroup(const ast::Head &head) {
  return std::any_of(head.indices.begin(), head.indices.end(), isGroup);
}

/// The variable of a position of a left side: that of `i`, and of `i+1`; none when there are several.
std::optional<std::string> variableOf(const ast::Index &index) {
  if (index.form != ast::Index::Form::Plain)
    return std::nullopt;
  Argument position = readArgument(*index.expr, {});
  if (position.variables.size() != 1 || position.hasUnnamed)
    return std::nullopt;
  return position.variables[0];
}

class Matcher {
public:
  Matcher(const Definition &definition, const std::vector<const ast::Head *> &lefts,
          source::DiagnosticEngine &diagnostics)
      : syntax(*definition.syntax), lefts(lefts), diagnostics(diagnostics) {}

  std::optional<Matching> run(const ast::Call &call) {
    for (std::size_t k = 0; k < call.arguments.size(); ++k)
      matching.arguments.push_back(readArgument(*call.arguments[k], syntax.parameters[k]));
    matching.groups.resize(call.arguments.size());
    isOpen.assign(call.arguments.size(), true);
    for (std::size_t k = 0; k < isOpen.size(); ++k)
      if (!check(k) || (matching.arguments[k].isOrdered && !matchInOrder(k)))
        return std::nullopt;
    if (!eliminate())
      return std::nullopt;
    readLefts();
    if (!eliminate() || !isComplete())
      return std::nullopt;
    return std::move(matching);
  }

private:
  const ast::Head &parameter(std::size_t k) const { return syntax.parameters[k]; }

  source::Diagnostic &mismatch(SourceRange range, std::string message, std::size_t k) {
    auto &report = diagnostics.report(DiagnosticId::IndexMismatch, range, std::move(message));
    report.labels.push_back({parameter(k).range, "the definition's argument"});
    return report;
  }

  /// What can be said before anything is matched.
  bool check(std::size_t k) {
    const Argument &argument = matching.arguments[k];
    if (argument.hasUnnamed) {
      mismatch(argument.unnamed, "this index of an argument of " + quoted(syntax.name) + " needs a name", k)
          .hint = "a definition matches the indices of its arguments and never sums over them";
      return false;
    }
    bool isWhole = argument.form == Argument::Form::Whole;
    if (isWhole && hasGroup(parameter(k))) {
      mismatch(argument.expr->range,
               "nothing says which indices of this argument " + quoted("...") + " stands for", k)
          .hint = "write the indices of the argument";
      return false;
    }
    if (isWhole || argument.form == Argument::Form::Value)
      isOpen[k] = false;
    return true;
  }

  bool matchInOrder(std::size_t k) {
    const Argument &argument = matching.arguments[k];
    if (!isOpen[k])
      return true;
    const std::vector<ast::Index> &wanted = parameter(k).indices;
    std::size_t count = argument.variables.size(), named = wanted.size() - hasGroup(parameter(k));
    if (hasGroup(parameter(k)) ? count < named : count != named)
      return wrongCount(k, named);
    isOpen[k] = false;
    std::size_t next = 0;
    for (const ast::Index &index : wanted) {
      if (isGroup(index)) {
        auto begin = argument.variables.begin() + static_cast<std::ptrdiff_t>(next);
        next += count - named;
        if (!bindGroup(k, {begin, begin + static_cast<std::ptrdiff_t>(count - named)}))
          return false;
      } else if (!bind(nameOf(index), argument.variables[next], argument.places[next], k)) {
        return false;
      } else {
        ++next;
      }
    }
    return true;
  }

  bool wrongCount(std::size_t k, std::size_t named) {
    const Argument &argument = matching.arguments[k];
    auto &report =
        mismatch(argument.expr->range,
                 quoted(parameter(k).name) + " of " + quoted(syntax.name) + " has " +
                     (hasGroup(parameter(k)) ? "at least " : "") + counted(named, "index", "indices") +
                     " but this argument has " + std::to_string(argument.variables.size()) +
                     (argument.variables.empty() ? "" : ": " + listed(argument.variables)),
                 k);
    report.hint =
        argument.variables.size() > named
            ? "a definition never sums: sum in the argument, as in sum[i](...), or give the definition '...'"
            : "every index of the definition's argument needs one here";
    return false;
  }

  bool bind(const std::string &index, const std::string &variable, SourceRange range, std::size_t k) {
    auto [known, isNew] = matching.variables.emplace(index, variable);
    if (isNew)
      places[index] = range;
    if (known->second == variable)
      return true;
    auto &report =
        mismatch(range,
                 "index " + quoted(index) + " of " + quoted(syntax.name) + " is " + quoted(variable) +
                     " here but " + quoted(known->second) + " in another argument",
                 k);
    report.labels.push_back({places[index], quoted(index) + " is " + quoted(known->second) + " here"});
    return false;
  }

  /// ` in 'Q'` for an argument that is a tensor's element, else what else tells it from others.
  std::string inArgument(std::optional<std::size_t> k, const char *otherwise) const {
    const auto *access = k ? std::get_if<ast::Access>(&matching.arguments[*k].expr->node) : nullptr;
    return access ? " in " + quoted(access->name) : otherwise;
  }

  bool bindGroup(std::size_t k, std::vector<std::string> variables) {
    matching.groups[k] = variables;
    const SourceRange range = matching.arguments[k].expr->range;
    if (!groupPlace) {
      matching.group = std::move(variables);
      groupPlace = range;
      groupArgument = k;
      return true;
    }
    std::vector<std::string> known = matching.group, here = variables;
    std::sort(known.begin(), known.end());
    std::sort(here.begin(), here.end());
    if (known == here)
      return true;
    auto &report =
        mismatch(range,
                 "'...' of " + quoted(syntax.name) + " is " + listed(variables) + inArgument(k, " here") +
                     " but " + listed(matching.group) + inArgument(groupArgument, " elsewhere"),
                 k);
    report.labels.push_back({*groupPlace, "'...' is " + listed(matching.group) + " here"});
    return false;
  }

  /// Arguments without an order: what is left when all known indices are taken away.
  bool eliminate() {
    for (bool progress = true; progress;) {
      progress = false;
      for (std::size_t k = 0; k < isOpen.size(); ++k) {
        if (!isOpen[k])
          continue;
        if (!eliminate(k))
          return false;
        progress = progress || !isOpen[k];
      }
    }
    return true;
  }

  bool eliminate(std::size_t k) {
    const Argument &argument = matching.arguments[k];
    std::vector<std::string> rest = argument.variables, unknown;
    auto take = [&](const std::string &variable) {
      auto found = std::find(rest.begin(), rest.end(), variable);
      bool isThere = found != rest.end();
      if (isThere)
        rest.erase(found);
      return isThere;
    };
    std::size_t named = parameter(k).indices.size() - hasGroup(parameter(k));
    if (hasGroup(parameter(k)) ? rest.size() < named : rest.size() != named)
      return wrongCount(k, named);
    for (const ast::Index &index : parameter(k).indices) {
      if (isGroup(index))
        continue;
      auto known = matching.variables.find(nameOf(index));
      if (known == matching.variables.end())
        unknown.push_back(nameOf(index));
      else if (!take(known->second))
        return missing(k, nameOf(index), known->second);
    }
    bool isGroupOpen = hasGroup(parameter(k)) && !groupPlace;
    std::vector<std::string> ofGroup;
    if (hasGroup(parameter(k)) && (groupPlace || unknown.empty())) {
      for (const std::string &variable : groupPlace ? matching.group : std::vector<std::string>(rest))
        if (take(variable))
          ofGroup.push_back(variable);
      isGroupOpen = false;
      if (unknown.empty())
        ofGroup.insert(ofGroup.end(), rest.begin(), rest.end());
    }
    if (unknown.size() > 1 || isGroupOpen)
      return true;
    if (unknown.size() == 1 && rest.size() == 1 && !bind(unknown[0], rest[0], argument.expr->range, k))
      return false;
    if (unknown.size() == 1 && rest.size() != 1)
      return wrongCount(k, named);
    isOpen[k] = false;
    return !hasGroup(parameter(k)) || bindGroup(k, std::move(ofGroup));
  }

  bool missing(std::size_t k, const std::string &index, const std::string &variable) {
    auto &report = mismatch(matching.arguments[k].expr->range,
                            "index " + quoted(index) + " of " + quoted(syntax.name) + " is " +
                                quoted(variable) + " elsewhere, but this argument has no " + quoted(variable),
                            k);
    report.labels.push_back({places[index], quoted(index) + " is " + quoted(variable) + " here"});
    return false;
  }

  /// The left sides say by position what no argument says.
  void readLefts() {
    for (std::size_t k = 0; k < lefts.size(); ++k)
      readLeft(*lefts[k], syntax.results[k]);
  }

  void readLeft(const ast::Head &left, const ast::Head &result) {
    std::size_t named = result.indices.size() - hasGroup(result), count = left.indices.size();
    if (hasGroup(result) && !groupPlace ? count < named
                                        : count != named + (hasGroup(result) ? matching.group.size() : 0))
      return;
    std::size_t next = 0;
    for (const ast::Index &index : result.indices) {
      if (!isGroup(index)) {
        if (std::optional<std::string> variable = variableOf(left.indices[next]))
          if (matching.variables.emplace(nameOf(index), *variable).second)
            places[nameOf(index)] = left.indices[next].range;
        ++next;
        continue;
      }
      std::vector<std::string> variables;
      for (std::size_t k = named; k < count; ++k, ++next)
        if (std::optional<std::string> variable = variableOf(left.indices[next]))
          variables.push_back(*variable);
      if (groupPlace || variables.size() != count - named)
        continue;
      matching.group = std::move(variables);
      groupPlace = left.range;
    }
  }

  bool isComplete() {
    for (std::size_t k = 0; k < isOpen.size(); ++k)
      if (isOpen[k]) {
        const Argument &argument = matching.arguments[k];
        mismatch(argument.expr->range,
                 "nothing says which of the indices " + listed(argument.variables) +
                     " of this argument is which of " + quoted(syntax.name),
                 k)
            .hint = "give the argument a name in an equation of its own and pass that";
        return false;
      }
    return true;
  }

  const ast::Definition &syntax;
  const std::vector<const ast::Head *> &lefts;
  source::DiagnosticEngine &diagnostics;
  Matching matching;
  std::map<std::string, SourceRange> places;
  std::optional<SourceRange> groupPlace;
  std::optional<std::size_t> groupArgument; ///< that said what '...' is; none when a left side did
  std::vector<bool> isOpen;
};

} // namespace

std::optional<Matching> match(const Definition &definition, const ast::Call &call,
                              const std::vector<const ast::Head *> &lefts,
                              source::DiagnosticEngine &diagnostics) {
  return Matcher(definition, lefts, diagnostics).run(call);
}

} // namespace tl::expand
