// The C interface of a program that is built as a shared library.
#include "frontend/driver/LibraryHeader.h"

#include "runtime/package/Inputs.h"

#include <array>
#include <cctype>
#include <filesystem>

namespace tl::driver {
namespace {

using runtime::ElementType;

std::string identifier(const std::string &text) {
  std::string word;
  for (char letter : text)
    word += std::isalnum(static_cast<unsigned char>(letter)) ? letter : '_';
  return word.empty() || std::isdigit(static_cast<unsigned char>(word[0])) ? "tl_" + word : word;
}

/// Halves are given as their bits.
std::string_view typeInC(ElementType type) {
  switch (type) {
  case ElementType::Bool:
    return "uint8_t";
  case ElementType::I8:
    return "int8_t";
  case ElementType::I32:
    return "int32_t";
  case ElementType::I64:
    return "int64_t";
  case ElementType::F16:
  case ElementType::BF16:
    return "uint16_t";
  case ElementType::F32:
    return "float";
  case ElementType::F64:
    return "double";
  }
  __builtin_unreachable();
}

/// A function of the interface: `@` stands for the prefix, and the body calls the runtime.
struct LibraryFunction {
  std::string_view comment, result, name, parameters, runtime, arguments;
};

constexpr std::array<LibraryFunction, 13> kFunctions{{
    {"A run of the program, to be destroyed once; NULL when memory is out. At most so many bytes of tensors and\n"
     "   relations; 0: 80 % of the machine's memory.",
     "@ *", "create", "size_t max_memory", "create", "max_memory"},
    {"Frees a run and everything that it gave out.", "void ", "destroy", "@ *run", "destroy", "run"},
    {"Why the last call failed; valid until the next call. Calls that can fail return 0, or the exit code that the\n"
     "   program would have: 1 the data do not fit the program, 2 a wrong argument, 3 a file, 4 a limit, 5 a check.",
     "const char *", "message", "const @ *run", "message", "run"},
    {"Reads an input from a file.", "int ", "set_file", "@ *run, const char *input, const char *path",
     "setFile", "run, input, path"},
    {"At most so many threads; 0: one per processor.", "void ", "set_threads", "@ *run, int threads",
     "setThreads", "run, threads"},
    {"Computes the answers and writes the program's files; may be called again with other inputs.", "int ",
     "run", "@ *run", "run", "run"},
    {"The rank of a tensor that answers a query, the columns of a relation, 0 for a truth value.", "size_t ",
     "rank", "const @ *run, size_t query", "rank", "run, query"},
    {"The extent of an axis; of a relation, the number of rows.", "size_t ", "extent",
     "const @ *run, size_t query, size_t axis", "extent", "run, query, axis"},
    {"The elements of a tensor in row-major order, of the type in the list below; NULL for other answers.",
     "const void *", "elements", "const @ *run, size_t query", "elements", "run, query"},
    {"One byte per element that says whether it is there; NULL when all are.", "const uint8_t *", "present",
     "const @ *run, size_t query", "present", "run, query"},
    {"A cell of a relation as text; valid until the next call of this function.", "const char *", "cell",
     "@ *run, size_t query, size_t row, size_t column", "cell", "run, query, row, column"},
    {"A truth value.", "int ", "truth", "const @ *run, size_t query", "truth", "run, query"},
    {"An answer as one JSON object; valid until the next call of this function.", "const char *", "json",
     "@ *run, size_t query", "json", "run, query"},
}};

std::string withPrefix(std::string_view text, const std::string &name) {
  std::string result;
  for (char letter : text)
    result += letter == '@' ? name : std::string(1, letter);
  return result;
}

std::string prototype(const LibraryFunction &function, const std::string &name) {
  return withPrefix(function.result, name) + name + "_" + std::string(function.name) + "(" +
         withPrefix(function.parameters, name) + ")";
}

std::string setterPrototype(const runtime::Input &input, const std::string &name) {
  const std::string begin = "int " + name + "_set_" + identifier(input.name) + "(" + name + " *run, ";
  if (input.type.isRelation)
    return begin + "const char *const *cells, size_t rows)";
  return begin + "const " + std::string(typeInC(input.type.element)) + " *elements)";
}

std::string kindOf(const runtime::Question &question) {
  switch (question.kind) {
  case runtime::QuestionKind::Relation:
    return "a relation";
  case runtime::QuestionKind::Truth:
    return "a truth value";
  case runtime::QuestionKind::Tensor:
    return "a tensor";
  }
  __builtin_unreachable();
}

/// What stands in a comment cannot end it.
std::string inComment(std::string text) {
  for (std::size_t at = text.find("*/"); at != std::string::npos; at = text.find("*/"))
    text.replace(at, 2, "* /");
  return text;
}

std::string quoted(const std::string &text) {
  std::string result = "\"";
  for (char letter : text)
    result += letter == '"' || letter == '\\' ? std::string("\\") + letter : std::string(1, letter);
  return result + "\"";
}

} // namespace

std::string libraryName(const std::string &output) {
  std::string name = std::filesystem::path(output).filename().string();
  name = name.substr(0, name.find('.'));
  return identifier(name.starts_with("lib") && name.size() > 3 ? name.substr(3) : name);
}

std::string headerPath(const std::string &output) {
  return (std::filesystem::path(output).parent_path() / (libraryName(output) + ".h")).string();
}

std::string headerText(const runtime::Package &package, const std::string &name) {
  std::string guard = "TL_" + name + "_H";
  std::string text =
      "/* The Tensor Logic program '" + inComment(package.name) + "' as a library. */\n#ifndef " + guard +
      "\n#define " + guard + "\n\n#include <stddef.h>\n#include <stdint.h>\n\n#ifdef __cplusplus\n" +
      "extern \"C\" {\n#endif\n\n/* One run; several may be in several threads. */\ntypedef struct " + name +
      " " + name + ";\n";
  for (const LibraryFunction &function : kFunctions)
    text += "\n/* " + std::string(function.comment) + " */\n" + prototype(function, name) + ";\n";
  for (const runtime::Input &input : package.inputs)
    text += "\n/* " + inComment(runtime::describeInput(package, input)) +
            (input.type.isRelation ? ": row after row, each cell as text; copied."
                                   : ": all elements in row-major order; copied.") +
            " */\n" + setterPrototype(input, name) + ";\n";
  text += "\n/* The queries by number:\n";
  for (std::size_t number = 0; number < package.queries.size(); ++number)
    text += "   " + std::to_string(number) + ": " + inComment(package.queries[number].text) + ", " +
            kindOf(package.queries[number]) + "\n";
  return text + "*/\n#define " + name + "_QUERIES " + std::to_string(package.queries.size()) +
         "\n\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
}

std::string librarySource(const runtime::Package &package, const std::string &name) {
  std::string text = "#include <stddef.h>\n#include <stdint.h>\ntypedef struct " + name + " " + name + ";\n";
  for (const LibraryFunction &function : kFunctions) {
    const std::string internal = "tlrt_" + std::string(function.runtime);
    text +=
        withPrefix(function.result, name) + internal + "(" + withPrefix(function.parameters, name) + ");\n";
    text += prototype(function, name) + " { " + (function.result == "void " ? "" : "return ") + internal +
            "(" + std::string(function.arguments) + "); }\n";
  }
  text += "int tlrt_setElements(" + name + " *run, const char *input, const void *elements);\n";
  text += "int tlrt_setCells(" + name + " *run, const char *input, const char *const *cells, size_t rows);\n";
  for (const runtime::Input &input : package.inputs)
    text += setterPrototype(input, name) + " { return " +
            (input.type.isRelation ? "tlrt_setCells(run, " + quoted(input.name) + ", cells, rows)"
                                   : "tlrt_setElements(run, " + quoted(input.name) + ", elements)") +
            "; }\n";
  return text;
}

} // namespace tl::driver
