// The state of one emission, shared by the files of this folder.
#pragma once

#include "frontend/emit/EmitTl.h"
#include "frontend/sema/Walk.h"

#include "ir/tl/TlOps.h"

#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"

#include <map>
#include <tuple>
#include <vector>

namespace tl::emit {

/// A variable's value inside a comprehension: `value + offset`.
struct BoundVariable {
  mlir::Value value;
  std::int64_t offset = 0;
};

/// Coordinates as an affine map over index values.
struct Coordinates {
  mlir::AffineMap map;
  llvm::SmallVector<mlir::Value> operands;
};

/// A normalised sub-expression, computed beforehand over its free variables.
struct Materialized {
  mlir::Value tensor;
  std::vector<sema::VariableId> axes;
};

/// One projection to emit: `operand` over `variables`, its result of `type`.
struct Projected {
  mlir::Location place;
  ir::Projection kind;
  sema::ValueType type;
  const std::vector<sema::VariableId> &variables;
  const sema::Expr &operand;
};

/// One equation being emitted: what its variables are bound to, and where in a scan it stands.
struct EquationScope {
  const sema::Equation &equation;
  mlir::Type realType;
  std::map<sema::VariableId, BoundVariable> variables;
  std::map<const sema::Expr *, Materialized> materialized;
  /// Position of the enclosing scan's step when it fixes a variable or a constant of this equation's head.
  struct ScanCondition {
    mlir::Value position;
    std::optional<std::int64_t> lower, upper;
  };
  std::vector<ScanCondition> conditions;
};

/// Walks components in order and emits each. `reading` is what a name stands for in a right side, `building`
/// the value that equations of the name are combined into; they differ only inside a fixpoint and for virtual
/// indices.
class Emitter {
public:
  Emitter(mlir::MLIRContext &context, const sema::TypedProgram &program, const source::SourceManager &sources,
          const EmitOptions &options);

  mlir::OwningOpRef<mlir::ModuleOp> run();

private:
  // Program.cpp
  std::map<std::size_t, mlir::Value> derivatives();
  mlir::Value derivative(sema::TensorId id);
  void handOut();
  mlir::DictionaryAttr externals();
  void component(const sema::Component &component);
  mlir::Value initial(sema::TensorId tensor);
  mlir::Type typeOf(sema::TensorId tensor);
  mlir::Type elementType(runtime::ElementType type);
  mlir::Location location(source::SourceRange range);
  mlir::Value empty(sema::Monoid monoid, mlir::Type type, mlir::Location place, llvm::StringRef name = {});

  // Recursion.cpp
  struct ScanPosition {
    const sema::Component *component;
    mlir::Value value;
  };
  void scan(const sema::Component &component);
  llvm::SmallVector<mlir::Value> carriedValues(const sema::Component &component,
                                               const std::vector<sema::TensorId> &counted);
  void leaveScan(sema::TensorId tensor, mlir::Value result, bool isNested);
  void scanStep(const std::vector<sema::Component> &parts);
  void fixpoint(const sema::Component &component);
  void enterStep(const sema::Component &component, mlir::Block &body, bool isNested);
  void keepState(const sema::Component &component, mlir::Value position, sema::TensorId tensor);
  void bindScans(EquationScope &scope);
  mlir::Value valueRead(const EquationScope &scope, const sema::Expr &expr);

  // Equation.cpp
  void equation(sema::EquationId id);
  /// All equations of a component, those without recursion first.
  void equations(const sema::Component &component);
  void sumOfTerms(EquationScope &scope);
  void whole(EquationScope &scope);
  /// What a term is combined into, by `monoid`: its value, or 1 where it has one.
  struct TermTarget {
    sema::Monoid monoid;
    mlir::Value &dest;
    bool counts;
  };
  void oneTerm(EquationScope &scope, const sema::Term &term);
  void oneTerm(EquationScope &scope, const sema::Term &term, const TermTarget &target);
  void widenedTerm(EquationScope &scope, const sema::Term &term, mlir::Value &dest);
  void startAverage(sema::TensorId tensor);
  void finishAverage(sema::TensorId tensor);
  llvm::SmallVector<mlir::Value> everyIndex(mlir::RankedTensorType type, mlir::Location place);
  void mergedTerms(EquationScope &scope, const std::vector<const sema::Term *> &terms);
  // External.cpp
  Materialized external(EquationScope &scope, const sema::Expr &expr);
  mlir::Value externalOperand(EquationScope &scope, const sema::Expr &operand,
                              const std::vector<sema::VariableId> &axes, mlir::RankedTensorType type);

  // Matrix.cpp
  Materialized matrix(EquationScope &scope, const sema::Expr &expr);
  mlir::Value matrixOperand(EquationScope &scope, const sema::Expr &expr, const sema::Expr &operand,
                            const std::vector<sema::VariableId> &axes);
  mlir::Operation *matrixOp(EquationScope &scope, const sema::Expr &expr);
  std::vector<sema::VariableId> unbound(const EquationScope &scope,
                                        const std::vector<sema::VariableId> &variables);

  /// Opens a `tl.map` or `tl.contract` into `dest`; the builder stands inside it until `close`.
  mlir::Operation *open(bool isMap, sema::Monoid monoid, mlir::Value dest, mlir::Location place);
  void close(mlir::Operation *op);
  void declare(EquationScope &scope, const std::vector<sema::VariableId> &variables);
  void yieldAt(EquationScope &scope, mlir::Value value, mlir::Type element);
  mlir::Value termValue(EquationScope &scope, const sema::Term &term);

