// The definitions of stdlib/optim.tl.
#include "frontend/driver/TrainingLibrary.h"

#include "frontend/parse/Parser.h"

#include <algorithm>
#include <cassert>

namespace tl::driver {
namespace {

bool hasOption(const ast::Definition &definition, std::string_view name) {
  return std::any_of(definition.options.begin(), definition.options.end(),
                     [&](const ast::NamedArgument &option) { return option.name == name; });
}

} // namespace

TrainingLibrary::TrainingLibrary(source::SourceManager &sources) {
  source::DiagnosticEngine diagnostics;
  std::uint32_t file = sources.add("stdlib/optim.tl", kOptimizerLibrary);
  std::optional<ast::Program> parsed = parse::parse(sources, file, diagnostics);
  assert(parsed && "the library that is built in is a program");
  program = *std::move(parsed);
}

const ast::Definition &TrainingLibrary::find(std::string_view name) const {
  for (const ast::Statement &statement : program.statements)
    if (const auto *definition = std::get_if<ast::Definition>(&statement.node);
        definition && definition->name == name)
      return *definition;
  assert(false && "the library has every definition that training names");
  return std::get<ast::Definition>(program.statements.front().node);
}

std::vector<sema::OptimizerSignature> TrainingLibrary::optimizers() const {
  std::vector<sema::OptimizerSignature> result;
  for (const ast::Statement &statement : program.statements) {
    const auto *definition = std::get_if<ast::Definition>(&statement.node);
    if (!definition || definition->parameters.empty() || !hasOption(*definition, "lr"))
      continue;
    sema::OptimizerSignature &one = result.emplace_back();
    one.name = definition->name;
    for (const ast::NamedArgument &option : definition->options)
      one.options.push_back(option.name);
  }
  return result;
}

std::vector<std::string> TrainingLibrary::schedules() const {
  std::vector<std::string> result;
  for (const ast::Statement &statement : program.statements)
    if (const auto *definition = std::get_if<ast::Definition>(&statement.node);
        definition && definition->parameters.empty())
      result.push_back(definition->name);
  return result;
}

bool hasLearning(const ast::Program &program) {
  return std::ranges::any_of(program.statements, [](const ast::Statement &statement) {
    return std::holds_alternative<ast::Learn>(statement.node);
  });
}

bool isOptimizerOption(const ast::Program &program, const std::string &name) {
  if (!hasLearning(program))
    return false;
  source::SourceManager scratch;
  const std::vector<sema::OptimizerSignature> optimizers = TrainingLibrary(scratch).optimizers();
  return std::ranges::any_of(program.statements, [&](const ast::Statement &statement) {
    const auto *learn = std::get_if<ast::Learn>(&statement.node);
    return learn && std::ranges::any_of(optimizers, [&](const sema::OptimizerSignature &optimizer) {
             return learn->optimizer == optimizer.name && std::ranges::count(optimizer.options, name) != 0;
           });
  });
}

} // namespace tl::driver
