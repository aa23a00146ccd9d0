// Growing relations against std::set, in every form of the duplicate filter.
#include "runtime/storage/ColumnRelation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>

namespace tl::runtime {
namespace {

using Row = std::vector<Cell>;
constexpr unsigned kSeed = 20240611;

struct Columns {
  const char *name;
  std::vector<std::int64_t> bounds;
  Cell least, largest; ///< of random cells
};

// Small domains repeat rows; the bounds choose bits, sets, keys or row numbers as the filter.
const Columns kColumns[] = {
    {"UnaryBits", {50}, 0, 49},
    {"UnaryKeys", {-1}, -100, 100},
    {"BinaryBits", {40, 70}, 0, 39},
    {"BinaryOfTooManyBits", {2000000000, 2000000000}, 0, 60},
    {"BinarySets", {100000, 100000}, 0, 60},
    {"BinarySetsThatBecomeBits", {250000, 300}, 0, 60},
    {"BinaryHalfBounded", {60, -1}, 0, 59},
    {"BinaryNegative", {-1, -1}, -30, 30},
    {"TernaryPacked", {20, 20, 20}, 0, 19},
    {"TernaryRows", {-1, -1, -1}, -10, 10},
    {"MixedRows", {12, -1, -1, 12}, 0, 6},
    {"SixteenRows", std::vector<std::int64_t>(16, -1), -1, 0},
    {"SixteenPacked", std::vector<std::int64_t>(16, 2), 0, 1},
};

void PrintTo(const Columns &columns, std::ostream *out) {
  *out << columns.name;
}

class EachForm : public testing::TestWithParam<Columns> {
protected:
  Row randomRow() {
    std::uniform_int_distribution<Cell> cell(GetParam().least, GetParam().largest);
    Row row(GetParam().bounds.size());
    for (Cell &each : row)
      each = cell(random);
    return row;
  }

