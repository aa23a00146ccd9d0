// Named arrays: batched reading and hostile headers.
#include "runtime/io/Safetensors.h"

#include "tests/runtime/io/TemporaryFolder.h"

#include <gtest/gtest.h>

using namespace tl::runtime;

namespace {

std::string safetensors(const std::string &header, const std::string &elements) {
  return littleEndian(header.size(), 8) + header + elements;
}

std::string entry(const std::string &name, const std::string &dtype, const std::string &shape,
                  const std::string &offsets) {
  return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets +
         "}";
}

class Safetensors : public testing::Test {
protected:
  Result<SafetensorsFile> open(const std::string &content) {
    return SafetensorsFile::open(folder.file("a.safetensors", content));
  }
  std::string wholeError(const std::string &content) {
    Result<SafetensorsFile> file = open(content);
    if (file)
      return "no error";
    EXPECT_EQ(file.error().kind, ErrorKind::Data);
    std::string quoted = "'" + folder.path("a.safetensors") + "' byte ";
    EXPECT_TRUE(file.error().message.starts_with(quoted)) << file.error().message;
    return file.error().message.substr(quoted.size());
  }
  /// The rule without the byte offset.
  std::string error(const std::string &header, const std::string &elements = {}) {
    std::string message = wholeError(safetensors(header, elements));
    return message.substr(message.find(": ") + 2);
  }

  TemporaryFolder folder;
  MemoryBudget budget;
};

TEST_F(Safetensors, ReadsManyArraysAfterOneOpening) {
  Result<SafetensorsFile> file = open(safetensors(
      "{" + entry("layers.1.w", "F32", "[2]", "[8,16]") + "," + entry("layers.0.w", "F32", "[2]", "[0,8]") +
          ",\"__metadata__\":{\"format\":\"pt\"}}   ",
      std::string("\0\0\x80\x3f\0\0\0\x40\0\0\0\xc0\0\0\0\0", 16)));
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->entries().size(), 2u);
  EXPECT_EQ(file->entries()[0].name, "layers.0.w");
  EXPECT_EQ(file->find("layers.2.w"), nullptr);
  Result<Tensor> tensor = file->read("layers.1.w", budget);
  ASSERT_TRUE(tensor);
  EXPECT_EQ(tensor->number(0), -2);
  EXPECT_EQ(file->header("layers.0.w")->shape, Shape{2});
  float stacked[4] = {};
  for (int layer = 0; layer < 2; ++layer)
    file->copyElements(*file->find("layers." + std::to_string(layer) + ".w"), stacked + 2 * layer);
  EXPECT_EQ(stacked[1], 2);
  EXPECT_EQ(stacked[2], -2);
  EXPECT_EQ(file->read("w", budget).error().message,
            "'" + folder.path("a.safetensors") + "' has no array 'w'; it holds 'layers.0.w', 'layers.1.w'");
}

TEST_F(Safetensors, ReadsEveryType) {
  for (const auto &[dtype, width, type] :
       {std::tuple("BOOL", 1, ElementType::Bool), std::tuple("I8", 1, ElementType::I8),
        std::tuple("U8", 1, ElementType::I32), std::tuple("I32", 4, ElementType::I32),
        std::tuple("I64", 8, ElementType::I64), std::tuple("F16", 2, ElementType::F16),
        std::tuple("BF16", 2, ElementType::BF16), std::tuple("F32", 4, ElementType::F32),
        std::tuple("F64", 8, ElementType::F64)}) {
    Result<SafetensorsFile> file =
        open(safetensors("{" + entry("w", dtype, "[1]", "[0," + std::to_string(width) + "]") + "}",
                         std::string(static_cast<std::size_t>(width), '\0')));
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(file->read("w", budget)->type(), type);
  }
}

TEST_F(Safetensors, AcceptsNoArraysAndEmptyOnes) {
  EXPECT_TRUE(open(safetensors("{}", "")));
  EXPECT_TRUE(
      open(safetensors("{" + entry("a", "F32", "[0]", "[0,0]") + "," + entry("b", "I8", "[2]", "[0,2]") +
                           "," + entry("c", "F32", "[3,0]", "[2,2]") + "}",
                       "xy")));
}

TEST_F(Safetensors, ReadsEscapedNames) {
  Result<SafetensorsFile> file =
      open(safetensors("{" + entry("a\\u00e9\\\"", "I8", "[]", "[0,1]") + "}", "x"));
  ASSERT_TRUE(file);
  EXPECT_NE(file->find("a\xC3\xA9\""), nullptr);
}

