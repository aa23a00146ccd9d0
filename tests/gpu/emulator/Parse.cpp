// Modules, variables and kernels of PTX text.
#include "tests/gpu/emulator/Decode.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace tl::gpu {
namespace {

const char *const kSpecialNames[kSpecials] = {"%tid.x",    "%tid.y",    "%tid.z",  "%ctaid.x", "%ctaid.y",
                                              "%ctaid.z",  "%ntid.x",   "%ntid.y", "%ntid.z",  "%nctaid.x",
                                              "%nctaid.y", "%nctaid.z", "%laneid"};

struct Statement {
  std::string text;
  int line = 0;
};

std::string withoutComments(const std::string &text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text.compare(at, 2, "//") == 0)
      while (at < text.size() && text[at] != '\n')
        ++at;
    if (at < text.size())
      plain += text[at];
  }
  return plain;
}

std::string trimmed(const std::string &text) {
  const std::size_t begin = text.find_first_not_of(" \t\n\r");
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\n\r") - begin + 1);
}

std::vector<std::string> words(const std::string &text) {
  std::vector<std::string> result(1);
  for (char c : text)
    if (std::isspace(static_cast<unsigned char>(c))) {
      if (!result.back().empty())
        result.emplace_back();
    } else {
      result.back() += c;
    }
  if (result.back().empty())
    result.pop_back();
  return result;
}

/// Commas outside brackets and braces separate.
std::vector<std::string> operandsOf(const std::string &text) {
  std::vector<std::string> parts;
  std::string part;
  int depth = 0;
  for (char c : text) {
    depth += c == '[' || c == '{';
    depth -= c == ']' || c == '}';
    if (c == ',' && depth == 0) {
      parts.push_back(trimmed(part));
      part.clear();
    } else {
      part += c;
    }
  }
  if (!trimmed(part).empty())
    parts.push_back(trimmed(part));
  return parts;
}

class Parser {
public:
  Parser(const std::string &text, Module &module, std::string &error)
      : text(withoutComments(text)), module(module), error(error) {}

  bool run() {
    while (skipSpace()) {
      if (startsWith(".version") || startsWith(".target") || startsWith(".address_size"))
        skipLine();
      else if (!parseTopLevel())
        return false;
    }
    return true;
  }

private:
  bool skipSpace() {
    while (at < text.size() && std::isspace(static_cast<unsigned char>(text[at])))
      advance();
    return at < text.size();
  }
  void advance() { line += text[at++] == '\n'; }
  void skipLine() {
    while (at < text.size() && text[at] != '\n')
      advance();
  }
  bool startsWith(const char *word) const { return text.compare(at, std::string(word).size(), word) == 0; }
  std::string until(const char *ends) {
    std::string part;
    while (at < text.size() && std::string(ends).find(text[at]) == std::string::npos) {
      part += text[at];
      advance();
    }
    return part;
  }
  bool fail(const std::string &reason, int where) {
    error = "line " + std::to_string(where) + ": " + reason;
    return false;
  }

  bool parseTopLevel() {
    const int where = line;
    const std::string head = until("(;{=[");
    if (at == text.size())
      return fail("the module ends in '" + trimmed(head) + "'", where);
    if (head.find(".entry") != std::string::npos)
      return parseKernel(words(head).back());
    if (head.find(".shared") != std::string::npos || head.find(".global") != std::string::npos ||
        head.find(".const") != std::string::npos)
      return parseVariable(head, global);
    return fail("'" + trimmed(head) + "' is not emulated", where);
  }

  /// `.shared .align 4 .b8 name[32]` or `.global ... name[2] = {1, 2}`, up to and with the semicolon.
  bool parseVariable(const std::string &head, Names &names) {
    const std::vector<std::string> parts = words(head);
    std::uint64_t align = 1, width = 1, count = 1;
    for (std::size_t number = 0; number + 1 < parts.size(); ++number) {
      if (parts[number] == ".align")
        align = std::strtoull(parts[number + 1].c_str(), nullptr, 10);
      if (parts[number].size() > 2 && std::isdigit(static_cast<unsigned char>(parts[number][2])))
        width = std::strtoull(parts[number].c_str() + 2, nullptr, 10) / 8;
    }
    if (text[at] == '[') {
      advance();
      count = std::strtoull(until("]").c_str(), nullptr, 10);
      advance();
    }
    until("=;");
    const bool isInitialised = text[at] == '=';
    const bool isShared = head.find(".shared") != std::string::npos;
    std::uint64_t end = isShared ? module.sharedBytes : module.constants.size();
    const std::uint64_t begin = (end + align - 1) / align * align;
    end = begin + width * count;
    if (isShared)
      module.sharedBytes = end;
    else
      module.constants.resize(end);
    names.symbols[parts.back()] = isShared ? begin : kConstantBase + begin;
    if (isInitialised)
      fillVariable(begin, width);
    advance();
    return true;
  }

  void fillVariable(std::uint64_t begin, std::uint64_t width) {
    std::string list = until(";");
    list.erase(
        std::remove_if(list.begin(), list.end(), [](char c) { return c == '{' || c == '}' || c == '='; }),
        list.end());
    for (const std::string &element : operandsOf(list)) {
      const std::uint64_t value = element[0] == '-'
                                      ? static_cast<std::uint64_t>(std::strtoll(element.c_str(), nullptr, 0))
                                      : std::strtoull(element.c_str(), nullptr, 0);
      for (std::uint64_t byte = 0; byte < width; ++byte)
        module.constants[begin++] = static_cast<std::uint8_t>(value >> (8 * byte));
    }
  }

