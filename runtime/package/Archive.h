// Plain data as bytes and back. One description serves both directions: a function `describe(archive,
// object)` hands every member to the archive, in order.
#pragma once

#include "runtime/core/Relation.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

namespace tl::runtime {

/// Appends what it is given. Numbers are in the order of bytes of this machine, bulk data starts at a
/// multiple of 64 bytes.
class ArchiveWriter {
public:
  static constexpr bool isReading = false;
  static constexpr std::size_t kAlignment = 64; // as kPackageAlignment

  template <typename... Members> void operator()(const Members &...members) { (write(members), ...); }

  /// Bytes that a reader can use where they lie.
  void bulk(std::span<const std::byte> bytes) {
    write(static_cast<std::uint64_t>(bytes.size()));
    buffer.resize((buffer.size() + kAlignment - 1) / kAlignment * kAlignment);
    buffer.insert(buffer.end(), bytes.begin(), bytes.end());
  }
  std::vector<std::byte> take() { return std::move(buffer); }

private:
  template <typename T> void write(const T &value) {
    if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
      const auto *bytes = reinterpret_cast<const std::byte *>(&value);
      buffer.insert(buffer.end(), bytes, bytes + sizeof value);
    } else {
      describe(*this, value);
    }
  }
  void write(const std::string &text) {
    write(static_cast<std::uint64_t>(text.size()));
    const auto *bytes = reinterpret_cast<const std::byte *>(text.data());
    buffer.insert(buffer.end(), bytes, bytes + text.size());
  }
  template <typename T> void write(const std::vector<T> &values) {
    write(static_cast<std::uint64_t>(values.size()));
    for (const auto &value : values)
      write(static_cast<const T &>(value));
  }
  template <typename T> void write(const std::optional<T> &value) {
    write(value.has_value());
    if (value)
      write(*value);
  }
  template <typename Key, typename T> void write(const std::map<Key, T> &values) {
    write(static_cast<std::uint64_t>(values.size()));
    for (const auto &[key, value] : values)
      (*this)(key, value);
  }
  template <typename... Kinds> void write(const std::variant<Kinds...> &value) {
    write(static_cast<std::uint8_t>(value.index()));
    std::visit([this](const auto &kind) { this->write(kind); }, value);
  }

  std::vector<std::byte> buffer;
};

/// Takes apart what an ArchiveWriter made. Anything else makes it fail, and what it gives then is of no use.
class ArchiveReader {
public:
  static constexpr bool isReading = true;

  /// `bytes` must start at a multiple of 64 and outlive all that was read from them in bulk.
  explicit ArchiveReader(std::span<const std::byte> bytes) : bytes(bytes) {}

  template <typename... Members> void operator()(Members &...members) { (read(members), ...); }
  std::span<const std::byte> bulk() {
    const std::uint64_t size = count(1);
    position =
        (position + ArchiveWriter::kAlignment - 1) / ArchiveWriter::kAlignment * ArchiveWriter::kAlignment;
    if (position > bytes.size() || size > bytes.size() - position) {
      fail();
      return {};
    }
    position += size;
    return bytes.subspan(position - size, size);
  }
  bool hasFailed() const { return failed; }

private:
  /// A number of things of at least `least` bytes each: no more than can follow.
  std::uint64_t count(std::size_t least) {
    std::uint64_t number = 0;
    read(number);
    if (number > (bytes.size() - position) / least)
      fail();
    return failed ? 0 : number;
  }
  /// Leaves nothing to be read.
  void fail() {
    failed = true;
    position = bytes.size();
  }
  template <typename T> void read(T &value) {
    if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
      if (bytes.size() - position < sizeof value)
        return fail();
      if constexpr (std::is_same_v<T, bool>)
        value = bytes[position] != std::byte{0};
      else
        std::memcpy(&value, bytes.data() + position, sizeof value);
      position += sizeof value;
    } else {
      describe(*this, value);
    }
  }
  void read(std::string &text) {
    const std::uint64_t size = count(1);
    text.assign(reinterpret_cast<const char *>(bytes.data() + position), size);
    position += size;
  }
  template <typename T> void read(std::vector<T> &values) {
    const std::uint64_t size = count(1);
    values.clear();
    for (std::uint64_t entry = 0; entry < size && !failed; ++entry) {
      T value{};
      read(value);
      values.push_back(std::move(value));
    }
  }
  template <typename T> void read(std::optional<T> &value) {
    bool isThere = false;
    read(isThere);
    if (isThere)
      read(value.emplace());
  }
  template <typename Key, typename T> void read(std::map<Key, T> &values) {
    const std::uint64_t size = count(1);
    for (std::uint64_t entry = 0; entry < size && !failed; ++entry) {
      Key key{};
      read(key);
      read(values[key]);
    }
  }
  template <typename... Kinds> void read(std::variant<Kinds...> &value) {
    std::uint8_t index = 0;
    read(index);
    std::uint8_t kind = 0;
    ((index == kind++ ? read(value.template emplace<Kinds>()) : void()), ...);
    if (index >= sizeof...(Kinds))
      fail();
  }

  std::span<const std::byte> bytes;
  std::size_t position = 0;
  bool failed = false;
};

} // namespace tl::runtime
