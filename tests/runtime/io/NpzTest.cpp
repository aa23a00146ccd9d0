// Archives: compressed entries, wide records, and hostile directories.
#include "runtime/io/Npz.h"

#include "runtime/io/Files.h"
#include "runtime/io/NpyHeader.h"
#include "runtime/io/Zip.h"
#include "tests/runtime/io/TemporaryFolder.h"

#include <gtest/gtest.h>

#include <zlib.h>

using namespace tl::runtime;

namespace {

std::string deflated(const std::string &content) {
  std::string result(content.size() * 2 + 64, '\0');
  z_stream state{};
  deflateInit2(&state, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  state.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(content.data()));
  state.avail_in = static_cast<uInt>(content.size());
  state.next_out = reinterpret_cast<Bytef *>(result.data());
  state.avail_out = static_cast<uInt>(result.size());
  deflate(&state, Z_FINISH);
  result.resize(state.total_out);
  deflateEnd(&state);
  return result;
}

/// One entry of an archive, each field of which a test may falsify.
struct Entry {
  std::string name;
  std::string stored; ///< the bytes in the archive
  std::uint64_t bytes = 0;
  std::uint64_t checksum = 0;
  std::uint64_t method = 0;
  std::uint64_t options = 0;
  std::string localName;
  std::uint64_t localExtraBytes = 0;
};

Entry entryOf(const std::string &name, const std::string &content, bool isDeflated = false) {
  Entry entry;
  entry.name = entry.localName = name;
  entry.stored = isDeflated ? deflated(content) : content;
  entry.bytes = content.size();
  entry.checksum =
      crc32(0, reinterpret_cast<const Bytef *>(content.data()), static_cast<uInt>(content.size()));
  entry.method = isDeflated ? 8 : 0;
  return entry;
}

std::string sizesOf(const Entry &entry) {
  return littleEndian(entry.checksum, 4) + littleEndian(entry.stored.size(), 4) +
         littleEndian(entry.bytes, 4);
}

std::string endRecord(std::uint64_t entries, std::uint64_t bytes, std::uint64_t offset) {
  return "PK\5\6" + littleEndian(0, 4) + littleEndian(entries, 2) + littleEndian(entries, 2) +
         littleEndian(bytes, 4) + littleEndian(offset, 4) + littleEndian(0, 2);
}

std::string archive(const std::vector<Entry> &entries) {
  std::string body, directory;
  for (const Entry &entry : entries) {
    std::string common = littleEndian(20, 2) + littleEndian(entry.options, 2) +
                         littleEndian(entry.method, 2) + littleEndian(0, 4) + sizesOf(entry);
    directory += "PK\1\2" + littleEndian(20, 2) + common + littleEndian(entry.name.size(), 2) +
                 littleEndian(0, 12) + littleEndian(body.size(), 4) + entry.name;
    body += "PK\3\4" + common + littleEndian(entry.localName.size(), 2) +
            littleEndian(entry.localExtraBytes, 2) + entry.localName +
            std::string(entry.localExtraBytes, '\0') + entry.stored;
  }
  return body + directory + endRecord(entries.size(), directory.size(), body.size());
}

/// An array of the bytes `elements`.
std::string npy(const std::string &elements) {
  return npyHeaderText(ElementType::I8, {static_cast<std::int64_t>(elements.size())}) + elements;
}

class Npz : public testing::Test {
protected:
  Result<Tensor> read(const std::string &content, const std::string &member = "w") {
    return readNpz({folder.file("a.npz", content), member}, budget);
  }
  /// The message after the file's name and the byte offset.
  std::string error(const std::string &content) {
    Result<Tensor> tensor = read(content);
    if (tensor)
      return "no error";
    EXPECT_EQ(tensor.error().kind, ErrorKind::Data);
    const std::string &message = tensor.error().message;
    EXPECT_TRUE(message.starts_with("'" + folder.path("a.npz"))) << message;
    EXPECT_NE(message.find(" byte "), std::string::npos) << message;
    return message.substr(message.find(": ") + 2);
  }

