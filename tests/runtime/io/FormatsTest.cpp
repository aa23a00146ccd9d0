// Choosing a format by extension, and what every format of arrays must do.
#include "runtime/io/Formats.h"

#include "tests/runtime/io/TemporaryFolder.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

using namespace tl::runtime;

namespace {

TEST(Formats, SplitsTheMemberAtTheColonAfterAnExtension) {
  auto split = [](std::string_view text) {
    FileReference reference = parseFileReference(text);
    return std::pair(reference.path, reference.member);
  };
  using Parts = std::pair<std::string, std::string>;
  EXPECT_EQ(split("model.safetensors:encoder.weight"), Parts("model.safetensors", "encoder.weight"));
  EXPECT_EQ(split("dir:1/a.npz:w:0"), Parts("dir:1/a.npz", "w:0"));
  EXPECT_EQ(split("a.npy"), Parts("a.npy", ""));
  EXPECT_EQ(split("C:data.csv"), Parts("C:data.csv", ""));
  EXPECT_EQ(split("a.npz:b.npy:c"), Parts("a.npz", "b.npy:c"));
  EXPECT_EQ(toString(FileReference{"a.npz", "w"}), "a.npz:w");
}

TEST(Formats, TheExtensionDecides) {
  auto kind = [](std::string_view text) { return fileKind(parseFileReference(text)); };
  EXPECT_EQ(kind("a.npy"), FileKind::Tensor);
  EXPECT_EQ(kind("a.npz:x"), FileKind::Tensor);
  EXPECT_EQ(kind("a.safetensors:x"), FileKind::Tensor);
  EXPECT_EQ(kind("a.csv"), FileKind::Table);
  EXPECT_EQ(kind("a.tsv"), FileKind::Table);
  EXPECT_EQ(kind("a.facts"), FileKind::Table);
  EXPECT_EQ(kind("a.txt"), FileKind::Text);
  EXPECT_EQ(kind("a.npy.bak"), FileKind::Unknown);
  EXPECT_EQ(kind("npy"), FileKind::Unknown);
}

TEST(Formats, RefusesReferencesThatDoNotFitTheFormat) {
  MemoryBudget budget;
  for (const char *text : {"a.csv", "a.bin", "a.npy:x"}) {
    Result<Tensor> tensor = readTensor(parseFileReference(text), budget);
    ASSERT_FALSE(tensor) << text;
    EXPECT_EQ(tensor.error().kind, ErrorKind::Data);
    EXPECT_NE(tensor.error().message.find(text), std::string::npos);
  }
}

TEST(Formats, AMissingFileIsADataErrorInEveryFormat) {
  MemoryBudget budget;
  for (const char *text : {"no.npy", "no.npz:x", "no.safetensors:x"}) {
    FileReference reference = parseFileReference(text);
    EXPECT_EQ(readTensor(reference, budget).error().message, "'" + reference.path + "': no such file");
    EXPECT_EQ(readTensorHeader(reference).error().kind, ErrorKind::Data);
  }
}

class EveryFormat : public testing::TestWithParam<const char *> {
protected:
  FileReference reference(const std::string &stem) const {
    return parseFileReference(folder.path(stem) + GetParam());
  }
  Tensor filled(ElementType type, Shape shape) {
    Tensor tensor = *Tensor::create(budget, type, std::move(shape), "T");
    for (std::int64_t position = 0; position < tensor.elements(); ++position)
      tensor.setNumber(position, type == ElementType::Bool ? position % 2 : position % 100 - 50);
    return tensor;
  }

  TemporaryFolder folder;
  MemoryBudget budget;
};

TEST_P(EveryFormat, ReadsBackWhatItWrote) {
  for (ElementType type : {ElementType::Bool, ElementType::I8, ElementType::I32, ElementType::I64,
                           ElementType::F16, ElementType::F32, ElementType::F64})
    for (const Shape &shape : {Shape{}, Shape{7}, Shape{3, 5}, Shape{0, 4}, Shape{2, 3, 4, 5}}) {
      Tensor written = filled(type, shape);
      ASSERT_TRUE(writeTensor(reference("a"), written));
      Result<TensorHeader> header = readTensorHeader(reference("a"));
      ASSERT_TRUE(header) << header.error().message;
      EXPECT_EQ(header->type, type);
      EXPECT_EQ(header->shape, shape);
      Result<Tensor> read = readTensor(reference("a"), budget);
      ASSERT_TRUE(read) << read.error().message;
      EXPECT_EQ(read->type(), type);
      EXPECT_EQ(read->shape(), shape);
      std::size_t bytes = static_cast<std::size_t>(written.elements()) * byteWidth(type);
      EXPECT_EQ(std::memcmp(read->data(), written.data(), bytes), 0) << toString(shape);
    }
}

TEST_P(EveryFormat, KeepsTheBitsOfUnusualNumbers) {
  Tensor written = *Tensor::create(budget, ElementType::F64, {4}, "T");
  written.setNumber(0, -0.0);
  written.setNumber(1, std::numeric_limits<double>::infinity());
  written.setNumber(2, std::numeric_limits<double>::quiet_NaN());
  written.setNumber(3, std::numeric_limits<double>::denorm_min());
  ASSERT_TRUE(writeTensor(reference("a"), written));
  Result<Tensor> read = readTensor(reference("a"), budget);
  ASSERT_TRUE(read);
  EXPECT_EQ(std::memcmp(read->data(), written.data(), 32), 0);
}

TEST_P(EveryFormat, KeepsTheValuesOfBfloats) {
  Tensor written = filled(ElementType::BF16, {3, 2});
  ASSERT_TRUE(writeTensor(reference("a"), written));
  Result<Tensor> read = readTensor(reference("a"), budget);
  ASSERT_TRUE(read);
  for (std::int64_t position = 0; position < 6; ++position)
    EXPECT_EQ(read->number(position), written.number(position));
}

TEST_P(EveryFormat, StopsAtTheMemoryCap) {
  ASSERT_TRUE(writeTensor(reference("a"), filled(ElementType::F64, {100})));
  MemoryBudget small(799);
  Result<Tensor> read = readTensor(reference("a"), small);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::Limit);
  EXPECT_EQ(small.used(), 0u);
}

