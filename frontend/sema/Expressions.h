// Syntax of one statement to checked expressions, before sums are placed.
#pragma once

#include "frontend/sema/Names.h"

#include <functional>

namespace tl::sema {

/// The variables of one statement. A reduction `sum[j](...)` opens a level of its own.
class Scope {
public:
  Scope(Equation &equation) : equation(equation), levels(1) {}
  /// The variable of this name that is visible here, made when it is new. `_` is new each time.
  VariableId variable(std::string_view name, SourceRange range);
  VariableId fresh(std::string_view name, SourceRange range);
  /// A variable of the innermost level, which hides others of its name.
  VariableId bind(std::string_view name, SourceRange range);
  void open() { levels.emplace_back(); }
  void close() { levels.pop_back(); }

  Equation &equation;
  std::vector<VariableId> dotted; ///< left variables written with a dot
  std::vector<SourceRange> dots;
  std::vector<VariableId> slices; ///< one per slice of the right side, in the order of the text
  std::vector<VariableId>
      leftSlices;                 ///< one per slice of the left side, whose positions those of each read take
  std::size_t slicesInAccess = 0; ///< of the read being translated
  bool slicesAreAxes = false;     ///< the left side is bare: slices of the right side become its indices
  bool usesNormalization = false;
  /// Gives what a `concat` inside an expression stands for.
  std::function<ExprPtr(const ast::Call &, SourceRange)> concat;
  // Of a statement with several left sides: which of them this is, the first one's equation, and the index
  // variables of the others and of all.
  std::optional<std::size_t> result;
  std::optional<EquationId> statement;
  std::set<std::string, std::less<>> otherLefts, commonLefts;
  bool isRule = false; ///< a rule, not an equation: nothing else bounds its variables

private:
  std::vector<std::map<std::string, VariableId, std::less<>>> levels;
};

/// Translates expressions and index positions. Sums and products stay n-ary (`add`, `mul` with any number of
/// operands), relations are `Literal`s wherever they stand; `Projection` settles both. Reports and returns
/// some expression when wrong.
class Expressions {
public:
  Expressions(Names &names, TypedProgram &program, source::DiagnosticEngine &diagnostics, Scope &scope)
      : names(names), program(program), diagnostics(diagnostics), scope(scope) {}

  /// A value position: `/` is real division and a scalar tensor is read.
  ExprPtr value(const ast::Expr &expr);
  /// An operand of a comparison in a guard: a bare name is an integer or a symbol.
  ExprPtr operand(const ast::Expr &expr, const ast::Expr &other);
  ExprPtr compare(const ast::Comparison &comparison, SourceRange range, bool isGuard);
  /// A literal's access: `Literal` for a relation, `Element` for a dense tensor.
  ExprPtr access(const ast::Access &access, SourceRange range);
  IndexExpr index(const ast::Expr &expr);
  /// The left side; marks its variables and, with `isVirtual`, sets the equation's virtual position.
  std::vector<IndexExpr> head(const ast::Head &head, TensorId tensor);
  /// Makes a number greater than zero out of what is not a truth value.
  ExprPtr truth(ExprPtr value);
  /// Whether a bare name in a guard's comparison with `other` reads the scalar tensor of that name.
  bool readsScalar(const ast::Expr &expr, const ast::Expr &other) const;

private:
  class MatrixRoles;
  struct AffineRules {
    bool divides = true;      ///< `/` is integer division
    bool readsScalars = true; ///< a scalar with an integer literal is that integer
  };
  std::optional<IndexExpr> affine(const ast::Expr &expr, AffineRules rules);
  std::optional<IndexExpr> affineSum(const ast::Sum &sum, AffineRules rules);
  std::optional<IndexExpr> affineProduct(const ast::Product &product, AffineRules rules);
  IndexExpr slice(const ast::Index &index, std::vector<ExprPtr> &conditions);
  IndexExpr boundedSlice(const ast::Index &index, VariableId counter, std::vector<ExprPtr> &conditions);
  IndexExpr leftSlice(const ast::Index &index);
  IndexExpr position(const ast::Index &index, std::vector<ExprPtr> &conditions);
  bool isConstant(const ast::ExprPtr &expr);

  ExprPtr translate(const ast::Expr &expr, bool isIndex);
  ExprPtr name(const ast::Name &name, SourceRange range, bool isIndex);
  ExprPtr product(const ast::Product &product, SourceRange range, bool isIndex);
  ExprPtr power(const ast::Power &power, SourceRange range, bool isIndex);
  ExprPtr reduction(const ast::Reduction &reduction, SourceRange range);
  ExprPtr call(const ast::Call &call, SourceRange range, bool isIndex);
  ExprPtr elementwise(const ast::Call &call, SourceRange range, bool isIndex);
  ExprPtr external(const ast::Call &call, const ExternalFunction &function, SourceRange range);
  ExprPtr matrix(const ast::Call &call, SourceRange range);
  void checkCount(const ast::Call &call, const Expr &count);
  ExprPtr normalization(const ast::Call &call, SourceRange range, double preset);
  ExprPtr random(const ast::Call &call, SourceRange range, bool isIndex);
  ExprPtr valueOrInteger(const ast::Expr &expr, bool isIndex);
  ExprPtr comparisonSide(const ast::Expr &expr, bool isGuard);

  Names &names;
  TypedProgram &program;
  source::DiagnosticEngine &diagnostics;
  Scope &scope;
};

} // namespace tl::sema
