// Normalisation against plain loops in f64, over kinds, types, layouts, masks, threads and vector units.
#include "runtime/kernels/Normalize.h"

#include "runtime/kernels/Pack.h"
#include "runtime/parallel/ThreadPool.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace tl::runtime {
namespace {

constexpr NormalizationKind kKinds[] = {NormalizationKind::Softmax, NormalizationKind::LogSoftmax,
                                        NormalizationKind::LayerNorm, NormalizationKind::RmsNorm,
                                        NormalizationKind::L2Norm};
constexpr double kEps = 1e-5;
constexpr unsigned kSeed = 20240613;

std::vector<double> plainRow(NormalizationKind kind, std::vector<double> row) {
  double most = -INFINITY, sum = 0, squares = 0, exponentials = 0, deviations = 0;
  double count = static_cast<double>(row.size());
  for (double x : row) {
    most = std::max(most, x);
    sum += x;
    squares += x * x;
  }
  for (double x : row) {
    exponentials += std::exp(x - most);
    deviations += (x - sum / count) * (x - sum / count);
  }
  for (double &x : row)
    switch (kind) {
    case NormalizationKind::Softmax:
      x = std::exp(x - most) / exponentials;
      break;
    case NormalizationKind::LogSoftmax:
      x = x - most - std::log(exponentials);
      break;
    case NormalizationKind::LayerNorm:
      x = (x - sum / count) / std::sqrt(deviations / count + kEps);
      break;
    case NormalizationKind::RmsNorm:
      x = x / std::sqrt(squares / count + kEps);
      break;
    case NormalizationKind::L2Norm:
      x = x / std::max(std::sqrt(squares), kEps);
      break;
    }
  return row;
}

/// The row-major coordinates of `position`, those of `axes` set to 0: which row an element belongs to.
std::int64_t rowOf(const Shape &shape, const std::vector<std::int64_t> &axes, std::int64_t position) {
  std::int64_t row = 0, left = position;
  std::vector<std::int64_t> strides = rowMajorStrides(shape);
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    std::int64_t coordinate = left / strides[axis];
    left %= strides[axis];
    bool isInner = std::find(axes.begin(), axes.end(), static_cast<std::int64_t>(axis)) != axes.end();
    row += isInner ? 0 : coordinate * strides[axis];
  }
  return row;
}

std::vector<double> plain(NormalizationKind kind, const Tensor &in, const std::vector<std::int64_t> &axes) {
  std::vector<double> out(static_cast<std::size_t>(in.elements()), 0);
  for (std::int64_t first = 0; first < in.elements(); ++first) {
    if (rowOf(in.shape(), axes, first) != first)
      continue;
    std::vector<std::int64_t> places;
    std::vector<double> row;
    for (std::int64_t position = first; position < in.elements(); ++position)
      if (rowOf(in.shape(), axes, position) == first && in.isPresent(position)) {
        places.push_back(position);
        row.push_back(in.number(position));
      }
    row = plainRow(kind, row);
    for (std::size_t place = 0; place < places.size(); ++place)
      out[static_cast<std::size_t>(places[place])] = row[place];
  }
  return out;
}

class Normalize : public testing::Test {
protected:
  enum class Mask { None, Random, Prefix };

  Tensor randomTensor(ElementType type, Shape shape, Mask mask = Mask::None) {
    Tensor tensor = *Tensor::create(budget, type, shape, "x", mask != Mask::None);
    std::normal_distribution<double> value(0, 3);
    std::int64_t last = shape.empty() ? 1 : shape.back();
    for (std::int64_t position = 0; position < tensor.elements(); ++position) {
      tensor.setNumber(position, isFloat(type) ? value(random) : std::round(value(random)));
      if (mask == Mask::Random)
        tensor.mutablePresent()[position] = random() % 3 != 0;
      if (mask == Mask::Prefix)
        tensor.mutablePresent()[position] = position % last <= position / last;
    }
    return tensor;
  }

  void expectPlain(NormalizationKind kind, const Tensor &in, const std::vector<std::int64_t> &axes,
                   const Tensor &out, double tolerance) {
    std::vector<double> wanted = plain(kind, in, axes);
    ASSERT_EQ(out.shape(), in.shape());
    EXPECT_FALSE(out.isPartial());
    for (std::int64_t position = 0; position < in.elements(); ++position) {
      double expected = wanted[static_cast<std::size_t>(position)];
      ASSERT_NEAR(out.number(position), expected, tolerance * std::max(1.0, std::abs(expected)))
          << "kind " << static_cast<int>(kind) << " at " << position << " of " << toString(in.shape());
    }
  }

  const double parameters[1] = {kEps};
  MemoryBudget budget;
  std::mt19937 random{kSeed};
};

