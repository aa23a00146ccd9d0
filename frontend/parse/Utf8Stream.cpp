// A character stream over UTF-8 whose index is the byte offset: no copy of the text, no offset table.
#include "frontend/parse/Utf8Stream.h"

#include "runtime/core/Utf8.h"

#include <antlr4-runtime.h>

namespace tl::parse {
namespace {

class Utf8Stream : public antlr4::CharStream {
public:
  explicit Utf8Stream(std::string_view text) : text(text) {}

  void consume() override { position += runtime::decodeUtf8(text, position).bytes; }
  std::size_t LA(ssize_t i) override;
  ssize_t mark() override { return -1; }
  void release(ssize_t) override {}
  std::size_t index() override { return position; }
  void seek(std::size_t offset) override { position = offset; }
  std::size_t size() override { return text.size(); }
  std::string getSourceName() const override { return UNKNOWN_SOURCE_NAME; }
  std::string getText(const antlr4::misc::Interval &interval) override;
  std::string toString() const override { return std::string(text); }

private:
  std::string_view text;
  std::size_t position = 0;
};

std::size_t Utf8Stream::LA(ssize_t i) {
  std::size_t place = position;
  if (i < 0) {
    if (place == 0)
      return EOF;
    do
      --place;
    while (place > 0 && (static_cast<unsigned char>(text[place]) & 0xC0) == 0x80);
    return runtime::decodeUtf8(text, place).value;
  }
  for (; i > 1 && place < text.size(); --i)
    place += runtime::decodeUtf8(text, place).bytes;
  return place < text.size() ? runtime::decodeUtf8(text, place).value : EOF;
}

std::string Utf8Stream::getText(const antlr4::misc::Interval &interval) {
  auto begin = static_cast<std::size_t>(interval.a), end = static_cast<std::size_t>(interval.b) + 1;
  return begin < end && end <= text.size() ? std::string(text.substr(begin, end - begin)) : std::string();
}

} // namespace

std::unique_ptr<antlr4::CharStream> makeUtf8Stream(std::string_view text) {
  return std::make_unique<Utf8Stream>(text);
}

} // namespace tl::parse
