// Machine code of kernels on disk, from one run of the program to the next.
#pragma once

#include "backend/cpu/Explain.h"
#include "runtime/core/Result.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cstdint>
#include <memory>
#include <string>

namespace tl::backend::cpu {

/// Objects by the digest of everything that they were made of. Any number of processes may share a folder,
/// and any may be killed at any time: an entry appears whole by renaming, and one whose own digest does not
/// fit is not used. A cache never fails a run: what cannot be read is compiled, what cannot be written is not
/// kept. When it grows beyond `capBytes` the entries that were not used for longest go.
class ObjectCache {
public:
  static constexpr std::uint64_t kCapBytes = std::uint64_t{256} << 20;

  /// An empty folder is no cache.
  explicit ObjectCache(std::string folder, std::uint64_t capBytes = kCapBytes);

  bool isOn() const { return !folder.empty(); }
  /// The name of the entry for what these texts describe, for this build of tl.
  static std::string keyOf(llvm::ArrayRef<llvm::StringRef> texts);
  /// The object, or null.
  std::unique_ptr<llvm::MemoryBuffer> find(llvm::StringRef key) const;
  void store(llvm::StringRef key, llvm::StringRef object) const;

  CacheSize size() const;
  /// Removes every entry, and what killed processes left; what it removed.
  runtime::Result<CacheSize> clear() const;

private:
  void trim() const;

  std::string folder;
  std::uint64_t capBytes;
};

} // namespace tl::backend::cpu
