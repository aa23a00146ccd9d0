// A parser for the one dictionary literal that numpy writes. Nothing is evaluated.
#include "runtime/io/NpyHeader.h"

#include "runtime/io/Files.h"

#include <algorithm>
#include <array>

namespace tl::runtime {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";

/// Data starts at a multiple of this, so that others can map it.
constexpr std::size_t kAlignment = 64;

struct DtypeRow {
  std::string_view name; // without the byte order
  StoredType type;
};

constexpr std::array<DtypeRow, 12> kDtypes{{{"b1", StoredType::Bool},
                                            {"i1", StoredType::I8},
                                            {"u1", StoredType::U8},
                                            {"i2", StoredType::I16},
                                            {"u2", StoredType::U16},
                                            {"i4", StoredType::I32},
                                            {"u4", StoredType::U32},
                                            {"i8", StoredType::I64},
                                            {"u8", StoredType::U64},
                                            {"f2", StoredType::F16},
                                            {"f4", StoredType::F32},
                                            {"f8", StoredType::F64}}};

/// header := '{' (key ':' value (',' key ':' value)* ','?)? '}' space*, each key once, all three present.
class HeaderGrammar {
public:
  HeaderGrammar(std::string_view path, std::string_view text, std::uint64_t textOffset)
      : path(path), text(text), textOffset(textOffset) {}

  /// Fills the elements and the shape of `header`.
  Result<void> parse(NpyHeader &header);

private:
  bool parseEntry(NpyHeader &header);
  bool parseString(std::string_view &value);
  bool parseDescr(StoredElements &elements);
  bool parseOrder(bool &isFortranOrder);
  bool parseShape(Shape &shape);
  bool parseExtent(std::int64_t &extent);
  bool markSeen(bool &isSeen, std::size_t start, std::string_view key);

  void skipSpace() {
    while (position < text.size() && (text[position] == ' ' || text[position] == '\n' ||
                                      text[position] == '\t' || text[position] == '\r'))
      ++position;
  }
  bool accept(std::string_view wanted) {
    skipSpace();
    if (!text.substr(position).starts_with(wanted))
      return false;
    position += wanted.size();
    return true;
  }
  bool expect(std::string_view wanted, std::string_view where) {
    return accept(wanted) || fail("expected '" + std::string(wanted) + "' " + std::string(where));
  }
  /// Keeps the error and returns false, at the current position or at `where`.
  bool fail(const std::string &rule) { return fail(rule, position); }
  bool fail(const std::string &rule, std::size_t where) {
    failure = malformed(path, textOffset + where, rule);
    return false;
  }

