// Data files: what is malformed is refused with a message that names the file, what is read can be written
// and read again.
#include "tests/fuzz/Target.h"

#include "runtime/io/Formats.h"
#include "runtime/io/Safetensors.h"
#include "runtime/io/Table.h"
#include "runtime/io/Text.h"
#include "runtime/io/Zip.h"
#include "tests/runtime/io/TemporaryFolder.h"

#include <zlib.h>

#include <array>
#include <bit>
#include <limits>

namespace tl::fuzz {
namespace {

using runtime::ElementType;
using runtime::Error;
using runtime::littleEndian;
using runtime::MemoryBudget;
using runtime::Result;
using runtime::Tensor;

constexpr std::size_t kMemoryBytes = std::size_t{64} << 20;

/// The folder of this process for the file that is read.
const runtime::TemporaryFolder &folder() {
  static const runtime::TemporaryFolder made;
  return made;
}

std::string written(std::string_view input, const std::string &name) {
  return folder().file(name, input);
}

/// A failure must say which file it is about, and must be the file's or a limit.
std::optional<std::string> judged(const Error &error, std::string_view path) {
  if (error.message.find(path) == std::string::npos && error.kind != runtime::ErrorKind::Limit)
    return "the message does not name the file: " + error.message;
  const int code = runtime::exitCode(error.kind);
  return code == 1 || code == 3 || code == 4
             ? std::nullopt
             : std::optional("exit code " + std::to_string(code) + ": " + error.message);
}

// --- Arrays.

std::string npy(std::string_view dictionary, std::string_view elements) {
  std::string header = std::string(dictionary) + "\n";
  return "\x93NUMPY\x01" + std::string(1, '\0') + littleEndian(header.size(), 2) + header +
         std::string(elements);
}

std::vector<std::string> npySeeds() {
  std::vector<std::string> seeds;
  for (const char *type :
       {"<f8", "<f4", "<f2", "<i8", "<i4", "|i1", "|u1", "|b1", "<u4", ">f4", "<c16", "|O"})
    for (const char *shape : {"(2, 3)", "(6,)", "()", "(0, 4)"})
      for (const char *order : {"False", "True"})
        seeds.push_back(npy(std::string("{'descr': '") + type + "', 'fortran_order': " + order +
                                ", 'shape': " + shape + ", }",
                            std::string(48, '\x3f')));
  return seeds;
}

const std::vector<std::string_view> kNpyWords = {"'descr': ",
                                                 "'shape': ",
                                                 "'fortran_order': ",
                                                 "'<f8'",
                                                 "'<f4'",
                                                 "'|b1'",
                                                 "'|O'",
                                                 "'>i8'",
                                                 "True",
                                                 "False",
                                                 "(",
                                                 ")",
                                                 ",",
                                                 "{",
                                                 "}",
                                                 "'",
                                                 "\"",
                                                 "\\",
                                                 "[('a', '<f4')]",
                                                 "\n",
                                                 "\x93NUMPY",
                                                 " ",
                                                 "L",
                                                 "-1",
                                                 "281474976710656"};

/// Puts the length of the header right, and often the amount of data.
std::string finishNpy(std::string input, Random &random) {
  const std::size_t end = input.find('\n');
  if (input.size() < 10 || end == std::string::npos || end < 10 || end - 9 > 0xffff || chance(random, 0.3))
    return input;
  input.replace(8, 2, littleEndian(end + 1 - 10, 2));
  if (chance(random, 0.5))
    input.resize(end + 1 + 8 * below(random, 8), '\x3f');
  return input;
}

bool areSame(const Tensor &left, const Tensor &right) {
  if (left.shape() != right.shape())
    return false;
  for (std::int64_t position = 0; position < left.elements(); ++position) {
    const double one = left.number(position), two = right.number(position);
    if (one != two && !(one != one && two != two))
      return false;
  }
  return true;
}

/// Reading the header and the whole agree, and what was read survives being written.
std::optional<std::string> runArray(const std::string &path, const std::string &member) {
  MemoryBudget budget(kMemoryBytes);
  const runtime::FileReference reference = {path, member};
  const Result<runtime::TensorHeader> header = runtime::readTensorHeader(reference);
  if (!header)
    if (std::optional<std::string> wrong = judged(header.error(), path))
      return wrong;
  const Result<Tensor> tensor = runtime::readTensor(reference, budget);
  if (!tensor)
    return judged(tensor.error(), path);
  if (!header || header->shape != tensor->shape() || header->type != tensor->type())
    return "the header alone reads differently";
  const runtime::FileReference copy = {folder().path("copy" + path.substr(path.rfind('.'))), member};
  const Result<void> saved = runtime::writeTensor(copy, *tensor);
  if (!saved)
    return "what was read cannot be written: " + saved.error().message;
  const Result<Tensor> again = runtime::readTensor(copy, budget);
  if (!again || !areSame(*tensor, *again))
    return "what was read and written reads differently" + (again ? "" : ": " + again.error().message);
  return std::nullopt;
}

std::optional<std::string> runNpy(std::string_view input) {
  return runArray(written(input, "input.npy"), "");
}

// --- Archives.

struct Member {
  std::string name, content;
  bool isDeflated = false;
};

std::string deflated(const std::string &content) {
  z_stream stream = {};
  deflateInit2(&stream, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, content.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef *>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::string zip(const std::vector<Member> &members) {
  std::string archive, directory;
  for (const Member &member : members) {
    const std::string stored = member.isDeflated ? deflated(member.content) : member.content;
    const auto checksum = crc32(0, reinterpret_cast<const Bytef *>(member.content.data()),
                                static_cast<uInt>(member.content.size()));
    const std::string common =
        littleEndian(20, 2) + littleEndian(0, 2) + littleEndian(member.isDeflated ? 8 : 0, 2) +
        littleEndian(0, 4) + littleEndian(checksum, 4) + littleEndian(stored.size(), 4) +
        littleEndian(member.content.size(), 4) + littleEndian(member.name.size(), 2) + littleEndian(0, 2);
    directory += "PK\x01\x02" + littleEndian(20, 2) + common + littleEndian(0, 2) + littleEndian(0, 2) +
                 littleEndian(0, 2) + littleEndian(0, 4) + littleEndian(archive.size(), 4) + member.name;
    archive += "PK\x03\x04" + common + member.name + stored;
  }
  return archive + directory + "PK\x05\x06" + littleEndian(0, 4) + littleEndian(members.size(), 2) +
         littleEndian(members.size(), 2) + littleEndian(directory.size(), 4) +
         littleEndian(archive.size(), 4) + littleEndian(0, 2);
}

std::vector<std::string> npzSeeds() {
  std::vector<std::string> seeds;
  const std::vector<std::string> arrays = npySeeds();
  for (std::size_t number = 0; number < arrays.size(); number += 3)
    seeds.push_back(
        zip({{"x.npy", arrays[number], number % 2 == 0}, {"y.npy", arrays[number / 2], number % 4 == 0}}));
  return seeds;
}

/// Half of the time a mutated array in a right archive, else a mutated archive.
std::string finishNpz(std::string input, Random &random) {
  const std::size_t begin = input.find("\x93NUMPY");
  if (begin == std::string::npos || chance(random, 0.5))
    return input;
  std::vector<Member> members = {{"x.npy", finishNpy(input.substr(begin, 400), random), chance(random, 0.5)}};
  if (chance(random, 0.3))
    members.push_back({chance(random, 0.5) ? "x.npy" : "../y.npy", "", false});
  return zip(members);
}

std::optional<std::string> runNpz(std::string_view input) {
  return runArray(written(input, "input.npz"), "x");
}

// --- safetensors.

std::string safetensors(const std::string &header, std::size_t bytes) {
  return littleEndian(header.size(), 8) + header + std::string(bytes, '\x3f');
}

std::vector<std::string> safetensorsSeeds() {
  std::vector<std::string> seeds;
  for (const char *type : {"F64", "F32", "F16", "BF16", "I64", "I32", "I8", "U8", "BOOL", "F8_E4M3"})
    seeds.push_back(safetensors(
        std::string("{\"__metadata__\": {\"a\": \"b\"}, \"x\": {\"dtype\": \"") + type +
            "\", \"shape\": [2, 3], \"data_offsets\": [0, 24]}, \"y\": {\"dtype\": \"F32\", \"shape\": [], \"data_offsets\": [24, 28]}}",
        28));
  seeds.push_back(safetensors("{\"x\":{\"dtype\":\"F64\",\"shape\":[0,5],\"data_offsets\":[0,0]}}", 0));
  return seeds;
}

const std::vector<std::string_view> kSafetensorsWords = {"\"dtype\":",
                                                         "\"shape\":",
                                                         "\"data_offsets\":",
                                                         "\"F32\"",
                                                         "\"BF16\"",
                                                         "[0,24]",
                                                         "[24,28]",
                                                         "{",
                                                         "}",
                                                         "[",
                                                         "]",
                                                         ",",
                                                         ":",
                                                         "\"",
                                                         "\\u0000",
                                                         "\\ud800",
                                                         "null",
                                                         "true",
                                                         "1e3",
                                                         "-1",
                                                         "18446744073709551615",
                                                         "\"x\":",
                                                         "\"__metadata__\":",
                                                         "\xff",
                                                         " "};

/// Puts the length of the header right and fills up what it promises.
std::string finishSafetensors(std::string input, Random &random) {
  const std::size_t end = input.rfind('}');
  if (input.size() < 8 || end == std::string::npos || end < 8 || chance(random, 0.3))
    return input;
  input.replace(0, 8, littleEndian(end + 1 - 8, 8));
  if (chance(random, 0.7))
    input.resize(end + 1 + 4 * below(random, 16), '\x3f');
  return input;
}

std::optional<std::string> runSafetensors(std::string_view input) {
  const std::string path = written(input, "input.safetensors");
  const Result<runtime::SafetensorsFile> file = runtime::SafetensorsFile::open(path);
  if (!file)
    if (std::optional<std::string> wrong = judged(file.error(), path))
      return wrong;
  return runArray(path, "x");
}

// --- Tables and texts.

std::vector<std::string> tableSeeds(char separator) {
  std::vector<std::string> seeds = {"1,2\n3,4\n",
                                    "Ann,Bob,0.5\nBob,Cid,1e-3\n",
                                    "from,to,km\nA,B,12\nB,C,7\n",
                                    "-5, 6 ,inf\r\n7,8,nan\r\n\r\n",
                                    "",
                                    "x\n",
                                    "\"a \"\"q\"\" b\",\"line\nbreak\",1\nc,d,2\n",
                                    "\xc3\xa9t\xc3\xa9,1\n",
                                    "007,+1,9223372036854775807\n"};
  for (std::string &seed : seeds)
    for (char &letter : seed)
      if (letter == ',')
        letter = separator;
  return seeds;
}

std::vector<std::string> csvSeeds() {
  return tableSeeds(',');
}
std::vector<std::string> tsvSeeds() {
  return tableSeeds('\t');
}

const std::vector<std::string_view> kTableWords = {
    ",",    "\t",   "\n",       "\r\n",         "\"",
    "\"\"", " ",    "-",        "1e999",        "inf",
    "nan",  "\xff", "\xc3\xa9", "\xef\xbb\xbf", std::string_view("\0", 1),
    "0x10"};

/// Every way of reading the table; rows and columns of what is read fit together.
std::optional<std::string> runTable(const std::string &path) {
  for (bool header : {false, true})
    for (bool hasValue : {false, true}) {
      MemoryBudget budget(kMemoryBytes);
      const Result<runtime::Table> table =
          runtime::readTable(path, {.header = header, .hasValue = hasValue, .budget = &budget});
      if (!table) {
        if (std::optional<std::string> wrong = judged(table.error(), path))
          return wrong;
        continue;
      }
      const auto rows = static_cast<std::size_t>(table->rows);
      for (const runtime::TableColumn &column : table->columns)
        if ((column.isInteger ? column.integers.size() : column.ids.size()) != rows)
          return "a column does not have as many cells as there are rows";
      if (hasValue && table->values.size() != rows)
        return "there are not as many values as rows";
    }
  return std::nullopt;
}

std::optional<std::string> runCsv(std::string_view input) {
  return runTable(written(input, "input.csv"));
}
std::optional<std::string> runTsv(std::string_view input) {
  return runTable(written(input, "input.tsv"));
}
std::optional<std::string> runFacts(std::string_view input) {
  return runTable(written(input, "input.facts"));
}

std::optional<std::string> runTxt(std::string_view input) {
  const std::string path = written(input, "input.txt");
  for (auto *reader : {runtime::readWords, runtime::readLines}) {
    const Result<std::vector<std::string>> parts = reader(path);
    if (!parts)
      if (std::optional<std::string> wrong = judged(parts.error(), path))
        return wrong;
  }
  return std::nullopt;
}

} // namespace

std::vector<Target> readerTargets() {
  return {{"npy", npySeeds, kNpyWords, finishNpy, runNpy},
          {"npz", npzSeeds, kNpyWords, finishNpz, runNpz},
          {"safetensors", safetensorsSeeds, kSafetensorsWords, finishSafetensors, runSafetensors},
          {"csv", csvSeeds, kTableWords, nullptr, runCsv},
          {"tsv", tsvSeeds, kTableWords, nullptr, runTsv},
          {"facts", tsvSeeds, kTableWords, nullptr, runFacts},
          {"txt", csvSeeds, kTableWords, nullptr, runTxt}};
}

} // namespace tl::fuzz
