// How long one new fact takes against the whole closure, and that both say the same.
//
// usage: incremental NODES
#include <tl/tl.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

namespace {

/// Of the processor: what else the machine does is left out.
double secondsOf(auto call) {
  const std::clock_t start = std::clock();
  call();
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

} // namespace

int main(int count, char **arguments) {
  const std::int64_t nodes = count > 1 ? std::atol(arguments[1]) : 1415;
  const char *rules = "Reach(x, y) <- Edge(x, y)\nReach(x, z) <- Reach(x, y), Edge(y, z)\n";
  tl::Column from, to;
  for (std::int64_t node = 0; node + 1 < nodes; ++node)
    from.integers.push_back(node), to.integers.push_back(node + 1);
  tl::SessionOptions options;
  options.threads = 1;
  tl::Session session(options), other(options);
  (void)session.addSource(rules);
  (void)session.addFacts("Edge", {from, to});
  std::size_t rows = 0;
  auto ask = [&](tl::Session &asked) {
    auto answer = asked.query("Reach(0, x)");
    rows = answer ? answer->rows : 0;
    if (!answer)
      std::printf("%s\n", answer.error().message.c_str());
  };
  const double whole = secondsOf([&] { ask(session); });
  const double again = secondsOf([&] { ask(session); });
  std::vector<double> times;
  for (std::int64_t round = 0; round < 5; ++round) {
    (void)session.addFacts("Edge", {{{nodes - 1 + round}, {}}, {{nodes + round}, {}}});
    times.push_back(secondsOf([&] { ask(session); }));
  }
  (void)other.addSource(rules);
  auto all = session.query("Reach(x, y)");
  for (std::int64_t round = 0; round < 5; ++round)
    from.integers.push_back(nodes - 1 + round), to.integers.push_back(nodes + round);
  (void)other.addFacts("Edge", {from, to});
  auto fresh = other.query("Reach(x, y)");
  const bool isSame = all && fresh && all->columns[0].integers == fresh->columns[0].integers &&
                      all->columns[1].integers == fresh->columns[1].integers;
  std::sort(times.begin(), times.end());
  std::printf(
      "%zu tuples: whole %.1f ms, unchanged %.1f ms, one new fact: first-to-last %.1f .. %.1f ms, median %.1f %% of the whole\n",
      all ? all->rows : 0, 1000 * whole, 1000 * again, 1000 * times.front(), 1000 * times.back(),
      100 * times[2] / whole);
  std::printf("%d passed, %d failed\n", isSame, !isSame);
  return isSame ? 0 : 1;
}
