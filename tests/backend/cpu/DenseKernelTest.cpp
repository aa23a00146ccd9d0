// Dense kernels of `plan` against plain loops.
#include "tests/backend/cpu/RunModule.h"

#include "runtime/core/HalfFloat.h"

#include <algorithm>
#include <cmath>

namespace tl::backend {
namespace {

using runtime::ElementType;

/// C[i,j] += A[i,k] B[k,j], the reduction in the middle, in memory.
const char *const kProduct = R"(
  plan.kernel @product(%a: tensor<$Mx$Kx$T>, %b: tensor<$Kx$Nx$T>, %c: tensor<$Mx$Nx$T>) cost 1000000 {
    plan.for "i" %i 0 to $M parallel {
      plan.for "k" %k 0 to $K {
        plan.for "j" %j 0 to $N {
          %x = plan.load %a[%i, %k] : tensor<$Mx$Kx$T>
          %y = plan.load %b[%k, %j] : tensor<$Kx$Nx$T>
          %p = tl.apply "mul"(%x, %y) : ($T, $T) -> $T
          plan.combine add %p into %c[%i, %j] : $T into tensor<$Mx$Nx$T>
        }
      }
    }
  }
  tl.program {
    %a = tl.read "A" from "literal" : tensor<$Mx$Kx$T>
    %b = tl.read "B" from "literal" : tensor<$Kx$Nx$T>
    %c = tl.empty add : tensor<$Mx$Nx$T>
    %r = plan.call @product(%a, %b) into %c : (tensor<$Mx$Kx$T>, tensor<$Kx$Nx$T>, tensor<$Mx$Nx$T>) -> tensor<$Mx$Nx$T>
    tl.query 0 %r : tensor<$Mx$Nx$T>
  })";

/// The same with the reduction in registers; $LANES is `lanes 16` for rows of B, nothing for columns.
const char *const kReduced = R"(
  plan.kernel @product(%a: tensor<$Mx$Kx$T>, %b: tensor<$B>, %c: tensor<$Mx$Nx$T>) cost 1000000 {
    plan.for "i" %i 0 to $M parallel {
      plan.for "j" %j 0 to $N {
        %s, %reached = plan.reduce sum {
          plan.for "k" %k 0 to $K $LANES {
            %x = plan.load %a[%i, %k] : tensor<$Mx$Kx$T>
            %y = plan.load %b[$PLACE] : tensor<$B>
            %p = tl.apply "mul"(%x, %y) : ($T, $T) -> $T
            plan.contribute %p : $T
          }
        } : $T
        plan.combine add fresh %s into %c[%i, %j] : $T into tensor<$Mx$Nx$T>
      }
    }
  }
  tl.program {
    %a = tl.read "A" from "literal" : tensor<$Mx$Kx$T>
    %b = tl.read "B" from "literal" : tensor<$B>
    %c = tl.empty add : tensor<$Mx$Nx$T>
    %r = plan.call @product(%a, %b) into %c : (tensor<$Mx$Kx$T>, tensor<$B>, tensor<$Mx$Nx$T>) -> tensor<$Mx$Nx$T>
    tl.query 0 %r : tensor<$Mx$Nx$T>
  })";

struct Extents {
  int rows, inner, columns;
};

std::vector<std::pair<std::string, std::string>> names(Extents e, const std::string &type) {
  return {{"M", std::to_string(e.rows)},
          {"K", std::to_string(e.inner)},
          {"N", std::to_string(e.columns)},
          {"T", type}};
}

Numbers product(Extents e, const Numbers &a, const Numbers &b, bool transposed) {
  Numbers c(e.rows * e.columns);
  for (int i = 0; i < e.rows; ++i)
    for (int j = 0; j < e.columns; ++j)
      for (int k = 0; k < e.inner; ++k)
        c[i * e.columns + j] += a[i * e.inner + k] * (transposed ? b[j * e.inner + k] : b[k * e.columns + j]);
  return c;
}