TEST_P(EveryFormat, RefusesToWriteAbsentElements) {
  Tensor partial = *Tensor::create(budget, ElementType::F32, {2}, "T", true);
  partial.mutablePresent()[0] = 1;
  Result<void> written = writeTensor(reference("a"), partial);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::Program);
  EXPECT_EQ(folder.entries(), 0u);
  partial.mutablePresent()[1] = 1;
  EXPECT_TRUE(writeTensor(reference("a"), partial));
}

TEST_P(EveryFormat, NoPrefixOfAFileIsAFile) {
  ASSERT_TRUE(writeTensor(reference("a"), filled(ElementType::F32, {2, 3})));
  std::string name = std::filesystem::path(reference("a").path).filename();
  std::string whole = folder.content(name);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    folder.file(name, whole.substr(0, length));
    Result<Tensor> read = readTensor(reference("a"), budget);
    ASSERT_FALSE(read) << length;
    EXPECT_EQ(read.error().kind, ErrorKind::Data) << length;
    EXPECT_NE(read.error().message.find(" byte "), std::string::npos) << read.error().message;
    EXPECT_FALSE(readTensorHeader(reference("a"))) << length;
  }
}

TEST_P(EveryFormat, AnyChangedByteIsReadOrRefusedButNeverFatal) {
  ASSERT_TRUE(writeTensor(reference("a"), filled(ElementType::I32, {2, 2})));
  std::string name = std::filesystem::path(reference("a").path).filename();
  std::string whole = folder.content(name);
  MemoryBudget small(1 << 20);
  for (std::size_t position = 0; position < whole.size(); ++position)
    for (int byte : {0x00, 0x01, 0x20, 0x2D, 0x30, 0x39, 0x5B, 0x7F, 0x80, 0xFF}) {
      std::string changed = whole;
      changed[position] = static_cast<char>(byte);
      folder.file(name, changed);
      (void)readTensorHeader(reference("a"));
      Result<Tensor> read = readTensor(reference("a"), small);
      if (!read) {
        EXPECT_NE(read.error().message.find("a."), std::string::npos);
      }
    }
}

TEST_P(EveryFormat, BytesAfterTheEndAreRefused) {
  ASSERT_TRUE(writeTensor(reference("a"), filled(ElementType::F32, {2, 3})));
  std::string name = std::filesystem::path(reference("a").path).filename();
  folder.file(name, folder.content(name) + "x");
  Result<Tensor> read = readTensor(reference("a"), budget);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::Data);
}

INSTANTIATE_TEST_SUITE_P(Formats, EveryFormat, testing::Values(".npy", ".npz:w", ".safetensors:w"),
                         [](const testing::TestParamInfo<const char *> &parameter) {
                           return std::string(parameter.param + 1, std::strcspn(parameter.param, ":") - 1);
                         });

class EveryArchive : public EveryFormat {};

TEST_P(EveryArchive, HoldsSeveralArrays) {
  std::vector<NamedTensor> tensors{{"layers.0.w", filled(ElementType::F32, {2, 3})},
                                   {"b", filled(ElementType::I8, {3})},
                                   {"\"quoted\" \xC3\xA9\n", filled(ElementType::F64, {})}};
  std::string path = reference("a").path;
  ASSERT_TRUE(writeTensors(path, tensors));
  for (const NamedTensor &named : tensors) {
    Result<Tensor> read = readTensor({path, named.name}, budget);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->shape(), named.tensor.shape());
    EXPECT_EQ(read->number(0), named.tensor.number(0));
  }
}

TEST_P(EveryArchive, SaysWhatItHoldsWhenAMemberIsMissing) {
  std::string path = reference("a").path;
  ASSERT_TRUE(writeTensors(path, std::vector<NamedTensor>{{"v", filled(ElementType::F32, {})},
                                                          {"w", filled(ElementType::F32, {})}}));
  EXPECT_EQ(readTensor({path, "x"}, budget).error().message,
            "'" + path + "' has no array 'x'; it holds 'v', 'w'");
  EXPECT_EQ(readTensorHeader({path, ""}).error().message,
            "'" + path + "' needs the name of an array, as in '" + path + ":NAME'; it holds 'v', 'w'");
}

TEST_P(EveryArchive, RefusesToWriteANameTwiceOrNone) {
  std::string path = reference("a").path;
  Tensor tensor = filled(ElementType::F32, {});
  EXPECT_FALSE(writeTensors(path, std::vector<NamedTensor>{{"w", tensor}, {"w", tensor}}));
  EXPECT_FALSE(writeTensors(path, std::vector<NamedTensor>{{"", tensor}}));
  EXPECT_FALSE(writeTensors(path, std::vector<NamedTensor>{{"\xFF", tensor}}));
  EXPECT_EQ(folder.entries(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Formats, EveryArchive, testing::Values(".npz:w", ".safetensors:w"),
                         [](const testing::TestParamInfo<const char *> &parameter) {
                           return std::string(parameter.param + 1, std::strcspn(parameter.param, ":") - 1);
                         });

} // namespace
