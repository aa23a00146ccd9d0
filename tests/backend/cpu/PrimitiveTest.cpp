// Every primitive on every type, one by one and in vectors, against runtime/Primitives.
#include "tests/backend/cpu/RunModule.h"

#include "runtime/Primitives.h"

#include <cmath>
#include <limits>

namespace tl::backend {
namespace {

using runtime::ElementType;
using runtime::Primitive;
using runtime::PrimitiveRule;

struct Type {
  ElementType element;
  std::string name;
  double units; ///< of the last place, as a relative error
};

const Type kTypes[] = {{ElementType::Bool, "i1", 0},      {ElementType::I8, "i8", 0},
                       {ElementType::I32, "i32", 0},      {ElementType::I64, "i64", 0},
                       {ElementType::F16, "f16", 9.8e-4}, {ElementType::BF16, "bf16", 7.9e-3},
                       {ElementType::F32, "f32", 1.2e-7}, {ElementType::F64, "f64", 2.3e-16}};

const Primitive kPrimitives[] = {
#define TL_PRIMITIVE(name, operands, rule) Primitive::k_##name,
#include "runtime/Primitives.def"
#undef TL_PRIMITIVE
};

bool appliesTo(Primitive primitive, const Type &type) {
  switch (runtime::rule(primitive)) {
  case PrimitiveRule::Real:
    return runtime::isFloat(type.element);
  case PrimitiveRule::Logic:
    return type.element == ElementType::Bool;
  case PrimitiveRule::Same:
    return type.element != ElementType::Bool;
  case PrimitiveRule::Compare:
  case PrimitiveRule::Select:
    return true;
  case PrimitiveRule::Key:
    return type.element == ElementType::I64;
  case PrimitiveRule::Draw:
    return false; // takes and gives different types, see below
  }
  return false;
}

/// Numbers that every float type holds, so that only the primitive rounds; rows take them in every
/// combination.
Numbers operandsOf(const Type &type) {
  const double infinity = std::numeric_limits<double>::infinity();
  if (type.element == ElementType::Bool)
    return {0, 1};
  if (!runtime::isFloat(type.element))
    return {0, 1, -1, 2, -2, 3, 5, -7, 11};
  return {0,       1, -1,    0.5, -0.5, 1.5, 2.5,      -2.5,      0.0078125,
          -0.3125, 3, -7.25, 11,  40,   -40, infinity, -infinity, std::nan("")};
}

/// A module that applies `primitive` to the columns of X0, X1, X2; $WIDTH "parallel" rows of 1 element stay
/// scalar.
std::string moduleOf(Primitive primitive, const Type &type, std::size_t count, bool inVectors) {
  const std::size_t operands = runtime::operandCount(primitive);
  const bool isSelect = primitive == Primitive::k_where;
  const bool isCompare = runtime::rule(primitive) == PrimitiveRule::Compare;
  const std::string result = isCompare ? "i1" : type.name, n = std::to_string(count);
  const std::string shape = inVectors ? n : n + "x1", place = inVectors ? "%i" : "%i, %u";
  std::string arguments, reads, passed, types, loads, values, valueTypes;
  for (std::size_t operand = 0; operand < operands; ++operand) {
    const std::string element = isSelect && operand == 0 ? "i1" : type.name,
                      tensor = "tensor<" + shape + "x" + element + ">";
    const std::string name = "x" + std::to_string(operand), separator = operand ? ", " : "";
    arguments += "%" + name + ": " + tensor + ", ";
    reads += "%" + name + " = tl.read \"" + name + "\" from \"literal\" : " + tensor + "\n";
    loads += "%v" + name + " = plan.load %" + name + "[" + place + "] : " + tensor + "\n";
    passed += separator + "%" + name;
    types += separator + tensor;
    values += separator + "%v" + name;
    valueTypes += separator + element;
  }
  const std::string out = "tensor<" + shape + "x" + result + ">";
  const std::string inner = inVectors ? "" : "plan.for \"u\" %u 0 to 1 {\n", close = inVectors ? "" : "}\n";
  return "plan.kernel @apply(" + arguments + "%c: " + out + ") cost 1 {\nplan.for \"i\" %i 0 to " + n +
         " {\n" + inner + loads + "%r = tl.apply \"" + std::string(runtime::name(primitive)) + "\"(" +
         values + ") : (" + valueTypes + ") -> " + result + "\nplan.combine add fresh %r into %c[" + place +
         "] : " + result + " into " + out + "\n" + close + "}\n}\n" + "tl.program {\n" + reads +
         "%c = tl.empty " + (result == "i1" ? "or" : "add") + " : " + out + "\n%r = plan.call @apply(" +
         passed + ") into %c : (" + types + ", " + out + ") -> " + out + "\ntl.query 0 %r : " + out + "\n}";
}

std::vector<Numbers> columnsOf(Primitive primitive, const Type &type) {
  const Numbers choices = operandsOf(type);
  std::vector<Numbers> columns(runtime::operandCount(primitive));
  std::size_t rows = 1;
  for (std::size_t operand = 0; operand < columns.size(); ++operand)
    rows *= choices.size();
  for (std::size_t row = 0; row < std::min<std::size_t>(rows, 700); ++row) {
    std::size_t rest = row;
    for (std::size_t operand = 0; operand < columns.size(); ++operand, rest /= choices.size())
      columns[operand].push_back(choices[rest % choices.size()]);
  }
  if (primitive == Primitive::k_where)
    for (double &condition : columns[0])
      condition = condition > 0;
  return columns;
}

double storedAs(double value, const Type &type) {
  static runtime::MemoryBudget budget;
  runtime::Tensor tensor = *runtime::Tensor::create(budget, type.element, {}, "a number");
  tensor.setNumber(0, value);
  return tensor.number(0);
}

double expectedOf(Primitive primitive, const Type &type, const std::vector<Numbers> &columns,
                  std::size_t row) {
  std::vector<double> reals;
  std::vector<std::int64_t> integers;
  for (const Numbers &column : columns) {
    reals.push_back(storedAs(column[row], type));
    integers.push_back(static_cast<std::int64_t>(std::isfinite(column[row]) ? column[row] : 0));
  }
  if (primitive == Primitive::k_where)
    reals[0] = columns[0][row];
  if (runtime::isFloat(type.element))
    return runtime::evaluate(primitive, reals);
  const std::int64_t exact = runtime::evaluateInteger(primitive, integers);
  if (type.element == ElementType::I8)
    return static_cast<std::int8_t>(exact);
  return type.element == ElementType::I32 ? static_cast<std::int32_t>(exact) : static_cast<double>(exact);
}

/// How far rounding inside a formula may carry: x / T is rounded before it becomes an exponent, and far below
/// 0 gelu is the small difference of 1 and erf, times x.
double slackOf(Primitive primitive, const Type &type, double wanted, const std::vector<double> &operands) {
  if (primitive == Primitive::k_gelu)
    return type.units * std::abs(operands[0]);
  const double exponent = primitive == Primitive::k_sigt ? std::abs(operands[0] / operands[1]) : 0;
  return std::isfinite(exponent) ? exponent * type.units * std::abs(wanted) : 0;
}

/// Within a few units in the last place of the type; results near overflow and underflow of narrow types are
/// rounded alike.
void expectClose(double actual, double wanted, double slack, const Type &type, const std::string &what) {
  const double stored = storedAs(wanted, type);
  if (std::isnan(stored) || std::isinf(stored) || type.units == 0) {
    EXPECT_TRUE(actual == stored || (std::isnan(actual) && std::isnan(stored)))
        << what << ": " << actual << " for " << stored;
    return;
  }
  const double least = type.element == ElementType::F16 ? 6e-8 : 1e-44;
  EXPECT_LE(std::abs(actual - stored), 4 * type.units * std::abs(stored) + least + slack) << what;
}

class PrimitiveOnTypes : public ::testing::TestWithParam<Primitive> {};

TEST_P(PrimitiveOnTypes, AgreesWithTheRuntime) {
  const Primitive primitive = GetParam();
  for (const Type &type : kTypes) {
    if (!appliesTo(primitive, type))
      continue;
    const std::vector<Numbers> columns = columnsOf(primitive, type);
    const auto count = static_cast<std::int64_t>(columns[0].size());
    std::vector<runtime::Value> answers;
    for (bool inVectors : {true, false}) {
      Module module(moduleOf(primitive, type, columns[0].size(), inVectors));
      for (std::size_t operand = 0; operand < columns.size(); ++operand) {
        const bool isCondition = primitive == Primitive::k_where && operand == 0;
        module.bind("x" + std::to_string(operand), isCondition ? ElementType::Bool : type.element,
                    inVectors ? runtime::Shape{count} : runtime::Shape{count, 1}, columns[operand]);
      }
      answers.push_back(module.answer());
      const auto &tensor = std::get<runtime::Tensor>(answers.back());
      const bool isCompare = runtime::rule(primitive) == PrimitiveRule::Compare;
      for (std::size_t row = 0; row < columns[0].size(); ++row) {
        std::string what = std::string(runtime::name(primitive)) + " on " + type.name +
                           (inVectors ? " in vectors of" : " of");
        for (const Numbers &column : columns)
          what += " " + std::to_string(column[row]);
        std::vector<double> operands;
        for (const Numbers &column : columns)
          operands.push_back(column[row]);
        const double wanted = expectedOf(primitive, type, columns, row);
        expectClose(tensor.number(static_cast<std::int64_t>(row)), wanted,
                    slackOf(primitive, type, wanted, operands), isCompare ? kTypes[0] : type, what);
      }
    }
    const auto &vectors = std::get<runtime::Tensor>(answers[0]),
               &scalars = std::get<runtime::Tensor>(answers[1]);
    EXPECT_EQ(
        std::memcmp(vectors.data(), scalars.data(), columns[0].size() * runtime::byteWidth(vectors.type())),
        0)
        << runtime::name(primitive) << " on " << type.name << " differs between vectors and scalars";
  }
}

INSTANTIATE_TEST_SUITE_P(All, PrimitiveOnTypes, ::testing::ValuesIn(kPrimitives),
                         [](const auto &instance) { return std::string(runtime::name(instance.param)); });

/// Draws of f32 and f64, one by one and in vectors.
TEST(Draw, AgreesWithTheRuntime) {
  constexpr std::int64_t kCount = 500;
  std::vector<Numbers> columns(3);
  for (std::int64_t row = 0; row < kCount; ++row) {
    columns[0].push_back(static_cast<double>(row * 7919 - 1000000));
    columns[1].push_back(static_cast<double>(row % 17));
    columns[2].push_back(static_cast<double>(row));
  }
  for (Primitive primitive : {Primitive::k_uniform, Primitive::k_normal})
    for (const char *type : {"f32", "f64"})
      for (bool inVectors : {true, false}) {
        std::string text = moduleOf(primitive, kTypes[3], kCount, inVectors);
        const std::string n = std::to_string(kCount), shape = inVectors ? n : n + "x1";
        auto replace = [&](const std::string &from, const std::string &to) {
          for (std::size_t at = text.find(from); at != std::string::npos;
               at = text.find(from, at + to.size()))
            text.replace(at, from.size(), to);
        };
        // Of what moduleOf writes for i64, the result alone is real.
        replace("%c: tensor<" + shape + "xi64>", "%c: tensor<" + shape + "x" + type + ">");
        replace("-> i64", std::string("-> ") + type);
        replace(": i64 into tensor<" + shape + "xi64>",
                std::string(": ") + type + " into tensor<" + shape + "x" + type + ">");
        replace("%c = tl.empty add : tensor<" + shape + "xi64>",
                "%c = tl.empty add : tensor<" + shape + "x" + type + ">");
        replace("tensor<" + shape + "xi64>) -> tensor<" + shape + "xi64>",
                "tensor<" + shape + "x" + type + ">) -> tensor<" + shape + "x" + type + ">");
        replace("tl.query 0 %r : tensor<" + shape + "xi64>",
                "tl.query 0 %r : tensor<" + shape + "x" + type + ">");
        Module module(text);
        for (std::size_t operand = 0; operand < columns.size(); ++operand)
          module.bind("x" + std::to_string(operand), ElementType::I64,
                      inVectors ? runtime::Shape{kCount} : runtime::Shape{kCount, 1}, columns[operand]);
        const Numbers results = module.numbers();
        const bool isSingle = std::string(type) == "f32";
        for (std::size_t row = 0; row < results.size(); ++row) {
          const std::int64_t place[] = {static_cast<std::int64_t>(columns[0][row]),
                                        static_cast<std::int64_t>(columns[1][row]),
                                        static_cast<std::int64_t>(columns[2][row])};
          const double wanted = runtime::evaluateDraw(primitive, place, isSingle);
          if (primitive == Primitive::k_uniform)
            EXPECT_EQ(results[row], wanted) << type << " at " << row;
          else
            EXPECT_NEAR(results[row], wanted, isSingle ? 2e-6 : 1e-14) << type << " at " << row;
        }
      }
}

/// The polynomials for f32 over their whole range.
TEST(Approximation, IsWithinTwoUnitsInTheLastPlace) {
  constexpr int kCount = 40000;
  Numbers inputs;
  for (int step = 0; step < kCount; ++step)
    inputs.push_back(static_cast<float>((step - kCount / 2) * (106.0 / (kCount / 2))));
  for (int step = 0; step < kCount; ++step)
    inputs.push_back(static_cast<float>((step - kCount / 2) * (5.0 / (kCount / 2))));
  for (Primitive primitive : {Primitive::k_exp, Primitive::k_tanh, Primitive::k_erf}) {
    Module module(moduleOf(primitive, kTypes[6], inputs.size(), true));
    const Numbers results = module.f32("x0", {static_cast<std::int64_t>(inputs.size())}, inputs).numbers();
    double worst = 0;
    for (std::size_t entry = 0; entry < inputs.size(); ++entry) {
      const double wanted = runtime::evaluate(primitive, std::span(&inputs[entry], 1));
      const auto nearest = static_cast<float>(wanted);
      if (std::isinf(nearest)) {
        EXPECT_EQ(results[entry], nearest) << inputs[entry];
        continue;
      }
      const double unit =
          std::nextafter(std::abs(nearest), std::numeric_limits<float>::infinity()) - std::abs(nearest);
      worst = std::max(worst, std::abs(results[entry] - wanted) / unit);
    }
    EXPECT_LE(worst, 2.0) << runtime::name(primitive);
  }
}

} // namespace
} // namespace tl::backend