  std::string_view path;
  std::string_view text;
  std::uint64_t textOffset;
  std::size_t position = 0;
  Error failure;
  bool hasDescr = false, hasOrder = false, hasShape = false;
};

Result<void> HeaderGrammar::parse(NpyHeader &header) {
  if (!expect("{", "at the start of the header"))
    return failure;
  while (!accept("}")) {
    if (!parseEntry(header))
      return failure;
    if (accept(","))
      continue;
    if (!expect("}", "or ',' after an entry of the header"))
      return failure;
    break;
  }
  skipSpace();
  if (position != text.size())
    fail("only blanks may follow the header's '}'");
  else if (!hasDescr || !hasOrder || !hasShape)
    fail("the header needs the keys 'descr', 'fortran_order' and 'shape'", 0);
  else
    return {};
  return failure;
}

bool HeaderGrammar::markSeen(bool &isSeen, std::size_t start, std::string_view key) {
  if (isSeen)
    return fail("the header's key '" + std::string(key) + "' occurs twice", start);
  isSeen = true;
  return true;
}

bool HeaderGrammar::parseEntry(NpyHeader &header) {
  skipSpace();
  std::size_t start = position;
  std::string_view key;
  if (!parseString(key) || !expect(":", "after a key of the header"))
    return false;
  if (key == "descr")
    return markSeen(hasDescr, start, key) && parseDescr(header.elements);
  if (key == "fortran_order")
    return markSeen(hasOrder, start, key) && parseOrder(header.elements.isFortranOrder);
  if (key == "shape")
    return markSeen(hasShape, start, key) && parseShape(header.shape);
  return fail("the header has a key other than 'descr', 'fortran_order' and 'shape'", start);
}

bool HeaderGrammar::parseString(std::string_view &value) {
  skipSpace();
  char quote = position < text.size() ? text[position] : '\0';
  if (quote != '\'' && quote != '"')
    return fail("expected a string in the header");
  std::size_t close = text.find(quote, position + 1);
  if (close == std::string_view::npos)
    return fail("a string of the header is not closed");
  value = text.substr(position + 1, close - position - 1);
  position = close + 1;
  return true;
}

bool HeaderGrammar::parseDescr(StoredElements &elements) {
  skipSpace();
  std::size_t start = position;
  if (position < text.size() && text[position] == '[')
    return fail("structured arrays are not supported");
  std::string_view descr;
  if (!parseString(descr))
    return false;
  if (descr.find('O') != std::string_view::npos)
    return fail("arrays of objects are refused, reading them would run code", start);
  constexpr std::string_view kOrders = "<>|=";
  auto dtype = std::find_if(kDtypes.begin(), kDtypes.end(), [&](const DtypeRow &candidate) {
    return descr.size() == 3 && descr.substr(1) == candidate.name;
  });
  // '|' says that the byte order does not matter.
  if (dtype == kDtypes.end() || kOrders.find(descr[0]) == std::string_view::npos ||
      (descr[0] == '|' && byteWidth(dtype->type) != 1))
    return fail("the element type is none of b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8", start);
  elements.type = dtype->type;
  elements.isBigEndian = descr[0] == '>';
  return true;
}

bool HeaderGrammar::parseOrder(bool &isFortranOrder) {
  isFortranOrder = accept("True");
  return isFortranOrder || accept("False") || fail("'fortran_order' must be True or False");
}

bool HeaderGrammar::parseShape(Shape &shape) {
  if (!expect("(", "at the start of 'shape'"))
    return false;
  while (!accept(")")) {
    std::int64_t extent = 0;
    if (!parseExtent(extent))
      return false;
    shape.push_back(extent);
    if (shape.size() > kMaxRank)
      return fail("the array has more than " + std::to_string(kMaxRank) + " axes");
    // A tuple of one element needs its comma: (3) is a number.
    if (accept(","))
      continue;
    if (shape.size() == 1)
      return fail("expected ',' after the only extent of 'shape'");
    if (!expect(")", "or ',' after an extent of 'shape'"))
      return false;
    break;
  }
  return true;
}

bool HeaderGrammar::parseExtent(std::int64_t &extent) {
  skipSpace();
  std::size_t start = position;
  if (position < text.size() && text[position] == '-')
    return fail("an extent of 'shape' is negative");
  for (; position < text.size() && text[position] >= '0' && text[position] <= '9'; ++position)
    if (__builtin_mul_overflow(extent, std::int64_t{10}, &extent) ||
        __builtin_add_overflow(extent, std::int64_t{text[position] - '0'}, &extent))
      return fail("an extent of 'shape' is too large", start);
  if (position == start)
    return fail("expected an extent of 'shape'");
  accept("L"); // Python 2 wrote long integers so
  return true;
}

std::uint64_t littleEndian(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  for (std::size_t position = bytes.size(); position > 0; --position)
    value = value << 8 | std::to_integer<std::uint64_t>(bytes[position - 1]);
  return value;
}

/// Where the header's text begins and how long it is.
struct TextExtent {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

Result<TextExtent> findText(std::string_view path, std::span<const std::byte> prefix,
                            std::uint64_t fileBytes) {
  std::string_view text{reinterpret_cast<const char *>(prefix.data()), prefix.size()};
  if (!text.starts_with(kMagic))
    return malformed(path, 0, "a .npy file starts with the bytes 93 'NUMPY'");
  if (prefix.size() < 8)
    return malformed(path, prefix.size(), "the file ends inside the version");
  unsigned major = std::to_integer<unsigned>(prefix[6]), minor = std::to_integer<unsigned>(prefix[7]);
  if (major < 1 || major > 3 || minor != 0)
    return malformed(path, 6,
                     "the version " + std::to_string(major) + "." + std::to_string(minor) +
                         " is not 1.0, 2.0 or 3.0");
  std::size_t lengthBytes = major == 1 ? 2 : 4;
  if (prefix.size() < 8 + lengthBytes)
    return malformed(path, prefix.size(), "the file ends inside the header's length");
  TextExtent extent{8 + lengthBytes, littleEndian(prefix.subspan(8, lengthBytes))};
  if (extent.bytes > kNpyHeaderCapBytes)
    return malformed(path, 8,
                     "the header is " + std::to_string(extent.bytes) + " bytes long, the limit is " +
                         std::to_string(kNpyHeaderCapBytes));
  if (extent.bytes > fileBytes - extent.offset)
    return malformed(path, 8,
                     "the header is " + std::to_string(extent.bytes) + " bytes long, " +
                         std::to_string(fileBytes - extent.offset) + " are left");
  return extent;
}

std::string_view dtypeName(ElementType type) {
  switch (type) {
  case ElementType::Bool:
    return "|b1";
  case ElementType::I8:
    return "|i1";
  case ElementType::I32:
    return "<i4";
  case ElementType::I64:
    return "<i8";
  case ElementType::F16:
    return "<f2";
  case ElementType::BF16:
  case ElementType::F32:
    return "<f4";
  case ElementType::F64:
    return "<f8";
  }
  __builtin_unreachable();
}

} // namespace

Result<NpyHeader> parseNpyHeader(std::string_view path, std::span<const std::byte> prefix,
                                 std::uint64_t fileBytes) {
  Result<TextExtent> extent = findText(path, prefix, fileBytes);
  if (!extent)
    return extent.error();
  std::span<const std::byte> bytes = prefix.subspan(extent->offset, extent->bytes);
  std::string_view text{reinterpret_cast<const char *>(bytes.data()), bytes.size()};
  NpyHeader header;
  TL_TRY(HeaderGrammar(path, text, extent->offset).parse(header));
  header.dataOffset = extent->offset + extent->bytes;
  Result<std::uint64_t> dataBytes = storedBytes(header.shape, header.elements.type);
  if (!dataBytes)
    return malformed(path, extent->offset, dataBytes.error().message);
  header.dataBytes = *dataBytes;
  std::uint64_t left = fileBytes - header.dataOffset;
  if (left != header.dataBytes)
    return malformed(path, header.dataOffset,
                     "the header asks for " + std::to_string(header.dataBytes) +
                         " bytes of elements, the file has " + std::to_string(left));
  return header;
}

std::string npyHeaderText(ElementType type, const Shape &shape) {
  std::string dictionary =
      "{'descr': '" + std::string(dtypeName(type)) + "', 'fortran_order': False, 'shape': (";
  for (std::size_t axis = 0; axis < shape.size(); ++axis)
    dictionary += (axis ? " " : "") + std::to_string(shape[axis]) + ",";
  if (shape.size() > 1)
    dictionary.pop_back();
  dictionary += "), }";
  std::size_t unpadded = kMagic.size() + 4 + dictionary.size() + 1;
  dictionary.append((kAlignment - unpadded % kAlignment) % kAlignment, ' ');
  dictionary += '\n';
  std::string header(kMagic);
  header +=
      {'\1', '\0', static_cast<char>(dictionary.size() & 0xff), static_cast<char>(dictionary.size() >> 8)};
  return header + dictionary;
}

} // namespace tl::runtime
