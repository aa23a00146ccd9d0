// Machine code of kernels on disk, from one run of the program to the next.
#include "backend/cpu/ObjectCache.h"

#include "runtime/io/Files.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <vector>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tl::backend::cpu {
namespace {

namespace fs = std::filesystem;
using Digest = llvm::BLAKE3Result<32>;

/// Other files of the folder, such as a person's own, are left alone.
constexpr llvm::StringLiteral kSuffix = ".tlobject";

Digest digestOf(llvm::StringRef bytes) {
  llvm::BLAKE3 hasher;
  hasher.update(bytes);
  return hasher.final<32>();
}

/// Changes with every build of the file that this code is in: another build may generate other code.
std::string buildIdentity() {
  struct stat status = {};
  Dl_info loaded = {};
  const bool isKnown = dladdr(reinterpret_cast<void *>(&buildIdentity), &loaded) != 0 && loaded.dli_fname &&
                       stat(loaded.dli_fname, &status) == 0;
  if (!isKnown && stat("/proc/self/exe", &status) != 0)
    return "";
  return std::to_string(status.st_size) + " " + std::to_string(status.st_mtim.tv_sec) + " " +
         std::to_string(status.st_mtim.tv_nsec) + " " + std::to_string(status.st_ino);
}

struct Entry {
  fs::path path;
  fs::file_time_type used;
  std::uint64_t bytes = 0;
};

/// The files of the cache. A name that goes on after the suffix is that of an entry being written, maybe by a
/// process that was killed.
std::vector<Entry> entriesOf(const std::string &folder) {
  std::vector<Entry> entries;
  std::error_code code;
  for (fs::directory_iterator file(folder, code), end; !code && file != end; file.increment(code)) {
    std::error_code gone;
    if (file->path().filename().string().find(kSuffix.str()) == std::string::npos ||
        !file->is_regular_file(gone))
      continue;
    Entry entry = {file->path(), file->last_write_time(gone), 0};
    entry.bytes = gone ? 0 : file->file_size(gone);
    if (!gone)
      entries.push_back(std::move(entry));
  }
  return entries;
}

} // namespace

ObjectCache::ObjectCache(std::string folder, std::uint64_t capBytes)
    : folder(std::move(folder)), capBytes(capBytes) {}

std::string ObjectCache::keyOf(llvm::ArrayRef<llvm::StringRef> texts) {
  llvm::BLAKE3 hasher;
  auto add = [&](llvm::StringRef text) {
    // Lengths keep two lists of texts apart that are one text together.
    hasher.update(std::to_string(text.size()) + ":");
    hasher.update(text);
  };
  add(buildIdentity());
  for (llvm::StringRef text : texts)
    add(text);
  const Digest digest = hasher.final<32>();
  return llvm::toHex(llvm::ArrayRef<std::uint8_t>(digest.data(), digest.size()), true);
}

/// An entry is the digest of the object and the object.
std::unique_ptr<llvm::MemoryBuffer> ObjectCache::find(llvm::StringRef key) const {
  if (!isOn())
    return nullptr;
  const std::string path = folder + "/" + key.str() + kSuffix.str();
  // Read and not mapped: another process may remove or replace it.
  auto file = llvm::MemoryBuffer::getFile(path, false, false, true);
  if (!file)
    return nullptr;
  llvm::StringRef bytes = (*file)->getBuffer();
  const std::size_t digestBytes = Digest().size();
  if (bytes.size() <= digestBytes)
    return nullptr;
  const Digest digest = digestOf(bytes.drop_front(digestBytes));
  if (llvm::StringRef(reinterpret_cast<const char *>(digest.data()), digestBytes) !=
      bytes.take_front(digestBytes))
    return nullptr;
  utimensat(AT_FDCWD, path.c_str(), nullptr, 0); // used now
  return llvm::MemoryBuffer::getMemBufferCopy(bytes.drop_front(digestBytes), "kernels");
}

void ObjectCache::store(llvm::StringRef key, llvm::StringRef object) const {
  if (!isOn() || object.size() > capBytes)
    return;
  std::error_code code;
  fs::create_directories(folder, code);
  if (code)
    return;
  const std::string path = folder + "/" + key.str() + kSuffix.str();
  llvm::SmallString<128> written;
  int descriptor = -1;
  if (llvm::sys::fs::createUniqueFile(path + ".%%%%%%%%", descriptor, written))
    return;
  // Not synced: after a crash of the machine the digest tells.
  llvm::raw_fd_ostream stream(descriptor, true);
  const Digest digest = digestOf(object);
  stream.write(reinterpret_cast<const char *>(digest.data()), digest.size());
  stream << object;
  stream.close();
  const bool isWhole = !stream.has_error();
  stream.clear_error();
  if (!isWhole || llvm::sys::fs::rename(written, path)) {
    llvm::sys::fs::remove(written);
    return;
  }
  trim();
}

void ObjectCache::trim() const {
  std::vector<Entry> entries = entriesOf(folder);
  std::uint64_t bytes = 0;
  for (const Entry &entry : entries)
    bytes += entry.bytes;
  if (bytes <= capBytes)
    return;
  std::sort(entries.begin(), entries.end(), [](const Entry &a, const Entry &b) { return a.used < b.used; });
  // Down to three quarters, so that not every further entry looks for something to remove.
  for (const Entry &entry : entries) {
    if (bytes <= capBytes / 4 * 3)
      return;
    std::error_code gone;
    fs::remove(entry.path, gone);
    bytes -= entry.bytes;
  }
}

CacheSize ObjectCache::size() const {
  CacheSize size;
  for (const Entry &entry : entriesOf(folder)) {
    ++size.files;
    size.bytes += entry.bytes;
  }
  return size;
}

runtime::Result<CacheSize> ObjectCache::clear() const {
  CacheSize removed;
  for (const Entry &entry : entriesOf(folder)) {
    std::error_code code;
    if (!fs::remove(entry.path, code) && code)
      return runtime::systemError(entry.path.string(), code.value());
    ++removed.files;
    removed.bytes += entry.bytes;
  }
  return removed;
}

} // namespace tl::backend::cpu
