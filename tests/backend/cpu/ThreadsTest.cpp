// Loops that really are cut into parts: the kernels claim a cost that is worth threads whatever their size.
#include "tests/backend/cpu/RunModule.h"

namespace tl::backend {
namespace {

constexpr const char *kWorthThreads = "1000000000";

/// The parallel loop itself runs in lanes, so that parts end within what would be one vector for a single
/// thread.
const char *const kMap = R"(
  plan.kernel @map(%a: tensor<$Nxf32>, %c: tensor<$Nxf32>) cost $COST {
    plan.for "i" %i 0 to $N parallel {
      %x = plan.load %a[%i] : tensor<$Nxf32>
      %n = tl.cast %i : index to f32
      %g = tl.apply "gelu"(%x) : (f32) -> f32
      %v = tl.apply "add"(%g, %n) : (f32, f32) -> f32
      plan.combine add %v into %c[%i] : f32 into tensor<$Nxf32>
    }
  }
  tl.program {
    %a = tl.read "A" from "literal" : tensor<$Nxf32>
    %c = tl.empty add : tensor<$Nxf32>
    %r = plan.call @map(%a) into %c : (tensor<$Nxf32>, tensor<$Nxf32>) -> tensor<$Nxf32>
    tl.query 0 %r : tensor<$Nxf32>
  })";

/// Columns summed several at a time: vectors in flight around a reduction, cut anywhere.
const char *const kColumns = R"(
  plan.kernel @columns(%a: tensor<23x$Nxf32>, %c: tensor<$Nxf32>) cost $COST {
    plan.for "j" %j 0 to $N parallel {
      %s, %reached = plan.reduce sum {
        plan.for "k" %k 0 to 23 {
          %x = plan.load %a[%k, %j] : tensor<23x$Nxf32>
          %zero = tl.number -1.0 : f32
          %holds = tl.apply "gt"(%x, %zero) : (f32, f32) -> i1
          plan.if %holds {
            plan.contribute %x : f32
          }
        }
      } : f32
      plan.combine add fresh %s into %c[%j] : f32 into tensor<$Nxf32>
    }
  }
  tl.program {
    %a = tl.read "A" from "literal" : tensor<23x$Nxf32>
    %c = tl.empty add : tensor<$Nxf32>
    %r = plan.call @columns(%a) into %c : (tensor<23x$Nxf32>, tensor<$Nxf32>) -> tensor<$Nxf32>
    tl.query 0 %r : tensor<$Nxf32>
  })";

/// Rows summed in lanes, rows shared.
const char *const kRows = R"(
  plan.kernel @rows(%a: tensor<$Nx23xf32>, %c: tensor<$Nxf32>) cost $COST {
    plan.for "i" %i 0 to $N parallel {
      %s, %reached = plan.reduce sum {
        plan.for "k" %k 0 to 23 lanes 16 {
          %x = plan.load %a[%i, %k] : tensor<$Nx23xf32>
          plan.contribute %x : f32
        }
      } : f32
      plan.combine add fresh %s into %c[%i] : f32 into tensor<$Nxf32>
    }
  }
  tl.program {
    %a = tl.read "A" from "literal" : tensor<$Nx23xf32>
    %c = tl.empty add : tensor<$Nxf32>
    %r = plan.call @rows(%a) into %c : (tensor<$Nx23xf32>, tensor<$Nxf32>) -> tensor<$Nxf32>
    tl.query 0 %r : tensor<$Nxf32>
  })";

/// Bits for one thread against bits for several, the single thread taking the loop whole.
void expectSameBits(const char *text, int count, const runtime::Shape &shape) {
  Module module(filled(text, {{"COST", kWorthThreads}, {"N", std::to_string(count)}}));
  std::size_t elements = 1;
  for (std::int64_t extent : shape)
    elements *= static_cast<std::size_t>(extent);
  module.f32("A", shape, realNumbers(elements, 11));
  for (int level : {0, 2}) {
    const runtime::Value alone = module.answer({.level = level});
    for (int threads : {2, 3, 4, 7})
      EXPECT_TRUE(haveSameBits(alone, module.answer({.level = level, .threads = threads})))
          << count << " elements on " << threads << " threads, level " << level;
  }
}

TEST(Threads, CutMapsWithinVectors) {
  for (int count : {2, 5, 16, 33, 100, 1003})
    expectSameBits(kMap, count, {count});
}

TEST(Threads, CutReducedColumnsWithinVectors) {
  for (int count : {2, 5, 16, 33, 100, 1003})
    expectSameBits(kColumns, count, {23, count});
}

TEST(Threads, CutRowsReducedInLanes) {
  for (int count : {2, 5, 16, 33, 100})
    expectSameBits(kRows, count, {count, 23});
}

} // namespace
} // namespace tl::backend
