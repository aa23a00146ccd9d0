// Where the paths of a program lead.
#include "frontend/driver/SafePaths.h"

#include <algorithm>
#include <filesystem>
#include <vector>

namespace tl::driver {
namespace {

using source::DiagnosticId;
using source::SourceRange;

/// The files that a path of a program names: the part of `model.safetensors:name` before the name (a colon in
/// a folder's name is none), and beside a tokenizer the text that it reads or writes.
std::vector<std::string> filesOf(const std::string &path) {
  for (const std::string extension : {".npz:", ".safetensors:", ".json:", ".model:"}) {
    const std::size_t place = path.find(extension);
    if (place == std::string::npos)
      continue;
    const std::size_t colon = place + extension.size() - 1;
    const std::string file = path.substr(0, colon), member = path.substr(colon + 1);
    if ((extension == ".json:" || extension == ".model:") && member.ends_with(".txt"))
      return {file, (std::filesystem::path(file).parent_path() / member).string()};
    return {file};
  }
  return {path};
}

bool isWithin(const std::filesystem::path &folder, const std::string &path) {
  std::error_code code;
  const std::filesystem::path base = std::filesystem::weakly_canonical(folder, code);
  if (code)
    return false;
  const std::filesystem::path full = std::filesystem::weakly_canonical(base / path, code);
  return !code && std::mismatch(base.begin(), base.end(), full.begin(), full.end()).first == base.end();
}

} // namespace

bool checkSafePaths(const std::vector<expand::Module> &modules, const std::string &folder,
                    source::DiagnosticEngine &diagnostics) {
  bool isSafe = true;
  auto report = [&](SourceRange range, const std::string &message) {
    isSafe = false;
    diagnostics.report(DiagnosticId::DataError, range, message);
  };
  auto check = [&](const std::string &path, SourceRange range) {
    for (const std::string &file : filesOf(path))
      if (!isWithin(folder.empty() ? "." : folder, file))
        report(range, "'" + path + "' is outside of the program's folder, to which --safe keeps it");
  };
  for (const expand::Module &module : modules)
    for (const ast::Statement &statement : module.program.statements) {
      if (const auto *read = std::get_if<ast::Read>(&statement.node))
        check(read->path, read->pathRange);
      else if (const auto *write = std::get_if<ast::Write>(&statement.node))
        check(write->path, write->pathRange);
      else if (const auto *domain = std::get_if<ast::DomainDeclaration>(&statement.node);
               domain && !domain->path.empty())
        check(domain->path, domain->pathRange);
      else if (const auto *external = std::get_if<ast::External>(&statement.node))
        report(external->libraryRange,
               "the C function '" + external->name + "' may do anything: --safe calls none");
    }
  return isSafe;
}

} // namespace tl::driver
