// How products lie in memory, and which code runs on which device.
#include "backend/cuda/Capabilities.h"
#include "backend/cuda/lower/Contraction.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/MLIRContext.h"

#include <gtest/gtest.h>

namespace tl::backend::cuda {
namespace {

class ContractionTest : public testing::Test {
protected:
  mlir::Type tensor(llvm::ArrayRef<std::int64_t> shape) {
    return mlir::RankedTensorType::get(shape, builder.getF32Type());
  }
  mlir::AffineMap map(unsigned dims, unsigned symbols, llvm::ArrayRef<mlir::AffineExpr> results) {
    return mlir::AffineMap::get(dims, symbols, results, &context);
  }
  mlir::AffineExpr d(unsigned number) { return builder.getAffineDimExpr(number); }
  mlir::AffineExpr s(unsigned number) { return builder.getAffineSymbolExpr(number); }

  mlir::MLIRContext context;
  mlir::Builder builder{&context};
};

/// C[t+1,b,i,j] += A[t,b,i,k] B[k,j+2]: b and i are rows, and one run of memory in both tensors that have them.
TEST_F(ContractionTest, NumbersNeighboursAsOneIndexAndKeepsPositionsApart) {
  mlir::ArrayAttr maps = builder.getAffineMapArrayAttr({map(4, 1, {s(0), d(0), d(1), d(3)}), map(4, 1, {d(3), d(2) + 2}),
                                                        map(4, 1, {s(0) + 1, d(0), d(1), d(2)})});
  mlir::Type types[] = {tensor({4, 2, 32, 20}), tensor({20, 32}), tensor({4, 2, 32, 30})};
  const ContractionLayout layout = contractionLayout({2, 32, 30, 20}, maps, types);
  EXPECT_EQ(layout.counts, (std::array<std::int64_t, kKinds>{1, 64, 30, 20}));
  ASSERT_EQ(layout.indices[Row].size(), 1u);
  EXPECT_EQ(layout.indices[Row][0].steps, (std::array<std::int64_t, 3>{20, 0, 30}));
  EXPECT_EQ(layout.indices[Column][0].steps, (std::array<std::int64_t, 3>{0, 1, 1}));
  EXPECT_EQ(layout.indices[Depth][0].steps, (std::array<std::int64_t, 3>{1, 32, 0}));
  EXPECT_EQ(layout.base, (std::array<std::int64_t, 3>{0, 2, 2 * 32 * 30}));
  EXPECT_EQ(layout.perPosition[0][0], 2 * 32 * 20);
  EXPECT_EQ(layout.perPosition[1][0], 0);
}

/// A window: C[x,o] += A[x+k] B[k,o] steps by 1 in both x and k.
TEST_F(ContractionTest, TakesWindowsAsStepsInMemory) {
  mlir::ArrayAttr maps = builder.getAffineMapArrayAttr(
      {map(3, 0, {d(0) + d(2)}), map(3, 0, {d(2), d(1)}), map(3, 0, {d(0), d(1)})});
  mlir::Type types[] = {tensor({50}), tensor({8, 40}), tensor({43, 40})};
  const ContractionLayout layout = contractionLayout({43, 40, 8}, maps, types);
  EXPECT_EQ(layout.indices[Row][0].steps, (std::array<std::int64_t, 3>{1, 0, 40}));
  EXPECT_EQ(layout.indices[Depth][0].steps, (std::array<std::int64_t, 3>{1, 40, 0}));
}

/// S[h,q,p] += Q[h,p,d] K[h,q,d]: h is in all three.
TEST_F(ContractionTest, KeepsWhatAllThreeTensorsHaveAsBatch) {
  mlir::ArrayAttr maps = builder.getAffineMapArrayAttr(
      {map(4, 0, {d(0), d(1), d(3)}), map(4, 0, {d(0), d(2), d(3)}), map(4, 0, {d(0), d(2), d(1)})});
  mlir::Type types[] = {tensor({3, 40, 16}), tensor({3, 48, 16}), tensor({3, 48, 40})};
  const ContractionLayout layout = contractionLayout({3, 40, 48, 16}, maps, types);
  EXPECT_EQ(layout.counts, (std::array<std::int64_t, kKinds>{3, 40, 48, 16}));
  EXPECT_EQ(layout.indices[Batch][0].steps, (std::array<std::int64_t, 3>{640, 768, 1920}));
  EXPECT_EQ(layout.indices[Row][0].steps, (std::array<std::int64_t, 3>{16, 0, 1}));
}

TEST(Capabilities, ChoosesTheBestCodeThatADeviceRuns) {
  EXPECT_EQ(capabilityOf(7, 5), nullptr);
  EXPECT_EQ(capabilityOf(8, 0)->name, "sm_80");
  EXPECT_EQ(capabilityOf(8, 9)->name, "sm_80");
  EXPECT_EQ(capabilityOf(9, 0)->name, "sm_90a");
  // Code that uses what only Hopper has does not run on what came after it.
  EXPECT_EQ(capabilityOf(10, 0)->name, "sm_80");
  EXPECT_EQ(capabilityNamed("sm_75"), nullptr);
}

} // namespace
} // namespace tl::backend::cuda
