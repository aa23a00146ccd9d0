// The domains of a program's symbols while data is loaded.
#pragma once

#include "frontend/driver/LoadSources.h"

namespace tl::driver {

/// One domain per class of symbols; classes under one declared domain share it.
class ClassDomains {
public:
  ClassDomains(sema::TypedProgram &program, const LoadOptions &options, FailureSink &failures)
      : program(program), options(options), failures(failures) {}

  /// Reads the declared domains. Before `assign`, which needs settled kinds.
  void readDeclared();
  void assign();

  bool isSymbol(sema::ClassId axisClass) const { return domains[axisClass] != nullptr; }
  /// The id of `text`, new ids only in undeclared domains.
  std::optional<runtime::Cell> id(sema::ClassId axisClass, std::string_view text);
  /// The domain of a class when it takes new symbols, else null.
  runtime::Domain *open(sema::ClassId axisClass) const {
    return isOpen[axisClass] ? domains[axisClass].get() : nullptr;
  }
  std::int64_t size(sema::ClassId axisClass) const {
    return domains[axisClass] ? domains[axisClass]->size() : 0;
  }
  /// Numbers the symbols of an undeclared domain anew, in the order of their texts; the new id of each.
  std::vector<runtime::Cell> sortByText(sema::ClassId axisClass);
  std::vector<std::shared_ptr<runtime::Domain>> take() { return std::move(domains); }

private:
  void add(const sema::DomainSymbol &declared, runtime::Domain &domain,
           const std::vector<std::string> &symbols);

  sema::TypedProgram &program;
  const LoadOptions &options;
  FailureSink &failures;
  std::map<std::string, std::shared_ptr<runtime::Domain>> declared;
  std::vector<std::shared_ptr<runtime::Domain>> domains;
  std::vector<bool> isOpen; // by class: its domain is not declared
};

} // namespace tl::driver
