// The syntax tree: what the text says, before any name is looked up.
#pragma once

#include "frontend/source/SourceManager.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tl::ast {

using source::SourceRange;

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

// --- Expressions. Sums, products and conjunctions are n-ary, so that long chains are not deep trees.

/// `3`, `0.5`, `1e-3`. An integer literal has no point and no exponent.
struct Number {
  double value = 0;
  std::int64_t integer = 0;
  bool isInteger = false;
};
/// `"New York"` (text without quotes, escapes resolved).
struct Text {
  std::string text;
};
/// A lower-case name used as an index variable; `_` has the name "_".
struct Variable {
  std::string name;
};
/// `true` / `false` are Numbers 1 / 0. A bare upper-case name: scalar tensor, constant, symbol or whole
/// tensor.
struct Name {
  std::string name;
};
/// One argument of an access, a head or a query.
struct Index {
  enum class Form { Plain, Slice, Group };
  SourceRange range;
  Form form = Form::Plain;
  ExprPtr expr;             ///< Plain: the index expression; Slice: none
  ExprPtr begin, end, step; ///< Slice `4:8:2`; each may be missing
  bool isDotted = false;    ///< `p.`: normalised
  bool isVirtual = false;   ///< `*t`, `*t+1`, `*0`
}; // Group: `...`
/// `W[i,j]` or `Parent(x,y)`: an upper-case name with arguments.
struct Access {
  std::string name;
  SourceRange nameRange;
  bool hasParentheses = false;
  std::vector<Index> indices;
};
struct NamedArgument {
  std::string name;
  ExprPtr value;
  SourceRange nameRange = {};
};
/// `relu(x)`, `lnorm(x; eps = 1e-5)`, `size(i)`; also a call of a `def`.
struct Call {
  std::string function;
  SourceRange nameRange;
  std::vector<ExprPtr> arguments;
  std::vector<NamedArgument> named;
};
/// `sum[i,j](body)`: kind is one of sum max min mean prod any all count argmax argmin.
struct Reduction {
  std::string kind;
  std::vector<Variable> indices;
  std::vector<SourceRange> indexRanges;
  ExprPtr body;
};
struct Negation {
  ExprPtr operand;
};
/// `a + b - c`: terms with their signs.
struct Sum {
  struct Term {
    bool isNegative = false;
    ExprPtr expr;
  };
  std::vector<Term> terms;
};
/// `a b * c / d % e`, left to right.
struct Product {
  enum class Op { Multiply, Divide, Remainder };
  struct Factor {
    Op op = Op::Multiply;
    ExprPtr expr;
  };
  std::vector<Factor> factors;
};
struct Power {
  ExprPtr base, exponent;
};
enum class CompareOp { Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual };
struct Comparison {
  CompareOp op;
  ExprPtr lhs, rhs;
};
struct Not {
  ExprPtr operand;
};

/// One expression and where it stands.
struct Expr {
  SourceRange range;
  std::variant<Number, Text, Variable, Name, Access, Call, Reduction, Negation, Sum, Product, Power,
               Comparison, Not>
      node;
};

// --- Statements.

enum class AssignOp { Assign, Add, Max, Min, Average, Multiply }; ///< `=` `+=` `max=` `min=` `avg=` `*=`

/// The left side of an equation, rule, fact or query: a name alone, with brackets, or with parentheses.
struct Head {
  SourceRange range;
  SourceRange nameRange;
  std::string name;
  enum class Form { Bare, Brackets, Parentheses } form = Form::Bare;
  std::vector<Index> indices;
};

/// `Y[i] = expr, guard, guard`.
struct Equation {
  Head head;
  AssignOp op = AssignOp::Assign;
  ExprPtr value;
  std::vector<ExprPtr> guards;
};
/// `Y = [[1, 2], [3, 4]]`, flattened; a scalar number is an Equation, not a Literal.
struct Literal {
  Head head;
  std::vector<std::int64_t> shape;
  std::vector<double> values;
  std::vector<std::int64_t> integers; ///< exact values, when allIntegers
  bool allIntegers = false;
  bool isParam = false; ///< `param W = [..]`
};
/// `Head(x) <- literal, literal`.
struct Rule {
  Head head;
  std::vector<ExprPtr> body;
};
/// One ground fact that the fast path did not take: `Parent(Alice, Bob)`, `0.7 :: Edge(A, B)`, `W :: Edge(A,
/// B)`.
struct Fact {
  Head head;
  std::optional<double> probability;
  std::optional<Head> chance; ///< the element that is its probability

  bool isProbabilistic() const { return probability || chance; }
};
/// An argument of a fact, in 16 bytes because a file may have hundreds of millions: an integer, or a symbol
/// whose text lies in the source or in `FactBlock::owned`.
class FactCell {
public:
  static constexpr std::size_t kLongestText = (std::size_t{1} << 30) - 1;

  static FactCell ofInteger(std::int64_t value, std::uint32_t begin) {
    FactCell cell(begin);
    cell.value = value;
    cell.isInteger_ = true;
    return cell;
  }
  /// `isQuoted`: written in quotes, so a symbol and never a constant.
  static FactCell ofSymbol(std::string_view text, std::uint32_t begin, bool isQuoted) {
    FactCell cell(begin);
    cell.data = text.data();
    cell.length = static_cast<std::uint32_t>(text.size()) & kLongestText;
    cell.isQuoted_ = isQuoted;
    return cell;
  }