  TemporaryFolder folder;
  MemoryBudget budget;
};

TEST_F(Npz, ReadsStoredAndDeflatedEntries) {
  std::string content = npy("some elements, some elements");
  for (bool isDeflated : {false, true}) {
    Result<Tensor> tensor =
        read(archive({entryOf("v.npy", npy("x")), entryOf("w.npy", content, isDeflated)}));
    ASSERT_TRUE(tensor) << tensor.error().message;
    EXPECT_EQ(std::string(tensor->as<char>(), 28), "some elements, some elements");
  }
}

TEST_F(Npz, FindsMembersWithAndWithoutTheExtension) {
  std::string content = archive({entryOf("w.npy", npy("a")), entryOf("v", npy("bb"))});
  EXPECT_TRUE(read(content, "w"));
  EXPECT_TRUE(read(content, "w.npy"));
  EXPECT_TRUE(read(content, "v"));
  EXPECT_FALSE(read(content, "x"));
}

TEST_F(Npz, ReadsLargeEntriesPieceByPiece) {
  std::string elements(300'000, '\0');
  for (std::size_t position = 0; position < elements.size(); ++position)
    elements[position] = static_cast<char>(position * position >> 3);
  Result<Tensor> tensor = read(archive({entryOf("w.npy", npy(elements), true)}));
  ASSERT_TRUE(tensor) << tensor.error().message;
  EXPECT_EQ(std::string(tensor->as<char>(), elements.size()), elements);
}

TEST_F(Npz, ConvertsWhileReading) {
  std::string big("\x93NUMPY\1\0", 8);
  std::string header = "{'descr': '>u2', 'fortran_order': True, 'shape': (2, 2)}";
  big += littleEndian(header.size(), 2) + header + std::string("\0\1\0\2\0\3\0\4", 8);
  Result<Tensor> tensor = read(archive({entryOf("w.npy", big, true)}));
  ASSERT_TRUE(tensor) << tensor.error().message;
  EXPECT_EQ(tensor->integer(0), 1);
  EXPECT_EQ(tensor->integer(1), 3);
  EXPECT_EQ(tensor->integer(2), 2);
  EXPECT_EQ(tensor->type(), ElementType::I32);
}

TEST_F(Npz, ReadsAndWritesWideRecords) {
  std::string content = npy("wide");
  ZipMember member{"w.npy", {bytesOf(content)}};
  ASSERT_TRUE(writeZip(folder.path("a.npz"), {&member, 1}, true));
  Result<Tensor> tensor = readNpz({folder.path("a.npz"), "w"}, budget);
  ASSERT_TRUE(tensor) << tensor.error().message;
  EXPECT_EQ(tensor->elements(), 4);
  std::string whole = folder.content("a.npz");
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_FALSE(read(whole.substr(0, length)));
}

TEST_F(Npz, AnyChangedByteOfWideRecordsIsReadOrRefused) {
  std::string content = npy("wide");
  ZipMember member{"w.npy", {bytesOf(content)}};
  ASSERT_TRUE(writeZip(folder.path("a.npz"), {&member, 1}, true));
  std::string whole = folder.content("a.npz");
  for (std::size_t position = 0; position < whole.size(); ++position)
    for (int byte : {0x00, 0x01, 0x7F, 0x80, 0xFF}) {
      std::string changed = whole;
      changed[position] = static_cast<char>(byte);
      (void)read(changed);
    }
}

TEST_F(Npz, AcceptsCommentsAndExtraFields) {
  Entry entry = entryOf("w.npy", npy("abc"));
  entry.localExtraBytes = 20;
  std::string content = archive({entry});
  content[content.size() - 2] = 5;
  EXPECT_TRUE(read(content + "hello"));
}

TEST_F(Npz, RefusesDuplicateNames) {
  EXPECT_EQ(error(archive({entryOf("w.npy", npy("a")), entryOf("w.npy", npy("b"))})),
            "the name 'w.npy' occurs twice");
}

TEST_F(Npz, RefusesNamesThatLeadOut) {
  for (const char *name : {"../w.npy", "a/../w.npy", "..", "/w.npy", "a\\..\\w.npy", "a/.."})
    EXPECT_EQ(error(archive({entryOf(name, npy("a"))})),
              "the name '" + std::string(name) + "' leads out of the archive");
  EXPECT_EQ(error(archive({entryOf("\xFF", npy("a"))})), "the name of an entry is empty or not text");
  EXPECT_TRUE(read(archive({entryOf("a..b/w.npy", npy("a"))}), "a..b/w"));
}

TEST_F(Npz, RefusesContentThatGrowsTooMuch) {
  std::string bomb = npy(std::string(1'000'000, '\0'));
  EXPECT_EQ(error(archive({entryOf("w.npy", bomb, true)})).substr(0, 29), "the entry 'w.npy' grows from ");
  Entry huge = entryOf("w.npy", npy("a"), true);
  huge.bytes = 0xfffffffe;
  EXPECT_EQ(error(archive({huge})).substr(0, 29), "the entry 'w.npy' grows from ");
}

TEST_F(Npz, RefusesTooManyEntries) {
  std::vector<Entry> entries;
  for (int position = 0; position < 4097; ++position)
    entries.push_back(entryOf(std::to_string(position), ""));
  EXPECT_EQ(error(archive(entries)), "the archive has 4097 entries, the limit is 4096");
  entries.pop_back();
  entries.back() = entryOf("w.npy", npy("a"));
  EXPECT_TRUE(read(archive(entries)));
}

TEST_F(Npz, RefusesWrongChecksums) {
  for (bool isDeflated : {false, true}) {
    Entry entry = entryOf("w.npy", npy("abc"), isDeflated);
    entry.checksum ^= 1;
    EXPECT_EQ(error(archive({entry})), "the checksum of the content is wrong");
  }
}

TEST_F(Npz, RefusesSizesThatAreNotTheContents) {
  Entry stored = entryOf("w.npy", npy("abc"));
  stored.bytes += 1;
  EXPECT_EQ(error(archive({stored})).substr(0, 37), "the stored entry 'w.npy' has two size");
  std::string longer = npy("abc") + "d"; // more than the header asks for
  Entry deflate = entryOf("w.npy", longer, true);
  EXPECT_NE(error(archive({deflate})), "no error");
  deflate.bytes -= 1;
  EXPECT_EQ(error(archive({deflate})), "the compressed data does not end at the entry's size");
  Entry early = entryOf("w.npy", npy("abc").substr(0, 130), true);
  early.bytes += 1;
  EXPECT_EQ(error(archive({early})), "the compressed data ends before the entry's size");
}

TEST_F(Npz, RefusesDamagedAndSurplusCompressedData) {
  Entry damaged = entryOf("w.npy", npy("abc"), true);
  damaged.stored[0] = '\7'; // an invalid block type
  EXPECT_EQ(error(archive({damaged})), "the compressed data is damaged or cut off");
  Entry cut = entryOf("w.npy", npy("abc"), true);
  cut.stored.resize(cut.stored.size() - 1);
  EXPECT_NE(error(archive({cut})), "no error");
  Entry surplus = entryOf("w.npy", npy("abc"), true);
  surplus.stored += "x";
  EXPECT_EQ(error(archive({surplus})), "the compressed data does not end at the entry's size");
}

TEST_F(Npz, RefusesEncryptionAndOtherMethods) {
  Entry encrypted = entryOf("w.npy", npy("abc"));
  encrypted.options = 1;
  EXPECT_EQ(error(archive({encrypted})), "the entry is encrypted");
  Entry other = entryOf("w.npy", npy("abc"));
  other.method = 12;
  EXPECT_EQ(error(archive({other})), "the compression method 12 is neither 0 (stored) nor 8 (deflated)");
}

TEST_F(Npz, RefusesHeadersThatDisagree) {
  Entry entry = entryOf("w.npy", npy("abc"));
  entry.localName = "v.npy";
  EXPECT_EQ(error(archive({entry})), "the local header disagrees with the directory on 'w.npy'");
}

TEST_F(Npz, RefusesEntriesThatOverlap) {
  std::string content = archive({entryOf("w.npy", npy("abc")), entryOf("v.npy", npy("abc"))});
  // Both entries of the directory point at the first local header, whose name must then be the second's too.
  std::size_t second = content.rfind("PK\1\2");
  content.replace(second + 42, 4, littleEndian(0, 4));
  content.replace(second + 46, 5, "w.npy");
  EXPECT_EQ(error(content), "the name 'w.npy' occurs twice");

  // An entry inside the data of another one.
  std::string inner = archive({entryOf("v.npy", npy("abc"))});
  std::string outer = archive({entryOf("w.npy", npy("abc") + inner), entryOf("v.npy", npy("abc"))});
  second = outer.rfind("PK\1\2");
  outer.replace(second + 42, 4, littleEndian(outer.find("PK\3\4", 4), 4));
  EXPECT_EQ(error(outer), "two entries overlap");
}

TEST_F(Npz, RefusesDirectoriesInTheWrongPlace) {
  std::string content = archive({entryOf("w.npy", npy("abc"))});
  std::size_t end = content.size() - 22;
  auto changed = [&](std::size_t offset, std::uint64_t value, std::size_t width) {
    std::string result = content;
    return result.replace(end + offset, width, littleEndian(value, width));
  };
  EXPECT_EQ(error(changed(16, 0, 4)), "the central directory does not end where its end record begins");
  EXPECT_EQ(error(changed(16, 0xffffffff, 4)),
            "the central directory does not end where its end record begins");
  EXPECT_EQ(error(changed(10, 2, 2)), "an archive in several parts is not supported");
  EXPECT_EQ(error("no archive at all, but long enough to hold a record"),
            "the file does not end with the end record of a zip archive");
}

} // namespace