  // Normalize.cpp
  /// Computes what functions along indices give, which is done before anything else of the equation.
  void normalizations(EquationScope &scope);
  bool normalizesWhole(EquationScope &scope);
  /// Computes the functions along indices and the matrices of `expr`, those inside others first.
  void materialize(EquationScope &scope, const sema::Expr &expr);
  void materialize(EquationScope &scope, const std::vector<const sema::Expr *> &found);
  Materialized normalize(EquationScope &scope, const sema::Expr &expr);
  mlir::Value normalizedArgument(EquationScope &scope, const sema::Expr &expr,
                                 const std::vector<sema::VariableId> &axes);
  mlir::Value weighed(EquationScope &scope, const sema::Expr &expr);
  mlir::Value materialized(EquationScope &scope, const sema::Expr &expr);
  mlir::Value normalized(EquationScope &scope, const sema::Expr &expr);

  // Random.cpp
  mlir::Value draw(EquationScope &scope, const sema::Expr &expr);
  llvm::SmallVector<mlir::Value> drawCoordinates(EquationScope &scope, const sema::Expr &expr);

  // Guards.cpp
  void guards(EquationScope &scope, const std::vector<const sema::Guard *> &list);
  std::vector<const sema::Guard *> guardsInside(const EquationScope &scope,
                                                const std::vector<sema::VariableId> &projected) const;
  void guard(EquationScope &scope, const sema::Guard &guard);
  void negative(EquationScope &scope, const sema::Guard &guard);
  bool deniesAll(const EquationScope &scope, const sema::Guard &guard) const;
  void exists(EquationScope &scope, const std::vector<const sema::Guard *> &parts, bool negated);
  mlir::Value witnesses(EquationScope &inner, const std::vector<const sema::Guard *> &parts,
                        const std::vector<sema::VariableId> &shared,
                        const std::vector<sema::VariableId> &declared, bool negated);
  void conditions(EquationScope &scope);
  /// Keeps the assignments of steps in [lower, upper).
  void requireStep(mlir::Value position, std::optional<std::int64_t> lower, std::optional<std::int64_t> upper,
                   mlir::Location place);

  // Expression.cpp
  mlir::Value scalar(EquationScope &scope, const sema::Expr &expr);
  mlir::Value element(EquationScope &scope, const sema::Expr &expr);
  mlir::Value apply(EquationScope &scope, const sema::Expr &expr);
  mlir::Value project(EquationScope &scope, const Projected &projected);
  mlir::Value number(EquationScope &scope, const sema::Expr &expr);
  mlir::Value convert(mlir::Value value, mlir::Type type, mlir::Location place);
  mlir::Value truth(mlir::Value value, mlir::Location place);
  mlir::Type scalarType(const EquationScope &scope, sema::ValueType type);
  void literal(EquationScope &scope, const sema::Expr &expr, bool negated);
  Coordinates flattened(const EquationScope &scope, const std::vector<sema::VariableId> &variables);
  Coordinates coordinates(EquationScope &scope, const std::vector<sema::IndexExpr> &indices);
  mlir::AffineExpr affine(EquationScope &scope, const sema::IndexExpr &index,
                          llvm::SmallVectorImpl<mlir::Value> &operands);
  mlir::Value indexValue(EquationScope &scope, const sema::IndexExpr &index);

  mlir::MLIRContext &context;
  const sema::TypedProgram &program;
  const source::SourceManager &sources;
  const EmitOptions &options;
  mlir::OpBuilder builder;
  std::vector<mlir::Value> reading, building;
  std::map<sema::TensorId, mlir::Value>
      counting; ///< beside `building` of averages: how much each element got
  std::map<sema::ClassId, mlir::Value>
      symbolKeys;                  ///< the symbols of a class as numbers, where draws need them
  mlir::Value drawStep;            ///< in a step of learning
  std::vector<ScanPosition> scans; ///< enclosing, outermost first
  /// Ops of statements with several results, by statement, type of numbers and block.
  std::map<std::tuple<sema::EquationId, const void *, mlir::Block *>, mlir::Operation *> sharedMatrices;
  std::map<sema::TensorId, mlir::Value> states; ///< of virtual indices inside a step: the state before it
};

// Questions about expressions, in Variables.cpp.

/// The guards of a term, all of which some values of the variables that `nested` projections bind have to
/// pass. Those that mention such a variable stand inside its projection; they stand here too unless the value
/// is 0 anyway where the projections are over nothing. A null `value` is never 0.
std::vector<const sema::Guard *> guardsOutside(const sema::Equation &equation,
                                               const std::set<sema::VariableId> &nested,
                                               const sema::Expr *value);
/// Variables that some projection inside `expr` binds.
void addProjected(const sema::Expr &expr, std::set<sema::VariableId> &into);
/// Whether `expr` is 0 whenever every sum over one of `variables` is over nothing.
bool vanishes(const sema::Expr &expr, const std::set<sema::VariableId> &variables);
/// `value + offset` of a bound variable, as one more operand of an affine map under construction.
mlir::AffineExpr operandExpr(BoundVariable bound, llvm::SmallVectorImpl<mlir::Value> &operands);
/// Whether evaluating `expr` can drop the assignment: an absent element, or an index that is not plain.
bool canDrop(const sema::TypedProgram &program, const sema::Expr &expr);

} // namespace tl::emit