TEST_F(Normalize, AgreesWithPlainLoopsForEveryLayout) {
  struct Case {
    Shape shape;
    std::vector<std::int64_t> axes;
  } cases[] = {{{}, {}},         {{1}, {0}},          {{7}, {0}},          {{16}, {0}},
               {{33}, {0}},      {{5000}, {0}},       {{4, 100}, {1}},     {{37, 5}, {0}},
               {{3, 4, 5}, {1}}, {{3, 4, 5}, {0, 2}}, {{3, 4, 5}, {2, 1}}, {{3, 4, 5}, {0, 1, 2}},
               {{2, 1, 9}, {2}}, {{2, 9, 1}, {1}},    {{3, 0, 2}, {2}},    {{3, 0, 2}, {1}},
               {{6, 4}, {}}};
  for (const Case &each : cases)
    for (NormalizationKind kind : kKinds)
      for (Mask mask : {Mask::None, Mask::Random, Mask::Prefix})
        for (ElementType type : {ElementType::F32, ElementType::F64}) {
          Tensor in = randomTensor(type, each.shape, mask);
          Result<Tensor> out = normalize(kind, in, each.axes, parameters, budget, nullptr);
          ASSERT_TRUE(out);
          EXPECT_EQ(out->type(), type);
          expectPlain(kind, in, each.axes, *out, type == ElementType::F32 ? 2e-6 : 1e-14);
        }
}

TEST_F(Normalize, ConvertsOtherTypes) {
  for (NormalizationKind kind : kKinds) {
    for (ElementType type : {ElementType::F16, ElementType::BF16}) {
      Tensor in = randomTensor(type, {5, 20});
      Result<Tensor> out = normalize(kind, in, {1}, parameters, budget, nullptr);
      ASSERT_TRUE(out);
      EXPECT_EQ(out->type(), type);
      expectPlain(kind, in, {1}, *out, type == ElementType::F16 ? 6e-4 : 5e-3);
    }
    for (ElementType type : {ElementType::Bool, ElementType::I8, ElementType::I32, ElementType::I64}) {
      Tensor in = randomTensor(type, {5, 20});
      Result<Tensor> exact = normalize(kind, in, {0}, parameters, budget, nullptr);
      ASSERT_TRUE(exact);
      EXPECT_EQ(exact->type(), ElementType::F64);
      expectPlain(kind, in, {0}, *exact, 1e-14);
      Result<Tensor> narrow = normalize(kind, in, {0}, parameters, budget, nullptr, ElementType::F32);
      ASSERT_TRUE(narrow);
      EXPECT_EQ(narrow->type(), ElementType::F32);
      expectPlain(kind, in, {0}, *narrow, 2e-6);
    }
  }
}

TEST_F(Normalize, WorksInPlaceOnItsOwnCopy) {
  for (NormalizationKind kind : kKinds)
    for (std::vector<std::int64_t> axes : {std::vector<std::int64_t>{1}, {0}}) {
      Tensor in = randomTensor(ElementType::F32, {13, 50});
      Tensor shared = in;
      ASSERT_TRUE(normalizeInPlace(kind, shared, axes, parameters, budget, nullptr));
      Result<Tensor> out = normalize(kind, in, axes, parameters, budget, nullptr);
      EXPECT_EQ(std::memcmp(shared.data(), out->data(), 13 * 50 * sizeof(float)), 0);
      EXPECT_NE(in.data(), shared.data());
    }
}

TEST_F(Normalize, GivesTheSameBitsForEveryNumberOfThreads) {
  for (NormalizationKind kind : kKinds)
    for (Mask mask : {Mask::None, Mask::Random})
      for (std::vector<std::int64_t> axes : {std::vector<std::int64_t>{1}, {0}}) {
        Tensor in = randomTensor(ElementType::F32, {700, 301}, mask);
        Result<Tensor> alone = normalize(kind, in, axes, parameters, budget, nullptr);
        for (int threads : {1, 2, 3, 4}) {
          ThreadPool pool(threads);
          Result<Tensor> out = normalize(kind, in, axes, parameters, budget, &pool);
          ASSERT_TRUE(out);
          ASSERT_EQ(std::memcmp(out->data(), alone->data(), 700 * 301 * sizeof(float)), 0);
        }
      }
}

template <typename T> void expectSameBitsOnEveryUnit(std::mt19937 &random) {
  std::normal_distribution<T> value(0, 20);
  for (std::int64_t length : {1, 15, 16, 17, 100, 4096, 4097, 10000})
    for (NormalizationKind kind : kKinds) {
      std::vector<T> in(static_cast<std::size_t>(2 * length)), base(in.size()), out(in.size());
      for (T &x : in)
        x = value(random);
      normalizeRows(VectorUnit::Baseline, ContiguousRows<T>{kind, in.data(), base.data(), length, kEps}, 0,
                    2);
      for (VectorUnit unit : {VectorUnit::Avx2, VectorUnit::Avx512}) {
        if (unit > widestVectorUnit())
          continue;
        normalizeRows(unit, ContiguousRows<T>{kind, in.data(), out.data(), length, kEps}, 0, 2);
        ASSERT_EQ(std::memcmp(out.data(), base.data(), out.size() * sizeof(T)), 0)
            << "unit " << static_cast<int>(unit) << ", kind " << static_cast<int>(kind) << ", length "
            << length;
      }
    }
}