TEST_F(Safetensors, RefusesBadHeaderLengths) {
  EXPECT_EQ(wholeError("1234567"), "7: the file ends inside the header's length");
  EXPECT_EQ(wholeError(std::string(8, '\xff')),
            "0: the header is 18446744073709551615 bytes long, the limit is 100000000");
  EXPECT_EQ(wholeError(littleEndian(100'000'001, 8)),
            "0: the header is 100000001 bytes long, the limit is 100000000");
  EXPECT_EQ(wholeError(littleEndian(5, 8) + "{}"), "0: the header is 5 bytes long, 2 are left");
  EXPECT_EQ(wholeError(littleEndian(0, 8)), "8: the header does not start with '{'");
  EXPECT_EQ(wholeError(safetensors(" {}", "")), "8: the header does not start with '{'");
}

TEST_F(Safetensors, RefusesOverlap) {
  std::string header = "{" + entry("a", "I8", "[4]", "[0,4]") + "," + entry("b", "I8", "[4]", "[2,6]") + "}";
  EXPECT_EQ(wholeError(safetensors(header, "123456")),
            std::to_string(8 + header.size() + 2) + ": 'b' overlaps 'a'");
  EXPECT_EQ(
      error("{" + entry("a", "I8", "[4]", "[0,4]") + "," + entry("b", "I8", "[4]", "[0,4]") + "}", "1234"),
      "'b' overlaps 'a'");
}

TEST_F(Safetensors, RefusesHoles) {
  EXPECT_EQ(
      error("{" + entry("a", "I8", "[2]", "[0,2]") + "," + entry("b", "I8", "[2]", "[3,5]") + "}", "12345"),
      "no array covers the bytes before 'b'");
  EXPECT_EQ(error("{" + entry("a", "I8", "[2]", "[1,3]") + "}", "123"),
            "no array covers the bytes before 'a'");
  EXPECT_EQ(error("{" + entry("a", "I8", "[2]", "[0,2]") + "}", "123"), "no array covers the last 1 bytes");
  EXPECT_EQ(error("{}", "x"), "no array covers the last 1 bytes");
}

TEST_F(Safetensors, RefusesDuplicateKeys) {
  EXPECT_EQ(
      error("{" + entry("a", "I8", "[1]", "[0,1]") + "," + entry("a", "I8", "[1]", "[1,2]") + "}", "12"),
      "the name 'a' occurs twice");
  EXPECT_EQ(
      error("{" + entry("a", "I8", "[0]", "[0,0]") + "," + entry("\\u0061", "I8", "[1]", "[0,1]") + "}", "1"),
      "the name 'a' occurs twice");
  EXPECT_EQ(error("{\"a\":{\"dtype\":\"I8\",\"dtype\":\"I8\"}}"), "the key 'dtype' occurs twice");
  EXPECT_EQ(error("{\"a\":{\"shape\":[],\"shape\":[]}}"), "the key 'shape' occurs twice");
  EXPECT_EQ(error("{\"a\":{\"data_offsets\":[0,0],\"data_offsets\":[0,0]}}"),
            "the key 'data_offsets' occurs twice");
  EXPECT_EQ(error("{\"__metadata__\":{},\"__metadata__\":{}}"), "the key '__metadata__' occurs twice");
  EXPECT_EQ(error("{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}}"), "a key of '__metadata__' occurs twice");
}

TEST_F(Safetensors, RefusesRangesThatDisagree) {
  EXPECT_EQ(error("{" + entry("a", "F32", "[2]", "[0,7]") + "}", "1234567"),
            "the range of 'a' has 7 bytes, its shape [2] needs 8");
  EXPECT_EQ(error("{" + entry("a", "I8", "[2]", "[0,2]") + "}", "1"),
            "the range of 'a' is not within the 1 bytes of elements");
  EXPECT_EQ(error("{" + entry("a", "I8", "[2]", "[2,0]") + "}", "12"),
            "the range of 'a' is not within the 2 bytes of elements");
  EXPECT_EQ(error("{" + entry("a", "I8", "[2]", "[0,18446744073709551615]") + "}", "12"),
            "the range of 'a' is not within the 2 bytes of elements");
  EXPECT_EQ(error("{" + entry("a", "I8", "[2]", "[0,18446744073709551616]") + "}", "12"),
            "a number of the header is not an integer of 64 bits");
}

