// Event files: protocol buffers written by hand, in the framing of TFRecord.
#include "runtime/io/EventFile.h"

#include "runtime/io/Files.h"

#include <array>
#include <bit>
#include <cerrno>
#include <cmath>
#include <filesystem>

namespace tl::runtime {
namespace {

constexpr std::array<std::uint32_t, 256> makeTable() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t remainder = byte;
    for (int bit = 0; bit < 8; ++bit)
      remainder = (remainder >> 1) ^ (remainder & 1 ? 0x82F63B78U : 0U);
    table[byte] = remainder;
  }
  return table;
}

constexpr std::array<std::uint32_t, 256> kTable = makeTable();

/// The checksum that the framing stores, so that a checksum of checksums stays useful.
std::uint32_t masked(std::string_view bytes) {
  const std::uint32_t sum = crc32c(bytes);
  return ((sum >> 15) | (sum << 17)) + 0xA282EAD8U;
}

template <typename Number> void addLittleEndian(std::string &text, Number number) {
  for (std::size_t k = 0; k < sizeof(Number); ++k)
    text += static_cast<char>(static_cast<std::uint64_t>(number) >> (8 * k));
}

void addVarint(std::string &text, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7)
    text += static_cast<char>(number | 0x80);
  text += static_cast<char>(number);
}

/// The wire types of protocol buffers.
enum class Wire : unsigned { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 };

void addField(std::string &text, unsigned field, Wire wire) {
  addVarint(text, field << 3 | static_cast<unsigned>(wire));
}

void addBytes(std::string &text, unsigned field, std::string_view bytes) {
  addField(text, field, Wire::Bytes);
  addVarint(text, bytes.size());
  text += bytes;
}

/// `Event { double wall_time = 1; int64 step = 2; ... }`.
std::string event(double wallTime, std::int64_t step) {
  std::string text;
  addField(text, 1, Wire::Fixed64);
  addLittleEndian(text, std::bit_cast<std::uint64_t>(wallTime));
  addField(text, 2, Wire::Varint);
  addVarint(text, static_cast<std::uint64_t>(step));
  return text;
}

} // namespace

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t sum = 0xFFFFFFFFU;
  for (char byte : bytes)
    sum = (sum >> 8) ^ kTable[(sum ^ static_cast<unsigned char>(byte)) & 0xFF];
  return ~sum;
}

Result<EventFile> EventFile::create(const std::string &folder, double wallTime) {
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (code)
    return systemError(folder, code.value());
  EventFile result;
  result.path = folder + "/events.out.tfevents." + std::to_string(static_cast<std::int64_t>(wallTime)) + ".tl";
  result.file.reset(std::fopen(result.path.c_str(), "wb"));
  if (!result.file)
    return systemError(result.path, errno);
  std::string first = event(wallTime, 0);
  addBytes(first, 3, "brain.Event:2"); // file_version
  TL_TRY(result.addRecord(first));
  return Result<EventFile>(std::move(result));
}

Result<void> EventFile::addScalar(std::string_view tag, std::int64_t step, double value, double wallTime) {
  // Summary.Value { string tag = 1; float simple_value = 2; }, Summary { repeated Value value = 1; }
  std::string scalar, summary, record = event(wallTime, step);
  addBytes(scalar, 1, tag);
  addField(scalar, 2, Wire::Fixed32);
  addLittleEndian(scalar, std::bit_cast<std::uint32_t>(static_cast<float>(value)));
  addBytes(summary, 1, scalar);
  addBytes(record, 5, summary);
  return addRecord(record);
}

Result<void> EventFile::addRecord(std::string_view record) {
  std::string text;
  addLittleEndian(text, static_cast<std::uint64_t>(record.size()));
  addLittleEndian(text, masked(text));
  text += record;
  addLittleEndian(text, masked(record));
  const bool isWritten =
      std::fwrite(text.data(), 1, text.size(), file.get()) == text.size() && std::fflush(file.get()) == 0;
  return isWritten ? Result<void>() : Result<void>(systemError(path, errno));
}

} // namespace tl::runtime
