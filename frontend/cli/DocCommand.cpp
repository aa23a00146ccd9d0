// tl doc: the library for readers, on the terminal and as a page.
#include "frontend/cli/Session.h"
#include "frontend/driver/Library.h"
#include "runtime/io/Files.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>

namespace tl::cli {
namespace {

using driver::DefinitionText;
using driver::ModuleText;

struct DocOptions {
  std::vector<std::string> names;
  std::string search, page, folder;
};

constexpr std::size_t kWidth = 100;

/// `text` in lines of at most kWidth characters, each after `indent`.
std::string wrapped(std::string_view text, std::string_view indent) {
  std::string out;
  std::size_t column = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    std::string_view word = text.substr(begin, end - begin);
    if (column > 0 && column + 1 + word.size() > kWidth) {
      out += '\n';
      column = 0;
    }
    out.append(column ? " " : indent) += word;
    column += 1 + word.size();
    begin = end + 1;
  }
  return out + '\n';
}

std::string summary(const ModuleText &module) {
  std::string out = module.name + "\n" + wrapped(module.comment, "    ");
  std::string names;
  for (const DefinitionText &definition : module.definitions)
    names += (names.empty() ? "" : " ") + definition.name;
  return out + wrapped(names, "      ");
}

std::string whole(const ModuleText &module, const DefinitionText &definition) {
  return module.name + "." + definition.name + "\n" + wrapped(definition.comment, "    ") + "\n  def " +
         definition.signature + "\n" + definition.equations + "\n";
}

std::string lowered(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return text;
}

/// Whether every word of `wanted` is somewhere in the definition.
bool mentions(const ModuleText &module, const DefinitionText &definition, const std::string &wanted) {
  const std::string text =
      lowered(module.name + " " + definition.name + " " + definition.comment + " " + definition.equations);
  for (std::size_t begin = 0; begin < wanted.size();) {
    const std::size_t end = std::min(wanted.find(' ', begin), wanted.size());
    if (text.find(wanted.substr(begin, end - begin)) == std::string::npos)
      return false;
    begin = end + 1;
  }
  return true;
}

/// `name` with or without `std.` in front, for a module, a definition with its module, or a definition alone.
std::string found(const std::vector<ModuleText> &modules, const std::string &name) {
  std::string out;
  for (const ModuleText &module : modules) {
    const bool isModule = module.name == name || module.name == "std." + name;
    if (isModule)
      out += module.name + "\n" + wrapped(module.comment, "    ") + "\n";
    for (const DefinitionText &definition : module.definitions) {
      const std::string full = module.name + "." + definition.name;
      if (isModule || definition.name == name || full == name || full == "std." + name)
        out += whole(module, definition);
    }
  }
  return out;
}

int writePage(const std::vector<ModuleText> &modules, const std::string &path, const Context &context) {
  const std::string page = driver::libraryPage(modules);
  const std::span<const std::byte> pieces[] = {runtime::bytesOf(page)};
  runtime::Result<void> written = runtime::writeFileAtomically(path, pieces);
  return written ? 0 : fail(written.error(), context);
}

int document(const DocOptions &doc, const Context &context) {
  const std::string &folder = doc.folder.empty() ? context.libraryFolder : doc.folder;
  runtime::Result<std::vector<ModuleText>> modules = driver::readLibrary(folder);
  if (!modules)
    return fail(modules.error(), context);
  if (!doc.page.empty())
    return writePage(*modules, doc.page, context);
  std::string out;
  for (const std::string &name : doc.names) {
    std::string entry = found(*modules, name);
    if (entry.empty())
      return fail(
          {runtime::ErrorKind::Usage, "the library has nothing called '" + name +
                                          "'; 'tl doc' lists its modules, 'tl doc --search' looks for words"},
          context);
    out += entry;
  }
  for (const ModuleText &module : *modules) {
    for (const DefinitionText &definition : module.definitions)
      if (!doc.search.empty() && mentions(module, definition, lowered(doc.search)))
        out += module.name + "." + definition.name + "\n" + wrapped(definition.comment, "    ");
    if (doc.names.empty() && doc.search.empty())
      out += summary(module);
  }
  if (out.empty())
    return fail({runtime::ErrorKind::Usage, "nothing in the library mentions '" + doc.search + "'"}, context);
  return writeOut(out) ? 0 : runtime::exitCode(runtime::ErrorKind::Data);
}

} // namespace

std::function<int()> addDoc(CLI::App &app, Context &context) {
  auto options = std::make_shared<DocOptions>();
  app.add_option("name", options->names,
                 "modules or definitions to show with their equations; none: list the modules");
  app.add_option("--search", options->search, "list the definitions that mention these words");
  app.add_option("--html", options->page, "write the whole library into this file, as a page to search in");
  app.add_option("--stdlib", options->folder,
                 "folder of the modules std.* (default: TL_STDLIB, or the one that comes with tl)");
  addOutputOptions(app, context);
  app.footer(
      "Examples:\n  tl doc\n  tl doc attention.rope\n  tl doc --search \"mixture experts\"\n  tl doc --html library.html");
  return [options, &context] { return document(*options, context); };
}

} // namespace tl::cli