TEST_F(Safetensors, RefusesBadShapes) {
  auto shapeError = [&](const std::string &shape) {
    return error("{" + entry("a", "F64", shape, "[0,0]") + "}");
  };
  EXPECT_EQ(shapeError("[-1]"), "a negative number is out of place in the header");
  EXPECT_EQ(shapeError("[1.0]"), "a number of the header is not an integer of 64 bits");
  EXPECT_EQ(shapeError("[1e3]"), "a number of the header is not an integer of 64 bits");
  EXPECT_EQ(shapeError("[\"1\"]"), "a string is out of place in the header");
  EXPECT_EQ(shapeError("[[1]]"), "a list is out of place in the header");
  EXPECT_EQ(shapeError("7"), "a number is out of place in the header");
  EXPECT_EQ(shapeError("[281474976710657]"), "an extent of 'shape' is larger than 2^48");
  EXPECT_EQ(shapeError("[281474976710656,281474976710656]"),
            "the shape [281474976710656, 281474976710656] has more than 2^48 elements");
  EXPECT_EQ(shapeError("[4294967296,4294967296,0]"),
            "the shape [4294967296, 4294967296, 0] has more than 2^48 elements");
  std::string deep = "[1";
  for (int axis = 1; axis < 33; ++axis)
    deep += ",1";
  EXPECT_EQ(shapeError(deep + "]"), "the array has more than 32 axes");
}

TEST_F(Safetensors, RefusesOtherJson) {
  EXPECT_EQ(error("{\"a\":{\"dtype\":\"F8\"}}"),
            "the dtype of 'a' is none of BOOL I8 U8 I32 I64 F16 BF16 F32 F64");
  EXPECT_EQ(error("{\"a\":{\"dtype\":1}}"), "a number is out of place in the header");
  EXPECT_EQ(error("{\"a\":{\"dtype\":null}}"), "a null is out of place in the header");
  EXPECT_EQ(error("{\"a\":{\"dtype\":true}}"), "a truth value is out of place in the header");
  EXPECT_EQ(error("{\"a\":{\"more\":1}}"),
            "an array has a key other than 'dtype', 'shape' and 'data_offsets'");
  EXPECT_EQ(error("{\"a\":{}}"), "the array 'a' needs 'dtype', 'shape' and 'data_offsets'");
  EXPECT_EQ(error("{\"a\":[]}"), "a list is out of place in the header");
  EXPECT_EQ(error("{\"a\":1}"), "a number is out of place in the header");
  EXPECT_EQ(error("{\"__metadata__\":{\"a\":{}}}"), "an object is out of place in the header");
  EXPECT_EQ(error("{\"a\":{\"data_offsets\":[0]}}"), "'data_offsets' must be two numbers");
  EXPECT_EQ(error("{\"a\":{\"data_offsets\":[0,1,2]}}"), "'data_offsets' must be two numbers");
  EXPECT_EQ(error("{} {}"), "the header is not well-formed JSON");
  EXPECT_EQ(error("{,}"), "the header is not well-formed JSON");
  EXPECT_EQ(error("{\"\xff\":1}"), "the header is not well-formed JSON");
  EXPECT_EQ(error("{/*no comments*/}"), "the header is not well-formed JSON");
  EXPECT_EQ(error("{\"a\":" + std::string(100'000, '[')), "a list is out of place in the header");
  EXPECT_EQ(error("{\"a\":{\"shape\":[1e999]}}"), "the header is not well-formed JSON");
}

TEST_F(Safetensors, TellsWhereTheHeaderBreaks) {
  EXPECT_EQ(wholeError(safetensors("{\"a\" 1}", "")), "13: the header is not well-formed JSON");
  EXPECT_EQ(wholeError(safetensors("{\"a\":{\"dtype\":null}}", "")),
            "26: a null is out of place in the header");
}

TEST_F(Safetensors, RefusesTooManyArrays) {
  std::string header = "{";
  for (int position = 0; position <= 100'000; ++position)
    header += (position ? "," : "") + entry(std::to_string(position), "I8", "[0]", "[0,0]");
  EXPECT_EQ(error(header + "}"), "the file has more than 100000 arrays");
}

TEST_F(Safetensors, AlignsEachArrayToItsElements) {
  std::vector<NamedTensor> tensors;
  for (ElementType type : {ElementType::I8, ElementType::F64, ElementType::F16, ElementType::F32})
    tensors.push_back({std::string(name(type)), *Tensor::create(budget, type, {3}, "T")});
  ASSERT_TRUE(writeSafetensors(folder.path("a.safetensors"), tensors));
  Result<SafetensorsFile> file = SafetensorsFile::open(folder.path("a.safetensors"));
  ASSERT_TRUE(file) << file.error().message;
  for (const SafetensorsEntry &each : file->entries())
    EXPECT_EQ(each.offset % byteWidth(each.type), 0u) << each.name;
}

} // namespace
