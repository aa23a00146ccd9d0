// Arrays of the embedding program are read where they lie: none is copied, written to or read past its end.
#include <tl/tl.h>

#include <cstdio>
#include <cstring>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

namespace {

int passed = 0, failed = 0;

void expect(bool holds, const std::string &what, const std::string &seen = "") {
  (holds ? passed : failed)++;
  if (!holds)
    std::printf("FAIL %s: %s\n", what.c_str(), seen.c_str());
}

template <class T> std::string messageOf(const tl::Result<T> &result) { return result ? "" : result.error().message; }

tl::ArrayView floats(const void *elements, std::vector<std::int64_t> shape) {
  return {elements, tl::ElementType::F32, std::move(shape), {}};
}

long peakMebibytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

/// Elements at the end of a page behind which none can be read, and none can be written once they are sealed.
class GuardedElements {
public:
  explicit GuardedElements(std::size_t bytes) : bytes(bytes) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    room = (bytes + page - 1) / page * page;
    mapped = room + page;
    memory = static_cast<char *>(mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    mprotect(memory + room, page, PROT_NONE);
  }
  GuardedElements(const GuardedElements &) = delete;
  GuardedElements &operator=(const GuardedElements &) = delete;
  ~GuardedElements() { munmap(memory, mapped); }

