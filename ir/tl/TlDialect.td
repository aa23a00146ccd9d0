// The dialect `tl`: what a program means.
#ifndef TL_DIALECT_TD
#define TL_DIALECT_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

def Tl_Dialect : Dialect {
  let name = "tl";
  let cppNamespace = "::tl::ir";
  let summary = "tensor equations: contractions, projections, normalisation, recursion";
  let description = [{
    A program is a list of destination-passing equations over dense tensors and relations. Shapes are static: data is
    loaded before a program is emitted. `ir/RATIONALE.md` says why the ops are these.
  }];
  let useDefaultTypePrinterParser = 1;
}

class Tl_Type<string name, string keyword> : TypeDef<Tl_Dialect, name> {
  let mnemonic = keyword;
}

def Tl_PartialType : Tl_Type<"Partial", "partial"> {
  let summary = "a dense tensor whose elements may be absent";
  let description = [{
    The result of `max=` and `min=`, and of an equation with guards below a normalisation. Reading an absent element
    drops the assignment that reads it.
  }];
  let parameters = (ins "::mlir::RankedTensorType":$tensor);
  let assemblyFormat = "`<` $tensor `>`";
  let genVerifyDecl = 1;
}

def Tl_RelationType : Tl_Type<"Relation", "relation"> {
  let summary = "a sparse Boolean tensor: a set of rows";
  let description = [{
    Per column the bound on its cells: one more than the largest id, or `?` (stored as -1) when integers of any size
    and sign may occur. `!tl.relation<[63000, ?]>`.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$bounds);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    static constexpr int64_t kUnbounded = -1;
    unsigned arity() const { return getBounds().size(); }
  }];
}

def Tl_MonoidAttr : I32EnumAttr<"Monoid", "how contributions to one element combine", [
    I32EnumAttrCase<"Add", 0, "add">, I32EnumAttrCase<"Or", 1, "or">, I32EnumAttrCase<"Max", 2, "max">,
    I32EnumAttrCase<"Min", 3, "min">, I32EnumAttrCase<"Multiply", 4, "mul">, I32EnumAttrCase<"Average", 5, "avg">]> {
  let cppNamespace = "::tl::ir";
}

def Tl_ProjectionAttr : I32EnumAttr<"Projection", "an explicit projection", [
    I32EnumAttrCase<"Sum", 0, "sum">, I32EnumAttrCase<"Prod", 1, "prod">, I32EnumAttrCase<"Max", 2, "max">,
    I32EnumAttrCase<"Min", 3, "min">, I32EnumAttrCase<"Any", 4, "any">, I32EnumAttrCase<"All", 5, "all">,
    I32EnumAttrCase<"Count", 6, "count">, I32EnumAttrCase<"Mean", 7, "mean">,
    I32EnumAttrCase<"ArgMax", 8, "argmax">, I32EnumAttrCase<"ArgMin", 9, "argmin">]> {
  let cppNamespace = "::tl::ir";
}

def Tl_NormalizationAttr : I32EnumAttr<"Normalization", "a function along axes", [
    I32EnumAttrCase<"Softmax", 0, "softmax">, I32EnumAttrCase<"LogSoftmax", 1, "logsoftmax">,
    I32EnumAttrCase<"LayerNorm", 2, "lnorm">, I32EnumAttrCase<"RmsNorm", 3, "rmsnorm">,
    I32EnumAttrCase<"L2Norm", 4, "l2norm">, I32EnumAttrCase<"CumSum", 5, "cumsum">,
    I32EnumAttrCase<"CumProd", 6, "cumprod">, I32EnumAttrCase<"Sort", 7, "sort">,
    I32EnumAttrCase<"Rank", 8, "rank">, I32EnumAttrCase<"Order", 9, "order">]> {
  let cppNamespace = "::tl::ir";
}

def Tl_MatrixFunctionAttr : I32EnumAttr<"MatrixFunction", "a function of matrices", [
    I32EnumAttrCase<"Solve", 0, "solve">, I32EnumAttrCase<"Inverse", 1, "inverse">,
    I32EnumAttrCase<"Cholesky", 2, "cholesky">, I32EnumAttrCase<"Eigh", 3, "eigh">, I32EnumAttrCase<"Svd", 4, "svd">]> {
  let cppNamespace = "::tl::ir";
}

#endif