TEST_F(Normalize, GivesTheSameBitsOnEveryVectorUnit) {
  expectSameBitsOnEveryUnit<float>(random);
  expectSameBitsOnEveryUnit<double>(random);
}

template <typename T> double worstUlpOfExponential(T least) {
  double worst = 0;
  for (int step = 0; step < 400000; ++step) {
    T x = least * static_cast<T>(step) / T{400000};
    Pack<T> pack = Pack<T>{} + x;
    exponentiate<T>(pack);
    long double exact = std::exp(static_cast<long double>(x));
    T rounded = static_cast<T>(exact);
    long double ulp = static_cast<long double>(rounded) - std::nextafter(rounded, T{0});
    worst = std::max(worst, static_cast<double>(std::abs((static_cast<long double>(pack[0]) - exact) / ulp)));
  }
  return worst;
}

TEST(Exponential, IsWithinAboutOneUlp) {
  EXPECT_LT(worstUlpOfExponential<float>(-103), 1.2);
  EXPECT_LT(worstUlpOfExponential<double>(-744), 1.2);
}

template <typename T> void expectZeroBelow(T least) {
  for (T x = least; x > 8 * least; x -= T{0.5}) {
    Pack<T> pack = Pack<T>{} + x;
    exponentiate<T>(pack);
    ASSERT_EQ(pack[0], 0) << "exp of " << x;
  }
}

TEST(Exponential, IsZeroBelowTheLeastNumber) {
  expectZeroBelow<float>(-104);
  expectZeroBelow<double>(-746);
}

TEST(Exponential, EndsInZeroAndKeepsNaN) {
  Pack<float> x = {0, -0.0f, -104, -1000, -INFINITY, NAN, -NAN};
  exponentiate<float>(x);
  EXPECT_EQ(x[0], 1);
  EXPECT_EQ(x[1], 1);
  EXPECT_EQ(x[2], 0);
  EXPECT_EQ(x[3], 0);
  EXPECT_EQ(x[4], 0);
  EXPECT_TRUE(std::isnan(x[5]));
  EXPECT_TRUE(std::isnan(x[6]));
}

TEST_F(Normalize, KeepsLargeAndInfiniteInputsStable) {
  Tensor in = *Tensor::create(budget, ElementType::F32, {4, 3}, "x");
  const float values[] = {1000, 1001, 1002, -INFINITY, 0, 0, NAN, 1, 2, -3e38f, 3e38f, 0};
  std::copy(std::begin(values), std::end(values), in.mutableAs<float>());
  Result<Tensor> out = normalize(NormalizationKind::Softmax, in, {1}, {}, budget, nullptr);
  ASSERT_TRUE(out);
  EXPECT_NEAR(out->number(0), 0.09003057317038043, 1e-7);
  EXPECT_EQ(out->number(3), 0);
  EXPECT_EQ(out->number(4), 0.5);
  EXPECT_TRUE(std::isnan(out->number(7)));
  EXPECT_EQ(out->number(9), 0);
  EXPECT_EQ(out->number(10), 1);
}

TEST_F(Normalize, StaysZeroWhereARowIsZeroOrAbsent) {
  Tensor zeros = *Tensor::create(budget, ElementType::F32, {2, 40}, "x");
  Tensor absent = *Tensor::create(budget, ElementType::F32, {2, 40}, "x", true);
  const double eps[] = {1e-12};
  for (NormalizationKind kind :
       {NormalizationKind::LayerNorm, NormalizationKind::RmsNorm, NormalizationKind::L2Norm})
    EXPECT_EQ(normalize(kind, zeros, {1}, eps, budget, nullptr)->number(7), 0);
  for (NormalizationKind kind : kKinds)
    EXPECT_EQ(normalize(kind, absent, {1}, eps, budget, nullptr)->number(7), 0);
}

TEST_F(Normalize, ReportsLackOfMemory) {
  Tensor in = randomTensor(ElementType::F32, {100, 100});
  for (std::size_t cap : {std::size_t{1000}, std::size_t{100 * 100 * 4 + 10}}) {
    MemoryBudget tight(cap);
    Result<Tensor> out = normalize(NormalizationKind::Softmax, in, {0}, {}, tight, nullptr);
    ASSERT_FALSE(out);
    EXPECT_EQ(out.error().kind, ErrorKind::Limit);
    EXPECT_EQ(tight.used(), 0u);
  }
}

} // namespace
} // namespace tl::runtime
