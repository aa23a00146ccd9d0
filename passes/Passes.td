// Every pass of tl, one record each; Pipeline.cpp says which run and in which order.
#ifndef TL_PASSES_TD
#define TL_PASSES_TD

include "mlir/Pass/PassBase.td"

def DeriveGradients : Pass<"tl-derive-gradients", "mlir::ModuleOp"> {
  let summary = "derivatives as the equations that compute them";
  let dependentDialects = ["::tl::ir::TlDialect"];
}

def SplitAverage : Pass<"tl-split-average", "mlir::ModuleOp"> {
  let summary = "averages as a sum, a count and a division";
  let dependentDialects = ["::tl::ir::TlDialect"];
}

def TightenRanges : Pass<"tl-tighten-ranges", "mlir::ModuleOp"> {
  let summary = "conditions that compare one index with a constant as the range of that index";
  let dependentDialects = ["::tl::ir::TlDialect"];
}

def NarrowScans : Pass<"tl-narrow-scans", "mlir::ModuleOp"> {
  let summary = "what each step of a scan alone makes and reads as a tensor of the step";
  let dependentDialects = ["::tl::ir::TlDialect"];
}

def HoistDeclarations : Pass<"tl-hoist-declarations", "mlir::ModuleOp"> {
  let summary = "declarations out of projections whose variables they do not mention";
}

def SplitIndexes : Pass<"tl-split-indexes", "mlir::ModuleOp"> {
  let summary = "an index that is divided by a constant as quotient and remainder";
  let dependentDialects = ["::tl::ir::TlDialect"];
}

def LinearizeClosures : Pass<"tl-linearize-closures", "mlir::ModuleOp"> {
  let summary = "transitive closures as the rule that extends paths by a step";
  let dependentDialects = ["::tl::ir::TlDialect"];
}

def SplitRules : Pass<"tl-split-rules", "mlir::ModuleOp"> {
  let summary = "the join of a small relation with a recursive one as a relation of its own";
  let dependentDialects = ["::tl::ir::TlDialect"];
}

def MakeSemiNaive : Pass<"tl-make-semi-naive", "mlir::ModuleOp"> {
  let summary = "fixpoints of relations, max and min as rounds over what the last round changed";
  let dependentDialects = ["::tl::ir::TlDialect", "::tl::plan::PlanDialect"];
  let options = [Option<"carriesTensors", "carries-tensors", "bool", "true", "fixpoints of max and min too">];
}

def FactorSums : Pass<"tl-factor-sums", "mlir::ModuleOp"> {
  let summary = "factors out of sums whose variables they do not mention";
  let dependentDialects = ["::tl::ir::TlDialect"];
}

def OutlineProjections : Pass<"tl-outline-projections", "mlir::ModuleOp"> {
  let summary = "projections that would be computed repeatedly, or slowly, as tensors of their own";
  let dependentDialects = ["::tl::ir::TlDialect"];
}

def OrderProducts : Pass<"tl-order-products", "mlir::ModuleOp"> {
  let summary = "products of several tensors as products of two, in the cheapest order";
  let dependentDialects = ["::tl::ir::TlDialect"];
}

def FoldCopies : Pass<"tl-fold-copies", "mlir::ModuleOp"> {
  let summary = "copies of finished tensors as those tensors";
  let dependentDialects = ["::tl::ir::TlDialect"];
}

def FuseMaps : Pass<"tl-fuse-maps", "mlir::ModuleOp"> {
  let summary = "elements computed where they are read, instead of kept in a tensor";
  let dependentDialects = ["::tl::ir::TlDialect"];
}

def BlockRows : Pass<"tl-block-rows", "mlir::ModuleOp"> {
  let summary = "chains of products, maps and normalisations, some rows at a time";
  let dependentDialects = ["::tl::ir::TlDialect"];
  let options = [
    Option<"blockBytes", "block-bytes", "int64_t", "2097152", "what a block hands from op to op">,
    Option<"leastRows", "least-rows", "int64_t", "16", "rows of a block, unless there are fewer">];
}

def PlanKernels : Pass<"tl-plan-kernels", "mlir::ModuleOp"> {
  let summary = "comprehensions as calls of kernels: explicit loops, lookups, loads and combinations";
  let dependentDialects = ["::tl::ir::TlDialect", "::tl::plan::PlanDialect"];
}

#endif
