// What the queries and files of a checked program ask for.
#include "frontend/driver/Answers.h"

namespace tl::driver {
namespace {

runtime::QuestionKind kindOf(sema::Query::Kind kind) {
  switch (kind) {
  case sema::Query::Kind::Relation:
    return runtime::QuestionKind::Relation;
  case sema::Query::Kind::Truth:
    return runtime::QuestionKind::Truth;
  case sema::Query::Kind::Tensor:
    return runtime::QuestionKind::Tensor;
  }
  __builtin_unreachable();
}

runtime::QuestionArgument::Kind kindOf(sema::QueryArgument::Kind kind) {
  using Kind = runtime::QuestionArgument::Kind;
  switch (kind) {
  case sema::QueryArgument::Kind::Variable:
    return Kind::Variable;
  case sema::QueryArgument::Kind::Wildcard:
    return Kind::Wildcard;
  case sema::QueryArgument::Kind::Integer:
    return Kind::Integer;
  case sema::QueryArgument::Kind::Symbol:
    return Kind::Symbol;
  }
  __builtin_unreachable();
}

} // namespace

runtime::Question questionOf(const sema::TypedProgram &program, const sema::Query &query) {
  const sema::TensorSymbol &tensor = program.tensors[query.tensor];
  runtime::Question question{query.text, kindOf(query.kind), query.isBare, {}, tensor.name, {}};
  for (const sema::QueryArgument &argument : query.arguments)
    question.arguments.push_back({kindOf(argument.kind), argument.text, argument.integer});
  for (sema::ClassId axisClass : tensor.axes)
    question.axes.push_back(
        {axisClass, !program.classes[axisClass].domain.empty(), program.classes[axisClass].extent});
  return question;
}

std::vector<runtime::Question> questionsOf(const sema::TypedProgram &program) {
  std::vector<runtime::Question> questions;
  for (const sema::Query &query : program.queries)
    questions.push_back(questionOf(program, query));
  return questions;
}

std::vector<runtime::FileOutput> outputsOf(const sema::TypedProgram &program) {
  std::vector<runtime::FileOutput> outputs;
  for (const sema::FileWrite &write : program.writes)
    outputs.push_back({write.path, questionOf(program, write.selection)});
  return outputs;
}

} // namespace tl::driver
