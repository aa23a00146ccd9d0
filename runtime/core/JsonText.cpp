// Escapes what JSON does not take as it is.
#include "runtime/core/JsonText.h"

#include "runtime/core/Utf8.h"

namespace tl::runtime {
namespace {

void appendCharacter(std::string_view text, const CodePoint &character, std::size_t position,
                     std::string &out) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::uint32_t value = character.value;
  if (!character.isValid)
    appendUtf8(out, value);
  else if (value == '"' || value == '\\')
    (out += '\\') += static_cast<char>(value);
  else if (value == '\n')
    out += "\\n";
  else if (value == '\t')
    out += "\\t";
  else if (value < 0x20)
    ((out += "\\u00") += kHex[value >> 4]) += kHex[value & 15];
  else
    out += text.substr(position, character.bytes);
}

} // namespace

void appendJsonText(std::string_view text, std::string &out) {
  out += '"';
  for (std::size_t position = 0; position < text.size();) {
    CodePoint character = decodeUtf8(text, position);
    appendCharacter(text, character, position, out);
    position += character.bytes;
  }
  out += '"';
}

} // namespace tl::runtime