class Product : public ::testing::TestWithParam<Extents> {};

TEST_P(Product, CombinesInMemory) {
  const Extents e = GetParam();
  const Numbers a = exactNumbers(e.rows * e.inner, 1), b = exactNumbers(e.inner * e.columns, 2);
  for (auto [name, type] : {std::pair{"f32", ElementType::F32}, {"f64", ElementType::F64}}) {
    Module module(filled(kProduct, names(e, name)));
    module.bind("A", type, {e.rows, e.inner}, a).bind("B", type, {e.inner, e.columns}, b);
    EXPECT_EQ(module.numbers(), product(e, a, b, false)) << name;
  }
}

TEST_P(Product, ReducesColumnsInVectorsOfResults) {
  const Extents e = GetParam();
  const Numbers a = exactNumbers(e.rows * e.inner, 1), b = exactNumbers(e.inner * e.columns, 2);
  auto parts = names(e, "f32");
  parts.insert(parts.begin(), {{"LANES", ""}, {"PLACE", "%k, %j"}, {"B", "$Kx$Nx$T"}});
  Module module(filled(kReduced, parts));
  module.f32("A", {e.rows, e.inner}, a).f32("B", {e.inner, e.columns}, b);
  EXPECT_EQ(module.numbers(), product(e, a, b, false));
}

TEST_P(Product, ReducesRowsInLanes) {
  const Extents e = GetParam();
  const Numbers a = exactNumbers(e.rows * e.inner, 1), b = exactNumbers(e.inner * e.columns, 2);
  auto parts = names(e, "f32");
  parts.insert(parts.begin(), {{"LANES", "lanes 16"}, {"PLACE", "%j, %k"}, {"B", "$Nx$Kx$T"}});
  Module module(filled(kReduced, parts));
  module.f32("A", {e.rows, e.inner}, a).f32("B", {e.columns, e.inner}, b);
  EXPECT_EQ(module.numbers(), product(e, a, b, true));
}

INSTANTIATE_TEST_SUITE_P(Sizes, Product,
                         ::testing::Values(Extents{1, 1, 1}, Extents{3, 5, 4}, Extents{2, 15, 15},
                                           Extents{2, 16, 16}, Extents{3, 17, 17}, Extents{5, 33, 31},
                                           Extents{4, 64, 64}, Extents{3, 70, 65}, Extents{2, 130, 127}));

/// A map over one axis: $BODY computes %v of type f32 from %x; the place is %i.
std::string mapOf(int count, const std::string &body, const std::string &type = "f32") {
  return filled(R"(
  plan.kernel @map(%a: tensor<$Nx$T>, %c: tensor<$Nx$T>) cost 1 {
    plan.for "i" %i 0 to $N parallel {
      %x = plan.load %a[%i] : tensor<$Nx$T>
      $BODY
      plan.combine add fresh %v into %c[%i] : $T into tensor<$Nx$T>
    }
  }
  tl.program {
    %a = tl.read "A" from "literal" : tensor<$Nx$T>
    %c = tl.empty add : tensor<$Nx$T>
    %r = plan.call @map(%a) into %c : (tensor<$Nx$T>, tensor<$Nx$T>) -> tensor<$Nx$T>
    tl.query 0 %r : tensor<$Nx$T>
  })",
                {{"BODY", body}, {"N", std::to_string(count)}, {"T", type}});
}

TEST(DenseKernel, RunsIndexValuesInLanes) {
  for (int count : {1, 5, 16, 37}) {
    Module module(
        mapOf(count, "%n = tl.cast %i : index to f32 \n %v = tl.apply \"mul\"(%n, %x) : (f32, f32) -> f32"));
    const Numbers a = exactNumbers(count, 3);
    Numbers expected;
    for (int i = 0; i < count; ++i)
      expected.push_back(i * a[i]);
    EXPECT_EQ(module.f32("A", {count}, a).numbers(), expected);
  }
}

