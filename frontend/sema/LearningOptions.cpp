// The options of a `learn` statement: which there are, and which values they take.
#include "frontend/sema/LearningOptions.h"

#include <algorithm>
#include <cmath>

namespace tl::sema {

using source::DiagnosticId;

namespace {

std::string quoted(std::string_view name) {
  return "'" + std::string(name) + "'";
}

std::string listed(const std::vector<std::string> &names) {
  std::string text;
  for (std::size_t k = 0; k < names.size(); ++k)
    text += (k == 0 ? "" : k + 1 == names.size() ? " and " : ", ") + quoted(names[k]);
  return text;
}

/// What a value must be.
enum class Need { Count, Natural, Positive, Fraction, NotNegative };

const char *words(Need need) {
  switch (need) {
  case Need::Count:
    return "a whole number of 1 or more";
  case Need::Natural:
    return "a whole number of 0 or more";
  case Need::Positive:
    return "a number above 0";
  case Need::Fraction:
    return "a number from 0 to 1";
  case Need::NotNegative:
    return "a number of 0 or more";
  }
  return "";
}

bool satisfies(Need need, const Constant &value) {
  switch (need) {
  case Need::Count:
    return value.isInteger && value.integer >= 1;
  case Need::Natural:
    return value.isInteger && value.integer >= 0;
  case Need::Positive:
    return std::isfinite(value.value) && value.value > 0;
  case Need::Fraction:
    return value.value >= 0 && value.value <= 1;
  case Need::NotNegative:
    return std::isfinite(value.value) && value.value >= 0;
  }
  return false;
}

class OptionReader {
public:
  OptionReader(const ast::Learn &statement, Learning &learning, const Names &names,
               const CheckOptions &options, source::DiagnosticEngine &diagnostics)
      : statement(statement), learning(learning), names(names), options(options), diagnostics(diagnostics) {}

  void run() {
    readOptimizer();
    for (const ast::NamedArgument &option : statement.options)
      readOption(option);
    if (options.steps) {
      learning.steps = *options.steps;
      learning.epochs = 0;
    }
    checkTogether();
  }

private:
  /// Suggests what `name` may have meant among `known`.
  void suggest(source::Diagnostic &report, SourceRange range, const std::string &name,
               const std::vector<std::string> &known, const char *kind) {
    if (std::optional<std::string> near = source::nearest(name, known))
      report.fix = source::Fix{range, *near, "did you mean " + quoted(*near) + "?"};
    else
      report.hint = std::string(kind) + " are " + listed(known);
  }

  void readOptimizer() {
    std::vector<std::string> known;
    for (const OptimizerSignature &optimizer : options.optimizers)
      known.push_back(optimizer.name);
    auto found = std::find_if(options.optimizers.begin(), options.optimizers.end(),
                              [&](const OptimizerSignature &one) { return one.name == statement.optimizer; });
    if (found == options.optimizers.end()) {
      auto &report = diagnostics.report(DiagnosticId::UnknownOptimizer, statement.optimizerRange,
                                        "no optimiser is called " + quoted(statement.optimizer));
      suggest(report, statement.optimizerRange, statement.optimizer, known, "the optimisers");
      return;
    }
    learning.optimizer = found->name;
    for (const ast::NamedArgument &option : statement.optimizerOptions)
      readOptimizerOption(option, *found);
    for (const std::string &name : found->options)
      if (auto given = options.constants.find(name); given != options.constants.end())
        learning.optimizerOptions[name] = given->second;
  }

  void readOptimizerOption(const ast::NamedArgument &option, const OptimizerSignature &optimizer) {
    if (std::find(optimizer.options.begin(), optimizer.options.end(), option.name) ==
        optimizer.options.end()) {
      auto &report = diagnostics.report(DiagnosticId::UnknownOption, option.nameRange,
                                        quoted(optimizer.name) + " has no option " + quoted(option.name));
      suggest(report, option.nameRange, option.name, optimizer.options, "its options");
      return;
    }
    if (std::optional<Constant> value = number(option, Need::NotNegative))
      if (!learning.optimizerOptions.emplace(option.name, value->value).second)
        reportTwice(option);
  }

  void reportTwice(const ast::NamedArgument &option) {
    diagnostics.report(DiagnosticId::BadOption, option.nameRange,
                       "option " + quoted(option.name) + " is given twice");
  }

  std::optional<Constant> number(const ast::NamedArgument &option, Need need) {
    std::optional<Constant> value = names.constantValue(*option.value);
    if (value && satisfies(need, *value))
      return value;
    diagnostics.report(DiagnosticId::BadOption, option.value->range,
                       quoted(option.name) + " is " + words(need) +
                           (value ? "" : ", made of numbers and constants"));
    return std::nullopt;
  }

