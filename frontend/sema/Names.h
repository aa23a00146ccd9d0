// What every upper-case name of a program stands for.
#pragma once

#include "frontend/sema/Check.h"

#include <set>
#include <string_view>

namespace tl::sema {

/// The value of a `const`, or of `-D NAME=VALUE`.
struct Constant {
  double value = 0;
  std::int64_t integer = 0;
  bool isInteger = false;
  SourceRange range;
};

/// The one namespace of a program: tensors with arity, kind, operator and declared axes; constants; domains.
/// Tensors are numbered in the order in which the text first names them. One class per axis; nothing is
/// joined yet.
class Names {
public:
  Names(const ast::Program &ast, const CheckOptions &options, TypedProgram &program,
        source::DiagnosticEngine &diagnostics)
      : ast(ast), options(options), program(program), diagnostics(diagnostics) {}

  /// Reads all statements; reports clashes of arity, kind and operator.
  void collect();

  std::optional<TensorId> tensor(std::string_view name) const;
  const Constant *constant(std::string_view name) const;
  /// The integer that the name is in an index position; none when it is a symbol there.
  std::optional<std::int64_t> integer(std::string_view name) const;
  /// Whether equations or data define a tensor of this name.
  bool isDefined(std::string_view name) const;
  /// Number of indices as written, the virtual one included.
  std::size_t arity(TensorId tensor) const { return uses[tensor].arity.value_or(0); }
  /// Position of the virtual index among the indices as written.
  std::optional<std::size_t> virtualAxis(TensorId tensor) const { return uses[tensor].virtualAxis; }
  /// A tensor that no text names, for a part of the right side of `owner`.
  TensorId addPart(TensorId owner, std::string_view what, std::size_t arity, SourceRange range);
  bool isDeclared(TensorId tensor) const { return uses[tensor].declaration != nullptr; }
  /// The element type of the array files that define it, if any do.
  std::optional<runtime::ElementType> fileType(TensorId tensor) const;
  /// The declared element type, if there is one.
  std::optional<runtime::ElementType> declaredType(TensorId tensor) const;
  /// The value of an expression of numbers and constants; none when it holds anything else.
  std::optional<Constant> constantValue(const ast::Expr &expr) const;
  /// Warns of tensors that nothing defines.
  void reportUndefined();
  /// Reports a name that stands for a symbol here although the program has a scalar of that name.
  void noteSymbol(std::string_view name, SourceRange range);

private:
  /// How statements speak of one tensor.
  struct Uses {
    std::optional<std::size_t> arity;
    SourceRange arityRange;
    std::optional<SourceRange> bareValue;      ///< a bare name where a number is needed
    std::optional<SourceRange> bareDefinition; ///< `Y = expression` that is not a copy
    std::optional<SourceRange> inParentheses;  ///< a definition that makes it a relation
    std::optional<SourceRange> inBrackets;     ///< a definition that makes it a tensor of numbers
    std::optional<std::size_t> virtualAxis;
    SourceRange virtualRange;            ///< the first `*t` at it
    const ast::Equation *copy = nullptr; ///< `Y = X`
    const ast::TensorDeclaration *declaration = nullptr;
    std::optional<ast::AssignOp> op;
    SourceRange opRange;
    bool isDefined = false;
    bool isReadAsNumber = false; ///< in a value position or in brackets
    bool isAskedBare = false;    ///< by a query without indices
    std::size_t equations = 0;
    std::size_t selections = 0; ///< equations whose right side is nothing but topk, argmax or sample
  };

  TensorId intern(std::string_view name, SourceRange range);
  void fixArity(TensorId tensor, std::size_t arity, SourceRange range);
  void noteOperator(TensorId tensor, ast::AssignOp op, SourceRange range);

  void declareConstants();
  void declareExternals();
  void declarePartials(const ast::External &external);
  void addIntegerScalars();
  void readStatement(const ast::Statement &statement);
  void readEquation(const ast::Equation &equation);
  void readDefinition(const ast::Head &head, ast::AssignOp op);
  void readLearn(const ast::Learn &learn);
  void readData(const ast::Statement &statement);
  void readFile(const ast::Read &read);
  void readInitializer(TensorId tensor, const ast::TensorDeclaration &declaration);
  void bindFile(TensorId tensor, std::string_view path);
  void readHeadUse(const ast::Head &head);
  void readValue(const ast::Expr &expr);
  void readAccess(const ast::Access &access, bool isLiteral);
  void readIndex(const ast::Expr &expr);
  void readBound(const ast::Expr &expr);
  void readIndices(TensorId tensor, const std::vector<ast::Index> &indices);
  void readLiteral(const ast::Expr &expr);

  void settleArity();
  void reportCopyClash(TensorId id);
  void settleKinds();
  void reportKindClashes(TensorId id);
  void settleKind(TensorId id);
  void settleCopies();
  void settleAxes();
  void settleDeclaration(TensorId tensor);
  void settleData();
  void settleLiteral(TensorId tensor, const ast::Literal &literal);
  void settleUndefined();
  void declareDomain(const ast::DomainDeclaration &declaration);
  void settleFacts(TensorId tensor);
  void noteSymbolCell(AxisClass &axis, SourceRange range);
  void settleCell(AxisClass &axis, const ast::FactCell &cell, std::uint32_t file);

  const ast::Program &ast;
  const CheckOptions &options;
  TypedProgram &program;
  source::DiagnosticEngine &diagnostics;
  std::map<std::string, TensorId, std::less<>> tensors;
  std::map<std::string, Constant, std::less<>> constants;
  std::map<std::string, SourceRange, std::less<>> declared; ///< constants and domains, for duplicates
  std::set<std::string, std::less<>> reportedSymbols;
  std::set<std::string, std::less<>> scalars; ///< names of constants and scalar tensors
  std::vector<Uses> uses;
};

/// The names that are integers in an index position, for `evaluateConstant`.
std::map<std::string, Constant, std::less<>> indexConstants(const TypedProgram &program);

/// The value of an expression of numbers and constants; none when it holds anything else or overflows.
/// In an index position `/` is integer division.
std::optional<Constant> evaluateConstant(const ast::Expr &expr,
                                         const std::map<std::string, Constant, std::less<>> &constants,
                                         bool isIndex = false);

} // namespace tl::sema
