// The state of one derivation, shared by the files of this folder.
#pragma once

#include "passes/derive/Activity.h"
#include "passes/derive/ScalarBuilder.h"

#include "ir/tl/TlOps.h"

#include "mlir/IR/IRMapping.h"

#include "llvm/ADT/MapVector.h"

namespace tl::passes {

/// What reaches one scalar from the result: `value` where `condition` holds, else nothing. Without a
/// condition it always holds. Kept apart, because 0 times what is infinite there would not be 0.
struct Cotangent {
  mlir::Value value;
  mlir::Value condition;
};

/// One equation written from the declarations of a forward one.
struct EquationCopy {
  mlir::Operation *equation = nullptr; ///< the new one
  mlir::OpBuilder builder;             ///< inside its body
  mlir::IRMapping copies;              ///< of forward values

  mlir::Block &body() { return equation->getRegion(0).front(); }
  mlir::Value of(mlir::Value forward) const { return copies.lookupOrDefault(forward); }
  llvm::SmallVector<mlir::Value> of(mlir::ValueRange forward) const;
};

/// A tensor read element by element: over all axes, or over those that a reduction keeps.
struct AxesRead {
  mlir::Value tensor;
  bool isKeptOnly = false;
};

/// A tensor read at variables that its letters name, after those of the axes that all tensors share.
struct LetteredRead {
  mlir::Value tensor;
  std::string letters;
};

/// The value of elements that are read, given the position of each letter.
using LetteredValue = llvm::function_ref<mlir::Value(ScalarBuilder &, mlir::ValueRange,
                                                     llvm::function_ref<mlir::Value(char)> position)>;

/// Walks the equations of a program backwards and appends, before a `tl.gradient`, those that combine the
/// cotangent of every tensor on the way. The law of each step: with `Y[e(a)] += v(a)` and v reading X[f(a)],
///
///   dX[f(a)] += dY[e(a)] dv/dX(a)   for the same assignments a
///
/// that is, the yield and the read change places and every other declaration stays.
class Derivation {
public:
  explicit Derivation(ir::GradientOp op);
  /// False when something has no derivative yet; then it was reported.
  bool run();

private:
  // Derivation.cpp
  void deriveBlock(mlir::Block &block);
  void derive(mlir::Operation &op);
  void derive(ir::ComprehensionOpInterface equation);
  bool unsupported(const llvm::Twine &what);
  /// The tensor that what reaches `root`, a chain of tensors of `type`, is combined into next; zeros at
  /// first.
  mlir::Value accumulator(mlir::Value root, mlir::Type type, mlir::Location place);
  mlir::Value zeros(mlir::Type type, mlir::Location place);
  /// A chain of its own that begins as `tensor`.
  mlir::Value duplicate(mlir::Value tensor, mlir::Location place);
  /// What `value`, of the forward program, is where equations are being appended: itself, the finished tensor
  /// for what a scan carries, or a copy of what computes it.
  mlir::Value forward(mlir::Value value);
  mlir::Value recompute(mlir::Value value);

  // Copies.cpp
  EquationCopy open(ir::Monoid monoid, mlir::Value dest, mlir::Location place);
  void declarePositions(EquationCopy &copy, mlir::Operation *equation);
  /// A new equation with all declarations of `equation`, still without a yield.
  EquationCopy copyOf(ir::ComprehensionOpInterface equation, ir::Monoid monoid, mlir::Value dest);
  void copyDeclarations(EquationCopy &copy, mlir::Block &block);
  void yield(EquationCopy &copy, mlir::Value value, mlir::ValueRange indices, mlir::AffineMap map);
  mlir::Value close(EquationCopy &copy);
  /// A read of `tensor` where the equation of `yield` combines into its own.
  mlir::Value readAtYield(EquationCopy &copy, mlir::Value tensor, ir::YieldOp yield);
  /// `equation` with the declarations that `finish` adds and the value it gives, combined into `dest`.
  mlir::Value variant(ir::ComprehensionOpInterface equation, ir::Monoid monoid, mlir::Value dest,
                      llvm::function_ref<mlir::Value(EquationCopy &, mlir::Value)> finish);
  /// Combines what `compute` gives of the elements of `sources` into `dest`: over all axes of `shape`, at
  /// those coordinates, or at the kept ones when `dest` has only those.
  mlir::Value alongAxes(ir::Monoid monoid, mlir::Value dest, llvm::ArrayRef<std::int64_t> shape,
                        llvm::ArrayRef<AxesRead> sources, llvm::ArrayRef<bool> kept, mlir::Location place,
                        llvm::function_ref<mlir::Value(ScalarBuilder &, mlir::ValueRange)> compute);

  // Reads.cpp
  void addReadCotangent(ir::ComprehensionOpInterface equation, ir::AtOp read);
  void shareCopied(mlir::Value root, mlir::Operation *equation);
  Cotangent sweep(EquationCopy &copy, mlir::Block &block, ir::AtOp read, mlir::Value goal, Cotangent seed);
  Cotangent throughProjection(EquationCopy &copy, ir::ProjectOp project, Cotangent seed);
  mlir::Value nested(EquationCopy &copy, ir::ProjectOp project, ir::Projection kind,
                     llvm::function_ref<mlir::Value(ScalarBuilder &, mlir::Value)> finish);