  void count(const ast::NamedArgument &option, Need need, std::int64_t &into) {
    if (std::optional<Constant> value = number(option, need))
      into = value->integer;
  }

  void readOption(const ast::NamedArgument &option) {
    static const std::vector<std::string> kKnown = {"steps",    "epochs",   "batch", "accumulate",
                                                    "schedule", "warmup",   "floor", "validate",
                                                    "every",    "patience", "clip",  "redraw"};
    if (std::find(kKnown.begin(), kKnown.end(), option.name) == kKnown.end()) {
      auto &report = diagnostics.report(DiagnosticId::UnknownOption, option.nameRange,
                                        "'learn' has no option " + quoted(option.name));
      return suggest(report, option.nameRange, option.name, kKnown, "the options of 'learn'");
    }
    if (option.name == "redraw")
      return readRedraw(option);
    if (!given.insert(option.name).second)
      return reportTwice(option);
    if (option.name == "schedule")
      return readSchedule(option);
    if (option.name == "validate")
      return readValidation(option);
    if (option.name == "steps")
      return count(option, Need::Natural, learning.steps);
    if (option.name == "epochs")
      return count(option, Need::Count, learning.epochs);
    if (option.name == "accumulate")
      return count(option, Need::Count, learning.accumulate);
    if (option.name == "warmup")
      return count(option, Need::Natural, learning.warmup);
    if (option.name == "every")
      return count(option, Need::Count, learning.every);
    if (option.name == "patience")
      return count(option, Need::Count, learning.patience);
    bool isClip = option.name == "clip";
    if (std::optional<Constant> value = number(option, isClip ? Need::Positive : Need::Fraction))
      (isClip ? learning.clip : learning.floor) = value->value;
  }

  void readSchedule(const ast::NamedArgument &option) {
    const auto *name = std::get_if<ast::Variable>(&option.value->node);
    if (name && std::find(options.schedules.begin(), options.schedules.end(), name->name) !=
                    options.schedules.end()) {
      learning.schedule = name->name;
      return;
    }
    auto &report = diagnostics.report(DiagnosticId::BadOption, option.value->range,
                                      name ? "no schedule is called " + quoted(name->name)
                                           : std::string("'schedule' is the name of a schedule"));
    suggest(report, option.value->range, name ? name->name : "", options.schedules, "the schedules");
  }

  void readValidation(const ast::NamedArgument &option) {
    const auto *name = std::get_if<ast::Name>(&option.value->node);
    std::optional<TensorId> id = name ? names.tensor(name->name) : std::nullopt;
    if (id && names.isDefined(name->name) && names.arity(*id) == 0) {
      learning.validation = id;
      return;
    }
    diagnostics.report(DiagnosticId::BadOption, option.value->range,
                       "'validate' is the name of a scalar that the program defines");
  }

  /// May be given several times, once for each tensor.
  void readRedraw(const ast::NamedArgument &option) {
    const auto *name = std::get_if<ast::Name>(&option.value->node);
    std::optional<TensorId> id = name ? names.tensor(name->name) : std::nullopt;
    if (id && names.isDefined(name->name)) {
      learning.redrawn.push_back(*id);
      return;
    }
    diagnostics.report(DiagnosticId::BadOption, option.value->range,
                       "'redraw' is the name of a tensor that the program defines");
  }

  void checkTogether() {
    auto needs = [&](const char *option, bool holds, const char *text) {
      if (!given.count(option) || holds)
        return;
      for (const ast::NamedArgument &one : statement.options)
        if (one.name == option)
          diagnostics.report(DiagnosticId::BadOption, one.nameRange, text);
    };
    needs("epochs", statement.batchSize.has_value(),
          "'epochs' counts passes over the examples, it needs 'batch = e: 64'");
    needs("epochs", !given.count("steps"), "give either 'steps' or 'epochs', not both");
    needs("every", given.count("validate"), "'every' says how often to validate, it needs 'validate'");
    needs("patience", given.count("validate"),
          "'patience' stops when the validation loss no longer falls, it needs 'validate'");
    if (given.count("steps") || given.count("epochs") || options.steps)
      return;
    auto &report = diagnostics.report(DiagnosticId::BadOption, learning.range,
                                      "nothing says how many steps this 'learn' takes");
    report.hint = "add 'steps = 1000' at its end";
  }

  const ast::Learn &statement;
  Learning &learning;
  const Names &names;
  const CheckOptions &options;
  source::DiagnosticEngine &diagnostics;
  std::set<std::string> given;
};

} // namespace

void readLearningOptions(const ast::Learn &statement, Learning &learning, const Names &names,
                         const CheckOptions &options, source::DiagnosticEngine &diagnostics) {
  OptionReader(statement, learning, names, options, diagnostics).run();
}

} // namespace tl::sema
