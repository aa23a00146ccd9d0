// A checked program: every name looked up, every sum explicit, every index bounded.
#pragma once

#include "frontend/ast/Ast.h"
#include "runtime/core/ElementType.h"
#include "runtime/kernels/Initialize.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tl::sema {

using source::SourceRange;
using TensorId = std::uint32_t;
using EquationId = std::uint32_t;
/// Position in `TypedProgram::classes`.
using ClassId = std::uint32_t;
/// Position in `Equation::variables`.
using VariableId = std::uint32_t;

/// How contributions to one element combine; also the kinds of explicit projections.
enum class Monoid { Add, Or, Max, Min, Multiply, Average };

// --- Axes.

/// One statement about the size of a class, kept to show both sides of a disagreement.
struct ExtentEvidence {
  std::int64_t extent;
  SourceRange range;
  std::string owner; ///< what has this size, as shown: `'W'`
};

/// Axes that one plain variable joins, transitively: they share one extent, or one domain of symbols.
struct AxisClass {
  enum class Kind { Unknown, Integer, Symbol };
  Kind kind = Kind::Unknown;
  SourceRange kindRange; ///< where the kind was first seen
  std::string domain;    ///< name of the declared domain, or empty
  SourceRange domainRange;
  std::vector<ExtentEvidence> hard; ///< what the text says; data adds to it, and all must agree
  std::int64_t softExtent = 0;      ///< one more than the largest integer that facts or equations reach
  bool isComputed = false;   ///< a left axis of its own: extent is one more than the largest index computed
  bool isRecurrence = false; ///< a left side writes it with an offset
  std::int64_t extent = -1;  ///< set by `resolve`; the number of symbols for symbol classes
  bool isOpen = false;       ///< set by `resolve`: relation columns may hold integers outside [0, extent)
};

// --- Tensors.

enum class TensorKind {
  Relation, ///< Boolean, sparse
  Dense,    ///< numbers, every element stored; partial for Max and Min
};

/// One tensor or relation, by everything that is known of its name.
struct TensorSymbol {
  /// What `dLoss/dW`, read by an equation, is the derivative of, and by what.
  struct Derivative {
    TensorId scalar, tensor;
  };
  std::string name;
  SourceRange range; ///< first use that fixed the arity
  TensorKind kind = TensorKind::Dense;
  Monoid monoid = Monoid::Add; ///< Or for relations
  runtime::ElementType elementType = runtime::ElementType::F32;
  std::vector<ClassId> axes;    ///< without the virtual axis
  bool onlyParentheses = false; ///< a bare query of it is a relation
  bool isUndefined = false;     ///< nothing defines it: 0
  bool isParam = false;
  std::optional<runtime::Initializer> initializer; ///< `param W[...] ~ normal(0, 0.02)`
  std::optional<Derivative> derivative;            ///< its one equation stands for everything but its value
  bool hasVirtualAxis = false;
  bool isRankUnknown =
      false; ///< only a file says how many axes it has: the loader fills `axes` before `resolve`
  std::vector<EquationId> equations;
  // Data that defines it besides equations; positions in the syntax tree, which outlives this.
  std::vector<const ast::FactBlock *> factBlocks;
  std::vector<const ast::Fact *> facts;
  std::vector<const ast::Literal *> literals; ///< they add up, as equations do
  std::vector<const ast::Read *> reads;
  bool isBound = false;                                     ///< the caller names a file for it
  std::vector<std::optional<std::int64_t>> declaredExtents; ///< empty when not declared

  /// Whether anything but equations defines it.
  bool hasData() const {
    return isBound || !literals.empty() || !reads.empty() || !facts.empty() || !factBlocks.empty();
  }
  /// Whether it has a literal with a fraction.
  bool hasRealLiteral() const;
};

// --- Index expressions: integers computed from variables.

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

/// One term `coefficient * variable` of an affine form.
struct AffineTerm {
  VariableId variable;
  std::int64_t coefficient;
};

/// `begin:end:step` as numpy reads it: a negative bound counts from the end of the axis, a missing one is the
/// end that the step comes from or goes to.
struct Slice {
  std::optional<std::int64_t> begin, end;
  std::int64_t step = 1;

