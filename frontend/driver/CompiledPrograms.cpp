// Programs that were compiled before.
#include "frontend/driver/CompiledPrograms.h"

#include "runtime/storage/StoredRelation.h"

#include "llvm/Support/raw_ostream.h"

#include <bit>

namespace tl::driver {
namespace {

constexpr std::size_t kMostPrograms = 32;

/// Plans go by sizes, but not by the last row.
std::string sizeText(const std::string &name, std::size_t rows) {
  return name + " " + std::to_string(std::bit_width(rows) / 3) + "\n";
}

} // namespace

backend::Executable *CompiledPrograms::find(const std::string &key) {
  for (auto row = known.begin(); row != known.end(); ++row)
    if (row->key == key) {
      known.splice(known.begin(), known, row);
      return row->compiled.executable.get();
    }
  return nullptr;
}

backend::Executable *CompiledPrograms::add(std::string key, Compiled compiled) {
  known.push_front({std::move(key), std::move(compiled)});
  if (known.size() > kMostPrograms)
    known.pop_back();
  return known.front().compiled.executable.get();
}

std::string programKey(mlir::ModuleOp module, const std::string &backend,
                       const backend::CompileOptions &options) {
  std::string key = backend + " " + std::to_string(options.optimizationLevel) + " " + options.joins + "\n";
  if (options.data)
    for (const auto &[name, value] : *options.data)
      if (const auto *rows = std::get_if<runtime::Relation>(&value);
          rows && (!options.kept || !options.kept->contains(name)))
        key += sizeText(name, rows->size());
  if (options.kept)
    for (const auto &[name, rows] : *options.kept)
      key += sizeText(name, rows->rows.size());
  llvm::raw_string_ostream stream(key);
  module.print(stream);
  return key;
}

} // namespace tl::driver