  std::mt19937 random{kSeed};
};

std::set<Row> rowsOf(ColumnRelation &relation, std::size_t begin, std::size_t end) {
  std::set<Row> rows;
  for (std::size_t row = begin; row < end; ++row) {
    Row cells;
    for (std::size_t column = 0; column < relation.arity(); ++column)
      cells.push_back(relation.column(column)[row]);
    EXPECT_TRUE(rows.insert(cells).second) << "row " << row << " is there twice";
  }
  return rows;
}

Relation relationOf(const std::set<Row> &rows, std::size_t arity) {
  std::vector<Cell> cells;
  for (const Row &row : rows)
    cells.insert(cells.end(), row.begin(), row.end());
  return Relation(arity, cells);
}

TEST_P(EachForm, AgreesWithASetOverRoundsOfInsertions) {
  MemoryBudget budget;
  {
    ColumnRelation relation(budget, GetParam().bounds, "R");
    std::set<Row> known;
    for (int round = 0; round < 12; ++round) {
      std::set<Row> fresh;
      for (int insertion = 0; insertion < 40 << (round / 2); ++insertion) {
        Row row = randomRow();
        ASSERT_TRUE(relation.insert(row.data()));
        if (!known.count(row))
          fresh.insert(row);
        Row probe = randomRow();
        ASSERT_EQ(relation.contains(probe.data()), known.count(probe) || fresh.count(probe))
            << "round " << round;
        ASSERT_TRUE(relation.contains(row.data()));
      }
      Result<std::size_t> added = relation.commit();
      ASSERT_TRUE(added);
      EXPECT_EQ(*added, fresh.size());
      EXPECT_EQ(relation.deltaBegin(), known.size());
      EXPECT_EQ(rowsOf(relation, relation.deltaBegin(), relation.size()), fresh);
      known.insert(fresh.begin(), fresh.end());
      EXPECT_EQ(rowsOf(relation, 0, relation.size()), known);
      Result<Relation> exchanged = relation.toRelation();
      ASSERT_TRUE(exchanged);
      EXPECT_EQ(*exchanged, relationOf(known, relation.arity()));
    }
    relation.settle();
    EXPECT_EQ(relation.deltaBegin(), relation.size());
  }
  EXPECT_EQ(budget.used(), 0u) << "all memory is given back";
}

TEST_P(EachForm, KeepsTheOrderOfFirstInsertion) {
  MemoryBudget budget;
  ColumnRelation relation(budget, GetParam().bounds, "R");
  std::vector<Row> order;
  std::set<Row> known;
  for (int insertion = 0; insertion < 3000; ++insertion) {
    Row row = randomRow();
    relation.insert(row.data());
    if (known.insert(row).second)
      order.push_back(row);
    if (insertion % 700 == 699) {
      ASSERT_TRUE(relation.commit());
    }
  }
  ASSERT_TRUE(relation.commit());
  ASSERT_EQ(relation.size(), order.size());
  for (std::size_t row = 0; row < order.size(); ++row)
    for (std::size_t column = 0; column < relation.arity(); ++column)
      ASSERT_EQ(relation.column(column)[row], order[row][column]) << "row " << row;
}

TEST_P(EachForm, GrowsOnAnAssignedRelation) {
  MemoryBudget budget;
  std::set<Row> known;
  for (int row = 0; row < 500; ++row)
    known.insert(randomRow());
  ColumnRelation relation(budget, GetParam().bounds, "R");
  ASSERT_TRUE(relation.assign(relationOf(known, relation.arity())));
  EXPECT_EQ(relation.deltaBegin(), 0u);
  for (int probe = 0; probe < 300; ++probe) { // before there is a filter
    Row row = randomRow();
    ASSERT_EQ(relation.contains(row.data()), known.count(row) == 1);
  }
  ASSERT_TRUE(relation.access());
  for (int insertion = 0; insertion < 2000; ++insertion) {
    Row row = randomRow();
    ASSERT_EQ(relation.contains(row.data()), known.count(row) == 1);
    relation.insert(row.data());
    known.insert(row);
  }
  ASSERT_TRUE(relation.commit());
  EXPECT_EQ(rowsOf(relation, 0, relation.size()), known);
}

TEST_P(EachForm, ReportsExhaustionWhereverItHappens) {
  bool succeeded = false;
  for (std::size_t cap = 64; !succeeded && cap < (std::size_t{1} << 24); cap += cap / 3) {
    MemoryBudget budget(cap);
    ColumnRelation relation(budget, GetParam().bounds, "Reach");
    bool stored = true;
    random.seed(kSeed);
    for (int round = 0; round < 5 && stored; ++round) {
      for (int insertion = 0; insertion < 500; ++insertion) {
        bool before = stored;
        Row row = randomRow();
        stored = relation.insert(row.data());
        ASSERT_TRUE(before || !stored) << "a failure stays";
      }
      Result<std::size_t> added = relation.commit();
      Result<const RowIndex *> index = relation.index({0}, true);
      stored = added && index;
      const Error *error = !added ? &added.error() : !index ? &index.error() : nullptr;
      if (!error)
        continue;
      EXPECT_EQ(error->kind, ErrorKind::Limit);
      EXPECT_NE(error->message.find("relation 'Reach' with "), std::string::npos) << error->message;
      EXPECT_NE(error->message.find("MiB"), std::string::npos) << error->message;
      EXPECT_FALSE(relation.commit());
      EXPECT_FALSE(relation.insert(randomRow().data()));
      EXPECT_FALSE(relation.contains(randomRow().data()));
      EXPECT_LE(rowsOf(relation, 0, relation.size()).size(), 2500u);
    }
    succeeded = stored;
    EXPECT_LE(budget.peak(), cap);
  }
  EXPECT_TRUE(succeeded);
}

TEST_P(EachForm, TakesRunsLikeRowsOneByOne) {
  if (GetParam().bounds.size() != 2)
    return; // runs are of pairs
  MemoryBudget budget;
  ColumnRelation runs(budget, GetParam().bounds, "R"), rows(budget, GetParam().bounds, "S");
  for (int round = 0; round < 40; ++round) {
    const Row start = randomRow();
    std::vector<Cell> seconds;
    for (int entry = 0; entry < round; ++entry)
      seconds.push_back(randomRow()[1]);
    seconds.push_back(
        GetParam().bounds[1] < 0 ? -7 : static_cast<Cell>(GetParam().bounds[1])); // outside if bounded
    EXPECT_TRUE(runs.insertRun(start[0], seconds));
    for (Cell second : seconds)
      EXPECT_TRUE(rows.insertBinary(start[0], second));
    if (round % 3 == 0) {
      const Row single = randomRow();
      runs.insert(single.data());
      rows.insert(single.data());
      ASSERT_EQ(*runs.commit(), *rows.commit());
    }
  }
  ASSERT_EQ(*runs.commit(), *rows.commit());
  for (std::size_t column = 0; column < 2; ++column)
    EXPECT_TRUE(std::equal(runs.column(column), runs.column(column) + runs.size(), rows.column(column)));
}

INSTANTIATE_TEST_SUITE_P(ColumnRelation, EachForm, testing::ValuesIn(kColumns),
                         [](const auto &each) { return std::string(each.param.name); });

TEST(ColumnRelation, HoldsAtMostTheEmptyRow) {
  MemoryBudget budget;
  ColumnRelation relation(budget, {}, "Raining");
  EXPECT_FALSE(relation.contains(nullptr));
  EXPECT_EQ(*relation.commit(), 0u);
  EXPECT_TRUE(relation.insert(nullptr));
  EXPECT_TRUE(relation.contains(nullptr));
  EXPECT_EQ(relation.size(), 0u);
  EXPECT_EQ(*relation.commit(), 1u);
  EXPECT_EQ(relation.size(), 1u);
  EXPECT_EQ(relation.deltaBegin(), 0u);
  relation.insert(nullptr);
  EXPECT_EQ(*relation.commit(), 0u);
  EXPECT_EQ(relation.deltaBegin(), 1u);
  EXPECT_EQ(*relation.toRelation(), Relation::nullary(true));

  ColumnRelation assigned(budget, {}, "Raining");
  ASSERT_TRUE(assigned.assign(Relation::nullary(true)));
  EXPECT_TRUE(assigned.contains(nullptr));
  EXPECT_EQ(assigned.size(), 1u);
}

TEST(ColumnRelation, LeavesOutRowsBeyondTheBounds) {
  MemoryBudget budget;
  for (std::vector<std::int64_t> bounds :
       {std::vector<std::int64_t>{3, 4}, {2000000, 2000000}, {0, 5}, {3, 4, 5}}) {
    ColumnRelation relation(budget, bounds, "R");
    for (std::size_t column = 0; column < bounds.size(); ++column)
      for (Cell outside : {static_cast<Cell>(bounds[column]), Cell{-1}, Cell{INT32_MIN}, Cell{INT32_MAX}}) {
        Row row(bounds.size(), 0);
        row[column] = outside;
        EXPECT_TRUE(relation.insert(row.data()));
        EXPECT_FALSE(relation.contains(row.data()));
      }
    EXPECT_EQ(*relation.commit(), 0u);
  }
}

TEST(ColumnRelation, RefusesFactsBeyondTheBounds) {
  MemoryBudget budget;
  ColumnRelation relation(budget, {-1, 5}, "Edge");
  Result<void> assigned = relation.assign(Relation(2, {1, 2, -7, 5}));
  ASSERT_FALSE(assigned);
  EXPECT_EQ(assigned.error().message, "relation 'Edge' has 5 in column 2, which takes 0 to 4");
}

void expectChangeToBitmap(Cell firstBound, Cell secondBound) {
  MemoryBudget budget;
  ColumnRelation relation(budget, {firstBound, secondBound}, "R");
  std::mt19937 random(kSeed);
  std::set<Row> known;
  bool sawTable = false;
  for (int round = 0; round < 40 && !relation.bits(); ++round) {
    sawTable |= round > 0;
    for (int insertion = 0; insertion < 20000; ++insertion) {
      Row row = {static_cast<Cell>(random() % static_cast<unsigned>(firstBound)),
                 static_cast<Cell>(random() % static_cast<unsigned>(secondBound))};
      ASSERT_TRUE(relation.insertBinary(row[0], row[1]));
      known.insert(row);
    }
    ASSERT_TRUE(relation.commit());
    ASSERT_EQ(relation.size(), known.size());
  }
  EXPECT_TRUE(sawTable);
  ASSERT_NE(relation.bits(), nullptr);
  for (const Row &row : known)
    ASSERT_TRUE(relation.contains(row.data()));
  std::size_t bitCount = 0;
  for (std::size_t word = 0;
       word < static_cast<std::size_t>(firstBound) * static_cast<std::size_t>(secondBound) / 64; ++word)
    bitCount += static_cast<std::size_t>(__builtin_popcountll(relation.bits()[word]));
  EXPECT_EQ(bitCount, relation.size());
}

// 70,000,000 and more possible rows: too many bits for the first rows, so sets or a table come first and give
// way as rows come.
TEST(ColumnRelation, ChangesFromSetsToBitmapWithoutLosingRows) {
  expectChangeToBitmap(70000, 1024);
}

TEST(ColumnRelation, ChangesFromTableToBitmapWithoutLosingRows) {
  expectChangeToBitmap(2000000, 64);
}

TEST(ColumnRelation, ManagesWithATableWhereABitmapDoesNotFit) {
  MemoryBudget budget(4 << 20); // 64 Mbit are 8 MiB
  ColumnRelation relation(budget, {8192, 8192}, "R");
  for (Cell cell = 0; cell < 8000; ++cell)
    ASSERT_TRUE(relation.insertBinary(cell, 8191 - cell));
  ASSERT_TRUE(relation.commit());
  EXPECT_EQ(relation.bits(), nullptr);
  EXPECT_EQ(relation.size(), 8000u);
}

TEST(ColumnRelation, CommittedColumnsStayDuringARound) {
  MemoryBudget budget;
  ColumnRelation relation(budget, {-1, -1}, "R");
  relation.insertBinary(1, 2);
  ASSERT_TRUE(relation.commit());
  const Cell *column = relation.column(0);
  for (Cell cell = 0; cell < 300000; ++cell)
    relation.insertBinary(cell, cell);
  EXPECT_EQ(relation.column(0), column);
  EXPECT_EQ(relation.size(), 1u);
  ASSERT_TRUE(relation.commit());
  EXPECT_EQ(relation.size(), 300001u);
}

TEST(ColumnRelation, TellsKernelsWhereTheBitsAre) {
  MemoryBudget budget;
  ColumnRelation relation(budget, {10, 7}, "R");
  Result<TlRelation> access = relation.access();
  ASSERT_TRUE(access);
  ASSERT_NE(access->bits, nullptr);
  EXPECT_EQ(access->secondBound, 7);
  relation.insertBinary(3, 5);
  EXPECT_EQ(access->bits[0], std::uint64_t{1} << (3 * 7 + 5));
  EXPECT_EQ(access->relation, &relation);
  ASSERT_TRUE(relation.commit());
  Result<TlRows> rows = relation.rows(relation.deltaBegin(), relation.size());
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->end - rows->begin, 1);
  EXPECT_EQ(rows->columns[1][0], 5);
}

/// Buffers filled in turn give the rows, and the order, of insertion one by one.
void compareBuffered(const std::vector<std::int64_t> &bounds, Cell largest) {
  MemoryBudget budget;
  ColumnRelation direct(budget, bounds, "R"), buffered(budget, bounds, "R");
  std::mt19937 random(kSeed);
  auto cell = [&] { return static_cast<Cell>(random() % static_cast<unsigned>(largest + 5)); };
  ASSERT_TRUE(buffered.access());
  ASSERT_TRUE(buffered.prepareParts());
  for (int round = 0; round < 3; ++round) {
    std::vector<std::vector<Cell>> runs;
    std::vector<std::unique_ptr<InsertBuffer>> buffers;
    for (int piece = 0; piece < 3; ++piece) {
      InsertBuffer &buffer = *buffers.emplace_back(std::make_unique<InsertBuffer>(budget, buffered.parts()));
      for (int entry = 0; entry < 2000; ++entry) {
        const Cell first = cell(), second = cell();
        std::vector<Cell> &run = runs.emplace_back(random() % 4);
        std::generate(run.begin(), run.end(), cell);
        EXPECT_TRUE(buffer.add(first, second) && buffer.addRun(first, run));
        EXPECT_TRUE(direct.insertBinary(first, second) && direct.insertRun(first, run));
      }
    }
    for (std::size_t part = buffered.parts().count(); part-- > 0;)
      EXPECT_TRUE(buffered.insertBuffered(part, buffers));
    ASSERT_EQ(*buffered.commit(), *direct.commit());
  }
  for (std::size_t column = 0; column < 2; ++column)
    EXPECT_TRUE(
        std::equal(direct.column(column), direct.column(column) + direct.size(), buffered.column(column)));
}

TEST(ColumnRelation, InsertsBuffersPartByPart) {
  compareBuffered({5000, 300}, 299);       // bits
  compareBuffered({200000, 200000}, 3000); // sets
  compareBuffered({200000, 200000}, 199999);
  compareBuffered({3, 4}, 3); // one part
}

TEST(ColumnRelation, PutsRowsBackThatItLetGo) {
  MemoryBudget budget;
  ColumnRelation relation(budget, {1000, 1000}, "R");
  std::mt19937 random(kSeed);
  std::set<Row> known;
  for (int round = 0; round < 4; ++round) {
    std::set<Row> added;
    for (int insertion = 0; insertion < 100000; ++insertion) {
      const Row row = {static_cast<Cell>(random() % 1000), static_cast<Cell>(random() % 1000)};
      relation.insert(row.data());
      if (known.insert(row).second)
        added.insert(row);
    }
    ASSERT_EQ(*relation.commit(), added.size());
    Result<TlRows> delta = relation.rows(relation.deltaBegin(), relation.size());
    ASSERT_TRUE(delta);
    std::set<Row> found;
    for (std::int64_t row = delta->begin; row < delta->end; ++row)
      found.insert({delta->columns[0][row], delta->columns[1][row]});
    EXPECT_EQ(found, added);
  }
  ASSERT_NE(relation.bits(), nullptr);
  const std::size_t withoutRows = budget.used();
  const std::size_t deltaBegin = relation.deltaBegin();
  const std::set<Row> last = rowsOf(relation, deltaBegin, relation.size());
  EXPECT_EQ(rowsOf(relation, 0, relation.size()), known);
  EXPECT_EQ(rowsOf(relation, deltaBegin, relation.size()), last) << "the delta stays where it is";
  EXPECT_GT(budget.used(), withoutRows);
  ASSERT_TRUE(relation.index({1}, true));
  relation.insertBinary(0, 0);
  ASSERT_TRUE(relation.commit());
  known.insert({0, 0});
  EXPECT_EQ(rowsOf(relation, 0, relation.size()), known);
  EXPECT_EQ(*relation.toRelation(), relationOf(known, 2));
}

/// Rounds of random rows while an index by `keys` grows; then all rows are asked for.
void expectRowsFromIndex(const std::vector<std::uint32_t> &keys, bool isSettled) {
  MemoryBudget budget;
  ColumnRelation relation(budget, {60000, 60000}, "R");
  std::mt19937 random(kSeed);
  std::set<Row> known;
  ASSERT_TRUE(relation.index(keys, true));
  for (int round = 0; round < 4; ++round) {
    for (int insertion = 0; insertion < 40000; ++insertion) {
      const Row row = {static_cast<Cell>(random() % 900 * 60), static_cast<Cell>(random() % 900 * 60)};
      ASSERT_TRUE(relation.insert(row.data()));
      known.insert(row);
    }
    ASSERT_TRUE(relation.commit());
    ASSERT_EQ(relation.size(), known.size());
    ASSERT_TRUE(relation.index(keys, true));
  }
  ASSERT_EQ(relation.bits(), nullptr);
  const std::size_t deltaBegin = relation.deltaBegin(), withoutRows = budget.used();
  const Result<TlRows> delta = relation.rows(deltaBegin, relation.size());
  ASSERT_TRUE(delta);
  std::set<Row> last;
  for (std::int64_t row = delta->begin; row < delta->end; ++row)
    last.insert({delta->columns[0][row], delta->columns[1][row]});
  if (isSettled)
    relation.settle();
  EXPECT_EQ(*relation.toRelation(), relationOf(known, 2));
  EXPECT_EQ(rowsOf(relation, 0, relation.size()), known);
  EXPECT_EQ(rowsOf(relation, deltaBegin, relation.size()), last) << "the delta stays where it is";
  EXPECT_GT(budget.used(), withoutRows) << "the rows had been let go";
  ASSERT_TRUE(relation.index({1 - keys[0]}, true));
  relation.insertBinary(7, 7);
  ASSERT_TRUE(relation.commit());
  known.insert({7, 7});
  EXPECT_EQ(rowsOf(relation, 0, relation.size()), known);
}

TEST(ColumnRelation, TakesRowsBackFromAnIndex) {
  expectRowsFromIndex({0}, true);
  expectRowsFromIndex({1}, false);
}

TEST(ColumnRelation, LetsRowsGoWithinTheBudget) {
  MemoryBudget budget(2 << 20);
  ColumnRelation relation(budget, {1 << 9, 1 << 9}, "R");
  for (Cell first = 0; first < 1 << 9; ++first) {
    for (Cell second = 0; second < 1 << 9; ++second)
      ASSERT_TRUE(relation.insertBinary(first, second));
    if (first % 64 == 63) {
      ASSERT_TRUE(relation.commit());
    }
  }
  EXPECT_EQ(relation.size(), 1u << 18) << "whose cells would take 2 MiB alone";
  Result<TlRows> all = relation.rows(0, relation.size());
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().kind, ErrorKind::Limit);
  EXPECT_TRUE(relation.rows(0, relation.size(), false));
}

TEST(ColumnRelation, GivesTheExchangeFormOnlyWithinTheBudget) {
  MemoryBudget budget(64 << 10);
  ColumnRelation relation(budget, {100, 100}, "R");
  for (Cell cell = 0; cell < 3000; ++cell)
    ASSERT_TRUE(relation.insertBinary(cell / 100, cell % 100));
  ASSERT_TRUE(relation.commit());
  Result<Relation> rows = relation.toRelation();
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().kind, ErrorKind::Limit);
}

} // namespace
} // namespace tl::runtime
