// Memory mapping and atomic replacement with POSIX calls.
#include "runtime/io/Files.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tl::runtime {
namespace {

/// Names tried for the temporary file; each stale one was left by a process that was killed.
constexpr int kNameAttempts = 10'000;

/// An open file descriptor; move-only.
class Descriptor {
public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor &&other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor &operator=(Descriptor &&other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0)
      ::close(number_);
  }
  int number() const { return number_; }
  /// False when closing reports that earlier writes were lost.
  bool close() { return ::close(std::exchange(number_, -1)) == 0; }

private:
  int number_;
};

std::string folderOf(const std::string &path) {
  std::size_t slash = path.rfind('/');
  if (slash == std::string::npos)
    return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

int openRetrying(const std::string &path, int options, mode_t mode = 0) {
  int number;
  do
    number = ::open(path.c_str(), options | O_CLOEXEC, mode);
  while (number < 0 && errno == EINTR);
  return number;
}

bool syncRetrying(int descriptor) {
  int status;
  do
    status = ::fsync(descriptor);
  while (status != 0 && errno == EINTR);
  return status == 0;
}

bool writeWhole(int descriptor, std::span<const std::byte> piece) {
  while (!piece.empty()) {
    ssize_t written = ::write(descriptor, piece.data(), piece.size());
    if (written > 0) {
      piece = piece.subspan(static_cast<std::size_t>(written));
    } else if (written == 0) {
      errno = EIO;
      return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

/// A file that vanishes again unless it was renamed into place.
struct TemporaryFile {
  TemporaryFile() = default;
  TemporaryFile(TemporaryFile &&other) noexcept = default;
  ~TemporaryFile() {
    if (!path.empty())
      ::unlink(path.c_str());
  }

  Descriptor descriptor;
  std::string path;
};

/// Exclusive creation instead of mkstemp, so that the umask decides who may read the result.
Result<TemporaryFile> createBeside(const std::string &path) {
  std::string stem = folderOf(path) + "/.tl-write-" + std::to_string(::getpid()) + "-";
  for (int attempt = 0; attempt < kNameAttempts; ++attempt) {
    std::string name = stem + std::to_string(attempt);
    int number = openRetrying(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0666);
    if (number >= 0) {
      TemporaryFile file;
      file.descriptor = Descriptor(number);
      file.path = std::move(name);
      return file;
    }
    if (errno != EEXIST)
      return systemError(path, errno);
  }
  return Error{ErrorKind::Data, "'" + path + "': the folder is full of unfinished files '.tl-write-*'"};
}

/// File systems that cannot sync a folder say EINVAL; there the rename is as durable as it gets.
Result<void> syncFolder(const std::string &path) {
  Descriptor folder(openRetrying(folderOf(path), O_RDONLY | O_DIRECTORY));
  if (folder.number() < 0)
    return systemError(path, errno);
  if (!syncRetrying(folder.number()) && errno != EINVAL && errno != ENOTSUP)
    return systemError(path, errno);
  return {};
}

/// Replacing a device or a pipe by a file would break it for everybody else.
Result<void> checkReplaceable(const std::string &path) {
  struct stat status;
  if (::lstat(path.c_str(), &status) != 0)
    return errno == ENOENT ? Result<void>() : systemError(path, errno);
  if (S_ISREG(status.st_mode) || S_ISLNK(status.st_mode))
    return {};
  return Error{ErrorKind::Data, "'" + path + "': not a regular file"};
}

} // namespace

Error malformed(std::string_view path, std::uint64_t byteOffset, std::string_view rule) {
  return {ErrorKind::Data,
          "'" + std::string(path) + "' byte " + std::to_string(byteOffset) + ": " + std::string(rule)};
}

Error systemError(std::string_view path, int code) {
  std::string reason = std::generic_category().message(code);
  if (code == ENOENT || code == ENOTDIR)
    reason = "no such file";
  else if (!reason.empty())
    reason[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(reason[0])));
  return {ErrorKind::Data, "'" + std::string(path) + "': " + reason};
}

MappedFile::MappedFile(MappedFile &&other) noexcept
    : bytes_(std::exchange(other.bytes_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile &MappedFile::operator=(MappedFile &&other) noexcept {
  std::swap(bytes_, other.bytes_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (bytes_)
    ::munmap(const_cast<std::byte *>(bytes_), size_);
}

Result<MappedFile> MappedFile::open(const std::string &path) {
  // Non-blocking: opening a pipe that nobody writes to must not hang.
  Descriptor descriptor(openRetrying(path, O_RDONLY | O_NONBLOCK));
  struct stat status;
  if (descriptor.number() < 0 || ::fstat(descriptor.number(), &status) != 0)
    return systemError(path, errno);
  if (!S_ISREG(status.st_mode))
    return Error{ErrorKind::Data, "'" + path + "': not a regular file"};
  MappedFile file;
  if (status.st_size == 0)
    return file;
  std::size_t size = static_cast<std::size_t>(status.st_size);
  void *address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor.number(), 0);
  if (address == MAP_FAILED)
    return systemError(path, errno);
  ::madvise(address, size, MADV_SEQUENTIAL);
  file.bytes_ = static_cast<const std::byte *>(address);
  file.size_ = size;
  return file;
}

Result<void> writeFileAtomically(const std::string &path,
                                 std::span<const std::span<const std::byte>> pieces) {
  TL_TRY(checkReplaceable(path));
  Result<TemporaryFile> file = createBeside(path);
  if (!file)
    return file.error();
  int descriptor = file->descriptor.number();
  for (std::span<const std::byte> piece : pieces)
    if (!writeWhole(descriptor, piece))
      return systemError(path, errno);
  if (!syncRetrying(descriptor) || !file->descriptor.close() ||
      ::rename(file->path.c_str(), path.c_str()) != 0)
    return systemError(path, errno);
  file->path.clear();
  return syncFolder(path);
}

std::span<const std::byte> bytesOf(std::string_view text) {
  return {reinterpret_cast<const std::byte *>(text.data()), text.size()};
}

} // namespace tl::runtime
