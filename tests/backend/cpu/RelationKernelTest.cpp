// Kernels over relations, and the recursions of a program, against sets.
#include "tests/backend/cpu/RunModule.h"

#include <set>

namespace tl::backend {
namespace {

using Edges = std::set<std::pair<int, int>>;

Edges randomEdges(int nodes, int count, unsigned seed) {
  std::mt19937 random(seed);
  Edges edges;
  while (static_cast<int>(edges.size()) < count)
    edges.insert({static_cast<int>(random() % nodes), static_cast<int>(random() % nodes)});
  return edges;
}

Cells cellsOf(const Edges &edges) {
  Cells cells;
  for (auto [from, to] : edges) {
    cells.push_back(from);
    cells.push_back(to);
  }
  return cells;
}

Edges closureOf(Edges edges) {
  for (std::size_t before = 0; before != edges.size();) {
    before = edges.size();
    Edges found;
    for (auto [x, y] : edges)
      for (auto it = edges.lower_bound({y, INT32_MIN}); it != edges.end() && it->first == y; ++it)
        found.insert({x, it->second});
    edges.insert(found.begin(), found.end());
  }
  return edges;
}

/// Path(x, z) <- Path(x, y), Edge(y, z) by deltas; $R is the type of both.
const char *const kClosure = R"(
  plan.kernel @copy(%rows: !plan.rows<2>, %path: $R) cost -1 {
    plan.each (%x, %y) in %rows : !plan.rows<2> {
      plan.insert %path[%x, %y] : $R
    }
  }
  plan.kernel @extend(%delta: !plan.rows<2>, %edges: !plan.index<2, [0]>, %path: $R) cost -1 {
    plan.each (%x, %y) in %delta : !plan.rows<2> {
      plan.lookup (%y1, %z) in %edges[%y] : !plan.index<2, [0]> {
        plan.insert %path[%x, %z] : $R
      }
    }
  }
  tl.program {
    %edge = tl.read "Edge" from "facts" : $R
    %path0 = tl.empty or : $R
    %path = plan.seminaive (%path0) : $R $MAX names ["Path"] start (%p) {
      %rows = plan.rows full %edge : $R -> !plan.rows<2>
      %p1 = plan.call @copy(%rows) into %p : (!plan.rows<2>, $R) -> $R
      tl.next %p1 : $R
    } step (%q) {
      %delta = plan.rows delta %q : $R -> !plan.rows<2>
      %edges = plan.index_by full %edge : $R -> !plan.index<2, [0]>
      %q1 = plan.call @extend(%delta, %edges) into %q : (!plan.rows<2>, !plan.index<2, [0]>, $R) -> $R
      tl.next %q1 : $R
    }
    tl.query 0 %path : $R
  })";

/// Path(x, z) <- Path(x, y), Path(y, z): the growing relation is indexed too, in its old and its full
/// version.
const char *const kSquaring = R"(
  plan.kernel @left(%delta: !plan.rows<2>, %full: !plan.index<2, [0]>, %path: $R) cost -1 {
    plan.each (%x, %y) in %delta : !plan.rows<2> {
      plan.lookup (%y1, %z) in %full[%y] : !plan.index<2, [0]> {
        plan.insert %path[%x, %z] : $R
      }
    }
  }
  plan.kernel @right(%delta: !plan.rows<2>, %old: !plan.index<2, [1]>, %path: $R) cost -1 {
    plan.each (%y, %z) in %delta : !plan.rows<2> {
      plan.lookup (%x, %y1) in %old[%y] : !plan.index<2, [1]> {
        plan.insert %path[%x, %z] : $R
      }
    }
  }
  tl.program {
    %edge = tl.read "Edge" from "facts" : $R
    %path = plan.seminaive (%edge) : $R start (%p) {
      tl.next %p : $R
    } step (%q) {
      %delta = plan.rows delta %q : $R -> !plan.rows<2>
      %full = plan.index_by full %q : $R -> !plan.index<2, [0]>
      %old = plan.index_by old %q : $R -> !plan.index<2, [1]>
      %q1 = plan.call @left(%delta, %full) into %q : (!plan.rows<2>, !plan.index<2, [0]>, $R) -> $R
      %q2 = plan.call @right(%delta, %old) into %q1 : (!plan.rows<2>, !plan.index<2, [1]>, $R) -> $R
      tl.next %q2 : $R
    }
    tl.query 0 %path : $R
  })";

TEST(RelationKernel, ClosesTransitivelyByDeltas) {
  for (const char *text : {kClosure, kSquaring})
    for (const char *type : {"!tl.relation<[40, 40]>", "!tl.relation<[?, ?]>"})
      for (unsigned seed = 0; seed < 6; ++seed) {
        const Edges edges = randomEdges(40, 15 + 8 * seed, seed);
        Module module(filled(text, {{"MAX", ""}, {"R", type}}));
        module.rows("Edge", 2, cellsOf(edges));
        EXPECT_EQ(module.cells(), cellsOf(closureOf(edges))) << type << " seed " << seed;
      }
}

TEST(RelationKernel, ManyRoundsBeyondTheirBoundAreALimit) {
  Module module(filled(kClosure, {{"MAX", "max 3"}, {"R", "!tl.relation<[9, 9]>"}}));
  module.rows("Edge", 2, {0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6});
  const runtime::Error error = module.error();
  EXPECT_EQ(error.kind, runtime::ErrorKind::Limit);
  EXPECT_EQ(error.message, "'Path' did not converge within 3 rounds (--max-iterations)");
}

