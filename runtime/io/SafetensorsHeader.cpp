// A state machine over the JSON events of the header; no JSON tree is built.
#include "runtime/io/SafetensorsHeader.h"

#include "runtime/io/Files.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <iterator>
#include <unordered_set>

namespace tl::runtime {
namespace {

constexpr std::uint64_t kLengthBytes = 8;

struct DtypeRow {
  std::string_view name;
  StoredType type;
};

constexpr std::array<DtypeRow, 9> kDtypes{{{"BOOL", StoredType::Bool},
                                           {"I8", StoredType::I8},
                                           {"U8", StoredType::U8},
                                           {"I32", StoredType::I32},
                                           {"I64", StoredType::I64},
                                           {"F16", StoredType::F16},
                                           {"BF16", StoredType::BF16},
                                           {"F32", StoredType::F32},
                                           {"F64", StoredType::F64}}};

/// Reads the header and lets the state machine know how far the JSON reader has come.
class CountingIterator {
public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char *;
  using reference = const char &;

  CountingIterator(const char *position, const char **furthest) : position(position), furthest(furthest) {}
  reference operator*() const { return *position; }
  CountingIterator &operator++() {
    *furthest = ++position;
    return *this;
  }
  friend bool operator==(const CountingIterator &lhs, const CountingIterator &rhs) {
    return lhs.position == rhs.position;
  }

private:
  const char *position;
  const char **furthest;
};

/// An entry under construction; offsets count from the first element yet.
struct Declared {
  SafetensorsEntry entry;
  std::uint64_t headerOffset = 0; // where the entry's name ends
  std::vector<std::uint64_t> range;
  bool hasType = false, hasShape = false, hasRange = false;
};

/// Receives the events of the JSON reader, which prescribes the names of the public functions. Each returns
/// false to stop, after `failure` is set.
class HeaderEvents {
public:
  HeaderEvents(std::string_view path, const char *begin, const char *const *furthest)
      : path(path), begin(begin), furthest(furthest) {}

  bool null() { return fail("a null is out of place in the header"); }
  bool boolean(bool) { return fail("a truth value is out of place in the header"); }
  bool number_integer(std::int64_t) { return fail("a negative number is out of place in the header"); }
  bool number_unsigned(std::uint64_t value);
  bool number_float(double, const std::string &) {
    return fail("a number of the header is not an integer of 64 bits");
  }
  bool string(std::string &value);
  bool binary(nlohmann::json::binary_t &) { return fail("binary data in the header"); }
  bool start_object(std::size_t);
  bool key(std::string &name);
  bool end_object();
  bool start_array(std::size_t);
  bool end_array();
  bool parse_error(std::size_t position, const std::string &, const nlohmann::json::exception &) {
    failure =
        malformed(path, kLengthBytes + (position ? position - 1 : 0), "the header is not well-formed JSON");
    return false;
  }

  std::vector<Declared> declared;
  Error failure;

private:
  /// What the next event must be.
  enum class Place {
    Start,
    Top,
    MetadataStart,
    MetadataKey,
    MetadataText,
    EntryStart,
    EntryKey,
    Type,
    ShapeStart,
    ShapeItem,
    RangeStart,
    RangeItem,
    End
  };

  bool startEntry(std::string &name);
  bool startField(std::string_view name);
  bool endEntry();
  bool markSeen(bool &isSeen, Place next, std::string_view name);
  bool fail(const std::string &rule) {
    failure = malformed(path, offset(), rule);
    return false;
  }
  std::uint64_t offset() const { return kLengthBytes + static_cast<std::uint64_t>(*furthest - begin); }
  bool move(Place next) {
    place = next;
    return true;
  }