TEST(DenseKernel, RoundsHalvesAfterEachOperation) {
  const std::string body =
      "%y = tl.apply \"add\"(%x, %x) : ($T, $T) -> $T \n %v = tl.apply \"mul\"(%y, %x) : ($T, $T) -> $T";
  const Numbers a = realNumbers(37, 4);
  auto rounded = [](double x, bool isBrain) {
    const auto f = static_cast<float>(x);
    return isBrain ? runtime::floatOfBfloat(runtime::bfloatOfFloat(f))
                   : runtime::floatOfHalf(runtime::halfOfFloat(f));
  };
  for (bool isBrain : {false, true}) {
    Module module(mapOf(37, body, isBrain ? "bf16" : "f16"));
    Numbers expected;
    for (double x : a) {
      const float stored = rounded(x, isBrain);
      expected.push_back(rounded(rounded(stored + stored, isBrain) * stored, isBrain));
    }
    EXPECT_EQ(module.bind("A", isBrain ? ElementType::BF16 : ElementType::F16, {37}, a).numbers(), expected);
  }
}

/// Pooling windows that reach past the end; a shared element behind a condition that no lane may pass.
TEST(DenseKernel, MasksLanesOutside) {
  Module module(R"(
  plan.kernel @window(%a: tensor<40xf32>, %c: tensor<40xf32>) cost 1 {
    plan.for "i" %i 0 to 40 {
      %s, %reached = plan.reduce sum {
        plan.for "d" %d 0 to 5 {
          %in = plan.inside %a[%i + %d - 2] : tensor<40xf32>
          plan.if %in {
            %x = plan.load %a[%i + %d - 2] : tensor<40xf32>
            plan.contribute %x : f32
          }
        }
      } : f32
      plan.combine add fresh %s into %c[%i] : f32 into tensor<40xf32>
    }
  }
  tl.program {
    %a = tl.read "A" from "literal" : tensor<40xf32>
    %c = tl.empty add : tensor<40xf32>
    %r = plan.call @window(%a) into %c : (tensor<40xf32>, tensor<40xf32>) -> tensor<40xf32>
    tl.query 0 %r : tensor<40xf32>
  })");
  const Numbers a = exactNumbers(40, 5);
  Numbers expected(40);
  for (int i = 0; i < 40; ++i)
    for (int d = -2; d <= 2; ++d)
      expected[i] += i + d >= 0 && i + d < 40 ? a[i + d] : 0;
  EXPECT_EQ(module.f32("A", {40}, a).numbers(), expected);
}

/// Projections of the columns of a matrix: with lanes over a row, or several results at a time.
std::string projectionOf(const std::string &kind, const std::string &result, bool hasPosition, bool inLanes) {
  return filled(R"(
  plan.kernel @project(%a: tensor<$S>, %c: tensor<21x$R>) cost 1 {
    plan.for "i" %i 0 to 21 {
      %s, %reached = plan.reduce $KIND {
        plan.for "j" %j 0 to 35 $LANES {
          %x = plan.load %a[$PLACE] : tensor<$S>
          plan.contribute %x $AT : f32
        }
      } : $R
      plan.combine add fresh %s into %c[%i] : $R into tensor<21x$R>
    }
  }
  tl.program {
    %a = tl.read "A" from "literal" : tensor<$S>
    %c = tl.empty $MONOID : tensor<21x$R>
    %r = plan.call @project(%a) into %c : (tensor<$S>, tensor<21x$R>) -> tensor<21x$R>
    tl.query 0 %r : tensor<21x$R>
  })",
                {{"KIND", kind},
                 {"MONOID", result == "i1" ? "or" : "add"},
                 {"R", result},
                 {"LANES", inLanes ? "lanes 8" : ""},
                 {"AT", hasPosition ? "at %j" : ""},
                 {"PLACE", inLanes ? "%i, %j" : "%j, %i"},
                 {"S", inLanes ? "21x35xf32" : "35x21xf32"}});
}

