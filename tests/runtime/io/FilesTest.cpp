// Mapping files and replacing them, also when system calls fail.
#include "runtime/io/Files.h"

#include "tests/runtime/io/TemporaryFolder.h"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace tl::runtime;

namespace {

/// Which calls fail from now on, and how. Zero leaves a call alone.
struct Faults {
  int failingWrite = 0; // counted down; 1 fails now
  int failingSync = 0;
  int failingRename = 0;
  int code = 0;
  std::size_t longestWrite = SIZE_MAX;
  int interruptions = 0; // writes answered by EINTR first
};

Faults faults;

/// The calls that make a file durable, in order.
std::string order;

bool failsNow(int &countdown) {
  return countdown > 0 && --countdown == 0;
}

} // namespace

// The executable's own definitions win over the C library's.
extern "C" ssize_t write(int descriptor, const void *bytes, size_t count) {
  if (faults.interruptions > 0) {
    --faults.interruptions;
    errno = EINTR;
    return -1;
  }
  if (failsNow(faults.failingWrite)) {
    errno = faults.code;
    return -1;
  }
  return syscall(SYS_write, descriptor, bytes, std::min(count, faults.longestWrite));
}

extern "C" int fsync(int descriptor) {
  if (failsNow(faults.failingSync)) {
    errno = faults.code;
    return -1;
  }
  order += fcntl(descriptor, F_GETFL) & O_DIRECTORY ? "sync folder " : "sync file ";
  return 0; // waiting for the disk would make the tests slow and show nothing
}

extern "C" int rename(const char *from, const char *to) noexcept {
  if (failsNow(faults.failingRename)) {
    errno = faults.code;
    return -1;
  }
  order += "rename ";
  return static_cast<int>(syscall(SYS_rename, from, to));
}

namespace {

class Files : public testing::Test {
protected:
  ~Files() override { faults = {}; }

  Result<void> write(const std::string &name, std::string_view first, std::string_view second = {}) {
    std::array<std::span<const std::byte>, 2> pieces{bytesOf(first), bytesOf(second)};
    return writeFileAtomically(folder.path(name), pieces);
  }
  std::string readError(const std::string &path) {
    Result<MappedFile> file = MappedFile::open(path);
    return file ? "" : file.error().message;
  }

  TemporaryFolder folder;
};

TEST_F(Files, MapsTheWholeFile) {
  Result<MappedFile> file = MappedFile::open(folder.file("a", "hello"));
  ASSERT_TRUE(file);
  EXPECT_EQ(file->text(), "hello");
  MappedFile moved = *std::move(file);
  EXPECT_EQ(moved.text(), "hello");
  EXPECT_EQ(moved.bytes().size(), 5u);
}

TEST_F(Files, MapsAnEmptyFile) {
  Result<MappedFile> file = MappedFile::open(folder.file("a", ""));
  ASSERT_TRUE(file);
  EXPECT_EQ(file->text(), "");
}

TEST_F(Files, SaysThatAFileIsMissing) {
  std::string path = folder.path("x.npy");
  EXPECT_EQ(readError(path), "'" + path + "': no such file");
  EXPECT_EQ(MappedFile::open(path).error().kind, ErrorKind::Data);
}

TEST_F(Files, RefusesFoldersAndPipesWithoutHanging) {
  std::string pipe = folder.path("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(readError(pipe), "'" + pipe + "': not a regular file");
  EXPECT_EQ(readError(folder.path(".")), "'" + folder.path(".") + "': not a regular file");
  EXPECT_EQ(readError("/dev/zero"), "'/dev/zero': not a regular file");
  EXPECT_FALSE(write("pipe", "a"));
}

TEST_F(Files, WritesAllPiecesAndLeavesNothingElse) {
  ASSERT_TRUE(write("out", "one ", "two"));
  ASSERT_TRUE(write("out", "three ", "four"));
  EXPECT_EQ(folder.content("out"), "three four");
  EXPECT_EQ(folder.entries(), 1u);
}

TEST_F(Files, SyncsTheFileBeforeTheRenameAndTheFolderAfterIt) {
  order.clear();
  ASSERT_TRUE(write("out", "a"));
  EXPECT_EQ(order, "sync file rename sync folder ");
}

TEST_F(Files, TheUmaskDecidesWhoMayRead) {
  mode_t before = umask(027);
  ASSERT_TRUE(write("out", "a"));
  umask(before);
  struct stat status;
  ASSERT_EQ(stat(folder.path("out").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
}

TEST_F(Files, ReplacesASymlinkInsteadOfFollowingIt) {
  folder.file("target", "old");
  ASSERT_EQ(symlink("target", folder.path("link").c_str()), 0);
  ASSERT_TRUE(write("link", "new"));
  EXPECT_EQ(folder.content("target"), "old");
  EXPECT_EQ(folder.content("link"), "new");
  EXPECT_FALSE(std::filesystem::is_symlink(folder.path("link")));
}

TEST_F(Files, StepsAroundAnUnfinishedFileOfAKilledProcess) {
  folder.file(".tl-write-" + std::to_string(getpid()) + "-0", "stale");
  ASSERT_TRUE(write("out", "new"));
  EXPECT_EQ(folder.content("out"), "new");
}

TEST_F(Files, ReportsAMissingFolder) {
  Result<void> written = write("missing/out", "a");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message, "'" + folder.path("missing/out") + "': no such file");
}

TEST_F(Files, SurvivesShortAndInterruptedWrites) {
  faults.longestWrite = 3;
  faults.interruptions = 2;
  ASSERT_TRUE(write("out", "a longer text", " in two pieces"));
  faults = {};
  EXPECT_EQ(folder.content("out"), "a longer text in two pieces");
}

TEST_F(Files, KeepsTheOldFileWhenAnyCallFails) {
  folder.file("out", "old");
  auto expectOld = [&](Faults planned, const char *what) {
    faults = planned;
    Result<void> written = write("out", "new ", "content");
    faults = {};
    ASSERT_FALSE(written) << what;
    EXPECT_EQ(written.error().kind, ErrorKind::Data);
    EXPECT_EQ(folder.content("out"), "old") << what;
    EXPECT_EQ(folder.entries(), 1u) << what;
  };
  expectOld({.failingWrite = 1, .code = ENOSPC}, "first write");
  expectOld({.failingWrite = 2, .code = EIO, .longestWrite = 1}, "second write");
  expectOld({.failingSync = 1, .code = EIO}, "sync");
  expectOld({.failingRename = 1, .code = EXDEV}, "rename");
}

TEST_F(Files, AFailedSyncOfTheFolderIsAnErrorAndTheFileIsWhole) {
  faults = {.failingSync = 2, .code = EIO};
  EXPECT_FALSE(write("out", "new"));
  EXPECT_EQ(folder.content("out"), "new");
  faults = {.failingSync = 2, .code = EINVAL};
  EXPECT_TRUE(write("out", "newer"));
}

TEST_F(Files, NamesTheReasonOfTheSystem) {
  EXPECT_EQ(systemError("a.npy", ENOSPC).message, "'a.npy': no space left on device");
  EXPECT_EQ(malformed("a.npy", 8, "rule").message, "'a.npy' byte 8: rule");
}

} // namespace
