// What is written reads back.
#include "runtime/io/TableWriter.h"

#include "runtime/io/Table.h"
#include "tests/runtime/io/TemporaryFolder.h"

#include <gtest/gtest.h>

#include <limits>

using namespace tl::runtime;

namespace {

class TableWriting : public testing::Test {
protected:
  /// The content after writing one column of symbols, or the error after the file's name.
  std::string written(const std::string &name, const std::vector<std::string> &symbols) {
    TableWriter writer(folder.path(name));
    for (const std::string &symbol : symbols) {
      writer.addSymbol(symbol);
      writer.endRow();
    }
    Result<void> finished = writer.finish();
    return finished ? folder.content(name) : finished.error().message.substr(folder.path(name).size() + 4);
  }

  TemporaryFolder folder;
};

TEST_F(TableWriting, WritesCellsOfEveryKind) {
  TableWriter writer(folder.path("a.csv"));
  writer.addSymbol("Ann");
  writer.addInteger(INT64_MIN);
  writer.addNumber(0.1);
  writer.endRow();
  writer.addSymbol("");
  writer.addInteger(7);
  writer.addNumber(-std::numeric_limits<double>::infinity());
  writer.endRow();
  ASSERT_TRUE(writer.finish());
  EXPECT_EQ(folder.content("a.csv"), "Ann,-9223372036854775808,0.1\n,7,-inf\n");
}

TEST_F(TableWriting, QuotesInCsvOnlyWhereItMust) {
  EXPECT_EQ(written("a.csv", {"a b", "a,b", "say \"hi\"", "two\nlines", "\r", "", "5"}),
            "a b\n\"a,b\"\n\"say \"\"hi\"\"\"\n\"two\nlines\"\n\"\r\"\n\"\"\n5\n");
}

TEST_F(TableWriting, RefusesWhatTabsCannotHold) {
  for (const char *name : {"a.tsv", "a.facts"}) {
    EXPECT_EQ(written(name, {"a,b", "\"q\""}), "a,b\n\"q\"\n");
    for (const char *symbol : {"a\tb", "a\nb", "a\r"})
      EXPECT_EQ(written(name, {symbol}),
                "the symbol '" + std::string(symbol) +
                    "' has a tab, an end of line or a byte order mark, which only .csv can hold");
    EXPECT_EQ(written(name, {""}), "an empty symbol that is alone in its row can only be held by .csv");
  }
  EXPECT_EQ(written("a.csv", {"\xFF"}), "a symbol is not UTF-8");
}

TEST_F(TableWriting, ReadsBackOddSymbols) {
  std::vector<std::string> symbols{"\xEF\xBB\xBFmark", "", " ", "a,\"b\"\r\n", "\"", "\n", "\xC3\xA9", ""};
  ASSERT_NE(written("a.csv", symbols), "");
  Result<Table> table = readTable(folder.path("a.csv"));
  ASSERT_TRUE(table) << table.error().message;
  ASSERT_EQ(table->rows, static_cast<std::int64_t>(symbols.size()));
  for (std::size_t row = 0; row < symbols.size(); ++row)
    EXPECT_EQ(table->columns[0].texts[table->columns[0].ids[row]], symbols[row]);
}

TEST_F(TableWriting, ReadsBackNumbersExactly) {
  std::vector<double> numbers{0.1, 1.0 / 3, 5e-324, 1.7976931348623157e308, -0.0, 123456789012345678.0};
  TableWriter writer(folder.path("a.tsv"));
  for (double number : numbers) {
    writer.addNumber(number);
    writer.endRow();
  }
  ASSERT_TRUE(writer.finish());
  Result<Table> table = readTable(folder.path("a.tsv"), {.hasValue = true});
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->values, numbers);
}

TEST_F(TableWriting, WritesLargeTablesInPieces) {
  TableWriter writer(folder.path("a.tsv"));
  for (int row = 0; row < 300'000; ++row) {
    writer.addInteger(row);
    writer.addInteger(-row);
    writer.endRow();
  }
  ASSERT_TRUE(writer.finish());
  Result<Table> table = readTable(folder.path("a.tsv"));
  ASSERT_TRUE(table);
  EXPECT_EQ(table->rows, 300'000);
  EXPECT_EQ(table->columns[1].integers[299'999], -299'999);
}

TEST_F(TableWriting, NothingIsWrittenAfterAnError) {
  written("a.tsv", {"fine", "a\tb"});
  TableWriter empty(folder.path("b.csv"));
  empty.endRow();
  EXPECT_FALSE(empty.finish());
  EXPECT_EQ(folder.entries(), 0u);
}

TEST_F(TableWriting, ATableWithoutRowsIsAnEmptyFile) {
  EXPECT_EQ(written("a.csv", {}), "");
  EXPECT_EQ(readTable(folder.path("a.csv"))->rows, 0);
}

} // namespace
