// Which files a program may write.
#include "frontend/driver/Save.h"

#include "runtime/io/Formats.h"

#include <map>

namespace tl::driver {

bool checkWrites(const sema::TypedProgram &program, source::DiagnosticEngine &diagnostics) {
  std::map<std::string, source::SourceRange> known;
  bool succeeded = true;
  for (const sema::FileWrite &write : program.writes) {
    runtime::FileReference reference = runtime::parseFileReference(write.path);
    runtime::FileKind kind = runtime::fileKind(reference);
    if (kind != runtime::FileKind::Tensor && kind != runtime::FileKind::Table) {
      diagnostics
          .report(source::DiagnosticId::UnknownFormat, write.range,
                  "'" + write.path + "' has no extension that results are written with")
          .hint = "use .npy, .npz, .safetensors, .csv, .tsv or .facts";
      succeeded = false;
    }
    auto [found, isNew] = known.emplace(runtime::toString(reference), write.range);
    if (isNew)
      continue;
    diagnostics
        .report(source::DiagnosticId::DuplicateDeclaration, write.range,
                "'" + write.path + "' is written twice")
        .labels.push_back({found->second, "first written here"});
    succeeded = false;
  }
  return succeeded;
}

} // namespace tl::driver
