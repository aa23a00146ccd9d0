// Random insertions, retractions and queries: a session that goes on from what it had answers as a fresh one
// does, and closures are those of a plain loop in this file.
//
// usage: gains SEED [ROUNDS]
#include <tl/tl.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace {

using Row = std::vector<std::string>;
using Rows = std::set<Row>;

struct Case {
  const char *name;
  const char *rules;
  bool isOverSymbols;
  std::vector<const char *> queries;
};

const Case kCases[] = {
    {"left",
     "Reach(x, y) <- Edge(x, y)\nReach(x, z) <- Reach(x, y), Edge(y, z)\n",
     false,
     {"Reach(x, y)", "Reach(2, y)", "Reach(x, 3)", "Reach(x, x)", "Reach(1, 4)", "Edge(x, y)"}},
    {"nonlinear",
     "Reach(x, y) <- Edge(x, y)\nReach(x, z) <- Reach(x, y), Reach(y, z)\n",
     true,
     {"Reach(x, y)", "Reach(N2, y)", "Reach(N1, N4)", "Reach(x, Nobody)"}},
    {"strata",
     "Reach(x, y) <- Edge(x, y)\nReach(x, z) <- Edge(x, y), Reach(y, z)\nBoth(x, y) <- Reach(x, y), Mark(y, x)\n"
     "Twice(x, z) <- Both(x, y), Both(y, z), x != z\nFar(x, y) <- Reach(x, y), not Edge(x, y)\nN[x] = Reach(x, y)\n"
     "Hub(x) <- N[x] > 2\nTop(x, y) <- Far(x, y), Mark(x, _)\n",
     true,
     {"Both(x, y)", "Twice(x, y)", "Far(x, y)", "Hub(x)", "Top(x, y)", "Both(N1, y)", "Reach(x, y)"}},
    {"mutual",
     "Odd(x, y) <- Edge(x, y)\nOdd(x, z) <- Even(x, y), Edge(y, z)\nEven(x, z) <- Odd(x, y), Edge(y, z)\n"
     "Mixed(x, y) <- Odd(x, y), Even(x, y)\nAlone(x) <- Edge(x, _), not Mixed(x, x)\n",
     false,
     {"Odd(x, y)", "Even(x, y)", "Mixed(x, y)", "Alone(x)", "Even(0, y)"}},
    {"own facts",
     "Reach(N0, N9)\nReach(x, y) <- Edge(x, y)\nReach(x, z) <- Reach(x, y), Edge(y, z)\nFrom(y) <- Reach(N9, y)\n"
     "Loop(x) <- Reach(x, x)\nLoop(y) <- Loop(x), Mark(x, y)\nPair(x, y) <- Loop(x), Loop(y), x < y\n",
     true,
     {"Reach(x, y)", "From(y)", "Loop(x)", "Pair(x, y)", "From(N3)"}},
    {"numbers",
     "Next(x, x+1) <- Edge(x, _)\nStep(x, y) <- Edge(x, y), y > x\nStep(x, z) <- Step(x, y), Edge(y, z), z > y\n"
     "Sum(x, y+1) <- Step(x, y), Mark(x, _)\nD[y] min= D[x] + 1, Edge(x, y)\nD[x] min= 0, Mark(x, x)\nNear(x) <- D[x] < 3\n",
     false,
     {"Next(x, y)", "Step(x, y)", "Sum(x, y)", "Near(x)", "Sum(x, 5)"}},
};

int passed = 0, failed = 0;

tl::Column columnOf(const std::vector<Row> &rows, std::size_t position, bool isOverSymbols) {
  tl::Column column;
  for (const Row &row : rows)
    if (isOverSymbols)
      column.symbols.push_back("N" + row[position]);
    else
      column.integers.push_back(std::atol(row[position].c_str()));
  return column;
}

std::vector<tl::Column> columnsOf(const std::vector<Row> &rows, bool isOverSymbols) {
  return {columnOf(rows, 0, isOverSymbols), columnOf(rows, 1, isOverSymbols)};
}

Rows rowsOf(const tl::Answer &answer) {
  Rows rows;
  if (answer.kind == tl::Answer::Kind::Truth) {
    rows.insert({answer.truth ? "yes" : "no"});
    return rows;
  }
  for (std::size_t row = 0; row < answer.rows; ++row) {
    Row cells;
    for (const tl::Column &column : answer.columns)
      cells.push_back(column.symbols.empty() ? std::to_string(column.integers[row]) : column.symbols[row]);
    rows.insert(cells);
  }
  return rows;
}

