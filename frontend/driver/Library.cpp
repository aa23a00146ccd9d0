// Reading the definitions and comments of library files. The text is taken as it stands, so that equations
// look as their author wrote them.
#include "frontend/driver/Library.h"

#include "frontend/driver/Modules.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace tl::driver {
namespace {

constexpr std::string_view kDef = "def ";

std::vector<std::string_view> linesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

/// Appends a comment line without its slashes, a blank between lines.
void join(std::string &text, std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of('/'), line.size()));
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  if (!text.empty() && !line.empty())
    text += ' ';
  text += line;
}

/// The position of the brace that closes the one at `open`; comments and quoted symbols do not count.
std::size_t closingBrace(std::string_view text, std::size_t open) {
  int depth = 0;
  for (std::size_t k = open; k < text.size(); ++k) {
    if (text.substr(k, 2) == "//")
      k = std::min(text.find('\n', k), text.size() - 1);
    else if (text[k] == '"')
      k = std::min(text.find('"', k + 1), text.size() - 1);
    else if (text[k] == '{')
      ++depth;
    else if (text[k] == '}' && --depth == 0)
      return k;
  }
  return text.size();
}

/// One line, whatever lines the author has broken it into.
std::string unbroken(std::string_view text) {
  std::string out;
  for (char letter : text) {
    const bool isBlank = letter == '\n' || letter == ' ';
    if (!isBlank || (!out.empty() && out.back() != ' '))
      out += isBlank ? ' ' : letter;
  }
  while (!out.empty() && out.back() == ' ')
    out.pop_back();
  return out;
}

/// The definition that begins `text`.
DefinitionText definitionAt(std::string_view text) {
  DefinitionText definition;
  const std::size_t open = std::min(text.find('{'), text.size());
  std::string_view head = text.substr(kDef.size(), open - std::min(open, kDef.size()));
  definition.name = head.substr(0, head.find('('));
  definition.signature = unbroken(head);
  const std::size_t close = closingBrace(text, open);
  if (open + 1 < close) {
    std::string_view body = text.substr(open + 1, close - open - 1);
    body.remove_prefix(std::min(body.find_first_not_of('\n'), body.size()));
    definition.equations = body.substr(0, body.find_last_not_of(" \n") + 1);
    definition.equations += '\n';
  }
  return definition;
}

} // namespace

ModuleText describe(std::string name, std::string_view text) {
  ModuleText module{std::move(name), {}, {}};
  std::string comment;
  bool isHead = true;
  for (std::string_view line : linesOf(text)) {
    const bool isDoc = line.starts_with("///");
    if (isHead && line.starts_with("//") && !isDoc && !line.starts_with("// tolerance"))
      join(module.comment, line);
    isHead = isHead && line.starts_with("//") && !isDoc;
    if (line.starts_with(kDef)) {
      module.definitions.push_back(
          definitionAt(text.substr(static_cast<std::size_t>(line.data() - text.data()))));
      module.definitions.back().comment = comment;
    }
    if (isDoc)
      join(comment, line);
    else
      comment.clear();
  }
  const std::string prefix = module.name + ": ";
  if (module.comment.starts_with(prefix))
    module.comment.erase(0, prefix.size());
  return module;
}

runtime::Result<std::vector<ModuleText>> readLibrary(const std::string &folder) {
  namespace fs = std::filesystem;
  std::vector<ModuleText> modules;
  std::error_code failure;
  for (fs::recursive_directory_iterator entry(folder, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    if (entry->path().extension() != ".tl")
      continue;
    std::optional<std::string> text = readSource(entry->path().string());
    if (!text)
      return runtime::Error{runtime::ErrorKind::Data, "'" + entry->path().string() + "' cannot be read"};
    std::string name = "std";
    const fs::path inside = fs::relative(entry->path(), folder, failure).replace_extension();
    for (const fs::path &part : inside)
      name += "." + part.string();
    modules.push_back(describe(std::move(name), *text));
  }
  if (failure || modules.empty())
    return runtime::Error{runtime::ErrorKind::Data, "'" + folder + "' holds no modules"};
  std::sort(modules.begin(), modules.end(),
            [](const ModuleText &a, const ModuleText &b) { return a.name < b.name; });
  return modules;
}

} // namespace tl::driver