  /// Whether it has to be known how long the axis is to say where the slice lies.
  bool isRelative() const { return begin.value_or(0) < 0 || end.value_or(0) < 0 || step < 0; }
  /// The first position and the number of positions on an axis of `extent` elements.
  std::pair<std::int64_t, std::int64_t> on(std::int64_t extent) const;
};

/// What stands in an index position. Affine forms are normalised (variables ascending, no zero coefficient);
/// `divisor` and `modulus` apply to the whole affine form: `(affine) / divisor` or `(affine) % modulus`.
struct IndexExpr {
  enum class Kind {
    Affine, ///< terms + constant, then / divisor or % modulus (floor division, non-negative remainder)
    Symbol, ///< a constant symbol: `symbol`; its id in `constant` after `resolve`
    Value,  ///< the value of an integer expression: a gather, or arithmetic that is not affine
  };
  Kind kind = Kind::Affine;
  SourceRange range;
  std::vector<AffineTerm> terms;
  std::int64_t constant = 0;
  std::int64_t divisor = 1;
  std::int64_t modulus = 0; ///< 0 for none
  std::string symbol;
  ClassId symbolClass =
      0; ///< Symbol: the class whose domain has it, also where it stands in a comparison or binding
  ExprPtr value;
  bool isSelfRead =
      false; ///< in a read of the equation's own component: past the end is the default and bounds nothing
  /// `concat` on the left: the position is row-major over these variables (first slowest), after the
  /// flattened sizes of the same axis of the equations `flattenedAfter`. `resolve` turns it into `terms` and
  /// `constant`; the axis's extent is the sum of all parts. A part's variables range over their whole class.
  std::vector<VariableId> flattened;
  std::vector<EquationId> flattenedAfter;
  /// A slice of the right side: `terms` is one variable, which counts its positions. `resolve` sets its
  /// coefficient and `constant`, which depend on the extent of the axis.
  std::optional<Slice> slice;
  /// `size(i)`: `resolve` sets `constant` to the extent of this variable's class; `terms` is empty.
  std::optional<VariableId> sizeOf;

  /// The variable, when the index is a variable and nothing else.
  std::optional<VariableId> plainVariable() const;
  bool isConstant() const { return kind != Kind::Value && terms.empty(); }
  /// A copy of an index without a value.
  IndexExpr copy() const;
};

// --- Expressions. Rule 0-6 of "Where an index is summed" are already applied: every projection inside is
// explicit.

enum class ValueType { Bool, Integer, Real };

/// What a function of matrices has beside its operands.
struct MatrixCall {
  std::size_t batch =
      0; ///< that many of the expression's `indices` count matrices; the others are the result's own
  std::size_t result = 0; ///< which of the function's results this is
  std::optional<EquationId>
      statement; ///< the first equation of a statement with several results, which share one call
};

/// A scalar inside an equation; which members count follows from `kind`.
struct Expr {
  enum class Kind {
    Number,     ///< `number`, exact in `integer` when type is Integer
    IndexValue, ///< an index expression as a number: `index`
    Element,    ///< dense `tensor` at `indices`; drops the term when absent or outside
    Test,       ///< relation `tensor` at `indices` as 0/1; drops nothing
    Literal,    ///< relation `tensor` at `indices` as a factor: drops the assignment when false, else 1
    Apply,   ///< primitive `function` (runtime/Primitives.def: add mul div pow neg relu lt ...) of `operands`
    Project, ///< `projection` of operands[0] over `variables`; none: a scope in which a dropped term counts
             ///< as 0
    Normalize, ///< `function` (softmax cumsum topk ...) of operands[0] along `variables`; `parameters` by
               ///< position. topk: operands[1] is k. sample: operands[1] is a `Random`
    Matrix,    ///< `function` (solve inverse ...) of operands[0] over the rows and columns `variables`, which
            ///< are bound here, and for solve operands[1]; an element of result `matrix.result` at `indices`
    External, ///< `function`, a C function declared in the program, of `operands`, each a number
    Random,   ///< a draw of `function` (uniform normal bernoulli) with operands as its parameters: one number
              ///< for each value of `variables`, the left ones; `integer` numbers the draws of `tensor`
    Concat,   ///< only while checking: each part becomes its own equation, see IndexExpr::flattened
  };
  Kind kind;
  SourceRange range;
  ValueType type = ValueType::Real;
  double number = 0;
  std::int64_t integer = 0;
  TensorId tensor = 0;
  std::vector<IndexExpr> indices;
  /// Element of a tensor with a virtual axis: the position `*t`, `*t+1`, `*0` that is read; none: the last
  /// state.
  std::optional<IndexExpr> virtualPosition;
  IndexExpr index;
  std::string function;
  std::vector<ExprPtr> operands;
  std::vector<double> parameters;
  std::string projection; ///< sum max min mean prod any all count argmax argmin
  MatrixCall matrix;
  std::vector<VariableId> variables;
};

