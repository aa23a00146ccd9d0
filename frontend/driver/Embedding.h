// What a program that embeds tl gives to a compilation beside its text.
#pragma once

#include "runtime/core/ExternalFunction.h"
#include "runtime/core/Tensor.h"
#include "runtime/io/Table.h"

#include <map>
#include <string>
#include <vector>

namespace tl::driver {

class CompiledPrograms;
class ResultCache;

/// One text of a program that has several.
struct SourceText {
  std::string name;
  std::string text;
};

/// Texts, data by name, and what outlives one compilation. All of it must outlive the compilation.
struct Embedding {
  std::vector<SourceText> sources; ///< together they are the program
  /// Only the last source's queries are answered and only its files are written.
  bool asksLastOnly = false;
  std::map<std::string, runtime::Tensor>
      arrays; ///< each takes the place of what the program reads from a file
  std::map<std::string, const runtime::Table *> tables; ///< facts of relations, in addition to the program's
  std::map<std::string, const runtime::HostFunction *>
      functions;                           ///< what `extern "(host)"` declares, by name
  runtime::MemoryBudget *budget = nullptr; ///< required: values in the cache are charged to it
  ResultCache *cache = nullptr;            ///< results of earlier runs; none: everything is computed
  CompiledPrograms *programs = nullptr;    ///< for nothing but answers: none is compiled twice
};

} // namespace tl::driver
