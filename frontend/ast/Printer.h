// The syntax tree as canonical text.
#pragma once

#include "frontend/ast/Ast.h"

#include <string>

namespace tl::ast {

/// One statement a line; parsing the text gives the same tree again. Blocks of facts print as facts.
std::string print(const Program &program);
std::string print(const Statement &statement);
/// The facts in alphabetical order, then the other statements in theirs: how programs compare, as facts are a
/// set and those that are read in bulk come before the others of a run.
std::string printSorted(const Program &program);
std::string print(const Expr &expr);
std::string print(const Head &head);

/// A symbol as it is written in a program: bare when it is an upper-case name, else in quotes.
std::string printSymbol(std::string_view text);
/// The shortest text that reads back as the same real, with a point or an exponent.
std::string printReal(double value);
/// Text in quotes with escapes.
std::string printQuoted(std::string_view text);

} // namespace tl::ast
