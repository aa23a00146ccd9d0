// Reading tables: column types, quotes, line ends, values, and malformed files.
#include "runtime/io/Table.h"

#include "tests/runtime/io/TemporaryFolder.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace tl::runtime;

namespace {

class TableFiles : public testing::Test {
protected:
  Table read(const std::string &content, const TableOptions &options = {},
             const std::string &name = "a.csv") {
    Result<Table> table = readTable(folder.file(name, content), options);
    EXPECT_TRUE(table) << table.error().message;
    return table ? *std::move(table) : Table();
  }
  /// The message after the file's name.
  std::string error(const std::string &content, const TableOptions &options = {},
                    const std::string &name = "a.csv") {
    Result<Table> table = readTable(folder.file(name, content), options);
    if (table)
      return "no error";
    EXPECT_EQ(table.error().kind, ErrorKind::Data);
    std::string quoted = "'" + folder.path(name) + "' ";
    EXPECT_TRUE(table.error().message.starts_with(quoted)) << table.error().message;
    return table.error().message.substr(quoted.size());
  }
  static std::vector<std::string> symbols(const TableColumn &column) {
    EXPECT_FALSE(column.isInteger);
    std::vector<std::string> result;
    for (std::uint32_t id : column.ids)
      result.push_back(column.texts.at(id));
    return result;
  }

  using Integers = std::vector<std::int64_t>;
  using Symbols = std::vector<std::string>;