TEST(DenseKernel, ProjectsInLanesAndInVectors) {
  const Numbers a = exactNumbers(21 * 35, 6);
  for (bool inLanes : {true, false}) {
    auto row = [&](int i) {
      Numbers values;
      for (int j = 0; j < 35; ++j)
        values.push_back(inLanes ? a[i * 35 + j] : a[j * 21 + i]);
      return values;
    };
    auto check = [&](const std::string &kind, const std::string &result, bool hasPosition, auto expected) {
      Module module(projectionOf(kind, result, hasPosition, inLanes));
      module.f32("A", inLanes ? runtime::Shape{21, 35} : runtime::Shape{35, 21}, a);
      Numbers wanted;
      for (int i = 0; i < 21; ++i)
        wanted.push_back(expected(row(i)));
      EXPECT_EQ(module.numbers(), wanted) << kind << (inLanes ? " in lanes" : "");
    };
    check("max", "f32", false, [](const Numbers &v) { return *std::max_element(v.begin(), v.end()); });
    check("min", "f32", false, [](const Numbers &v) { return *std::min_element(v.begin(), v.end()); });
    check("count", "i64", false,
          [](const Numbers &v) { return v.size() - std::count(v.begin(), v.end(), 0.0); });
    check("argmax", "i64", true,
          [](const Numbers &v) { return std::max_element(v.begin(), v.end()) - v.begin(); });
    check("argmin", "i64", true,
          [](const Numbers &v) { return std::min_element(v.begin(), v.end()) - v.begin(); });
    check("mean", "f32", false, [](const Numbers &v) {
      double sum = 0;
      for (double x : v)
        sum += x;
      return static_cast<float>(sum) / 35.0f;
    });
    check("any", "i1", false,
          [](const Numbers &v) { return std::any_of(v.begin(), v.end(), [](double x) { return x != 0; }); });
    check("all", "i1", false,
          [](const Numbers &v) { return std::all_of(v.begin(), v.end(), [](double x) { return x != 0; }); });
  }
}

TEST(DenseKernel, KeepsTheLargestInAPartialTensor) {
  Module module(R"(
  plan.kernel @largest(%k: tensor<9xi64>, %v: tensor<9xf64>, %c: !tl.partial<tensor<4xf64>>) cost 1 {
    plan.for "i" %i 0 to 9 {
      %k0 = plan.load %k[%i] : tensor<9xi64>
      %at = tl.cast %k0 : i64 to index
      %x = plan.load %v[%i] : tensor<9xf64>
      plan.combine max %x into %c[%at] : f64 into !tl.partial<tensor<4xf64>>
    }
  }
  tl.program {
    %k = tl.read "K" from "literal" : tensor<9xi64>
    %v = tl.read "V" from "literal" : tensor<9xf64>
    %c = tl.empty max : !tl.partial<tensor<4xf64>>
    %r = plan.call @largest(%k, %v) into %c : (tensor<9xi64>, tensor<9xf64>, !tl.partial<tensor<4xf64>>) -> !tl.partial<tensor<4xf64>>
    tl.query 0 %r : !tl.partial<tensor<4xf64>>
  })");
  module.bind("K", ElementType::I64, {9}, {0, 0, 2, 2, 2, 3, 0, 3, 0});
  module.bind("V", ElementType::F64, {9}, {-5, -7, 1, 9, 4, -1, -6, -2, -8});
  const runtime::Value value = module.answer();
  const auto &tensor = std::get<runtime::Tensor>(value);
  EXPECT_EQ(tensor.number(0), -5);
  EXPECT_FALSE(tensor.isPresent(1));
  EXPECT_EQ(tensor.number(2), 9);
  EXPECT_EQ(tensor.number(3), -1);
}

} // namespace
} // namespace tl::backend