/// The closure of the edges, by going over all pairs until nothing is added.
Rows closureOf(const Rows &edges) {
  Rows all = edges;
  for (bool isGrowing = true; isGrowing;) {
    isGrowing = false;
    for (const Row &first : Rows(all))
      for (const Row &second : edges)
        if (first[1] == second[0])
          isGrowing = all.insert({first[0], second[1]}).second || isGrowing;
  }
  return all;
}

class Player {
public:
  Player(const Case &played, unsigned seed, const char *backend) : played(played), random(seed), seed(seed) {
    options.backend = backend;
    options.threads = 1;
    session = std::make_unique<tl::Session>(options);
    (void)session->addSource(played.rules);
  }

  void play(int rounds) {
    for (int round = 0; round < rounds && !hasFailed; ++round) {
      const int changes = below(3);
      for (int number = 0; number < changes; ++number)
        change(round);
      compare(played.queries[static_cast<std::size_t>(below(static_cast<int>(played.queries.size())))]);
    }
    compareClosure();
    (hasFailed ? failed : passed)++;
  }

private:
  int below(int count) { return static_cast<int>(random() % static_cast<unsigned>(count)); }

  /// Mostly insertions; now and then a node that nobody knew.
  void change(int round) {
    const std::string relation = below(3) ? "Edge" : "Mark";
    Rows &known = facts[relation];
    std::vector<Row> rows;
    const int nodes = 6 + round / 4;
    if (below(6) == 0 && !known.empty()) {
      auto row = known.begin();
      std::advance(row, below(static_cast<int>(known.size())));
      rows.push_back(*row);
      known.erase(row);
      check(session->retractFacts(relation, columnsOf(rows, played.isOverSymbols)), "retractFacts");
      return;
    }
    for (int number = 1 + below(2); number > 0; --number) {
      rows.push_back({std::to_string(below(nodes)), std::to_string(below(nodes))});
      known.insert(rows.back());
    }
    check(session->addFacts(relation, columnsOf(rows, played.isOverSymbols)), "addFacts");
  }

  void check(const tl::Status &status, const char *what) {
    if (!status)
      fail(std::string(what) + ": " + status.error().message);
  }

  void compare(const char *query) {
    tl::Session fresh(options);
    (void)fresh.addSource(played.rules);
    for (const auto &[relation, rows] : facts)
      (void)fresh.addFacts(relation, columnsOf({rows.begin(), rows.end()}, played.isOverSymbols));
    auto mine = session->query(query), theirs = fresh.query(query);
    if (static_cast<bool>(mine) != static_cast<bool>(theirs))
      return fail(std::string(query) + ": " + (mine ? "" : mine.error().message) + " / " +
                  (theirs ? "" : theirs.error().message));
    if (!mine || rowsOf(*mine) == rowsOf(*theirs))
      return;
    fail(std::string(query) + ": " + std::to_string(mine->rows) + " rows, a fresh session has " +
         std::to_string(theirs->rows));
  }

  void compareClosure() {
    if (played.name != std::string("left") || hasFailed || facts["Edge"].empty())
      return;
    auto mine = session->query("Reach(x, y)");
    if (!mine || rowsOf(*mine) != closureOf(facts["Edge"]))
      fail("the closure is another one");
  }

  void fail(const std::string &what) {
    hasFailed = true;
    std::printf("FAIL %s, seed %u, %s: %s\n", played.name, seed, options.backend.c_str(), what.c_str());
  }

  const Case &played;
  std::mt19937 random;
  const unsigned seed;
  tl::SessionOptions options;
  std::unique_ptr<tl::Session> session;
  std::map<std::string, Rows> facts;
  bool hasFailed = false;
};

} // namespace

int main(int count, char **arguments) {
  const unsigned seed = count > 1 ? static_cast<unsigned>(std::atol(arguments[1])) : 1;
  const int rounds = count > 2 ? std::atoi(arguments[2]) : 24;
  for (const Case &played : kCases)
    for (const char *backend : {"cpu", "reference"})
      Player(played, seed, backend).play(rounds);
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed ? 1 : 0;
}