/// Rows of A whose mirror image is in B; the probe meets cells outside B's bounds.
TEST(RelationKernel, ProbesRowsOfAnyCells) {
  const char *const text = R"(
  plan.kernel @mirror(%rows: !plan.rows<2>, %b: $B, %c: !tl.relation<[?, ?]>) cost -1 {
    plan.each (%x, %y) in %rows : !plan.rows<2> {
      %holds = plan.probe %b[%y, %x] : $B
      plan.if %holds {
        plan.insert %c[%x, %y] : !tl.relation<[?, ?]>
      }
    }
  }
  tl.program {
    %a = tl.read "A" from "facts" : !tl.relation<[?, ?]>
    %b = tl.read "B" from "facts" : $B
    %rows = plan.rows full %a : !tl.relation<[?, ?]> -> !plan.rows<2>
    %c = tl.empty or : !tl.relation<[?, ?]>
    %r = plan.call @mirror(%rows, %b) into %c : (!plan.rows<2>, $B, !tl.relation<[?, ?]>) -> !tl.relation<[?, ?]>
    tl.query 0 %r : !tl.relation<[?, ?]>
  })";
  for (const char *type : {"!tl.relation<[5, 5]>", "!tl.relation<[?, ?]>"}) {
    Module module(filled(text, {{"B", type}}));
    module.rows("A", 2, {0, 1, 3, 4, -1, 2, 2, 7, 1000000, 4, 2, 2});
    module.rows("B", 2, {1, 0, 4, 2, 2, 2, 4, 3});
    EXPECT_EQ(module.cells(), (Cells{0, 1, 2, 2, 3, 4})) << type;
  }
}

/// Lookups by several columns, a key that is no cell, and relations of arity 0, 1 and 3.
TEST(RelationKernel, LooksUpBySeveralColumns) {
  Module module(R"(
  plan.kernel @join(%rows: !plan.rows<2>, %table: !plan.index<3, [0, 2]>, %c: !tl.relation<[?, ?, ?]>) cost -1 {
    plan.each (%x, %y) in %rows : !plan.rows<2> {
      %far = plan.affine (%y * 4294967296 + %y)
      plan.lookup (%x1, %m, %y1) in %table[%x, %y] : !plan.index<3, [0, 2]> {
        plan.insert %c[%x, %m, %y] : !tl.relation<[?, ?, ?]>
      }
      plan.lookup (%x2, %n, %y2) in %table[%x, %far] : !plan.index<3, [0, 2]> {
        plan.insert %c[%x, %n, %y] : !tl.relation<[?, ?, ?]>
      }
    }
  }
  tl.program {
    %a = tl.read "A" from "facts" : !tl.relation<[9, 9]>
    %b = tl.read "B" from "facts" : !tl.relation<[9, ?, 9]>
    %rows = plan.rows full %a : !tl.relation<[9, 9]> -> !plan.rows<2>
    %table = plan.index_by full %b : !tl.relation<[9, ?, 9]> -> !plan.index<3, [0, 2]>
    %c = tl.empty or : !tl.relation<[?, ?, ?]>
    %r = plan.call @join(%rows, %table) into %c : (!plan.rows<2>, !plan.index<3, [0, 2]>, !tl.relation<[?, ?, ?]>) -> !tl.relation<[?, ?, ?]>
    tl.query 0 %r : !tl.relation<[?, ?, ?]>
  })");
  module.rows("A", 2, {1, 2, 3, 4, 5, 6});
  module.rows("B", 3, {1, -7, 2, 1, 8, 2, 3, 9, 5, 5, 0, 6});
  EXPECT_EQ(module.cells(), (Cells{1, -7, 2, 1, 8, 2, 5, 0, 6}));
}

/// A kernel that adds to its own input: the rows are those from before the call.
TEST(RelationKernel, AddsToFactsWithoutTouchingTheBinding) {
  Module module(R"(
  plan.kernel @reverse(%rows: !plan.rows<2>, %c: !tl.relation<[9, 9]>) cost -1 {
    plan.each (%x, %y) in %rows : !plan.rows<2> {
      plan.insert %c[%y, %x] : !tl.relation<[9, 9]>
    }
  }
  tl.program {
    %a = tl.read "A" from "facts" : !tl.relation<[9, 9]>
    %rows = plan.rows full %a : !tl.relation<[9, 9]> -> !plan.rows<2>
    %r = plan.call @reverse(%rows) into %a : (!plan.rows<2>, !tl.relation<[9, 9]>) -> !tl.relation<[9, 9]>
    tl.query 0 %r : !tl.relation<[9, 9]>
    tl.query 1 %a : !tl.relation<[9, 9]>
  })");
  module.rows("A", 2, {1, 2, 3, 4});
  runtime::Result<Answers> answers = module.run();
  ASSERT_TRUE(answers);
  EXPECT_EQ(std::get<runtime::Relation>(answers->queries.at(0)).cells(), (Cells{1, 2, 2, 1, 3, 4, 4, 3}));
  EXPECT_EQ(std::get<runtime::Relation>(answers->queries.at(1)).cells(), (Cells{1, 2, 3, 4}));
  EXPECT_EQ(module.cells(), (Cells{1, 2, 2, 1, 3, 4, 4, 3})) << "a second run starts from the same facts";
}

} // namespace
} // namespace tl::backend
