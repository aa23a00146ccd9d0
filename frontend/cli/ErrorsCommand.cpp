// tl errors: what a message means.
#include "frontend/cli/Session.h"
#include "frontend/source/Explanation.h"
#include "frontend/source/Json.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace tl::cli {
namespace {

using source::Explanation;

/// Every line of `text`, indented.
std::string indented(std::string_view text) {
  std::string out;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = std::min(text.find('\n', begin), text.size());
    (out += "    ").append(text.substr(begin, end - begin)) += '\n';
    begin = end + 1;
  }
  return out;
}

std::string listed(const std::vector<Explanation> &all) {
  std::string out;
  for (const Explanation &row : all) {
    std::string name(row.name);
    name.resize(std::max<std::size_t>(name.size() + 1, 24), ' ');
    (out += name).append(row.summary) += '\n';
  }
  return out + "\n'tl errors ID' explains one of them.\n";
}

std::string explained(const Explanation &row) {
  std::string out(row.name);
  out += source::severity(row.id) == source::Severity::Warning ? " (warning): " : " (error): ";
  out.append(row.summary) += "\n\n";
  out.append(row.cause) += "\n\nWrong:\n";
  out += indented(row.wrong) + "\nRight:\n" + indented(row.right);
  return out;
}

std::string asJson(const Explanation &row) {
  std::string out = "{\"id\": ";
  source::appendJsonText(row.name, out);
  out += ", \"severity\": ";
  source::appendJsonText(source::severity(row.id) == source::Severity::Warning ? "warning" : "error", out);
  for (auto [member, text] : {std::pair{"summary", row.summary},
                              {"cause", row.cause},
                              {"wrong", row.wrong},
                              {"right", row.right}}) {
    (out += ", \"").append(member) += "\": ";
    source::appendJsonText(text, out);
  }
  return out + "}\n";
}

int explain(const std::string &id, bool json, const Context &context) {
  std::vector<Explanation> all = source::explanations();
  std::vector<std::string> names;
  std::string lines;
  for (const Explanation &row : all) {
    if (row.name == id)
      return writeOut(json ? asJson(row) : explained(row)) ? 0 : runtime::exitCode(runtime::ErrorKind::Data);
    names.emplace_back(row.name);
    lines += asJson(row);
  }
  if (id.empty())
    return writeOut(json ? lines : listed(all)) ? 0 : runtime::exitCode(runtime::ErrorKind::Data);
  std::string message = "no message has the id '" + id + "'; 'tl errors' lists them";
  if (auto near = source::nearest(id, names))
    message = "no message has the id '" + id + "': did you mean '" + *near + "'?";
  return fail({runtime::ErrorKind::Usage, message}, context);
}

} // namespace

std::function<int()> addErrors(CLI::App &app, Context &context) {
  auto id = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  app.add_option("id", *id, "the id of a message, as --error-format json shows it; none: list them");
  app.add_flag("--json", *json, "as JSON, one object a line");
  addOutputOptions(app, context);
  app.footer("Examples:\n  tl errors\n  tl errors ExtentClash");
  return [id, json, &context] { return explain(*id, *json, context); };
}

} // namespace tl::cli
