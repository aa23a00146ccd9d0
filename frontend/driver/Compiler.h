// One program from its file to its answers, stage by stage.
#pragma once

#include "backend/Executable.h"
#include "frontend/driver/Answers.h"
#include "frontend/driver/Asked.h"
#include "frontend/driver/Options.h"
#include "frontend/driver/Standalone.h"
#include "frontend/prove/Evidence.h"
#include "frontend/sema/Demand.h"
#include "frontend/sema/TypedProgram.h"
#include "frontend/source/Diagnostic.h"
#include "runtime/core/Cancel.h"

#include <memory>
#include <string>
#include <vector>

namespace tl::driver {

/// How far a program has come; each stage needs the one before.
enum class Stage { Parsed, Checked, Loaded, Emitted, Compiled };

/// Not thread-safe; several compilations may live in several threads.
class Compilation {
public:
  /// `cancel` must outlive the compilation.
  Compilation(const Options &options, const runtime::CancelToken &cancel);
  ~Compilation();

  /// Takes the program through every stage up to `last`. False when something was reported; see `exitCode`.
  bool advance(Stage last);
  /// Runs a compiled program, writes its files, and answers its queries in their order; empty when something
  /// was reported.
  std::optional<std::vector<Answer>> run();

  /// Runs a compiled program for `Options::asked`: the values of all that it depends on. Empty when something
  /// was reported.
  std::optional<prove::Evidence> evidence();
  /// After `evidence`.
  const std::vector<AskedFact> &askedFacts() const;

  /// 0, or what the process should return after what was reported.
  int exitCode() const;
  /// What tensors and relations hold now; may be called from another thread during `advance` and `run`.
  std::size_t bytesInUse() const;
  const source::SourceManager &sources() const;
  const source::DiagnosticEngine &diagnostics() const;
  /// After Checked; after Loaded it is rewritten when it runs query-driven.
  const sema::TypedProgram &program() const;
  /// After Loaded: what a query-driven run adds to the program's data.
  const sema::Demanded &demanded() const;
  /// After a run with `Options::profile`.
  const backend::Profile &profile() const;
  /// The program as `stage` (tl, plan, llvm, asm) has it: tl after Emitted, the others after Compiled by the
  /// cpu backend. `tree`: the plan in words, after a run with `Options::profile` beside what the run took.
  std::string moduleText(std::string_view stage);
  /// The same to be kept, read back or compiled by others; tl and plan carry the data of the program, learnt
  /// parameters included. An error when there is nothing to show, or when something was reported.
  runtime::Result<std::string> stageText(std::string_view stage);
  /// After Compiled by the cpu backend: what an executable for `processor` is made of; parameters are learnt now. Empty
  /// when something was reported.
  std::optional<Standalone> standalone(std::string_view processor);
  /// After Emitted: the program with its derivatives as equations of the language.
  runtime::Result<std::string> gradientText();

private:
  class Impl;
  std::unique_ptr<Impl> impl;
};

} // namespace tl::driver
