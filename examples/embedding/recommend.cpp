// Rules over facts that arrive while the program runs, joined with an array of the program's own.
#include <tl/tl.h>

#include <cstdio>

namespace {

void print(const tl::Error &error) {
  std::printf("error: %s\n", error.message.c_str());
  for (const tl::Diagnostic &diagnostic : error.diagnostics)
    if (diagnostic.range)
      std::printf("  %s:%u:%u\n", diagnostic.range->file.c_str(), diagnostic.range->begin.line,
                  diagnostic.range->begin.column);
}

void recommend(tl::Session &session) {
  tl::Result<tl::Answer> found = session.query("Suggest(person, item)");
  if (!found)
    return print(found.error());
  for (std::size_t row = 0; row < found->rows; ++row)
    std::printf("%s may like %s\n", found->columns[0].symbols[row].c_str(), found->columns[1].symbols[row].c_str());
}

} // namespace

int main() {
  tl::Session session;
  tl::Status added = session.addSource("Suggest(p, x) <- Friend(p, q), Bought(q, x), not Bought(p, x)\n"
                                       "tensor Score[u: 2]\n"
                                       "Score[u] = sig(Weight[u,k] Taste[k])\n",
                                       "rules");
  if (!added) {
    print(added.error());
    return 1;
  }
  (void)session.addFacts("Friend", {{{}, {"Ann", "Bob"}}, {{}, {"Bob", "Cid"}}});
  (void)session.addFacts("Bought", {{{}, {"Bob", "Cid"}}, {{}, {"Book", "Pen"}}});
  recommend(session);

  // A new fact: only what depends on it is computed anew.
  (void)session.addFacts("Bought", {{{}, {"Ann"}}, {{}, {"Book"}}});
  recommend(session);

  // An array of ours, read where it lies, and an answer into our memory.
  float weight[2][3] = {{1, 0, 2}, {0, -1, 1}}, taste[3] = {0.5f, 1, 0}, score[2];
  (void)session.bind("Weight", {weight, tl::ElementType::F32, {2, 3}, {}});
  (void)session.bind("Taste", {taste, tl::ElementType::F32, {3}, {}});
  if (tl::Status asked = session.queryInto("Score", {score, tl::ElementType::F32, {2}, {}}); !asked)
    print(asked.error());
  std::printf("%.4f %.4f\n", score[0], score[1]);

  // A mistake is a value.
  if (tl::Status wrong = session.addSource("Y[i] = rleu(Weight[i,k])\n", "more"); !wrong)
    print(wrong.error());
}