// --- Equations.

/// One index variable of an equation.
struct Variable {
  std::string name;
  SourceRange range;
  ClassId axisClass = 0;
  bool hasClass = false; ///< used plainly on some axis
  bool isOnLeft = false;
  bool isGenerated =
      false;              ///< bound by a positive literal or by a `v = expression`: needs no range of its own
  bool isVirtual = false; ///< `*t`
  bool isLeftSlice = false;          ///< counts a slice of the left side: those of the right side are as long
  std::optional<std::int64_t> limit; ///< the text itself says `variable < limit` (a slice's length)
  // Half-open range, set by `resolve`; for a generated variable of unknown range both are missing.
  std::optional<std::int64_t> lower, upper;
};

/// One literal of a guard or rule body; all must hold.
struct Guard {
  enum class Kind {
    Positive, ///< relation `expr->tensor` holds (expr kind Literal)
    Negative, ///< relation does not hold (expr kind Test); `_` and unbound variables are existential inside
    Holds,    ///< Boolean `expr`: a comparison, or a dense literal as `element > 0`
    Bind,     ///< `variable` = `binding`
    Exists,   ///< some assignment of `existential` satisfies all of `parts`; used where duplicates would be
              ///< counted
  };
  Kind kind;
  SourceRange range;
  ExprPtr expr;
  VariableId variable = 0;
  IndexExpr binding;
  std::vector<VariableId> existential;
  std::vector<Guard> parts;
};

/// One additive term: projected over `projected` by the equation's monoid, over assignments that pass the
/// guards. Variables on the left are shared by all terms.
struct Term {
  ExprPtr value; ///< null for rules: true
  std::vector<VariableId>
      projected;               ///< variables of the term that are neither on the left nor inside a projection
  std::vector<Guard> literals; ///< relation factors of the term (kind Positive), moved out of the product
};

/// One equation or rule. A statement with several additive terms is one equation; its terms' results are
/// combined by `monoid`.
struct Equation {
  EquationId id = 0;
  SourceRange range;
  TensorId tensor = 0;
  Monoid monoid = Monoid::Add;
  std::vector<IndexExpr> head;              ///< one per axis of the tensor (without the virtual axis)
  std::optional<IndexExpr> virtualPosition; ///< `*t+1` on the left
  std::vector<Variable> variables;
  std::vector<Term> terms;
  std::vector<Guard> guards;
  std::vector<TensorId> reads; ///< every tensor read, once each, ascending
  std::vector<TensorId>
      negatedReads; ///< those read under `not` (or through Average/Project, non-monotonically)
  /// `Y[k] = concat(A[p,d], ...)`: each part is its own equation by then, with an affine head; nothing left
  /// to do here.
};

// --- Order of evaluation.

/// Where an equation stands in a scan: at position s of the recurrence index, `variable` has the value s +
/// `offset`; the equation is left out when that is outside the variable's range. Without a variable it runs
/// at position `offset` alone.
struct StepPosition {
  EquationId equation;
  std::optional<VariableId> variable;
  std::int64_t offset = 0;
};