  std::string_view path;
  const char *begin;
  const char *const *furthest;
  Place place = Place::Start;
  bool hasMetadata = false;
  std::unordered_set<std::string> metadataKeys;
};

bool HeaderEvents::start_object(std::size_t) {
  if (place == Place::Start)
    return move(Place::Top);
  if (place == Place::EntryStart)
    return move(Place::EntryKey);
  if (place == Place::MetadataStart)
    return move(Place::MetadataKey);
  return fail("an object is out of place in the header");
}

bool HeaderEvents::key(std::string &name) {
  if (place == Place::Top)
    return startEntry(name);
  if (place == Place::EntryKey)
    return startField(name);
  if (!metadataKeys.insert(name).second)
    return fail("a key of '__metadata__' occurs twice");
  return move(Place::MetadataText);
}

bool HeaderEvents::startEntry(std::string &name) {
  if (name == "__metadata__") {
    if (std::exchange(hasMetadata, true))
      return fail("the key '__metadata__' occurs twice");
    return move(Place::MetadataStart);
  }
  if (declared.size() == kMaxSafetensors)
    return fail("the file has more than " + std::to_string(kMaxSafetensors) + " arrays");
  Declared next;
  next.entry.name = std::move(name);
  next.headerOffset = offset();
  declared.push_back(std::move(next));
  return move(Place::EntryStart);
}

bool HeaderEvents::startField(std::string_view name) {
  Declared &current = declared.back();
  if (name == "dtype")
    return markSeen(current.hasType, Place::Type, name);
  if (name == "shape")
    return markSeen(current.hasShape, Place::ShapeStart, name);
  if (name == "data_offsets")
    return markSeen(current.hasRange, Place::RangeStart, name);
  return fail("an array has a key other than 'dtype', 'shape' and 'data_offsets'");
}

bool HeaderEvents::markSeen(bool &isSeen, Place next, std::string_view name) {
  if (std::exchange(isSeen, true))
    return fail("the key '" + std::string(name) + "' occurs twice");
  return move(next);
}

bool HeaderEvents::end_object() {
  if (place == Place::Top)
    return move(Place::End);
  if (place == Place::MetadataKey)
    return move(Place::Top);
  return endEntry();
}

bool HeaderEvents::endEntry() {
  const Declared &current = declared.back();
  if (!current.hasType || !current.hasShape || !current.hasRange)
    return fail("the array '" + current.entry.name + "' needs 'dtype', 'shape' and 'data_offsets'");
  return move(Place::Top);
}

bool HeaderEvents::string(std::string &value) {
  if (place == Place::MetadataText)
    return move(Place::MetadataKey);
  if (place != Place::Type)
    return fail("a string is out of place in the header");
  auto found =
      std::find_if(kDtypes.begin(), kDtypes.end(), [&](const DtypeRow &row) { return row.name == value; });
  if (found == kDtypes.end())
    return fail("the dtype of '" + declared.back().entry.name +
                "' is none of BOOL I8 U8 I32 I64 F16 BF16 F32 F64");
  declared.back().entry.type = found->type;
  return move(Place::EntryKey);
}

bool HeaderEvents::start_array(std::size_t) {
  if (place == Place::ShapeStart)
    return move(Place::ShapeItem);
  if (place == Place::RangeStart)
    return move(Place::RangeItem);
  return fail("a list is out of place in the header");
}

bool HeaderEvents::number_unsigned(std::uint64_t value) {
  if (place == Place::RangeItem) {
    declared.back().range.push_back(value);
    return declared.back().range.size() <= 2 || fail("'data_offsets' must be two numbers");
  }
  if (place != Place::ShapeItem)
    return fail("a number is out of place in the header");
  Shape &shape = declared.back().entry.shape;
  if (value > static_cast<std::uint64_t>(kMaxElements))
    return fail("an extent of 'shape' is larger than 2^48");
  shape.push_back(static_cast<std::int64_t>(value));
  return shape.size() <= kMaxRank || fail("the array has more than " + std::to_string(kMaxRank) + " axes");
}

bool HeaderEvents::end_array() {
  if (place == Place::RangeItem && declared.back().range.size() != 2)
    return fail("'data_offsets' must be two numbers");
  return move(Place::EntryKey);
}

/// Turns ranges into offsets and sizes; each must be what the shape and the type ask for.
Result<void> checkSizes(std::string_view path, std::uint64_t dataOffset, std::uint64_t dataBytes,
                        std::vector<Declared> &declared) {
  for (Declared &each : declared) {
    SafetensorsEntry &entry = each.entry;
    Result<std::uint64_t> needed = storedBytes(entry.shape, entry.type);
    if (!needed)
      return malformed(path, each.headerOffset, needed.error().message);
    std::uint64_t begin = each.range[0], end = each.range[1];
    if (begin > end || end > dataBytes)
      return malformed(path, each.headerOffset,
                       "the range of '" + entry.name + "' is not within the " + std::to_string(dataBytes) +
                           " bytes of elements");
    if (end - begin != *needed)
      return malformed(path, each.headerOffset,
                       "the range of '" + entry.name + "' has " + std::to_string(end - begin) +
                           " bytes, its shape " + toString(entry.shape) + " needs " +
                           std::to_string(*needed));
    entry.offset = dataOffset + begin;
    entry.bytes = end - begin;
  }
  return {};
}

/// In the order of their offsets, each array must begin where the one before ends.
Result<void> checkCoverage(std::string_view path, std::uint64_t dataOffset, std::uint64_t fileBytes,
                           std::vector<Declared> &declared) {
  std::sort(declared.begin(), declared.end(), [](const Declared &lhs, const Declared &rhs) {
    return std::pair(lhs.entry.offset, lhs.entry.bytes) < std::pair(rhs.entry.offset, rhs.entry.bytes);
  });
  std::uint64_t covered = dataOffset;
  const std::string *before = nullptr;
  for (const Declared &each : declared) {
    const SafetensorsEntry &entry = each.entry;
    if (entry.offset < covered)
      return malformed(path, entry.offset, "'" + entry.name + "' overlaps '" + *before + "'");
    if (entry.offset > covered)
      return malformed(path, covered, "no array covers the bytes before '" + entry.name + "'");
    covered += entry.bytes;
    before = &entry.name;
  }
  if (covered != fileBytes)
    return malformed(path, covered,
                     "no array covers the last " + std::to_string(fileBytes - covered) + " bytes");
  return {};
}

Result<std::vector<SafetensorsEntry>> sortedByName(std::string_view path, std::vector<Declared> declared) {
  std::sort(declared.begin(), declared.end(), [](const Declared &lhs, const Declared &rhs) {
    return std::pair(std::string_view(lhs.entry.name), lhs.headerOffset) <
           std::pair(std::string_view(rhs.entry.name), rhs.headerOffset);
  });
  std::vector<SafetensorsEntry> entries;
  entries.reserve(declared.size());
  for (Declared &each : declared) {
    if (!entries.empty() && entries.back().name == each.entry.name)
      return malformed(path, each.headerOffset, "the name '" + each.entry.name + "' occurs twice");
    entries.push_back(std::move(each.entry));
  }
  return entries;
}

/// The bytes of JSON text, which must lie within the file.
Result<std::uint64_t> headerLength(std::string_view path, std::span<const std::byte> file) {
  if (file.size() < kLengthBytes)
    return malformed(path, file.size(), "the file ends inside the header's length");
  std::uint64_t length = 0;
  for (std::size_t position = kLengthBytes; position > 0; --position)
    length = length << 8 | std::to_integer<std::uint64_t>(file[position - 1]);
  if (length > kSafetensorsHeaderCapBytes)
    return malformed(path, 0,
                     "the header is " + std::to_string(length) + " bytes long, the limit is " +
                         std::to_string(kSafetensorsHeaderCapBytes));
  if (length > file.size() - kLengthBytes)
    return malformed(path, 0,
                     "the header is " + std::to_string(length) + " bytes long, " +
                         std::to_string(file.size() - kLengthBytes) + " are left");
  if (length == 0 || file[kLengthBytes] != std::byte{'{'})
    return malformed(path, kLengthBytes, "the header does not start with '{'");
  return length;
}

} // namespace

std::string_view safetensorsName(StoredType type) {
  auto found =
      std::find_if(kDtypes.begin(), kDtypes.end(), [&](const DtypeRow &row) { return row.type == type; });
  return found == kDtypes.end() ? std::string_view() : found->name;
}

Result<std::vector<SafetensorsEntry>> parseSafetensorsHeader(std::string_view path,
                                                             std::span<const std::byte> file) {
  Result<std::uint64_t> length = headerLength(path, file);
  if (!length)
    return length.error();
  const char *begin = reinterpret_cast<const char *>(file.data()) + kLengthBytes;
  const char *furthest = begin;
  HeaderEvents events(path, begin, &furthest);
  if (!nlohmann::json::sax_parse(CountingIterator(begin, &furthest),
                                 CountingIterator(begin + *length, &furthest), &events))
    return events.failure;
  std::uint64_t dataOffset = kLengthBytes + *length;
  TL_TRY(checkSizes(path, dataOffset, file.size() - dataOffset, events.declared));
  TL_TRY(checkCoverage(path, dataOffset, file.size(), events.declared));
  return sortedByName(path, std::move(events.declared));
}

} // namespace tl::runtime
