// What tl.h promises, one check a function; prints what does not hold.
#include <tl/tl.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <random>
#include <set>
#include <thread>

namespace {

int passed = 0, failed = 0;

void expect(bool holds, const char *what, const std::string &seen = "") {
  (holds ? passed : failed)++;
  if (!holds)
    std::printf("FAIL %s: %s\n", what, seen.c_str());
}

template <class T> std::string messageOf(const tl::Result<T> &result) { return result ? "" : result.error().message; }

template <class T> bool isOk(const tl::Result<T> &result, const char *what) {
  expect(static_cast<bool>(result), what, messageOf(result));
  return static_cast<bool>(result);
}

using Pairs = std::set<std::pair<std::string, std::string>>;

Pairs pairsOf(const tl::Answer &answer) {
  Pairs pairs;
  for (std::size_t row = 0; row < answer.rows; ++row)
    pairs.insert({answer.columns[0].symbols[row], answer.columns[1].symbols[row]});
  return pairs;
}

tl::ArrayView floats(const std::vector<float> &elements, std::vector<std::int64_t> shape) {
  return {elements.data(), tl::ElementType::F32, std::move(shape), {}};
}

bool contains(const std::vector<std::string> &names, const std::string &name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void readsArraysWhereTheyLie() {
  tl::Session session;
  std::vector<float> x{1, 2, 3};
  if (!isOk(session.addSource("Y[i] = 2 X[i]\n"), "addSource") || !isOk(session.bind("X", floats(x, {3})), "bind"))
    return;
  auto y = session.query("Y");
  expect(y && y->array.as<float>()[2] == 6, "an array is read", messageOf(y));
  auto same = session.query("X");
  expect(same && same->array.shape == std::vector<std::int64_t>{3}, "a bound array can be asked for", messageOf(same));
  x[2] = 10; // not copied: the next query sees it
  y = session.query("Y?");
  expect(y && y->array.as<float>()[2] == 20, "a changed array is read anew", messageOf(y));
  float mine[3] = {};
  expect(isOk(session.queryInto("Y", {mine, tl::ElementType::F32, {3}, {}}), "queryInto") && mine[2] == 20, "queryInto");
  float apart[5] = {};
  (void)session.queryInto("Y", {apart, tl::ElementType::F32, {3}, {2}});
  expect(apart[4] == 20 && apart[1] == 0, "queryInto follows strides");
  expect(!session.queryInto("Y", {mine, tl::ElementType::F32, {4}, {}}), "queryInto refuses another shape");
  std::vector<float> columns{1, 4, 2, 5, 3, 6}; // a 2 x 3 matrix, column by column
  (void)session.addSource("Z[i,j] = 10 M[i,j]\n", "z");
  (void)session.bind("M", {columns.data(), tl::ElementType::F32, {2, 3}, {1, 2}});
  auto z = session.query("Z[1,j]");
  expect(z && z->array.as<float>()[0] == 40 && z->array.as<float>()[2] == 60, "strides", messageOf(z));
}

void callsFunctionsOfTheProgram() {
  for (const char *backend : {"cpu", "reference"}) {
    tl::SessionOptions options;
    options.backend = backend;
    tl::Session session(options);
    double offset = 1;
    auto shifted = [&offset](const double *x) { return x[0] * x[1] + offset; };
    expect(isOk(session.attach("shifted", 2, shifted), "attach"), "attach");
    std::vector<float> x{1, 2};
    expect(isOk(session.addSource("Y[i] = shifted(X[i], 10)\n"), "a call"), "a call");
    (void)session.bind("X", floats(x, {2}));
    auto y = session.query("Y[1]");
    expect(y && y->array.type == tl::ElementType::F32 ? y->array.as<float>()[0] == 21 : y && y->array.as<double>()[0] == 21,
           "a function of the program is called", messageOf(y));
    (void)session.attach("shifted", 2, [](const double *two) { return two[0]; });
    y = session.query("Y[1]");
    expect(y && session.computed().size() == 1, "another function counts", messageOf(y));
    expect(!session.attach("relu", 1, shifted) && !session.attach("Upper", 1, shifted) && !session.attach("a b", 1, shifted) &&
               !session.attach("many", 7, shifted) && !session.attach("none", 1, nullptr),
           "names and functions are checked");
    expect(static_cast<bool>(session.query("Y")), "the session is as before");
  }
  tl::Session other;
  (void)other.addSource("extern \"(host):1234\" wild(x)\nY = wild(1)\n");
  expect(!other.query("Y"), "an address is not the program's to give");
}

void drawsBySeed() {
  auto draw = [](std::uint64_t seed) {
    tl::SessionOptions options;
    options.seed = seed;
    tl::Session session(options);
    (void)session.addSource("U[i] = uniform(), i < 4\n");
    auto drawn = session.query("U");
    return drawn ? std::vector<float>(drawn->array.as<float>(), drawn->array.as<float>() + 4) : std::vector<float>();
  };
  expect(draw(1).size() == 4 && draw(1) == draw(1) && draw(1) != draw(2), "the seed says what is drawn");
}

void namesItsSymbols() {
  tl::Session session;
  (void)session.addSource("Y[i] = W[i,j] X[j]\nR(x, y) <- E(x, y)\n");
  auto symbols = session.symbols();
  if (!isOk(symbols, "symbols"))
    return;
  std::string found;
  for (const tl::Symbol &symbol : *symbols)
    found += symbol.name + std::to_string(symbol.rank) + (symbol.isRelation ? "r" : "") + (symbol.isComputed ? "c" : "") +
             (symbol.isUndefined ? "u" : "") + " ";
  expect(found.find("Y1c ") != std::string::npos && found.find("W2u ") != std::string::npos && found.find("R2rc ") != std::string::npos, "symbols",
         found);
}

void keepsOwnersAlive() {
  auto elements = std::make_shared<std::vector<float>>(std::vector<float>{1, 2});
  std::weak_ptr<std::vector<float>> watch = elements;
  tl::Session session;
  (void)session.addSource("Y = X[i] X[i]\n");
  (void)session.bind("X", floats(*elements, {2}), elements);
  elements.reset();
  expect(!watch.expired(), "the owner is kept");
  auto y = session.query("Y");
  expect(y && y->array.as<float>()[0] == 5, "its elements are read", messageOf(y));
  session.unbind("X");
  expect(watch.expired(), "the owner is let go");
}

void passesTensorsByDLPack() {
  tl::Session one, two;
  (void)one.addSource("Y[i] = i * 3, i < 4\n");
  (void)two.addSource("Z[i] = Y[i] + 1\n");
  auto y = one.query("Y");
  if (!isOk(y, "query"))
    return;
  auto packed = tl::toDLPack(y->array);
  if (isOk(packed, "toDLPack") && isOk(two.bind("Y", *packed), "bind DLPack")) {
    auto z = two.query("Z[3]");
    expect(z && z->array.as<std::int64_t>()[0] == 10, "a tensor goes from one session to another", messageOf(z));
  }
}

void computesOnlyWhatChanged() {
  tl::Session session;
  (void)session.addSource("Reach(x, y) <- Edge(x, y)\nReach(x, z) <- Reach(x, y), Edge(y, z)\n"
                          "Other(x) <- Node(x, _)\nY[i] = 2 X[i]\nBoth(x, y) <- Reach(x, y), Other(x)\n");
  std::vector<float> x{1, 2};
  (void)session.bind("X", floats(x, {2}));
  (void)session.addFacts("Edge", {{{}, {"A", "B"}}, {{}, {"B", "C"}}});
  (void)session.addFacts("Node", {{{}, {"A"}}, {{}, {"N"}}});
  auto first = session.query("Both(x, y)");
  expect(first && pairsOf(*first) == Pairs{{"A", "B"}, {"A", "C"}}, "rules over added facts", messageOf(first));
  expect(contains(session.computed(), "Reach"), "the first query computes");
  auto again = session.query("Both(x, y)");
  expect(again && pairsOf(*again) == pairsOf(*first) && session.computed().empty(), "the second one does not");
  (void)session.addFacts("Node", {{{}, {"B"}}, {{}, {"N"}}});
  auto third = session.query("Both(x, y)");
  expect(third && third->rows == 3, "a new fact counts", messageOf(third));
  expect(contains(session.computed(), "Both") && contains(session.computed(), "Other") &&
             contains(session.reused(), "Reach"),
         "only what depends on it is computed");
  (void)session.retractFacts("Edge", {{{}, {"B"}}, {{}, {"C"}}});
  auto fourth = session.query("Both(x, y)");
  expect(fourth && pairsOf(*fourth) == Pairs{{"A", "B"}}, "a retracted fact does not count", messageOf(fourth));
  expect(contains(session.computed(), "Reach") && contains(session.reused(), "Other"), "the other way round");
}

/// Random facts come and go; a fresh session says the same as the one that remembers.
void agreesWithAFreshSession(unsigned seed) {
  std::mt19937 random(seed);
  auto name = [&](unsigned count) { return std::string(1, static_cast<char>('A' + random() % count)); };
  const std::string rules = "Reach(x, y) <- Edge(x, y)\nReach(x, z) <- Reach(x, y), Edge(y, z)\n"
                            "Far(x, y) <- Reach(x, y), not Edge(x, y)\nN[x] = Reach(x, y)\nHub(x) <- N[x] > 2\n"
                            "Top(x, y) <- Hub(x), Mark(x, y)\n";
  tl::Session session;
  (void)session.addSource(rules);
  Pairs edges, marks;
  for (int round = 0; round < 12; ++round) {
    for (int change = 0; change < 3; ++change) {
      bool isEdge = random() % 3 != 0, isNew = random() % 3 != 0;
      auto row = std::pair(name(6), name(isEdge ? 6 : 3));
      (isEdge ? edges : marks).insert(row);
      std::vector<tl::Column> columns{{{}, {row.first}}, {{}, {row.second}}};
      (void)session.addFacts(isEdge ? "Edge" : "Mark", columns);
      if (!isNew) {
        (isEdge ? edges : marks).erase(row);
        (void)session.retractFacts(isEdge ? "Edge" : "Mark", columns);
      }
    }
    tl::Session fresh;
    (void)fresh.addSource(rules);
    for (const auto &[facts, relation] : {std::pair(edges, "Edge"), {marks, "Mark"}})
      for (const auto &[x, y] : facts)
        (void)fresh.addFacts(relation, {{{}, {x}}, {{}, {y}}});
    for (const char *query : {"Far(x, y)", "Top(x, y)", "Reach(x, y)"}) {
      auto one = session.query(query), other = fresh.query(query);
      bool isSame = static_cast<bool>(one) == static_cast<bool>(other) && (!one || pairsOf(*one) == pairsOf(*other));
      expect(isSame, query, "seed " + std::to_string(seed) + ": " + messageOf(one) + messageOf(other));
    }
  }
}

void reportsMistakesAsData() {
  tl::Session session;
  (void)session.addSource("X = [1, 2]\nX?\n", "good");
  auto wrong = session.addSource("Y[i] = rleu(X[i])\n", "bad");
  expect(!wrong && wrong.error().kind == tl::ErrorKind::Program, "a mistake is a value");
  if (wrong || wrong.error().diagnostics.empty())
    return expect(false, "it has diagnostics");
  const tl::Diagnostic &diagnostic = wrong.error().diagnostics[0];
  expect(diagnostic.id == "UnknownFunction" && diagnostic.range && diagnostic.range->file == "bad" &&
             diagnostic.range->begin.line == 1 && diagnostic.range->begin.column == 8,
         "with id and place", diagnostic.id);
  expect(diagnostic.fix && diagnostic.fix->replacement == "relu", "and a fix");
  auto all = session.run();
  expect(all && all->size() == 1, "the session is as before", messageOf(all));
  expect(!session.query("Y[") && !session.query("Y(1)? Z(2)?") && !session.query(""), "queries are checked");
  auto file = session.addSource("Z = \"missing.npy\"\nZ?\n", "file");
  auto missing = session.run();
  expect(file && !missing && missing.error().kind == tl::ErrorKind::Data, "a missing file is a data error");
  expect(!session.addFacts("P", {{{1}, {}}, {{1, 2}, {}}}), "columns of different lengths are refused");
  expect(!session.addFacts("P", {{{1}, {"A"}}}), "mixed columns are refused");
}

void keepsLimits() {
  tl::SessionOptions options;
  options.timeoutSeconds = 0.3;
  tl::Session session(options);
  (void)session.addSource("Y = sum[i,j,k]((i j k) % 7), i < 9000, j < 9000, k < 9000\n");
  auto late = session.query("Y");
  expect(!late && late.error().kind == tl::ErrorKind::Limit, "time", messageOf(late));
  options.timeoutSeconds = 0;
  options.maxMemoryBytes = 1 << 20;
  tl::Session small(options);
  (void)small.addSource("Y[i,j] = i + j, i < 3000, j < 3000\n");
  auto large = small.query("Y");
  expect(!large && large.error().kind == tl::ErrorKind::Limit, "memory", messageOf(large));
}

void stopsWhenCancelled() {
  tl::Session session;
  (void)session.addSource("Y = sum[i,j,k]((i j k) % 7), i < 9000, j < 9000, k < 9000\nX = 1\n");
  std::atomic<bool> isOver = false;
  std::thread other([&] {
    while (!isOver) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      session.cancel();
    }
  });
  auto stopped = session.query("Y");
  isOver = true;
  other.join();
  expect(!stopped && stopped.error().kind == tl::ErrorKind::Interrupted, "cancel", messageOf(stopped));
  auto after = session.query("X");
  expect(static_cast<bool>(after), "the session goes on", messageOf(after));
}

/// Calls cancel again and again while `call` runs.
template <class Call> auto whileCancelling(tl::Session &session, int milliseconds, Call call) {
  std::atomic<bool> isOver = false;
  std::thread other([&] {
    while (!isOver) {
      std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
      session.cancel();
    }
  });
  auto result = call();
  isOver = true;
  other.join();
  return result;
}

void stopsRecursionsAndProducts() {
  const char *const programs[] = {
      "Y(0)\nY(x+1) <- Y(x), x < 2000000000\n",
      "A[i,j] = 0.5 i + j, i < 12000, j < 12000\nB[i,k] = A[i,j] A[j,k]\nY = sum[i,k](B[i,k])\n",
      "V[i] = i + 1.0, i < 1000\nX[i] = V[i] + 0.9999999 X[i]\nY = sum[i](X[i])\n",
  };
  for (const char *backend : {"cpu", "reference"})
    for (const char *text : programs) {
      tl::SessionOptions options;
      options.backend = backend;
      options.maxIterations = 2000000000;
      tl::Session session(options);
      if (!isOk(session.addSource(text), "a long program"))
        continue;
      (void)session.addSource("Small = 1 + 1\n", "small");
      auto stopped = whileCancelling(session, 100, [&] { return session.query("Y"); });
      expect(!stopped && stopped.error().kind == tl::ErrorKind::Interrupted, "a long program is stopped", messageOf(stopped));
      expect(static_cast<bool>(session.query("Small")), "the session goes on after it was stopped");
    }
}

/// Stopped while it takes in new facts, a session has all of them or none, and answers right the next time.
void stopsWhileItGains() {
  constexpr std::int64_t kNodes = 1500;
  tl::SessionOptions options;
  options.threads = 1;
  tl::Session session(options);
  (void)session.addSource("Reach(x, y) <- Edge(x, y)\nReach(x, z) <- Reach(x, y), Edge(y, z)\n");
  tl::Column from, to;
  for (std::int64_t node = 0; node + 1 < 2 * kNodes; ++node)
    if (node + 1 != kNodes)
      from.integers.push_back(node), to.integers.push_back(node + 1);
  (void)session.addFacts("Edge", {from, to});
  auto before = session.query("Reach(0, x)");
  expect(before && before->rows == kNodes - 1, "two chains", messageOf(before));
  (void)session.addFacts("Edge", {{{kNodes - 1}, {}}, {{kNodes}, {}}});
  for (int number = 0; number < 5; ++number)
    (void)whileCancelling(session, 1 + 5 * number, [&] { return session.query("Reach(0, x)"); });
  auto after = session.query("Reach(0, x)"), all = session.query("Reach(x, y)");
  expect(after && after->rows == 2 * kNodes - 1, "one chain", messageOf(after));
  expect(all && all->rows == kNodes * (2 * kNodes - 1), "and its closure", messageOf(all));
}

/// What was computed from an array does not point into it.
void keepsNothingOfWhatIsUnbound() {
  tl::Session session;
  (void)session.addSource("Y[i] = X[i]\nZ[i] = Y[i] + N\n");
  auto elements = std::make_unique<std::vector<float>>(std::vector<float>{1, 2, 3});
  std::vector<float> n{1};
  (void)session.bind("X", floats(*elements, {3}));
  (void)session.bind("N", {n.data(), tl::ElementType::F32, {}, {}});
  auto y = session.query("Y"), z = session.query("Z");
  elements = std::make_unique<std::vector<float>>(std::vector<float>{1, 2, 3});
  (void)session.bind("X", floats(*elements, {3}));
  n[0] = 2;
  z = session.query("Z");
  expect(z && z->array.as<float>()[2] == 5 && y && y->array.as<float>()[1] == 2, "kept values are their own", messageOf(z));
}

void runsSessionsInThreads() {
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int number = 0; number < 8; ++number)
    threads.emplace_back([number, &right] {
      tl::SessionOptions options;
      options.threads = 1;
      tl::Session session(options);
      std::vector<float> x{static_cast<float>(number), 1};
      (void)session.addSource("Y = X[i] X[i]\nR(x, y) <- E(x, y)\nR(x, z) <- R(x, y), E(y, z)\n");
      (void)session.bind("X", floats(x, {2}));
      (void)session.addFacts("E", {{{0, 1, 2}, {}}, {{1, 2, number + 3}, {}}});
      for (int round = 0; round < 5; ++round) {
        auto y = session.query("Y"), r = session.query("R(0, x)");
        right += y && r && y->array.as<float>()[0] == static_cast<float>(number * number + 1) && r->rows == 3;
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  expect(right == 40, "eight sessions in eight threads", std::to_string(right.load()));
}

} // namespace

int main(int count, char **arguments) {
  readsArraysWhereTheyLie();
  callsFunctionsOfTheProgram();
  drawsBySeed();
  namesItsSymbols();
  keepsOwnersAlive();
  passesTensorsByDLPack();
  computesOnlyWhatChanged();
  agreesWithAFreshSession(count > 1 ? static_cast<unsigned>(std::stoul(arguments[1])) : 1);
  reportsMistakesAsData();
  keepsLimits();
  stopsWhenCancelled();
  stopsRecursionsAndProducts();
  stopsWhileItGains();
  keepsNothingOfWhatIsUnbound();
  runsSessionsInThreads();
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed ? 1 : 0;
}
