// The library as a page of HTML that needs nothing else.
#include "frontend/driver/Library.h"
#include "frontend/driver/Svg.h"

namespace tl::driver {
namespace {

constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"/><title>The library of tl</title>
<style>
body { font: 16px/1.5 sans-serif; margin: 0; display: flex; color: #222 }
nav { width: 17em; height: 100vh; overflow: auto; position: sticky; top: 0; padding: 1em; box-sizing: border-box; background: #f5f5f5 }
nav a { display: block; color: #225; text-decoration: none }
main { padding: 1em 2em; max-width: 60em; overflow: hidden }
input { width: 100%; box-sizing: border-box; padding: .4em; margin-bottom: .6em }
code, pre { font-family: monospace; font-size: 14px }
pre { background: #f5f5f5; padding: .7em; overflow: auto }
h3 { margin-bottom: 0 }
</style></head><body>
)";

constexpr std::string_view kSearch = R"(<script>
document.getElementById("search").addEventListener("input", event => {
  const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean)
  for (const module of document.querySelectorAll("section")) {
    let any = false
    for (const entry of module.querySelectorAll("article")) {
      const text = entry.textContent.toLowerCase() + module.id.toLowerCase()
      const shown = words.every(word => text.includes(word))
      entry.hidden = !shown
      any = any || shown
    }
    module.hidden = !any
    document.getElementById("to-" + module.id).hidden = !any
  }
})
</script></body></html>
)";

} // namespace

std::string libraryPage(const std::vector<ModuleText> &modules) {
  std::string page(kHead);
  page += "<nav><input id=\"search\" type=\"search\" placeholder=\"search\"/>\n";
  for (const ModuleText &module : modules)
    page +=
        "<a id=\"to-" + module.name + "\" href=\"#" + module.name + "\">" + escaped(module.name) + "</a>\n";
  page += "</nav>\n<main>\n<h1>The library</h1>\n";
  for (const ModuleText &module : modules) {
    page += "<section id=\"" + module.name + "\">\n<h2>" + escaped(module.name) + "</h2>\n<p>" +
            escaped(module.comment) + "</p>\n";
    for (const DefinitionText &definition : module.definitions)
      page += "<article id=\"" + module.name + "." + definition.name + "\">\n<h3>" +
              escaped(definition.name) + "</h3>\n<code>" + escaped(definition.signature) + "</code>\n<p>" +
              escaped(definition.comment) + "</p>\n<pre>" + escaped(definition.equations) +
              "</pre>\n</article>\n";
    page += "</section>\n";
  }
  page += "</main>\n";
  return page.append(kSearch);
}

} // namespace tl::driver
