// How long one new fact takes against the whole closure, and that both say the same.
//
// usage: incremental [NODES [EDGES]]   a chain, or so many random edges
#include <tl/tl.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <vector>

namespace {

constexpr int kInsertions = 9;

/// Milliseconds of the processor: what else the machine does is left out.
double millisecondsOf(auto call) {
  const std::clock_t start = std::clock();
  call();
  return 1000 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

void ask(tl::Session &session) {
  auto answer = session.query("Reach(0, x)");
  if (!answer)
    std::printf("%s\n", answer.error().message.c_str());
}

std::vector<tl::Column> graph(std::int64_t nodes, std::int64_t edges) {
  std::mt19937 random(1);
  tl::Column from, to;
  for (std::int64_t edge = 0; edge < (edges ? edges : nodes - 1); ++edge) {
    from.integers.push_back(edges ? static_cast<std::int64_t>(random()) % nodes : edge);
    to.integers.push_back(edges ? static_cast<std::int64_t>(random()) % nodes : edge + 1);
  }
  return {from, to};
}

} // namespace

int main(int count, char **arguments) {
  const std::int64_t nodes = count > 1 ? std::atol(arguments[1]) : 1415,
                     edges = count > 2 ? std::atol(arguments[2]) : 0;
  const char *rules = "Reach(x, y) <- Edge(x, y)\nReach(x, z) <- Reach(x, y), Edge(y, z)\n";
  std::vector<tl::Column> columns = graph(nodes, edges);
  tl::SessionOptions options;
  options.threads = 1;
  tl::Session session(options), other(options);
  (void)session.addSource(rules);
  (void)session.addFacts("Edge", columns);
  const double whole = millisecondsOf([&] { ask(session); });
  const double index = millisecondsOf([&] { ask(session); }), again = millisecondsOf([&] { ask(session); });
  std::vector<double> times;
  for (std::int64_t number = 0; number < kInsertions; ++number) {
    // A new last node: as many new rows as nodes lead to it.
    const std::int64_t from = nodes - 1 + number, to = nodes + number;
    (void)session.addFacts("Edge", {{{from}, {}}, {{to}, {}}});
    columns[0].integers.push_back(from);
    columns[1].integers.push_back(to);
    times.push_back(millisecondsOf([&] { ask(session); }));
  }
  (void)other.addSource(rules);
  (void)other.addFacts("Edge", columns);
  auto all = session.query("Reach(x, y)"), fresh = other.query("Reach(x, y)");
  const bool isSame = all && fresh && all->columns[0].integers == fresh->columns[0].integers &&
                      all->columns[1].integers == fresh->columns[1].integers;
  const double first = times.front();
  std::sort(times.begin() + 1, times.end());
  const double next = times[times.size() / 2];
  std::printf(
      "%zu tuples: whole %.1f ms; one new fact %.1f ms, %.1f %% of the whole (the first one, which builds indexes "
      "and compiles, %.1f ms); unchanged %.1f ms, the first time %.1f ms\n",
      all ? all->rows : 0, whole, next, 100 * next / whole, first, again, index);
  std::printf("%d passed, %d failed\n", isSame, !isSame);
  return isSame ? 0 : 1;
}