  template <class T> T *as() { return reinterpret_cast<T *>(memory + room - bytes); }
  void seal() { mprotect(memory, room, PROT_READ); }

private:
  std::size_t bytes, room, mapped;
  char *memory;
};

/// 200 MB beside a session that may hold 8: a copy would not fit.
void copiesNothing() {
  constexpr std::int64_t kRows = 50000, kColumns = 1000;
  std::vector<float> x(kRows * kColumns, 1.0f);
  tl::SessionOptions options;
  options.maxMemoryBytes = std::size_t{8} << 20;
  options.threads = 1;
  tl::Session session(options);
  expect(static_cast<bool>(session.addSource("Y[i] = sum[j](X[i,j])\nAll = sum[i](Y[i])\n")), "addSource");
  expect(static_cast<bool>(session.bind("X", floats(x.data(), {kRows, kColumns}))), "bind");
  (void)session.query("Y[0]"); // the compiler's own memory
  const long before = peakMebibytes();
  auto all = session.query("All");
  expect(all && all->array.as<float>()[0] == kRows * kColumns, "a large array is read", messageOf(all));
  x[0] = 9;
  all = session.query("All");
  expect(all && all->array.as<float>()[0] == kRows * kColumns + 8, "and what has changed in it", messageOf(all));
  const long more = peakMebibytes() - before;
  expect(more < 50, "the peak does not grow by the array", std::to_string(more) + " MiB more");
  (void)session.bind("X", {x.data(), tl::ElementType::F32, {kColumns, kRows}, {1, kColumns}});
  auto turned = session.query("All");
  expect(!turned && turned.error().kind == tl::ErrorKind::Limit, "other strides are a copy", messageOf(turned));
}

/// Whatever may work in place, on elements that cannot be written.
void writesNothing(const char *backend) {
  const char *const programs[] = {
      "Y[i] = 2 X[i]\n",
      "Y[i] = X[i]\n",
      "Y[i] += X[i]\nY[i] += 1.0\n",
      "Y[i.] = softmax(X[i])\n",
      "Y[i] = relu(X[i]) X[i]\n",
      "Y[i] max= X[i]\nY[i] max= 3.0\n",
      "S[i,t=0] = X[i]\nS[i,t+1] = 0.5 S[i,t] + X[i], t < 5\nY[i] = S[i,t=5]\n",
      "Z[i] = X[i] + 0.5 Z[i]\nY[i] = Z[i]\n",
      "Y = X[i] X[i]\n",
      "A[i,j] = X[i] X[j]\nY[i] = A[i,j] X[j]\n",
  };
  for (std::int64_t count : {1, 7, 16, 33, 1000}) {
    GuardedElements elements(static_cast<std::size_t>(count) * sizeof(float));
    for (std::int64_t place = 0; place < count; ++place)
      elements.as<float>()[place] = static_cast<float>(place % 5) / 8;
    elements.seal();
    for (const char *text : programs) {
      tl::SessionOptions options;
      options.backend = backend;
      tl::Session lent(options), owning(options);
      (void)lent.addSource(text);
      (void)owning.addSource(text);
      (void)lent.bind("X", floats(elements.as<float>(), {count}));
      // Every second of twice as many: such elements are copied.
      std::vector<float> apart(static_cast<std::size_t>(2 * count));
      for (std::int64_t place = 0; place < count; ++place)
        apart[static_cast<std::size_t>(2 * place)] = elements.as<float>()[place];
      (void)owning.bind("X", {apart.data(), tl::ElementType::F32, {count}, {2}});
      auto one = lent.query("Y"), other = owning.query("Y");
      const bool isSame = one && other && one->array.shape == other->array.shape &&
                          std::memcmp(one->array.data.get(), other->array.data.get(),
                                      (one->array.shape.empty() ? 1 : static_cast<std::size_t>(count)) * sizeof(float)) == 0;
      expect(isSame, std::string(backend) + ", " + std::to_string(count) + " elements, " + text, messageOf(one) + messageOf(other));
    }
  }
}

/// Narrow and wide elements, at addresses that fit them and no more.
void readsEveryType() {
  GuardedElements bytes(5), longs(3 * sizeof(std::int64_t)), doubles(7 * sizeof(double));
  for (int place = 0; place < 5; ++place)
    bytes.as<std::int8_t>()[place] = static_cast<std::int8_t>(place - 2);
  for (int place = 0; place < 3; ++place)
    longs.as<std::int64_t>()[place] = place;
  for (int place = 0; place < 7; ++place)
    doubles.as<double>()[place] = place / 4.0;
  for (GuardedElements *one : {&bytes, &longs, &doubles})
    one->seal();
  tl::SessionOptions options;
  options.realType = tl::ElementType::F64;
  tl::Session session(options);
  (void)session.bind("B", {bytes.as<void>(), tl::ElementType::I8, {5}, {}});
  (void)session.bind("L", {longs.as<void>(), tl::ElementType::I64, {3}, {}});
  (void)session.bind("D", {doubles.as<void>(), tl::ElementType::F64, {7}, {}});
  // An index must be known to be an integer, so the text comes after the arrays.
  expect(static_cast<bool>(session.addSource("P[i] = B[i] + 1\nQ[i] = D[L[i]]\n")), "addSource");
  auto p = session.query("P[4]"), q = session.query("Q");
  expect(p && p->array.type == tl::ElementType::I64 && p->array.as<std::int64_t>()[0] == 3, "bytes", messageOf(p));
  expect(q && q->array.type == tl::ElementType::F64 && q->array.as<double>()[2] == 0.5, "doubles at integers", messageOf(q));
  expect(!session.bind("D", {bytes.as<char>() + 1, tl::ElementType::F64, {1}, {}}), "an address that does not fit is refused");
}

/// Answers stay what they are when elements change or are freed, and go on to others where they lie.
void handsOutItsOwn() {
  tl::Session one, two;
  std::vector<float> x{1, 2, 3};
  (void)one.addSource("Y[i] = X[i]\nR[i] = 2 X[i]\n");
  (void)one.bind("X", floats(x.data(), {3}));
  auto bound = one.query("X"), same = one.query("Y"), r = one.query("R");
  if (!bound || !same || !r)
    return expect(false, "queries", messageOf(bound) + messageOf(same) + messageOf(r));
  expect(bound->array.data.get() != x.data() && same->array.data.get() != x.data(), "what is bound is not handed out");
  auto packed = tl::toDLPack(r->array);
  // The first member of DLPack's tensor is the address of its elements.
  expect(packed && *reinterpret_cast<void *const *>(*packed) == r->array.data.get(), "answers are lent where they lie");
  (void)two.addSource("Z[i] = R[i] + 1\n");
  expect(packed && two.bind("R", *packed), "DLPack is bound");
  x = {7, 7, 7};
  auto z = two.query("Z");
  expect(z && z->array.as<float>()[2] == 7, "and read", messageOf(z));
  expect(bound->array.as<float>()[2] == 3 && same->array.as<float>()[0] == 1 && r->array.as<float>()[1] == 4, "answers stay");
}

} // namespace

int main() {
  copiesNothing();
  writesNothing("cpu");
  writesNothing("reference");
  readsEveryType();
  handsOutItsOwn();
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed ? 1 : 0;
}