  bool parseKernel(const std::string &name) {
    Kernel kernel;
    kernel.name = name;
    Names names = global;
    for (int special = 0; special < kSpecials; ++special)
      names.registers[kSpecialNames[special]] = special;
    advance();
    const std::string parameters = until(")");
    std::uint64_t offset = 0;
    for (const std::string &parameter : operandsOf(parameters)) {
      const std::vector<std::string> parts = words(parameter);
      const int bytes = std::atoi(parts[1].c_str() + 2) / 8;
      offset = (offset + bytes - 1) / bytes * bytes;
      names.symbols[parts.back()] = offset;
      offset += bytes;
      kernel.parameterBytes.push_back(bytes);
    }
    advance();
    const std::string attributes = until("{");
    if (const std::size_t most = attributes.find(".maxntid"); most != std::string::npos)
      kernel.maxThreads = std::atoi(attributes.c_str() + most + 8);
    advance();
    std::vector<Statement> statements;
    if (!parseBody(names, kernel, statements))
      return false;
    for (const Statement &statement : statements)
      if (std::string wrong = decodeStatement(statement, names, kernel.code.emplace_back()); !wrong.empty())
        return fail(wrong, statement.line);
    kernel.registers = static_cast<int>(names.registers.size());
    module.kernels[name] = std::move(kernel);
    return true;
  }

  /// Splits the body into statements and finds its labels; braces open and close scopes of registers.
  bool parseBody(Names &names, Kernel &kernel, std::vector<Statement> &statements) {
    int depth = 1, scopes = 0;
    std::string current;
    int begun = line;
    for (; at < text.size() && depth > 0; advance()) {
      const char c = text[at];
      if (trimmed(current).empty())
        begun = line;
      if (c == '{' && trimmed(current).empty()) {
        ++depth;
        ++scopes;
      } else if (c == '}' && current.find('{') == std::string::npos) {
        --depth;
      } else if (c == ';') {
        if (!addStatement({trimmed(current), begun}, scopes, names, kernel, statements))
          return false;
        current.clear();
      } else if (c == ':' && trimmed(current)[0] == '$') {
        names.labels[trimmed(current)] = static_cast<int>(statements.size());
        current.clear();
      } else {
        current += c == '}' ? '\x01' : c;
        if (c == '}') // the end of a vector, hidden from the test for the end of a scope
          std::replace(current.begin(), current.end(), '{', '\x02');
      }
    }
    return depth == 0 || fail("the kernel has no end", line);
  }

  bool addStatement(Statement statement, int scope, Names &names, Kernel &kernel,
                    std::vector<Statement> &statements) {
    std::replace(statement.text.begin(), statement.text.end(), '\x01', '}');
    std::replace(statement.text.begin(), statement.text.end(), '\x02', '{');
    const std::string &text = statement.text;
    if (text.empty() || text.rfind(".pragma", 0) == 0)
      return true;
    if (text.rfind(".reg", 0) == 0) {
      // A name without a percent sign belongs to its scope alone; our compiler makes each of them once.
      (void)scope;
      return true;
    }
    if (text.rfind(".local", 0) == 0 || text.rfind(".shared", 0) == 0)
      return declareInKernel(text, statement.line, names, kernel);
    statements.push_back(std::move(statement));
    return true;
  }

  bool declareInKernel(const std::string &declaration, int where, Names &names, Kernel &kernel) {
    const std::size_t open = declaration.find('[');
    if (open == std::string::npos)
      return fail("'" + declaration + "' is not emulated", where);
    const std::string name = words(declaration.substr(0, open)).back();
    const std::uint64_t bytes = std::strtoull(declaration.c_str() + open + 1, nullptr, 10);
    std::uint64_t &end = declaration[1] == 'l' ? kernel.localBytes : module.sharedBytes;
    end = (end + 15) / 16 * 16;
    names.symbols[name] = end;
    end += bytes;
    return true;
  }

  std::string decodeStatement(const Statement &statement, Names &names, Instruction &instruction) {
    std::string rest = statement.text;
    instruction.line = statement.line;
    if (rest[0] == '@') {
      const std::size_t end = rest.find_first_of(" \t");
      instruction.guardIsNegated = rest[1] == '!';
      instruction.guard = registerNamed(
          names, rest.substr(instruction.guardIsNegated ? 2 : 1, end - (instruction.guardIsNegated ? 2 : 1)));
      rest = trimmed(rest.substr(end));
    }
    const std::size_t end = rest.find_first_of(" \t\n");
    const std::string opcode = rest.substr(0, end);
    return decode(opcode,
                  end == std::string::npos ? std::vector<std::string>() : operandsOf(rest.substr(end)), names,
                  instruction);
  }

  std::string text;
  Module &module;
  std::string &error;
  std::size_t at = 0;
  int line = 1;
  Names global;
};

} // namespace

bool parsePtx(const std::string &text, Module &module, std::string &error) {
  return Parser(text, module, error).run();
}

} // namespace tl::gpu
