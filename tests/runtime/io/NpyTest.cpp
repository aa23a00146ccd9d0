// Array files: every element type, byte and axis orders, and malformed headers.
#include "runtime/io/Npy.h"

#include "tests/runtime/io/TemporaryFolder.h"

#include <gtest/gtest.h>

#include <algorithm>

using namespace tl::runtime;

namespace {

std::string npy(const std::string &dictionary, const std::string &elements, int version = 1) {
  std::string length = littleEndian(dictionary.size(), version == 1 ? 2 : 4);
  return std::string("\x93NUMPY") + static_cast<char>(version) + '\0' + length + dictionary + elements;
}

std::string dictionary(const std::string &descr, const std::string &shape,
                       const std::string &fortran = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n";
}

class Npy : public testing::Test {
protected:
  Result<Tensor> read(const std::string &content) {
    return readNpy({folder.file("a.npy", content), {}}, budget);
  }
  std::vector<double> numbers(const std::string &content) {
    Result<Tensor> tensor = read(content);
    EXPECT_TRUE(tensor) << tensor.error().message;
    std::vector<double> result;
    for (std::int64_t position = 0; tensor && position < tensor->elements(); ++position)
      result.push_back(tensor->number(position));
    return result;
  }
  /// The message after the file's name.
  std::string error(const std::string &content) {
    Result<Tensor> tensor = read(content);
    if (tensor)
      return "no error";
    EXPECT_EQ(tensor.error().kind, ErrorKind::Data);
    std::string quoted = "'" + folder.path("a.npy") + "' ";
    EXPECT_TRUE(tensor.error().message.starts_with(quoted)) << tensor.error().message;
    return tensor.error().message.substr(quoted.size());
  }

