// Machine code on disk: found again, never broken, never more than the cap.
#include "backend/cpu/ObjectCache.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>
#include <unistd.h>

namespace tl::backend::cpu {
namespace {

namespace fs = std::filesystem;

class ObjectCacheTest : public testing::Test {
protected:
  ObjectCacheTest() : folder(fs::path(testing::TempDir()) / ("tl-cache-" + std::to_string(::getpid()))) {}
  ~ObjectCacheTest() override { fs::remove_all(folder); }

  fs::path folder;
};

TEST_F(ObjectCacheTest, GivesBackWhatWasStored) {
  ObjectCache cache(folder.string());
  EXPECT_EQ(cache.find("a"), nullptr);
  cache.store("a", "machine code");
  auto found = cache.find("a");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->getBuffer(), "machine code");
  EXPECT_EQ(cache.find("b"), nullptr);
}

TEST_F(ObjectCacheTest, KeysTellListsOfTextsApart) {
  EXPECT_EQ(ObjectCache::keyOf({"a", "b"}), ObjectCache::keyOf({"a", "b"}));
  EXPECT_NE(ObjectCache::keyOf({"a", "b"}), ObjectCache::keyOf({"ab"}));
  EXPECT_NE(ObjectCache::keyOf({"a", "b"}), ObjectCache::keyOf({"b", "a"}));
}

TEST_F(ObjectCacheTest, DoesNotUseBrokenEntries) {
  ObjectCache cache(folder.string());
  cache.store("a", "machine code");
  const fs::path entry = fs::directory_iterator(folder)->path();
  for (std::uintmax_t bytes : {std::uintmax_t{0}, std::uintmax_t{10}, fs::file_size(entry) - 1}) {
    cache.store("a", "machine code");
    fs::resize_file(entry, bytes);
    EXPECT_EQ(cache.find("a"), nullptr) << bytes;
  }
  cache.store("a", "machine code");
  std::fstream(entry, std::ios::in | std::ios::out | std::ios::binary).seekp(40).put('!');
  EXPECT_EQ(cache.find("a"), nullptr);
}

TEST_F(ObjectCacheTest, StaysBelowItsCapAndKeepsWhatIsUsed) {
  ObjectCache cache(folder.string(), 10'000);
  const std::string object(1'000, 'x');
  cache.store("used", object);
  for (int entry = 0; entry < 30; ++entry) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    cache.find("used");
    cache.store("entry" + std::to_string(entry), object);
    EXPECT_LE(cache.size().bytes, 10'000u);
  }
  EXPECT_NE(cache.find("used"), nullptr);
  EXPECT_EQ(cache.find("entry0"), nullptr);
}

TEST_F(ObjectCacheTest, ClearsItsOwnFilesAlone) {
  ObjectCache cache(folder.string());
  cache.store("a", "machine code");
  std::ofstream(folder / "b.tlobject.1234abcd") << "left by a process that was killed";
  std::ofstream(folder / "notes.txt") << "mine";
  auto removed = cache.clear();
  ASSERT_TRUE(removed);
  EXPECT_EQ(removed->files, 2u);
  EXPECT_TRUE(fs::exists(folder / "notes.txt"));
  EXPECT_EQ(cache.size().files, 0u);
}

TEST_F(ObjectCacheTest, IsNothingWithoutAFolder) {
  ObjectCache cache("");
  cache.store("a", "machine code");
  EXPECT_EQ(cache.find("a"), nullptr);
}

} // namespace
} // namespace tl::backend::cpu