/// A strongly connected component of the dependency graph, or a part of a scan's step.
struct Component {
  enum class Kind { Plain, Scan, Fixpoint };
  Kind kind = Kind::Plain;
  std::vector<TensorId> tensors; ///< Plain: one
  std::vector<EquationId> base;  ///< equations of `tensors` that read none of them; run first. Plain: all
  // Scan: one recurrence index runs over positions [begin, end), upwards or downwards.
  std::vector<std::int32_t>
      scanAxis; ///< per tensor: the axis of the recurrence; -1 when virtual; -2: none, its equations
                ///< only read virtual states in step and add to it at every position
  /// Of every recursive equation in `step`, also inside nested scans. A read of a virtual tensor is at
  /// position s (the state that this step made; the old one where its own equations leave position s out) or
  /// at s - 1 (the old state).
  std::vector<StepPosition> positions;
  bool descending = false;
  std::int64_t begin = 0, end = 0; ///< set by `resolve`
  std::vector<Component>
      step; ///< what one position does, in order; Plain parts list equations in `equations`
  std::vector<EquationId>
      equations;             ///< Fixpoint: recursive ones; Plain part of a step: those of this position
  bool isBoolean = false;    ///< Fixpoint over relations only
  bool isIdempotent = false; ///< Fixpoint over relations, Max and Min only: exact, no tolerance
};

// --- Queries and files.

/// What stands in one position of a query.
struct QueryArgument {
  enum class Kind { Variable, Wildcard, Integer, Symbol };
  Kind kind = Kind::Wildcard;
  std::string text; ///< variable name or symbol
  std::int64_t integer = 0;
};

/// One question, `text` as written without the mark.
struct Query {
  enum class Kind { Relation, Truth, Tensor };
  std::string text;
  SourceRange range;
  TensorId tensor = 0;
  std::optional<TensorId> derived; ///< `Loss` of `dLoss/dW`, whose derivative by `tensor` is asked for
  SourceRange derivedRange;
  Kind kind = Kind::Tensor;
  bool isBare = false;
  std::vector<QueryArgument> arguments; ///< empty when bare
};

/// A tensor, or the part of it that `selection` asks for, to be written to a file.
struct FileWrite {
  std::string path;
  SourceRange range;
  TensorId tensor = 0;
  Query selection;
};

/// One `learn` statement.
struct Learning {
  /// Minibatches over the axes of one class.
  struct Batch {
    ClassId axisClass = 0;
    std::string variable;
    std::int64_t size = 0;
    SourceRange range;
  };
  SourceRange range;
  TensorId loss = 0;
  std::vector<TensorId> parameters; ///< what is learnt, ascending
  bool isImplicit = false;          ///< the program has no `param`: what nothing defines is learnt
  std::string optimizer;
  std::map<std::string, double> optimizerOptions; ///< those that are given
  std::string schedule = "constant";
  std::int64_t steps = 0;
  std::int64_t epochs = 0; ///< above 0: says how many steps
  std::int64_t warmup = 0;
  std::int64_t accumulate = 1;
  double floor = 0;
  double clip = 0; ///< 0: none
  std::optional<TensorId> validation;
  std::vector<TensorId> redrawn; ///< what every step draws anew, with all that it is computed from
  std::int64_t every = 0;        ///< steps between validations; 0: an epoch
  std::int64_t patience = 0;     ///< validations without a better loss before it stops; 0: never
  std::optional<Batch> batch;
};

/// A declared domain.
struct DomainSymbol {
  std::string name;
  SourceRange range;
  std::vector<std::string> symbols; ///< listed in the program
  std::string path;                 ///< or read from here
  SourceRange pathRange;
};

/// A C function `double symbol(double, ...)` of a shared library.
struct ExternalFunction {
  std::string name;
  std::string library; ///< as written; the loader makes it the path to open
  std::string symbol;
  std::size_t parameters = 0;
  SourceRange range;
  std::vector<std::string> partials; ///< by parameter: the function that is its partial derivative, if one is
};

/// The result of checking. Ids are positions in these vectors.
struct TypedProgram {
  std::vector<TensorSymbol> tensors;
  std::vector<AxisClass> classes;
  std::vector<DomainSymbol> domains;
  std::vector<Equation> equations;
  std::vector<Component> components; ///< in an order in which every read is already computed
  std::vector<Query> queries;
  std::vector<FileWrite> writes;
  std::vector<Learning> learnings; ///< in the order of the text
  std::vector<ExternalFunction> externals;
  /// Names that stand for integers in index positions (`const`, or a scalar whose only equation is an integer
  /// literal); an unquoted fact cell with such a name is that integer.
  std::map<std::string, std::int64_t, std::less<>> integerNames;
  std::optional<TensorId> find(std::string_view name) const;
  const ExternalFunction *findExternal(std::string_view name) const;
};

} // namespace tl::sema