  bool isInteger() const { return isInteger_; }
  bool isQuoted() const { return isQuoted_; }
  std::int64_t integer() const { return isInteger_ ? value : 0; }
  /// Empty for an integer.
  std::string_view text() const { return isInteger_ ? std::string_view() : std::string_view(data, length); }
  /// Byte offset in its file.
  std::uint32_t begin() const { return begin_; }

private:
  explicit FactCell(std::uint32_t begin) : begin_(begin), length(0), isInteger_(false), isQuoted_(false) {}

  union {
    std::int64_t value = 0;
    const char *data;
  };
  std::uint32_t begin_;
  std::uint32_t length : 30;
  std::uint32_t isInteger_ : 1;
  std::uint32_t isQuoted_ : 1;
};
/// Many facts of one relation, in source order: `cells[row * arity + column]`.
struct FactBlock {
  std::string name;
  SourceRange firstRange; ///< of the first fact's name
  std::size_t arity = 0;
  std::vector<FactCell> cells;
  std::vector<std::unique_ptr<std::string>> owned; ///< unescaped quoted symbols
  std::size_t rows = 0;
};
/// `Y?`, `Y[2,j]?`, `Ancestor(Alice, x)?`, `dLoss/dW?`.
struct Query {
  Head head;           ///< for a derivative: what it is by, `W[i]` of `dLoss/dW[i]`
  std::string derived; ///< `Loss` of `dLoss/dW`; empty otherwise
  SourceRange derivedRange;
  std::string text; ///< as printed: without blanks and without `?`
};
/// `X = "data/x.npy"`, `Edge = "e.csv", header = true`, `Length[x,y] += "roads.tsv"`.
struct Read {
  Head head;
  AssignOp op = AssignOp::Assign;
  std::string path;
  SourceRange pathRange;
  std::vector<NamedArgument> options;
};
/// `"out.npy" = Y`.
struct Write {
  std::string path;
  SourceRange pathRange;
  Head source;
};
/// `domain Person = {Alice, Bob}` or `domain Person = "people.txt"`.
struct DomainDeclaration {
  std::string name;
  SourceRange nameRange;
  std::vector<std::string> symbols;
  std::string path; ///< empty when listed
  SourceRange pathRange;
};
/// One declared axis: `i: 784`, `t: Word`, `784`.
struct DeclaredAxis {
  SourceRange range;
  std::string variable; ///< may be empty
  std::optional<std::int64_t> extent;
  std::string domain; ///< domain or constant name; empty when an extent is given
};
/// `tensor W[i: 784]: f32`, `param W[i: 784] ~ normal(0, 0.02)`.
struct TensorDeclaration {
  Head head; ///< name only
  std::vector<DeclaredAxis> axes;
  std::string elementType; ///< empty when not given
  bool isParam = false;
  ExprPtr initializer; ///< the call after `~`
};
/// `const T = 0.5`.
struct ConstDeclaration {
  std::string name;
  SourceRange nameRange;
  ExprPtr value;
};
struct Import {
  std::string module;
};
/// `extern "libmine.so:symbol" distance(x, y), dx = slope`: a C function of doubles.
struct External {
  /// `dx = slope`: how the function changes with its parameter x is another such function.
  struct Partial {
    std::string change, function;
    SourceRange changeRange, functionRange;
  };
  std::string library; ///< path, and the symbol after a ':' where it is not the name
  SourceRange libraryRange;
  std::string name;
  SourceRange nameRange;
  std::vector<std::string> parameters;
  std::vector<Partial> partials;
};
/// `learn Loss by adam(lr = 1e-3), steps = 500, batch = e: 64`.
struct Learn {
  Head loss;
  std::string optimizer;
  SourceRange optimizerRange;
  std::vector<NamedArgument> optimizerOptions;
  std::vector<NamedArgument> options;
  std::string batchVariable;
  SourceRange batchRange; ///< of the variable
  std::optional<std::int64_t> batchSize;
};
/// `embed Ancestor, Parent by dim = 1024, T = 0`.
struct Embed {
  std::vector<Head> relations;
  std::vector<NamedArgument> options;
};
struct Statement;
/// `def scores(A[..., p, d], B[..., q, d]; scale = 1) -> O[..., p, q] { ... }`.
struct Definition {
  std::string name;
  SourceRange nameRange;
  std::vector<Head> parameters;
  std::vector<NamedArgument> options;
  std::vector<Head> results;
  std::vector<Statement> body;
};
/// `(Out[p,d], State[d]) = step2(...)`.
struct MultiAssign {
  std::vector<Head> heads;
  ExprPtr value;
};

/// One statement and where it stands.
struct Statement {
  SourceRange range;
  std::variant<Equation, Literal, Rule, Fact, FactBlock, Query, Read, Write, DomainDeclaration,
               TensorDeclaration, ConstDeclaration, Import, External, Learn, Embed, Definition, MultiAssign>
      node;
};

/// The statements of one file, in its order.
struct Program {
  std::uint32_t file = 0;
  std::vector<Statement> statements;
};

} // namespace tl::ast
