// Random programs in `tl`, for comparing backends.
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace tl::tests {

/// A tensor or relation that the program may read.
struct RandomTensor {
  std::string name;
  std::string type;
  std::vector<int> extents; ///< bounds for relations, -1 unknown
  enum Kind { Dense, Partial, Integer, Relation } kind;
};

/// What may be mentioned at one place of a body.
struct RandomScope {
  std::vector<std::string> indexes; ///< visible index values
  std::vector<std::string> reals;   ///< visible f64 values
};

/// Writes the text of a module with one query per result. Numbers in it stay small integers, so every order
/// of summation gives the same result. Equal seeds give equal programs.
class RandomProgram {
public:
  explicit RandomProgram(std::uint32_t seed) : random(seed) {}

  std::string text() {
    out = "tl.program {\n";
    const int inputs = between(3, 7);
    for (int input = 0; input < inputs; ++input)
      declareInput();
    const int equations = between(1, 3);
    for (int equation = 0; equation < equations; ++equation)
      switch (between(0, 7)) {
      case 0:
        fixpoint();
        break;
      case 1:
      case 2:
        product();
        break;
      case 3:
        scan();
        break;
      default:
        comprehension();
      }
    return out + "}\n";
  }

private:
  int between(int low, int high) { return low + static_cast<int>(random() % (high - low + 1)); }
  bool chance(int oneIn) { return random() % oneIn == 0; }
  std::string fresh() { return "%v" + std::to_string(counter++); }
  template <typename T> const T &pick(const std::vector<T> &list) { return list[random() % list.size()]; }

  static std::string shape(const std::vector<int> &extents) {
    std::string text;
    for (int extent : extents)
      text += std::to_string(extent) + "x";
    return text;
  }

  static std::string denseType(const std::vector<int> &extents, const std::string &element) {
    return "tensor<" + shape(extents) + element + ">";
  }

  static std::string relationType(const std::vector<int> &bounds) {
    std::string text = "!tl.relation<[";
    for (std::size_t i = 0; i < bounds.size(); ++i)
      text += (i ? ", " : "") + (bounds[i] < 0 ? std::string("?") : std::to_string(bounds[i]));
    return text + "]>";
  }

  int extent() { return chance(8) ? between(16, 40) : between(1, 7); }

  void declareInput() {
    RandomTensor tensor{
        "%In" + std::to_string(tensors.size()), "", {}, static_cast<RandomTensor::Kind>(between(0, 3))};
    if (tensors.empty())
      tensor.kind = RandomTensor::Dense;
    if (tensors.size() == 1)
      tensor.kind = RandomTensor::Relation;
    const int rank = tensor.kind == RandomTensor::Relation ? between(chance(6) ? 0 : 1, 3) : between(0, 3);
    for (int axis = 0; axis < rank; ++axis)
      tensor.extents.push_back(tensor.kind == RandomTensor::Relation ? (chance(5) ? -1 : between(2, 7))
                                                                     : extent());
    if (tensor.kind == RandomTensor::Relation)
      tensor.type = relationType(tensor.extents);
    else if (tensor.kind == RandomTensor::Partial)
      tensor.type = "!tl.partial<" + denseType(tensor.extents, "f64") + ">";
    else
      tensor.type = denseType(tensor.extents, tensor.kind == RandomTensor::Integer ? "i64" : "f64");
    out += "  " + tensor.name + " = tl.read \"" + tensor.name.substr(1) + "\" from \"x\" : " + tensor.type +
           "\n";
    tensors.push_back(tensor);
  }

  /// An affine expression of visible index values.
  std::string affine(const RandomScope &scope, bool simple = false) {
    if (scope.indexes.empty() || chance(12))
      return std::to_string(between(0, 3));
    const std::string &x = pick(scope.indexes);
    if (simple || chance(2))
      return x;
    switch (between(0, 6)) {
    case 0:
      return x + " + " + std::to_string(between(1, 3));
    case 1:
      return x + " - " + std::to_string(between(1, 3));
    case 2:
      return x + " * " + std::to_string(between(2, 3)) + " - " + std::to_string(between(0, 2));
    case 3:
      return x + " + " + pick(scope.indexes);
    case 4:
      return x + " floordiv 2";
    case 5:
      return std::to_string(between(1, 5)) + " - " + x;
    default:
      return x + " mod 3";
    }
  }

  std::string place(const RandomScope &scope, std::size_t rank, bool simple = false) {
    std::string text;
    for (std::size_t axis = 0; axis < rank; ++axis)
      text += (axis ? ", " : "") + affine(scope, simple);
    return text;
  }

  void line(const std::string &text) { out += std::string(depth * 2 + 2, ' ') + text + "\n"; }

  const RandomTensor *pickTensor(bool relation) {
    std::vector<const RandomTensor *> fitting;
    for (const RandomTensor &tensor : tensors)
      if ((tensor.kind == RandomTensor::Relation) == relation)
        fitting.push_back(&tensor);
    return fitting.empty() ? nullptr : pick(fitting);
  }

  void declareIndexes(RandomScope &scope, int count, bool &needsLiteral, std::string &loose) {
    needsLiteral = false;
    for (int number = 0; number < count; ++number) {
      std::string name = "%x" + std::to_string(counter++);
      const bool isLoose = !needsLiteral && !chance(3) && chance(2);
      const int lower = chance(4) ? between(1, 2) : 0;
      line(name + " = tl.index \"" + name.substr(1) + "\"" +
           (isLoose ? ""
                    : " " + std::to_string(lower) + " to " +
                          std::to_string(lower + between(0, 7) + (chance(9) ? 20 : 0))));
      if (isLoose) {
        needsLiteral = true;
        loose = name;
      }
      scope.indexes.push_back(name);
    }
  }

  /// A literal in which `loose`, if given, stands alone.
  bool literal(const RandomScope &scope, const std::string &loose, bool negated,
               const std::string &carried = "", const RandomTensor *relation = nullptr) {
    if (!relation)
      relation = pickTensor(true);
    if (!relation || (!loose.empty() && relation->extents.empty()))
      return false;
    std::string text;
    const std::size_t chosen = relation->extents.empty() ? 0 : random() % relation->extents.size();
    for (std::size_t axis = 0; axis < relation->extents.size(); ++axis)
      text += (axis ? ", " : "") + (!loose.empty() && axis == chosen ? loose : affine(scope));
    line(std::string("tl.literal ") + (negated ? "not " : "") + (carried.empty() ? relation->name : carried) +
         "(" + text + ") : " + relation->type);
    return true;
  }

  void at(RandomScope &scope) {
    const RandomTensor *tensor = pickTensor(false);
    std::string value = fresh();
    // The identity that a default stands for is 0, as in dense tensors.
    const bool defaulted = chance(6);
    line(value + " = tl.at " + (defaulted ? "default " : "") + tensor->name + "[" +
         place(scope, tensor->extents.size(), chance(2)) + "] : " + tensor->type);
    if (tensor->kind == RandomTensor::Integer) {
      if (chance(2)) {
        std::string index = fresh();
        line(index + " = tl.cast " + value + " : i64 to index");
        scope.indexes.push_back(index);
      }
      std::string real = fresh();
      line(real + " = tl.cast " + value + " : i64 to f64");
      value = real;
    }
    scope.reals.push_back(value);
  }

  std::string apply(const std::string &primitive, const std::string &a, const std::string &b,
                    const char *type = "f64", const char *result = "f64") {
    std::string value = fresh();
    line(value + " = tl.apply \"" + primitive + "\"(" + a + ", " + b + ") : (" + type + ", " + type +
         ") -> " + result);
    return value;
  }

  std::string number(int value) {
    std::string name = fresh();
    line(name + " = tl.number " + std::to_string(value) + ".0 : f64");
    return name;
  }

  std::string real(RandomScope &scope) {
    if (scope.reals.empty() || chance(8)) {
      if (!scope.indexes.empty() && chance(2)) {
        std::string name = fresh();
        line(name + " = tl.cast " + pick(scope.indexes) + " : index to f64");
        return name;
      }
      return number(between(-1, 2));
    }
    return pick(scope.reals);
  }

  void where(RandomScope &scope) {
    static const std::vector<std::string> comparisons{"lt", "le", "ne", "ge", "gt", "eq"};
    if (!scope.indexes.empty() && chance(2)) {
      std::string index = fresh(), bound = fresh();
      line(index + " = tl.cast " + pick(scope.indexes) + " : index to i64");
      line(bound + " = tl.number " + std::to_string(between(-1, 5)) + " : i64");
      if (chance(2))
        std::swap(index, bound);
      line("tl.where " + apply(pick(comparisons), index, bound, "i64", "i1"));
      return;
    }
    std::string a = real(scope), b = chance(2) ? real(scope) : number(between(-1, 3));
    std::string condition = apply(pick(comparisons), a, b, "f64", "i1");
    line("tl.where " + condition);
  }

  void test(RandomScope &scope) {
    const RandomTensor *relation = pickTensor(true);
    if (!relation)
      return;
    std::string holds = fresh();
    line(holds + " = tl.test " + relation->name + "(" + place(scope, relation->extents.size()) +
         ") : " + relation->type);
    std::string value = fresh();
    line(value + " = tl.cast " + holds + " : i1 to f64");
    scope.reals.push_back(value);
  }

  void project(RandomScope &scope, int level) {
    static const std::vector<std::string> kinds{"sum",   "sum",    "prod",   "max", "min", "mean",
                                                "count", "argmax", "argmin", "any", "all"};
    std::string kind = pick(kinds);
    std::string value = fresh();
    line(value + " = tl.project " + kind + " {");
    ++depth;
    RandomScope inner = scope;
    const bool isArg = kind.starts_with("arg");
    body(inner, level + 1, isArg ? 1 : between(0, 2));
    std::string result =
        chance(2) || inner.reals.size() == scope.reals.size() ? real(inner) : inner.reals.back();
    std::string type = "f64", outType = isArg || kind == "count" ? "i64" : "f64";
    if (kind == "any" || kind == "all") {
      result = apply("gt", result, number(0), "f64", "i1");
      type = outType = "i1";
    }
    if (kind == "prod")
      result = apply("min", result, number(2));
    line("tl.yield " + result + " : " + type);
    --depth;
    line("} : " + outType);
    if (outType != "f64") {
      std::string cast = fresh();
      line(cast + " = tl.cast " + value + " : " + outType + " to f64");
      value = cast;
    }
    // Values must stay small integers: means and products are clamped to whole numbers.
    if (kind == "mean" || kind == "prod" || kind == "sum") {
      std::string low = apply("max", value, number(-8));
      std::string high = apply("min", low, number(8));
      std::string whole = fresh();
      line(whole + " = tl.apply \"floor\"(" + high + ") : (f64) -> f64");
      value = whole;
    }
    scope.reals.push_back(value);
  }

  /// Declarations of one scope with `count` variables.
  void body(RandomScope &scope, int level, int count) {
    bool needsLiteral;
    std::string loose;
    const std::size_t before = out.size();
    declareIndexes(scope, count, needsLiteral, loose);
    if (needsLiteral && !generating(scope, loose)) {
      // No relation with a column: give it a range after all.
      std::string bare = loose + " = tl.index \"" + loose.substr(1) + "\"\n";
      std::size_t where = out.find(bare, before);
      out.replace(where, bare.size(), bare.substr(0, bare.size() - 1) + " 0 to 3\n");
    }
    const int declarations = between(1, 5);
    for (int declaration = 0; declaration < declarations; ++declaration) {
      switch (between(0, 9)) {
      case 0:
        literal(scope, "", false);
        break;
      case 1:
        literal(scope, "", true);
        break;
      case 2:
        where(scope);
        break;
      case 3:
        test(scope);
        break;
      case 4:
      case 5:
        if (level < 2)
          project(scope, level);
        break;
      default:
        at(scope);
      }
    }
    if (scope.reals.size() > 1 && chance(2))
      scope.reals.push_back(apply(chance(2) ? "add" : "mul", pick(scope.reals), pick(scope.reals)));
  }

  bool generating(const RandomScope &scope, const std::string &loose) {
    std::vector<const RandomTensor *> fitting;
    for (const RandomTensor &tensor : tensors)
      if (tensor.kind == RandomTensor::Relation && !tensor.extents.empty())
        fitting.push_back(&tensor);
    return !fitting.empty() && literal(scope, loose, false, "", pick(fitting));
  }

  void comprehension() {
    const int kind = between(0, 5);
    RandomTensor result{"%R" + std::to_string(counter++), "", {}, RandomTensor::Dense};
    const int rank = between(0, 3);
    for (int axis = 0; axis < rank; ++axis)
      result.extents.push_back(extent());
    std::string monoid = "add";
    if (kind == 1 || kind == 2) {
      monoid = kind == 1 ? "max" : "min";
      result.kind = RandomTensor::Partial;
      result.type = "!tl.partial<" + denseType(result.extents, "f64") + ">";
    } else if (kind == 3) {
      monoid = "or";
      result.kind = RandomTensor::Relation;
      for (int &bound : result.extents)
        bound = chance(4) ? -1 : bound;
      result.type = relationType(result.extents);
    } else {
      if (kind == 4)
        monoid = "avg";
      result.type = denseType(result.extents, "f64");
    }
    std::string start = fresh();
    out += "  " + start + " = tl.empty " + monoid + " : " + result.type + "\n";
    out += "  " + result.name + " = tl.contract " + monoid + " into " + start + " {\n";
    depth = 1;
    RandomScope scope;
    body(scope, 0, between(0, 4));
    std::string value = result.kind == RandomTensor::Relation ? "" : real(scope) + " ";
    line("tl.yield " + value + "at [" + place(scope, result.extents.size(), !chance(3)) + "]" +
         (value.empty() ? "" : " : f64"));
    depth = 0;
    out += "  } : " + result.type + "\n";
    out += "  tl.query " + std::to_string(queries++) + " " + result.name + " : " + result.type + "\n";
    // Averages are no whole numbers and may not be summed in another order.
    if (monoid != "avg" && monoid != "add")
      tensors.push_back(result);
  }

  /// A sum of products over a few variables, alone or inside a function, whose loops are long enough to be
  /// reordered, given lanes or outlined.
  void product() {
    const int variables = between(1, 4);
    std::vector<int> extents;
    for (int variable = 0; variable < variables; ++variable)
      extents.push_back(chance(2) ? between(9, 40) : between(1, 5));
    std::vector<std::vector<int>> factors;
    std::vector<std::string> names;
    for (int factor = between(1, 3); factor > 0; --factor) {
      factors.push_back(someOf(variables));
      names.push_back("%In" + std::to_string(tensors.size()));
      std::vector<int> shape;
      for (int variable : factors.back())
        shape.push_back(extents[variable]);
      RandomTensor tensor{names.back(), denseType(shape, "f64"), shape, RandomTensor::Dense};
      out += "  " + tensor.name + " = tl.read \"" + tensor.name.substr(1) + "\" from \"x\" : " + tensor.type +
             "\n";
      tensors.push_back(tensor);
    }
    std::vector<int> axes = someOf(variables);
    std::vector<int> shape;
    for (int axis : axes)
      shape.push_back(extents[axis]);
    const bool nested = chance(2);
    const std::string type = denseType(shape, "f64"), start = fresh(),
                      result = "%R" + std::to_string(counter++);
    out += "  " + start + " = tl.empty add : " + type + "\n";
    out += "  " + result + " = tl.contract add into " + start + " {\n";
    std::vector<bool> inner(variables);
    depth = 1;
    for (int variable = 0; variable < variables; ++variable) {
      inner[variable] = nested && std::find(axes.begin(), axes.end(), variable) == axes.end();
      if (!inner[variable])
        productIndex(variable, extents[variable]);
    }
    const std::string sum = fresh();
    if (nested) {
      line(sum + " = tl.project sum {");
      ++depth;
      for (int variable = 0; variable < variables; ++variable)
        if (inner[variable])
          productIndex(variable, extents[variable]);
    }
    std::string value = factorsProduct(factors, names);
    if (nested) {
      line("tl.yield " + value + " : f64");
      --depth;
      line("} : f64");
      value = fresh();
      line(value + " = tl.apply \"relu\"(" + sum + ") : (f64) -> f64");
    }
    line("tl.yield " + value + " at [" + productPlace(axes) + "] : f64");
    depth = 0;
    out += "  } : " + type + "\n  tl.query " + std::to_string(queries++) + " " + result + " : " + type + "\n";
  }

  std::vector<int> someOf(int variables) {
    std::vector<int> all, chosen;
    for (int variable = 0; variable < variables; ++variable)
      all.push_back(variable);
    for (int variable : all)
      if (!chance(3))
        chosen.insert(chosen.begin() + between(0, static_cast<int>(chosen.size())), variable);
    return chosen;
  }

  void productIndex(int variable, int extent) {
    const std::string name = "p" + std::to_string(variable) + "q" + std::to_string(queries);
    line("%" + name + " = tl.index \"" + name + "\" 0 to " + std::to_string(extent));
  }

  std::string productPlace(const std::vector<int> &axes) {
    std::string text;
    for (int variable : axes)
      text += (text.empty() ? "%p" : ", %p") + std::to_string(variable) + "q" + std::to_string(queries);
    return text;
  }

  std::string factorsProduct(const std::vector<std::vector<int>> &factors,
                             const std::vector<std::string> &names) {
    std::string value;
    for (std::size_t factor = 0; factor < factors.size(); ++factor) {
      std::string element = fresh();
      const RandomTensor *tensor =
          &*std::find_if(tensors.begin(), tensors.end(),
                         [&](const RandomTensor &candidate) { return candidate.name == names[factor]; });
      line(element + " = tl.at " + names[factor] + "[" + productPlace(factors[factor]) +
           "] : " + tensor->type);
      value = value.empty() ? element : apply("mul", value, element);
    }
    return value;
  }

  /// A recurrence that reads earlier positions of what it writes.
  void scan() {
    const int steps = between(1, 6), width = extent(), offset = between(1, 2);
    const std::string type = denseType({width, steps + 2}, "f64"), start = fresh(), results = fresh();
    const bool descending = chance(2);
    const std::string carried = "%s" + std::to_string(counter++), position = "%t" + std::to_string(counter++);
    out += "  " + start + " = tl.empty add : " + type + "\n";
    out += "  " + results + " = tl.scan \"t\" " + position + " = " + std::to_string(chance(2) ? 1 : 0) +
           " to " + std::to_string(steps) + (descending ? " descending" : "") + " carry (" + carried + " = " +
           start + " : " + type + ") {\n";
    depth = 1;
    std::string next = fresh();
    line(next + " = tl.contract add into " + carried + " {");
    depth = 2;
    RandomScope scope;
    bool needsLiteral;
    std::string loose, row = "%x" + std::to_string(counter++);
    scope.indexes.push_back(position);
    line(row + " = tl.index \"" + row.substr(1) + "\" 0 to " + std::to_string(width));
    scope.indexes.push_back(row);
    std::string earlier = fresh();
    line(earlier + " = tl.at " + (chance(2) ? "default " : "") + carried + "[" + affine(scope, true) + ", " +
         position + (descending ? " + " : " - ") + std::to_string(offset) + "] : " + type);
    scope.reals.push_back(earlier);
    declareIndexes(scope, 0, needsLiteral, loose);
    at(scope);
    if (chance(2))
      test(scope);
    std::string value = apply("add", earlier, real(scope));
    value = apply("min", apply("max", value, number(-8)), number(8));
    line("tl.yield " + value + " at [" + row + ", " + position + "] : f64");
    depth = 1;
    line("} : " + type);
    line("tl.next " + next + " : " + type);
    depth = 0;
    out += "  }\n  tl.query " + std::to_string(queries++) + " " + results + " : " + type + "\n";
  }

  /// Recursive rules over one or two bounded relations.
  void fixpoint() {
    const int carried = between(1, 2);
    std::vector<RandomTensor> relations;
    for (int number = 0; number < carried; ++number) {
      RandomTensor relation{"%c" + std::to_string(counter++), "", {}, RandomTensor::Relation};
      for (int axis = between(1, 2); axis > 0; --axis)
        relation.extents.push_back(between(2, 9));
      relation.type = relationType(relation.extents);
      relations.push_back(relation);
    }
    std::string inits, next, types, results = fresh();
    for (const RandomTensor &relation : relations) {
      std::string init = fresh();
      out += "  " + init + " = tl.empty or : " + relation.type + "\n";
      inits += (inits.empty() ? "" : ", ") + relation.name + " = " + init + " : " + relation.type;
    }
    out += "  " + results + ":" + std::to_string(carried) + " = tl.fixpoint (" + inits + ") {\n";
    for (const RandomTensor &relation : relations) {
      depth = 1;
      std::string current = fresh();
      line(current + " = tl.empty or : " + relation.type);
      for (int rule = between(1, 3); rule > 0; --rule)
        current = recursiveRule(relation, relations, current);
      next += (next.empty() ? "" : ", ") + current;
      types += (types.empty() ? "" : ", ") + relation.type;
    }
    out += "    tl.next " + next + " : " + types + "\n  }\n";
    depth = 0;
    for (int number = 0; number < carried; ++number)
      out += "  tl.query " + std::to_string(queries++) + " " + results + "#" + std::to_string(number) +
             " : " + relations[number].type + "\n";
  }

  std::string recursiveRule(const RandomTensor &head, const std::vector<RandomTensor> &relations,
                            const std::string &current) {
    std::string result = fresh();
    line(result + " = tl.contract or into " + current + " {");
    depth = 2;
    RandomScope scope;
    bool needsLiteral;
    std::string loose;
    declareIndexes(scope, between(1, 3), needsLiteral, loose);
    if (needsLiteral)
      literal(scope, loose, false, "", &pick(relations));
    for (int more = between(0, 2); more > 0; --more)
      chance(2) ? literal(scope, "", false, "", &pick(relations)) : literal(scope, "", chance(4));
    line("tl.yield at [" + place(scope, head.extents.size(), !chance(3)) + "]");
    depth = 1;
    line("} : " + head.type);
    return result;
  }

  std::mt19937 random;
  std::string out;
  std::vector<RandomTensor> tensors;
  int counter = 0;
  int queries = 0;
  int depth = 0;
};

} // namespace tl::tests
