// What op definitions share.
#ifndef TL_BASE_TD
#define TL_BASE_TD

include "ir/tl/TlDialect.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

/// I64Attr reads as unsigned, which is wrong for bounds and positions.
def Tl_I64Attr : TypedSignlessIntegerAttrBase<I64, "int64_t", "64-bit signed integer attribute">;

class Tl_Op<string mnemonic, list<Trait> traits = []> : Op<Tl_Dialect, mnemonic, traits>;

/// The element types that the runtime stores.
def Tl_PlainTensor : StaticShapeTensorOf<[I1, I8, I32, I64, F16, BF16, F32, F64]>;
/// A dense tensor, a partial tensor or a relation.
def Tl_Tensor : AnyTypeOf<[Tl_PlainTensor, Tl_PartialType, Tl_RelationType], "tensor of static shape or relation">;
def Tl_DenseTensor : AnyTypeOf<[Tl_PlainTensor, Tl_PartialType], "dense tensor of static shape">;
def Tl_Scalar : AnyTypeOf<[I1, I8, I32, I64, F16, BF16, F32, F64, Index], "scalar">;

/// `tl.map` and `tl.contract`.
def Tl_ComprehensionInterface : OpInterface<"ComprehensionOpInterface"> {
  let cppNamespace = "::tl::ir";
  let description = "An equation: contributions of a comprehension combined into a destination.";
  let methods = [
    InterfaceMethod<"the tensor combined into", "::mlir::Value", "getDest">,
    InterfaceMethod<"how contributions combine", "::tl::ir::Monoid", "getMonoid">,
    InterfaceMethod<"the declarations", "::mlir::Region &", "getBody">,
    InterfaceMethod<"the combined tensor", "::mlir::Value", "getCombined", (ins), [{}],
                    [{ return $_op->getResult(0); }]>];
}

/// Ops of a program, outside comprehensions. Implementations are in ir/tl/evaluate.
def Tl_EvaluableInterface : OpInterface<"EvaluableOpInterface"> {
  let cppNamespace = "::tl::ir";
  let description = "States what the results of an op are, by obvious loops.";
  let methods = [
    InterfaceMethod<"the values of the results, in order",
                    "::tl::runtime::Result<std::vector<::tl::runtime::Value>>", "evaluate",
                    (ins "::tl::ir::Evaluator &":$evaluator)>];
}
def Tl_Evaluable : DeclareOpInterfaceMethods<Tl_EvaluableInterface>;

#endif