  TemporaryFolder folder;
};

TEST_F(TableFiles, ReadsIntegersAndSymbols) {
  Table table = read("Ann,1\nBob,-2\nAnn,1\n");
  EXPECT_EQ(table.rows, 3);
  ASSERT_EQ(table.columns.size(), 2u);
  EXPECT_EQ(symbols(table.columns[0]), (Symbols{"Ann", "Bob", "Ann"}));
  EXPECT_EQ(table.columns[0].texts, (Symbols{"Ann", "Bob"}));
  EXPECT_EQ(table.columns[1].integers, (Integers{1, -2, 1}));
  EXPECT_TRUE(table.columns[1].ids.empty());
}

TEST_F(TableFiles, ReadsTabsWithoutQuotes) {
  for (const char *name : {"a.tsv", "a.facts"}) {
    Table table = read("\"x\ta,b\n\"x\ty\"\n", {}, name);
    EXPECT_EQ(symbols(table.columns[0]), (Symbols{"\"x", "\"x"}));
    EXPECT_EQ(symbols(table.columns[1]), (Symbols{"a,b", "y\""}));
  }
}

TEST_F(TableFiles, AColumnWithOneSymbolKeepsTheTextOfAllCells) {
  Table table = read("007,1\n -8,2\n9, 3\nx,4\n\"010\",5\n");
  EXPECT_EQ(symbols(table.columns[0]), (Symbols{"007", " -8", "9", "x", "010"}));
  EXPECT_EQ(table.columns[1].integers, (Integers{1, 2, 3, 4, 5}));
}

TEST_F(TableFiles, SeveralColumnsMayTurnOutToBeSymbols) {
  std::string content;
  for (int row = 0; row < 1000; ++row)
    content += std::to_string(row) + "," + std::to_string(row % 7) + "," + std::to_string(-row) + "\n";
  content += "a,b,5\n";
  Table table = read(content);
  EXPECT_EQ(table.rows, 1001);
  EXPECT_EQ(table.columns[0].texts.size(), 1001u);
  EXPECT_EQ(symbols(table.columns[0])[999], "999");
  EXPECT_EQ(table.columns[1].texts.size(), 8u);
  EXPECT_EQ(symbols(table.columns[1])[1000], "b");
  EXPECT_EQ(table.columns[2].integers[999], -999);
}

TEST_F(TableFiles, KnowsWhichCellsAreIntegers) {
  auto isInteger = [&](const std::string &cell) { return read(cell + ",0\n").columns[0].isInteger; };
  for (const char *cell : {"0", "-0", "00", " 5", "5 ", "\t5", "\"5\"", "9223372036854775807",
                           "-9223372036854775808", "0000000000000000000000005"})
    EXPECT_TRUE(isInteger(cell)) << cell;
  for (const char *cell : {"", "-", "+5", "5.0", "1e3", "0x5", "5 6", "--5", "9223372036854775808",
                           "-9223372036854775809", "99999999999999999999", "5a", " "})
    EXPECT_FALSE(isInteger(cell)) << cell;
  EXPECT_EQ(read("9223372036854775807,-9223372036854775808\n").columns[0].integers, Integers{INT64_MAX});
  EXPECT_EQ(read("9223372036854775807,-9223372036854775808\n").columns[1].integers, Integers{INT64_MIN});
}

TEST_F(TableFiles, ReadsQuotedCells) {
  Table table = read("\"a,b\",\"say \"\"hi\"\"\"\n\"two\r\nlines\",\"\"\nplain,\"\"\"\"\n");
  EXPECT_EQ(symbols(table.columns[0]), (Symbols{"a,b", "two\r\nlines", "plain"}));
  EXPECT_EQ(symbols(table.columns[1]), (Symbols{"say \"hi\"", "", "\""}));
}

TEST_F(TableFiles, AQuotedTextIsTheSameSymbolAsAPlainOne) {
  Table table = read("a\n\"a\"\n\"b\"\"\"\n\"b\"\"\"\n");
  EXPECT_EQ(table.columns[0].ids, (std::vector<std::uint32_t>{0, 0, 1, 1}));
}

TEST_F(TableFiles, AcceptsEveryEndOfLine) {
  for (const char *content :
       {"1,a\n2,b\n", "1,a\n2,b", "1,a\r\n2,b\r\n", "1,a\r\n2,b", "1,a\n2,b\n\n", "1,a\r\n2,b\r\n\r\n\r\n",
        "\xEF\xBB\xBF"
        "1,a\n2,b\n",
        "1,\"a\"\r\n2,\"b\"\r\n"}) {
    Table table = read(content);
    EXPECT_EQ(table.rows, 2) << content;
    EXPECT_EQ(table.columns[0].integers, (Integers{1, 2})) << content;
    EXPECT_EQ(symbols(table.columns[1]), (Symbols{"a", "b"})) << content;
  }
  EXPECT_EQ(read("a,1\r\nb,2\r\n").columns[1].integers, (Integers{1, 2}));
}

TEST_F(TableFiles, KeepsEmptyCells) {
  Table table = read("a,,1\n,b,2\n,,3");
  EXPECT_EQ(symbols(table.columns[0]), (Symbols{"a", "", ""}));
  EXPECT_EQ(symbols(table.columns[1]), (Symbols{"", "b", ""}));
  Table trailing = read("1,2\n3,");
  EXPECT_EQ(symbols(trailing.columns[1]), (Symbols{"2", ""}));
}

TEST_F(TableFiles, AnEmptyFileHasNoRows) {
  EXPECT_EQ(read("").columns.size(), 0u);
  EXPECT_EQ(read("\n").rows, 0);
  Table table = read("", {.expectedColumns = 3});
  EXPECT_EQ(table.columns.size(), 3u);
  EXPECT_TRUE(table.columns[0].isInteger);
  EXPECT_EQ(read("", {.hasValue = true, .expectedColumns = 3}).columns.size(), 2u);
}

TEST_F(TableFiles, SkipsTheHeader) {
  Table table = read("from,to\n1,2\n", {.header = true});
  EXPECT_EQ(table.rows, 1);
  EXPECT_EQ(table.columns[0].integers, Integers{1});
  Table names = read("from,to\n", {.header = true, .expectedColumns = 2});
  EXPECT_EQ(names.rows, 0);
  EXPECT_EQ(names.columns.size(), 2u);
  EXPECT_EQ(error("from,to,x\n1,2\n", {.header = true, .expectedColumns = 2}),
            "line 1 has 3 fields, expected 2");
}

TEST_F(TableFiles, ReadsValues) {
  Table table = read("a,b,1.5\nb,c,-2e3\nc,d,7\n", {.hasValue = true});
  EXPECT_EQ(table.columns.size(), 2u);
  EXPECT_EQ(table.values, (std::vector<double>{1.5, -2000, 7}));
  EXPECT_FALSE(table.valuesAreIntegers);
  Table integers = read("a,1\nb,-2\n", {.hasValue = true});
  EXPECT_TRUE(integers.valuesAreIntegers);
  EXPECT_EQ(integers.values, (std::vector<double>{1, -2}));
  Table unusual = read("a,inf\nb,-inf\nc,nan\nd, +3\ne,1e-400\nf,\"4\"\n", {.hasValue = true});
  EXPECT_EQ(unusual.values[0], INFINITY);
  EXPECT_EQ(unusual.values[1], -INFINITY);
  EXPECT_TRUE(std::isnan(unusual.values[2]));
  EXPECT_EQ(unusual.values[3], 3);
  EXPECT_EQ(unusual.values[4], 0);
  EXPECT_EQ(unusual.values[5], 4);
}

TEST_F(TableFiles, RefusesValuesThatAreNoNumbers) {
  for (const char *value : {"x", "", "1.5x", "1,5", "0x10", "1e400", "+-1", "--1"})
    EXPECT_EQ(error("a,1\nb,\"" + std::string(value) + "\"\n", {.hasValue = true}),
              "line 2 has the value '" + std::string(value) + "', expected a number of 64 bits");
}

TEST_F(TableFiles, ReportsWrongFieldCounts) {
  EXPECT_EQ(error("1,2,3\n1,2,3\n1,2,3,4\n"), "line 3 has 4 fields, expected 3");
  EXPECT_EQ(error("1,2,3\n1\n"), "line 2 has 1 field, expected 3");
  EXPECT_EQ(error("1,2\n", {.expectedColumns = 3}), "line 1 has 2 fields, expected 3");
  EXPECT_EQ(error("1,2\n\n3,4\n"), "line 2 has 1 field, expected 2");
  EXPECT_EQ(error("\"a\n\nb\",2\n3\n"), "line 4 has 1 field, expected 2");
  EXPECT_EQ(error("1\t2\n3\n", {}, "a.tsv"), "line 2 has 1 field, expected 2");
}

TEST_F(TableFiles, ReportsBadUtf8WithItsOffset) {
  EXPECT_EQ(error("ok,1\nb\xFF,2\n"), "byte 6: the text is not UTF-8");
  EXPECT_EQ(error("1,1\n2,\xC3\n"), "byte 6: the text is not UTF-8");
  EXPECT_EQ(error("\"a\"\"\xFF\",1\n"), "byte 4: the text is not UTF-8");
  EXPECT_EQ(error("n\xFF,m\n1,2\n", {.header = true}), "byte 1: the text is not UTF-8");
  EXPECT_EQ(error("a,\xFF\n", {.hasValue = true}), "byte 2: the text is not UTF-8");
  EXPECT_EQ(symbols(read("\xC3\xA9,\xF0\x9F\x98\x80\n").columns[1]), Symbols{"\xF0\x9F\x98\x80"});
}

TEST_F(TableFiles, ReportsWrongQuotesWithTheirOffset) {
  EXPECT_EQ(error("a,b\n\"c,d\n"), "byte 4: the quote that opens this cell is not closed");
  EXPECT_EQ(error("\"a\"b,c\n"),
            "byte 3: a cell goes on after its closing quote; a quote inside must be doubled");
  EXPECT_EQ(error("a\"b,c\n"), "byte 1: a quote inside a cell that is not quoted");
  EXPECT_EQ(error("a\n\""), "byte 2: the quote that opens this cell is not closed");
}

TEST_F(TableFiles, LimitsTheLengthOfLinesAndTheNumberOfFields) {
  EXPECT_EQ(error("1\n" + std::string((64 << 20) + 1, '2') + "\n"), "line 2 is longer than 64 MB");
  EXPECT_EQ(error(std::string(4096, ',')), "line 1 has 4097 fields, the limit is 4096");
  EXPECT_EQ(read(std::string(4095, ',')).columns.size(), 4096u);
}

TEST_F(TableFiles, StopsAtTheMemoryCapAndReleasesItAll) {
  std::string content;
  for (int row = 0; row < 100'000; ++row)
    content += std::to_string(row) + ",s" + std::to_string(row) + "\n";
  std::string path = folder.file("a.csv", content);
  MemoryBudget small(1'000'000), large(100'000'000);
  Result<Table> refused = readTable(path, {.budget = &small});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::Limit);
  EXPECT_TRUE(readTable(path, {.budget = &large}));
  EXPECT_EQ(small.used(), 0u);
  EXPECT_EQ(large.used(), 0u);
}

/// A wide first line and then short ones must not make the estimate explode.
TEST_F(TableFiles, MemoryStaysProportionalToTheFile) {
  std::string content = std::string(4095, ',') + "\n" + std::string(100'000, '\n') + "1";
  MemoryBudget budget(10'000'000);
  Result<Table> table = readTable(folder.file("a.csv", content), {.budget = &budget});
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().kind, ErrorKind::Data);
}

TEST_F(TableFiles, ManySymbolsKeepTheirIds) {
  std::string content;
  for (int row = 0; row < 50'000; ++row)
    content += "symbol-" + std::to_string(row % 20'000) + "\tx" + std::to_string(row % 3) + "\n";
  Table table = read(content, {}, "a.tsv");
  ASSERT_EQ(table.columns[0].texts.size(), 20'000u);
  for (std::size_t row = 0; row < 50'000; ++row) {
    ASSERT_EQ(table.columns[0].ids[row], row % 20'000);
    ASSERT_EQ(table.columns[1].ids[row], row % 3);
  }
  EXPECT_EQ(table.columns[0].texts[19'999], "symbol-19999");
}

/// Mutations of a small file: read or refused, never fatal.
/// Columns as long as the table says, or an error that names the file.
void expectWholeOrRefused(const Result<Table> &table) {
  if (!table) {
    EXPECT_NE(table.error().message.find("/a."), std::string::npos) << table.error().message;
    return;
  }
  for (const TableColumn &column : table->columns)
    EXPECT_EQ(column.isInteger ? column.integers.size() : column.ids.size(),
              static_cast<std::size_t>(table->rows));
}

TEST_F(TableFiles, AnyChangedByteIsReadOrRefused) {
  std::string whole = "a,\"b \"\"c\"\"\",1\r\n22,x\xC3\xA9,-3\nlast,,0";
  for (std::size_t position = 0; position <= whole.size(); ++position) {
    expectWholeOrRefused(readTable(folder.file("a.csv", whole.substr(0, position)), {.hasValue = true}));
    for (char byte : {'"', ',', '\n', '\r', '-', '9', '\0', '\xC3'}) {
      std::string changed = whole;
      changed.insert(position, 1, byte);
      expectWholeOrRefused(readTable(folder.file("a.csv", changed)));
      expectWholeOrRefused(readTable(folder.file("a.tsv", changed), {.header = true, .hasValue = true}));
    }
  }
}

TEST_F(TableFiles, AMissingFileIsADataError) {
  EXPECT_EQ(readTable("no.csv").error().message, "'no.csv': no such file");
}

} // namespace
