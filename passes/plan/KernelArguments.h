// What a kernel under construction takes.
#pragma once

#include "ir/plan/PlanOps.h"
#include "ir/tl/TlOps.h"

#include "llvm/ADT/SmallVector.h"

namespace tl::passes {

/// Gives a kernel one argument for each tensor, relation, row range, index or scan position that its body
/// asks for, in the order of asking, the destination last. A tensor that is both read and written is one
/// argument, so distinct dense arguments never share memory unless the caller's tensors do.
class KernelArguments {
public:
  KernelArguments(plan::KernelOp kernel, mlir::Value dest);

  mlir::Value dest() const { return destination; }
  /// A tensor, relation or scan position as it is.
  mlir::Value plain(mlir::Value outer);
  mlir::Value rows(mlir::Value relation, plan::Version version);
  mlir::Value index(mlir::Value relation, plan::Version version, llvm::ArrayRef<unsigned> keys);

  /// Moves the destination to the end and calls the kernel, named `name`; the result is the combined tensor.
  mlir::Value call(mlir::OpBuilder &builder, mlir::Location location, llvm::StringRef name);
  /// Moves the destination to the end; after that no argument may be asked for.
  void finish();

private:
  struct Argument {
    mlir::Value outer;
    mlir::Type type; ///< the type inside; differs from outer's for rows and indexes
    plan::Version version;
    mlir::Value inner;
  };
  mlir::Value ask(mlir::Value outer, mlir::Type type, plan::Version version);
  mlir::Value pass(mlir::OpBuilder &builder, mlir::Location location, const Argument &argument) const;

  plan::KernelOp kernel;
  mlir::Value outerDestination;
  mlir::Value destination;
  llvm::SmallVector<Argument> arguments;
};

} // namespace tl::passes
