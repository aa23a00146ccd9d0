// The domains of a program's symbols while data is loaded.
#include "frontend/driver/LoadSymbols.h"

#include "runtime/io/Text.h"

#include <cassert>

namespace tl::driver {

void ClassDomains::readDeclared() {
  for (const sema::DomainSymbol &symbol : program.domains) {
    auto domain = std::make_shared<runtime::Domain>(symbol.name);
    if (symbol.path.empty()) {
      add(symbol, *domain, symbol.symbols);
    } else if (auto lines = runtime::readLines(resolvedPath(options, symbol.path))) {
      add(symbol, *domain, *lines);
    } else {
      failures.report(lines.error(), symbol.pathRange);
    }
    declared.emplace(symbol.name, std::move(domain));
  }
}

/// The order of a declared domain numbers arrays, so a symbol must stand in it once.
void ClassDomains::add(const sema::DomainSymbol &symbol, runtime::Domain &domain,
                       const std::vector<std::string> &symbols) {
  for (std::size_t position = 0; position < symbols.size(); ++position) {
    if (domain.intern(symbols[position]) == static_cast<runtime::Cell>(position))
      continue;
    const std::string text = "domain '" + symbol.name + "' has the symbol '" + symbols[position] + "' twice";
    if (symbol.path.empty())
      failures.diagnostics.report(source::DiagnosticId::DuplicateDeclaration, symbol.range, text);
    else
      failures.reportData(source::DiagnosticId::DataError, symbol.pathRange,
                          "'" + resolvedPath(options, symbol.path) + "' line " +
                              std::to_string(position + 1) + ": " + text);
    return;
  }
}

void ClassDomains::assign() {
  domains.resize(program.classes.size());
  isOpen.resize(program.classes.size());
  for (sema::ClassId id = 0; id < program.classes.size(); ++id) {
    const sema::AxisClass &axisClass = program.classes[id];
    if (auto found = declared.find(axisClass.domain); found != declared.end()) {
      domains[id] = found->second;
    } else if (axisClass.kind == sema::AxisClass::Kind::Symbol) {
      domains[id] = std::make_shared<runtime::Domain>();
      isOpen[id] = true;
    }
  }
}

std::vector<runtime::Cell> ClassDomains::sortByText(sema::ClassId axisClass) {
  const std::shared_ptr<runtime::Domain> old = domains[axisClass];
  assert(isOpen[axisClass] && "a declared domain keeps its order");
  auto sorted = std::make_shared<runtime::Domain>();
  std::vector<runtime::Cell> number(static_cast<std::size_t>(old->size()));
  for (runtime::Cell id : old->sortedByText())
    number[static_cast<std::size_t>(id)] = sorted->intern(old->text(id));
  domains[axisClass] = sorted;
  return number;
}

std::optional<runtime::Cell> ClassDomains::id(sema::ClassId axisClass, std::string_view text) {
  if (runtime::Domain *domain = open(axisClass))
    return domain->intern(text);
  return domains[axisClass] ? domains[axisClass]->find(text) : std::nullopt;
}

} // namespace tl::driver