  // Shares.cpp
  void prepareShares(mlir::Value root, ir::Monoid monoid);
  mlir::Value winners(mlir::Value root);
  mlir::Value beginners(mlir::Value begin, mlir::Value final, mlir::Value dest);
  std::pair<mlir::Value, mlir::Value> factors(mlir::Value root);
  mlir::Value linearPosition(EquationCopy &copy, mlir::Block &block, mlir::Operation *around);
  mlir::Value contributionNumber(EquationCopy &copy, ir::ComprehensionOpInterface equation,
                                 std::int64_t number);
  /// The cotangent of the value of `equation`, in a copy of its declarations.
  Cotangent seed(EquationCopy &copy, ir::ComprehensionOpInterface equation);

  // Externals.cpp
  void refuse(ir::ExternalOp external);
  void derive(ir::ExternalOp op);

  // Normalizations.cpp
  void derive(ir::NormalizeOp normalize);

  // Orders.cpp
  void deriveOrdered(ir::NormalizeOp normalize);
  mlir::Value reversed(mlir::Value tensor, llvm::ArrayRef<std::int64_t> along, mlir::Location place);
  mlir::Value tails(mlir::Value tensor, llvm::ArrayRef<std::int64_t> along, mlir::Location place);
  void deriveCumProd(ir::NormalizeOp normalize);
  void deriveSort(ir::NormalizeOp normalize);
  EquationCopy overNumbered(mlir::Value dest, ir::NormalizeOp normalize, mlir::Value numbers,
                            std::int64_t first, llvm::SmallVectorImpl<mlir::Value> &at,
                            llvm::SmallVectorImpl<mlir::Value> &row);
  mlir::Value counted(mlir::Value tensor, ir::NormalizeOp normalize,
                      llvm::function_ref<mlir::Value(ScalarBuilder &, mlir::Value)> one);

  // Matrices.cpp
  void derive(ir::MatrixOp matrix);
  void deriveSolve(ir::MatrixOp matrix, mlir::Value cotangent);
  bool takesCotangent(mlir::Value tensor);
  mlir::Value overLetters(ir::Monoid monoid, mlir::Value dest, llvm::StringRef place,
                          llvm::ArrayRef<LetteredRead> sources, std::int64_t batch, mlir::Location location,
                          LetteredValue compute);

  // Scans.cpp
  void derive(ir::ScanOp scan);
  bool isPostponed(ir::ComprehensionOpInterface equation, ir::AtOp read);
  llvm::SmallVector<mlir::Value> writtenBy(ir::ScanOp scan);
  void reverse(ir::ScanOp scan, llvm::ArrayRef<mlir::Value> roots);
  void runAgain(ir::ScanOp scan);
  void forgetInside(mlir::Operation *op);

  // Fixpoints.cpp
  void derive(ir::FixpointOp fixpoint);
  void chooseDerivations(ir::FixpointOp fixpoint, llvm::ArrayRef<unsigned> carried);
  mlir::Value attained(mlir::Value root, const llvm::DenseMap<mlir::Value, mlir::Value> &ranks,
                       mlir::Value own);
  mlir::Value rankOf(EquationCopy &copy, ir::ComprehensionOpInterface equation,
                     const llvm::DenseMap<mlir::Value, mlir::Value> &ranks);
  llvm::SmallVector<mlir::Value> solveAdjoint(ir::FixpointOp fixpoint, llvm::ArrayRef<unsigned> carried);

  ir::GradientOp gradient;
  ir::ProgramOp program;
  mlir::OpBuilder builder;
  Activity activity;
  mlir::IRMapping forwards;                            ///< forward values by what they are here
  llvm::DenseMap<mlir::Value, mlir::Value> cotangents; ///< by root of the chain
  llvm::DenseMap<mlir::Value, mlir::Value> winning;    ///< by root, see `winners`
  llvm::DenseMap<mlir::Value, std::pair<mlir::Value, mlir::Value>> factored; ///< by root, see `factors`
  llvm::DenseSet<mlir::Value> shared; ///< cotangents of two chains at once: not to be combined into
  std::function<bool(mlir::Value root)> isWanted; ///< in a fixpoint: the chains whose cotangents are combined
  bool isRight = true;
};

/// Where the derivative `number` was asked for.
mlir::Location placeOf(ir::GradientOp gradient, unsigned number);

/// `value` as an element would store it: the reference backend carries more digits until then.
mlir::Value asStored(ScalarBuilder &scalars, mlir::Value value);

/// The product of all factors but `factor`, from the product of those that are not 0 and how many are 0.
mlir::Value exceptOne(ScalarBuilder &scalars, mlir::Value product, mlir::Value zeros, mlir::Value factor);

/// Erases what the equation does not need: scalars without a use and reads that cannot drop an assignment.
void removeDead(mlir::Operation *equation);

} // namespace tl::passes
