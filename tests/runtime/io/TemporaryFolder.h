// A folder for the files of one test.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace tl::runtime {

/// Vanishes with its content at the end of the test.
class TemporaryFolder {
public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tl-test-XXXXXX").string();
    root = ::mkdtemp(pattern.data());
  }
  TemporaryFolder(const TemporaryFolder &) = delete;
  TemporaryFolder &operator=(const TemporaryFolder &) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(root); }

  std::string path(const std::string &name) const { return root + "/" + name; }
  /// Writes a file and returns its path. A fresh file each time: some file systems flush one that is cut to
  /// nothing.
  std::string file(const std::string &name, std::string_view content) const {
    std::filesystem::remove(path(name));
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
  }
  std::string content(const std::string &name) const {
    std::ifstream stream(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  /// Also hidden ones.
  std::size_t entries() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(root), std::filesystem::directory_iterator()));
  }

private:
  std::string root;
};

/// `value` as `width` bytes, the lowest first.
inline std::string littleEndian(std::uint64_t value, std::size_t width) {
  std::string bytes;
  for (std::size_t position = 0; position < width; ++position)
    bytes += position < 8 ? static_cast<char>(value >> (8 * position) & 0xff) : '\0';
  return bytes;
}

} // namespace tl::runtime
