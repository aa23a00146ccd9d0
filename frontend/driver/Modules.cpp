// Finding and reading modules, nearest first.
#include "frontend/driver/Modules.h"

#include "frontend/parse/Parser.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

namespace tl::driver {
namespace {

using source::DiagnosticId;
using source::SourceRange;

constexpr std::size_t kMaxSourceBytes = std::size_t{1} << 32;
constexpr std::string_view kLibrary = "std.";

bool isOfLibrary(std::string_view name) {
  return name.starts_with(kLibrary);
}

/// `Import` statements of one module, in the order of the text.
std::vector<std::pair<std::string, SourceRange>> importsOf(const ast::Program &program) {
  std::vector<std::pair<std::string, SourceRange>> imports;
  for (const ast::Statement &statement : program.statements)
    if (const auto *import = std::get_if<ast::Import>(&statement.node))
      imports.emplace_back(import->module, statement.range);
  return imports;
}

class Loader {
public:
  Loader(const ModuleFolders &folders, source::SourceManager &sources, source::DiagnosticEngine &diagnostics)
      : folders(folders), sources(sources), diagnostics(diagnostics) {}

  std::optional<std::vector<expand::Module>> run(ast::Program program) {
    modules.push_back({"", std::move(program), {}});
    for (std::size_t module = 0; module < modules.size(); ++module)
      for (const auto &[name, range] : importsOf(modules[module].program))
        if (std::optional<std::size_t> imported = load(name, range))
          modules[module].imports.push_back({*imported, range});
    if (diagnostics.hasErrors() || !checkCircles())
      return std::nullopt;
    return std::move(modules);
  }

private:
  /// The position of the module; a module that is missing is reported wherever it is imported.
  std::optional<std::size_t> load(const std::string &name, SourceRange range) {
    auto known = byName.find(name);
    if (known != byName.end())
      return known->second;
    if (isOfLibrary(name) && folders.library.empty()) {
      diagnostics.report(DiagnosticId::BadImport, range, "the library of tl was not found").hint =
          "name its folder with --stdlib or the environment variable TL_STDLIB";
      return std::nullopt;
    }
    std::string path = modulePath(folders, name);
    std::optional<std::string> text = readSource(path);
    if (!text) {
      reportMissing(name, path, range);
      return std::nullopt;
    }
    std::optional<ast::Program> program =
        parse::parse(sources, sources.add(path, *std::move(text)), diagnostics);
    if (!program)
      return std::nullopt;
    byName.emplace(name, modules.size());
    modules.push_back({name, *std::move(program), {}});
    return modules.size() - 1;
  }

  void reportMissing(const std::string &name, const std::string &path, SourceRange range) {
    auto &report = diagnostics.report(DiagnosticId::BadImport, range,
                                      "there is no module '" + name + "': '" + path +
                                          "' is not a file that can be read");
    std::size_t point = name.rfind('.');
    std::string before = point == std::string::npos ? "" : name.substr(0, point + 1);
    std::vector<std::string> siblings;
    std::error_code code;
    for (const auto &entry :
         std::filesystem::directory_iterator(std::filesystem::path(path).parent_path(), code))
      if (entry.path().extension() == ".tl")
        siblings.push_back(before + entry.path().stem().string());
    std::sort(siblings.begin(), siblings.end());
    if (std::optional<std::string> near = source::nearest(name, siblings))
      report.hint = "did you mean '" + *near + "'?";
    else if (!isOfLibrary(name))
      report.hint =
          "modules are looked for beside the program, 'a.b' in a/b.tl; those of the library begin with 'std.'";
  }

  /// Modules that import nothing unfinished are taken away one after the other; what stays is in a circle, or
  /// leads to one.
  bool checkCircles() {
    std::vector<std::size_t> open(modules.size()), finished;
    std::vector<std::vector<std::size_t>> importers(modules.size());
    for (std::size_t module = 0; module < modules.size(); ++module) {
      open[module] = modules[module].imports.size();
      for (const expand::ImportedModule &imported : modules[module].imports)
        importers[imported.module].push_back(module);
      if (open[module] == 0)
        finished.push_back(module);
    }
    while (!finished.empty()) {
      std::size_t module = finished.back();
      finished.pop_back();
      for (std::size_t importer : importers[module])
        if (--open[importer] == 0)
          finished.push_back(importer);
    }
    if (open[0] == 0)
      return true;
    reportCircle(open);
    return false;
  }

  void reportCircle(const std::vector<std::size_t> &open) {
    std::vector<expand::ImportedModule> path;
    std::vector<std::size_t> visited{0};
    while (true) {
      for (const expand::ImportedModule &imported : modules[visited.back()].imports)
        if (open[imported.module] > 0) {
          path.push_back(imported);
          break;
        }
      std::size_t next = path.back().module;
      auto seen = std::find(visited.begin(), visited.end(), next);
      if (seen != visited.end()) {
        path.erase(path.begin(), path.begin() + (seen - visited.begin()));
        break;
      }
      visited.push_back(next);
    }
    auto &report = diagnostics.report(DiagnosticId::BadImport, path.front().range,
                                      "modules import each other in a circle");
    for (const expand::ImportedModule &step : path)
      report.labels.push_back({step.range, "imports '" + modules[step.module].name + "'"});
    report.hint = "move what both need into a module of its own";
  }

  const ModuleFolders &folders;
  source::SourceManager &sources;
  source::DiagnosticEngine &diagnostics;
  std::vector<expand::Module> modules;
  std::map<std::string, std::size_t> byName;
};

} // namespace

std::string modulePath(const ModuleFolders &folders, std::string_view name) {
  std::string relative(isOfLibrary(name) ? name.substr(kLibrary.size()) : name);
  std::replace(relative.begin(), relative.end(), '.', '/');
  std::filesystem::path folder = isOfLibrary(name) ? folders.library : folders.program;
  return (folder / (relative + ".tl")).lexically_normal().string();
}

std::optional<std::string> readSource(const std::string &path) {
  std::error_code code;
  bool isFile = std::filesystem::is_regular_file(path, code);
  std::ifstream stream(path, std::ios::binary);
  const std::size_t bytes = isFile && stream ? std::filesystem::file_size(path, code) : kMaxSourceBytes + 1;
  if (bytes > kMaxSourceBytes)
    return std::nullopt;
  std::string text(bytes, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(bytes));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

std::optional<std::vector<expand::Module>> loadModules(ast::Program program, const ModuleFolders &folders,
                                                       source::SourceManager &sources,
                                                       source::DiagnosticEngine &diagnostics) {
  return Loader(folders, sources, diagnostics).run(std::move(program));
}

} // namespace tl::driver
