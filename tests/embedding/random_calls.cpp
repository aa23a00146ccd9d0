// Random calls of the library, right and wrong, in random order: none may crash, and a failure says why.
//
// usage: random_calls SEED COUNT
#include <tl/tl.h>

#include <cstdio>
#include <cstdlib>
#include <random>

namespace {

constexpr const char *kTexts[] = {
    "Y[i] = 2 X[i]\n",
    "Y[i] = W[i,j] X[j]\nY?\n",
    "R(x, y) <- E(x, y)\nR(x, z) <- R(x, y), E(y, z)\n",
    "Far(x, y) <- R(x, y), not E(x, y)\nFar(x, y)?\n",
    "N[x] = R(x, y)\nHub(x) <- N[x] > 1\n",
    "M[i] max= X[j], E(i, j)\n",
    "D[y] min= D[x] + 1, E(x, y)\nD[x] min= 0, Start(x)\n",
    "Z = f(1) + sum[i](X[i])\n",
    "U[i] = uniform(), i < 3\n",
    "X = [1, 2, 3]\n",
    "E(Ann, Bob)\nE(1, 2)\n",
    "tensor X[i: 4]: f64\n",
    "domain P = {Ann, Bob}\n",
    "Y[i] = rleu(X[i])\n",
    "Y[i = \n",
    "import std.core\n",
    "import nothing.there\n",
    "Q = \"missing.npy\"\n",
    "S[t+1] = S[t] + X[t]\n",
    "P(x) <- not P(x)\n",
    "",
    "\xff\xfe \x01",
};
constexpr const char *kNames[] = {"X", "W", "E", "R", "Y", "Start", "N", "", "x", "No such name", "Z", "D"};
constexpr const char *kQueries[] = {"Y",    "Y[0]",       "R(x, y)",  "R(Ann, x)", "R(1, 2)", "X",
                                    "M",    "Hub(x)",     "Far(x,y)", "D",         "Z",       "U",
                                    "Y[",   "",           "?",        "Y? X?",     "dZ/dX",   "Nope?",
                                    "R(x)", "Y[i,j,k,l]", "N",        "\x80\x81",  "W",       "Start(x)"};

class Caller {
public:
  explicit Caller(unsigned seed) : random(seed) { restart(); }

  void call() {
    switch (below(64)) {
    case 0:
      return ask();
    case 1:
      return below(6) ? (void)session->check() : restart();
    case 2:
      return below(5) ? look(session->symbols()) : look(session->run());
    case 3:
      return attach();
    default:
      change();
    }
  }

  std::size_t failures = 0, successes = 0;

private:
  unsigned below(unsigned count) { return static_cast<unsigned>(random() % count); }
  template <std::size_t count> std::string one(const char *const (&texts)[count]) {
    return texts[below(count)];
  }

  template <class T> void look(const tl::Result<T> &result) {
    (result ? successes : failures)++;
    if (!result && result.error().message.empty()) {
      std::printf("FAIL a failure without a message\n");
      std::exit(1);
    }
  }

  void restart() {
    tl::SessionOptions options;
    options.threads = static_cast<int>(1 + below(2));
    options.backend = below(5) ? "cpu" : below(3) ? "reference" : "no such backend";
    options.strict = below(8) == 0;
    options.realType = below(3) ? tl::ElementType::F32 : tl::ElementType::F64;
    options.maxMemoryBytes = below(6) ? 1 << 26 : 1 + below(1 << 16); // columns may reach 2^31
    options.timeoutSeconds = 5;
    options.maxIterations = below(3) ? std::optional<std::int64_t>() : 1 + below(20);
    options.seed = below(3);
    session = std::make_unique<tl::Session>(options);
  }

  void change() {
    switch (below(8)) {
    case 0:
    case 1:
      return look(session->addSource(one(kTexts), below(2) ? "a" : below(2) ? "b" : "c"));
    case 2:
      return look(session->removeSource(below(2) ? "a" : "b"));
    case 3:
      return bind();
    case 4:
      return session->unbind(one(kNames));
    case 5:
      return look(session->addFacts(one(kNames), columns()));
    case 6:
      return look(session->retractFacts(one(kNames), columns()));
    default:
      return session->cancel();
    }
  }

  std::vector<tl::Column> columns() {
    std::vector<tl::Column> made(below(4));
    const unsigned rows = below(4);
    for (tl::Column &column : made) {
      const bool isSymbols = below(2) != 0;
      for (unsigned row = 0; row < rows + (below(30) == 0); ++row)
        if (isSymbols)
          column.symbols.push_back(below(2) ? "Ann" : one(kNames));
        else
          column.integers.push_back(
              below(20) ? below(5) : static_cast<std::int64_t>(random()) - (std::int64_t{1} << 31));
    }
    return made;
  }

  void bind() {
    static const double kZeros[64] = {};
    const auto type = static_cast<tl::ElementType>(below(8));
    tl::ArrayView view{below(12) ? kZeros : nullptr, type, {}, {}};
    const unsigned rank = below(4);
    for (unsigned axis = 0; axis < rank; ++axis)
      view.shape.push_back(below(40) ? static_cast<std::int64_t>(below(4)) : -1);
    if (below(3) == 0)
      for (unsigned axis = 0; axis < rank + (below(20) == 0); ++axis)
        view.strides.push_back(below(3));
    if (below(50) == 0 && rank)
      view.shape[0] = INT64_MAX / 2;
    look(session->bind(one(kNames), view));
  }

  void attach() {
    tl::HostFunction function =
        below(8) ? tl::HostFunction([](const double *x) { return x[0] + 1; }) : nullptr;
    look(session->attach(below(4) ? "f" : one(kNames), 1 + below(8), std::move(function)));
  }

  void ask() {
    std::string query = one(kQueries);
    if (below(4) == 0) {
      double elements[64];
      std::vector<std::int64_t> shape(below(3), 3);
      return look(session->queryInto(query, {elements, static_cast<tl::ElementType>(below(8)), shape, {}}));
    }
    tl::Result<tl::Answer> answer = session->query(query);
    look(answer);
    if (!answer || answer->kind != tl::Answer::Kind::Tensor)
      return;
    tl::Result<DLManagedTensor *> packed = tl::toDLPack(answer->array);
    look(packed);
    if (packed && below(2))
      tl::releaseDLPack(*packed);
    else if (packed)
      look(session->bind(one(kNames), *packed));
  }

  std::mt19937 random;
  std::unique_ptr<tl::Session> session;
};

} // namespace

int main(int count, char **arguments) {
  const unsigned seed = count > 1 ? static_cast<unsigned>(std::atol(arguments[1])) : 1;
  const long calls = count > 2 ? std::atol(arguments[2]) : 20000;
  Caller caller(seed);
  for (long number = 0; number < calls; ++number)
    caller.call();
  std::printf("%ld calls, %zu succeeded, %zu failed as they should\n1 passed, 0 failed\n", calls,
              caller.successes, caller.failures);
  return 0;
}
