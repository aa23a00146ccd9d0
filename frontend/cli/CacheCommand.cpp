// tl cache: machine code kept from earlier runs.
#include "frontend/cli/Session.h"

#include "backend/cpu/Explain.h"
#include "frontend/driver/Printed.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace tl::cli {
namespace {

std::string described(const backend::CacheSize &size) {
  return driver::printed("%llu files, %.1f MB", static_cast<unsigned long long>(size.files),
                         static_cast<double>(size.bytes) / 1e6);
}

int cache(const std::string &action, const Context &context) {
  const std::string &folder = context.options.cacheFolder;
  if (folder.empty())
    return fail({runtime::ErrorKind::Usage, "no cache: TL_CACHE is empty, or there is no home folder"}, context);
  if (action != "clear")
    return writeOut(folder + ": " + described(backend::cacheSize(folder)) + "\n")
               ? 0
               : runtime::exitCode(runtime::ErrorKind::Data);
  runtime::Result<backend::CacheSize> removed = backend::clearCache(folder);
  if (!removed)
    return fail(removed.error(), context);
  return writeOut("removed " + described(*removed) + "\n") ? 0 : runtime::exitCode(runtime::ErrorKind::Data);
}

} // namespace

std::function<int()> addCache(CLI::App &app, Context &context) {
  auto action = std::make_shared<std::string>();
  app.add_option("action", *action, "clear: remove all of it; none: say where it is and how much")
      ->check(CLI::IsMember({"clear"}));
  addOutputOptions(app, context);
  app.footer("The environment variable TL_CACHE names another folder; empty, it turns the cache off.\n"
             "Examples:\n  tl cache\n  tl cache clear");
  return [action, &context] { return cache(*action, context); };
}

} // namespace tl::cli