  TemporaryFolder folder;
  MemoryBudget budget;
};

TEST_F(Npy, ReadsTheExampleThatNumpyWrites) {
  std::string header = dictionary("<f4", "(2,)");
  header.insert(header.size() - 1, 118 - header.size(), ' ');
  EXPECT_EQ(numbers(npy(header, std::string("\0\0\x80\x3f\0\0\0\xc0", 8))), (std::vector<double>{1, -2}));
}

TEST_F(Npy, ReadsVersions2And3) {
  for (int version : {2, 3})
    EXPECT_EQ(numbers(npy(dictionary("|i1", "(1,)"), "\5", version)), std::vector<double>{5});
}

TEST_F(Npy, WidensTypesThatTheLanguageLacks) {
  struct Case {
    const char *descr;
    std::string bytes;
    ElementType type;
    double value;
  };
  for (const Case &each :
       {Case{"|u1", "\xfe", ElementType::I32, 254}, Case{"<u2", "\x01\xff", ElementType::I32, 0xff01},
        Case{"<i2", "\xfe\xff", ElementType::I32, -2},
        Case{"<u4", "\x02\x01\xff\xff", ElementType::I64, 4294902018.0},
        Case{"<u8", std::string("\5\0\0\0\0\0\0\0", 8), ElementType::I64, 5},
        Case{">u2", "\x01\xff", ElementType::I32, 0x01ff}, Case{">i2", "\xff\xfe", ElementType::I32, -2},
        Case{">u4", "\xff\xff\x01\x02", ElementType::I64, 4294902018.0},
        Case{">u8", std::string("\0\0\0\0\0\0\0\5", 8), ElementType::I64, 5}}) {
    std::string content = npy(dictionary(each.descr, "()"), each.bytes);
    EXPECT_EQ(numbers(content), std::vector<double>{each.value}) << each.descr;
    EXPECT_EQ(read(content)->type(), each.type) << each.descr;
  }
}

TEST_F(Npy, SwapsTheBytesOfBigEndianFiles) {
  EXPECT_EQ(numbers(npy(dictionary(">i4", "(2,)"), std::string("\0\0\1\0\xff\xff\xff\xfe", 8))),
            (std::vector<double>{256, -2}));
  EXPECT_EQ(numbers(npy(dictionary(">i8", "()"), std::string("\0\0\0\0\0\1\0\0", 8))),
            std::vector<double>{65536});
  EXPECT_EQ(numbers(npy(dictionary(">f2", "()"), std::string("\x3c\0", 2))), std::vector<double>{1});
  EXPECT_EQ(numbers(npy(dictionary(">f4", "()"), std::string("\xc0\0\0\0", 4))), std::vector<double>{-2});
  EXPECT_EQ(numbers(npy(dictionary(">f8", "()"), std::string("\x3f\xf0\0\0\0\0\0\0", 8))),
            std::vector<double>{1});
}

TEST_F(Npy, MakesTrueOfEveryByteButZero) {
  Result<Tensor> tensor = read(npy(dictionary("|b1", "(3,)"), std::string("\0\1\x80", 3)));
  ASSERT_TRUE(tensor);
  EXPECT_EQ(tensor->as<std::uint8_t>()[1], 1);
  EXPECT_EQ(tensor->as<std::uint8_t>()[2], 1);
}

/// Element [i, j, ...] of the file is stored at i + j d0 + ..., and is that number here.
TEST_F(Npy, TransposesFortranOrder) {
  for (const Shape &shape : {Shape{5}, Shape{2, 3}, Shape{2, 3, 4}, Shape{3, 2, 4, 5}, Shape{70, 45},
                             Shape{1, 1, 6}, Shape{33, 2, 65}}) {
    std::int64_t count = *elementCount(shape);
    for (bool isBigEndian : {false, true}) {
      std::string elements;
      for (std::int64_t position = 0; position < count; ++position) {
        std::string bytes = littleEndian(static_cast<std::uint64_t>(position), 4);
        elements += isBigEndian ? std::string(bytes.rbegin(), bytes.rend()) : bytes;
      }
      std::string text = "(";
      for (std::int64_t extent : shape)
        text += std::to_string(extent) + ",";
      Result<Tensor> tensor =
          read(npy(dictionary(isBigEndian ? ">i4" : "<i4", text + ")", "True"), elements));
      ASSERT_TRUE(tensor) << tensor.error().message;
      std::vector<std::int64_t> strides = rowMajorStrides(shape);
      for (std::int64_t position = 0; position < count; ++position) {
        std::int64_t expected = 0, scale = 1;
        for (std::size_t axis = 0; axis < shape.size(); ++axis) {
          expected += position / strides[axis] % shape[axis] * scale;
          scale *= shape[axis];
        }
        ASSERT_EQ(tensor->integer(position), expected) << toString(shape);
      }
    }
  }
}

TEST_F(Npy, AcceptsWhatOtherWritersDo) {
  EXPECT_EQ(numbers(npy("{\"shape\":(1L,),\"fortran_order\":False,\"descr\":\"=i1\"}", "\3")),
            std::vector<double>{3});
  EXPECT_EQ(numbers(npy(dictionary("<i1", "( 1 , 2 )"), "\3\4")), (std::vector<double>{3, 4}));
}

TEST_F(Npy, RefusesObjectsAndStructures) {
  EXPECT_EQ(error(npy(dictionary("|O", "(1,)"), "cos\nsystem\n")),
            "byte 20: arrays of objects are refused, reading them would run code");
  EXPECT_EQ(error(npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", "1234")),
            "byte 20: structured arrays are not supported");
}

TEST_F(Npy, RefusesUnknownTypes) {
  for (const char *descr :
       {"<c8", "<U4", "|S3", "<f16", "<M8[ns]", "|V2", "<f3", "f4", "", "|i4", "<", "!f4"})
    EXPECT_EQ(error(npy(dictionary(descr, "()"), "")),
              "byte 20: the element type is none of b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8")
        << descr;
}

TEST_F(Npy, RefusesBadMagicAndVersions) {
  EXPECT_EQ(error(""), "byte 0: a .npy file starts with the bytes 93 'NUMPY'");
  EXPECT_EQ(error("PK\3\4"), "byte 0: a .npy file starts with the bytes 93 'NUMPY'");
  EXPECT_EQ(error(npy(dictionary("<f4", "()"), "1234", 4)), "byte 6: the version 4.0 is not 1.0, 2.0 or 3.0");
}

TEST_F(Npy, RefusesHugeHeaderLengths) {
  std::string start("\x93NUMPY\2\0", 8);
  EXPECT_EQ(error(start + "\xff\xff\xff\xff" + "{}"),
            "byte 8: the header is 4294967295 bytes long, the limit is 65536");
  EXPECT_EQ(error(start + littleEndian(100, 4) + "{}"), "byte 8: the header is 100 bytes long, 2 are left");
  std::string large = dictionary("|i1", "()") + std::string(65'537, ' ');
  EXPECT_EQ(error(npy(large, "1", 2)),
            "byte 8: the header is " + std::to_string(large.size()) + " bytes long, the limit is 65536");
}

TEST_F(Npy, RefusesBadShapes) {
  auto shapeError = [&](const std::string &shape) { return error(npy(dictionary("|i1", shape), "1")); };
  EXPECT_EQ(shapeError("(-1,)"), "byte 61: an extent of 'shape' is negative");
  EXPECT_EQ(shapeError("(99999999999999999999,)"), "byte 61: an extent of 'shape' is too large");
  EXPECT_EQ(shapeError("(1)"), "byte 62: expected ',' after the only extent of 'shape'");
  EXPECT_EQ(shapeError("(,)"), "byte 61: expected an extent of 'shape'");
  EXPECT_EQ(shapeError("(1, x)"), "byte 64: expected an extent of 'shape'");
  EXPECT_EQ(shapeError("(1, 2 3)"), "byte 66: expected ')' or ',' after an extent of 'shape'");
  EXPECT_EQ(shapeError("[1]"), "byte 60: expected '(' at the start of 'shape'");
  EXPECT_EQ(shapeError("(1.5,)"), "byte 62: expected ',' after the only extent of 'shape'");
  std::string deep = "(";
  for (int axis = 0; axis < 33; ++axis)
    deep += "1,";
  EXPECT_EQ(shapeError(deep + ")"), "byte 126: the array has more than 32 axes");
}

TEST_F(Npy, RefusesSizesThatOverflow) {
  EXPECT_EQ(error(npy(dictionary("<f8", "(2305843009213693952,)"), "")),
            "byte 10: the extent 2305843009213693952 is not between 0 and 2^48");
  EXPECT_EQ(error(npy(dictionary("<f8", "(16777216, 16777216, 65536, 65536)"), "")),
            "byte 10: the shape [16777216, 16777216, 65536, 65536] has more than 2^48 elements");
  EXPECT_EQ(error(npy(dictionary("<f8", "(281474976710656, 281474976710656, 0)"), "")),
            "byte 10: the shape [281474976710656, 281474976710656, 0] has more than 2^48 elements");
}

TEST_F(Npy, RefusesSizesThatDisagreeWithTheFile) {
  EXPECT_EQ(error(npy(dictionary("<f4", "(2,)"), "1234567")),
            "byte 68: the header asks for 8 bytes of elements, the file has 7");
  EXPECT_EQ(error(npy(dictionary("<f4", "(281474976710656,)"), "1234")),
            "byte 82: the header asks for 1125899906842624 bytes of elements, the file has 4");
}

TEST_F(Npy, RefusesOtherDictionaries) {
  EXPECT_EQ(error(npy("", "")), "byte 10: expected '{' at the start of the header");
  EXPECT_EQ(error(npy("{}", "")), "byte 10: the header needs the keys 'descr', 'fortran_order' and 'shape'");
  EXPECT_EQ(error(npy("{'shape': (), 'shape': ()}", "")), "byte 24: the header's key 'shape' occurs twice");
  EXPECT_EQ(error(npy("{'evil': 1}", "")),
            "byte 11: the header has a key other than 'descr', 'fortran_order' and 'shape'");
  EXPECT_EQ(error(npy("{'shape", "")), "byte 11: a string of the header is not closed");
  EXPECT_EQ(error(npy("{shape: ()}", "")), "byte 11: expected a string in the header");
  EXPECT_EQ(error(npy("{'shape' ()}", "")), "byte 19: expected ':' after a key of the header");
  EXPECT_EQ(error(npy("{'shape': () 'descr': '<f4'}", "")),
            "byte 23: expected '}' or ',' after an entry of the header");
  EXPECT_EQ(error(npy("{'fortran_order': 1}", "")), "byte 28: 'fortran_order' must be True or False");
  EXPECT_EQ(error(npy(dictionary("|i1", "()") + "x", "1")),
            "byte 66: only blanks may follow the header's '}'");
}

TEST_F(Npy, RefusesUnsignedNumbersAboveI64) {
  std::string large("\0\0\0\0\0\0\0\x80", 8);
  EXPECT_EQ(error(npy(dictionary("<u8", "(2,)"), std::string(8, '\0') + large)),
            "byte 76: an unsigned number is too large for 64 bits with a sign");
  std::reverse(large.begin(), large.end());
  EXPECT_EQ(error(npy(dictionary(">u8", "()"), large)),
            "byte 66: an unsigned number is too large for 64 bits with a sign");
}

TEST_F(Npy, WritesWhatNumpyWrites) {
  Tensor tensor = *Tensor::create(budget, ElementType::F32, {2, 3}, "T");
  NamedTensor named{"", tensor};
  ASSERT_TRUE(writeNpy(folder.path("out.npy"), {&named, 1}));
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  header += std::string(117 - header.size(), ' ') + "\n";
  EXPECT_EQ(folder.content("out.npy"), npy(header, std::string(24, '\0')));
  EXPECT_EQ(npyHeaderText(ElementType::I64, {5}).find("(5,)"), 60u);
  EXPECT_NE(npyHeaderText(ElementType::Bool, {}).find("'|b1', 'fortran_order': False, 'shape': ()"),
            std::string::npos);
}

} // namespace
