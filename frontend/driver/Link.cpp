// Executables and shared libraries, with the linker of the system.
#include "frontend/driver/Link.h"

#include "frontend/driver/LibraryHeader.h"
#include "runtime/io/Files.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Program.h"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace tl::driver {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::Result;

constexpr std::size_t kShownBytes = 2'000;

/// A folder that goes away with it.
class ScratchFolder {
public:
  static Result<std::unique_ptr<ScratchFolder>> create() {
    llvm::SmallString<128> path;
    if (std::error_code code = llvm::sys::fs::createUniqueDirectory("tl-build", path))
      return Error{ErrorKind::Data, "no temporary folder can be made: " + code.message()};
    return std::unique_ptr<ScratchFolder>(new ScratchFolder(path.str().str()));
  }
  ~ScratchFolder() { llvm::sys::fs::remove_directories(folder); }

  std::string path(const std::string &name) const { return folder + "/" + name; }

private:
  explicit ScratchFolder(std::string folder) : folder(std::move(folder)) {}
  std::string folder;
};

/// The data of runtime/standalone/Image.h.
std::string imageText(const std::string &packagePath, std::size_t kernels) {
  auto symbol = [](const std::string &name) {
    return "\t.globl " + name + "\n\t.hidden " + name + "\n" + name + ":\n";
  };
  std::string text = "\t.section .note.GNU-stack,\"\",@progbits\n\t.section .rodata\n\t.balign 64\n";
  text += symbol("tlImagePackage") + "\t.incbin \"" + packagePath + "\"\n" + symbol("tlImagePackageEnd");
  text += "\t.byte 0\n\t.section .data.rel.ro,\"aw\",@progbits\n\t.balign 8\n" + symbol("tlImageKernels");
  for (std::size_t number = 0; number < kernels; ++number)
    text += "\t.quad tlKernel" + std::to_string(number) + "\n";
  return text + symbol("tlImageKernelsEnd") + "\t.quad 0\n";
}

Result<void> writeText(const std::string &path, std::string_view text) {
  const std::span<const std::byte> pieces[] = {runtime::bytesOf(text)};
  return runtime::writeFileAtomically(path, pieces);
}

std::string beginningOf(const std::string &path) {
  std::ifstream file(path);
  std::string text(kShownBytes, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, file.gcount())));
  return text;
}

/// Runs `arguments`; what it prints goes into the error.
Result<void> runTool(const std::string &tool, const std::vector<std::string> &arguments,
                     const ScratchFolder &folder) {
  const std::string messages = folder.path("messages");
  std::vector<llvm::StringRef> words = {tool};
  words.insert(words.end(), arguments.begin(), arguments.end());
  const std::optional<llvm::StringRef> redirects[] = {llvm::StringRef(), llvm::StringRef(messages),
                                                      llvm::StringRef(messages)};
  std::string reason;
  const int code = llvm::sys::ExecuteAndWait(tool, words, std::nullopt, redirects, 0, 0, &reason);
  if (code == 0)
    return {};
  return Error{ErrorKind::Data, "'" + tool + "' could not link the program (exit " + std::to_string(code) +
                                    "): " + (reason.empty() ? beginningOf(messages) : reason)};
}

class Linker {
public:
  Linker(const Standalone &program, const LinkOptions &options, const ScratchFolder &folder)
      : program(program), options(options), folder(folder) {}

  Result<void> run(const std::string &compiler, const std::string &archive) {
    TL_TRY(writeParts());
    const std::string unfinished = options.output + ".unfinished";
    std::vector<std::string> arguments = {"-o", unfinished};
    arguments.insert(arguments.end(), parts.begin(), parts.end());
    for (const char *word : {"-Wl,--gc-sections", "-Wl,-z,noexecstack", "-s"})
      arguments.push_back(word);
    if (options.isShared) {
      arguments.push_back("-shared");
      arguments.push_back("-Wl,--version-script=" + folder.path("exports"));
      arguments.push_back("-Wl,-soname," + std::filesystem::path(options.output).filename().string());
    }
    arguments.push_back(archive);
    // By file: its name for compilers comes with a compiler for C++ only.
    for (const char *word : {"-l:libstdc++.so.6", "-lm", "-lpthread", "-ldl"})
      arguments.push_back(word);
    Result<void> linked = runTool(compiler, arguments, folder);
    std::error_code code;
    if (linked)
      std::filesystem::rename(unfinished, options.output, code);
    if (!linked || code)
      std::filesystem::remove(unfinished, code);
    return linked && code
               ? Result<void>(Error{ErrorKind::Data, "'" + options.output + "': " + code.message()})
               : linked;
  }

private:
  Result<void> writeParts() {
    const std::vector<std::byte> package = runtime::packageBytes(program.package);
    const std::span<const std::byte> pieces[] = {package};
    TL_TRY(runtime::writeFileAtomically(folder.path("package"), pieces));
    TL_TRY(add("image.s", imageText(folder.path("package"), program.package.program.kernels.size())));
    for (std::size_t number = 0; number < program.objects.size(); ++number)
      TL_TRY(add("kernels" + std::to_string(number) + ".o", program.objects[number]));
    if (!options.isShared)
      return {};
    const std::string name = libraryName(options.output);
    TL_TRY(writeText(folder.path("exports"), "{ global: " + name + "_*; local: *; };\n"));
    TL_TRY(writeText(headerPath(options.output), headerText(program.package, name)));
    return add("library.c", librarySource(program.package, name));
  }

  Result<void> add(const std::string &name, std::string_view content) {
    parts.push_back(folder.path(name));
    return writeText(parts.back(), content);
  }

  const Standalone &program;
  const LinkOptions &options;
  const ScratchFolder &folder;
  std::vector<std::string> parts;
};

} // namespace

Result<void> link(const Standalone &program, const LinkOptions &options) {
  llvm::ErrorOr<std::string> compiler = llvm::sys::findProgramByName(options.compiler);
  if (!compiler)
    return Error{ErrorKind::Data,
                 "no C compiler '" + options.compiler +
                     "' is installed, which links the program: install gcc or clang, or name another "
                     "one with --cc"};
  const std::string archive = options.runtimeFolder + "/libtl_rt.a";
  std::error_code code;
  if (options.runtimeFolder.empty() || !std::filesystem::is_regular_file(archive, code))
    return Error{ErrorKind::Data, "the runtime of built programs, libtl_rt.a, is not beside tl"};
  auto folder = ScratchFolder::create();
  if (!folder)
    return folder.error();
  return Linker(program, options, **folder).run(*compiler, archive);
}

} // namespace tl::driver
