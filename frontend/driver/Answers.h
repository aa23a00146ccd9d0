// What the queries and files of a checked program ask for.
#pragma once

#include "frontend/sema/TypedProgram.h"
#include "runtime/answer/Answers.h"

namespace tl::driver {

using runtime::Answer;
using runtime::AnswerAxis;
using runtime::cellText;

/// A query without its place. Domains are numbered as the program's classes.
runtime::Question questionOf(const sema::TypedProgram &program, const sema::Query &query);

/// All queries, and all files, in their order.
std::vector<runtime::Question> questionsOf(const sema::TypedProgram &program);
std::vector<runtime::FileOutput> outputsOf(const sema::TypedProgram &program);

} // namespace tl::driver
