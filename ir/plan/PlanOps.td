// Every op of `plan`: kernels, what their bodies are made of, and how programs call them.
#ifndef PLAN_OPS_TD
#define PLAN_OPS_TD

include "ir/plan/PlanDialect.td"
include "ir/tl/TlBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/SymbolInterfaces.td"

class Plan_Op<string mnemonic, list<Trait> traits = []> : Op<Plan_Dialect, mnemonic, traits>;

// --- Kernels.

def Plan_KernelOp : Plan_Op<"kernel", [Symbol, IsolatedFromAbove, SingleBlock, NoTerminator]> {
  let summary = "a loop nest over its arguments";
  let description = [{
    Arguments are dense tensors, partial tensors, relations (to insert into or probe), rows, indexes and scan positions
    (`index`). The last one is the destination. `cost` estimates the scalar operations of one call; -1 when it depends
    on relations. Beside the ops of this dialect a body holds `tl.number`, `tl.apply` and `tl.cast`.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, I64Attr:$cost);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

class Plan_LoopOp<string mnemonic, list<Trait> traits = []> : Plan_Op<mnemonic, !listconcat(traits, [SingleBlock, NoTerminator])> {
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
}

def Plan_ForOp : Plan_LoopOp<"for"> {
  let summary = "a dense loop; the block argument is the index";
  let description = [{
    `parallel`: iterations write disjoint elements and may run in any order on any thread.
    `lanes` > 1 on a reducing innermost loop: partial results in that many lanes, iteration i in lane i % lanes, lanes
    combined pairwise at the end; the order is part of the meaning, so every compile tier gives the same bits. At most
    one loop of a kernel is parallel, and no other loop encloses it.
  }];
  let arguments = (ins StrAttr:$name, I64Attr:$lower, I64Attr:$upper, UnitAttr:$parallel, DefaultValuedAttr<I64Attr, "1">:$lanes);
}

def Plan_EachOp : Plan_LoopOp<"each"> {
  let summary = "a loop over rows; one block argument per column";
  let arguments = (ins Plan_RowsType:$rows);
  let hasVerifier = 1;
}

def Plan_LookupOp : Plan_LoopOp<"lookup"> {
  let summary = "a loop over the rows whose key columns equal `keys`; one block argument per column";
  let description = [{ A key outside the bounds of its column, or outside 32 bits, has no rows. }];
  let arguments = (ins Plan_IndexType:$table, Variadic<Index>:$keys);
  let hasVerifier = 1;
}

def Plan_IntersectOp : Plan_LoopOp<"intersect", [AttrSizedOperandSegments]> {
  let summary = "a loop over the cells that each of several lookups gives";
  let description = [{
    Every table has one column outside its key; `keys` are those of the first table, then those of the second, and so
    on. The block argument is the common cell, which is in [0, bound). A key as in `plan.lookup`.
  }];
  let arguments = (ins Variadic<Plan_IndexType>:$tables, Variadic<Index>:$keys, I64Attr:$bound);
  let extraClassDeclaration = [{
    /// The keys of each table, in the order of the tables.
    ::llvm::SmallVector<::mlir::OperandRange> keysByTable();
  }];
  let hasVerifier = 1;
}

def Plan_IfOp : Plan_LoopOp<"if"> {
  let summary = "does its body when a condition holds";
  let arguments = (ins I1:$condition);
}

def Plan_ReduceOp : Plan_Op<"reduce", [SingleBlock, NoTerminator]> {
  let summary = "a value accumulated by `plan.contribute` anywhere in its body";
  let description = [{
    `reached` tells whether anything contributed. argmax and argmin take (value, position) and give the position, the
    smallest one when values tie. Over nothing: sum 0, prod 1, any false, all true, count 0; the others have no value.
  }];
  let arguments = (ins Tl_ProjectionAttr:$kind);
  let results = (outs Tl_Scalar:$value, I1:$reached);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$kind $body attr-dict `:` type($value)";
}

def Plan_ContributeOp : Plan_Op<"contribute"> {
  let summary = "adds to the innermost enclosing `plan.reduce`";
  let hasVerifier = 1;
  let arguments = (ins Tl_Scalar:$value, Optional<Index>:$position);
  let assemblyFormat = "$value (`at` $position^)? attr-dict `:` type($value)";
}

class Plan_AccessOp<string mnemonic, list<Trait> traits = []> : Plan_Op<mnemonic, traits> {
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def Plan_LoadOp : Plan_AccessOp<"load"> {
  let summary = "an element; the place is inside the tensor";
  let arguments = (ins Tl_DenseTensor:$tensor, Variadic<Index>:$indices, AffineMapAttr:$map);
  let results = (outs Tl_Scalar:$element);
}

def Plan_PresentOp : Plan_AccessOp<"present"> {
  let summary = "whether an element of a partial tensor is present; the place is inside";
  let arguments = (ins Tl_PartialType:$tensor, Variadic<Index>:$indices, AffineMapAttr:$map);
  let results = (outs I1:$present);
}

def Plan_InsideOp : Plan_AccessOp<"inside"> {
  let summary = "whether a place is inside a tensor";
  let arguments = (ins Tl_DenseTensor:$tensor, Variadic<Index>:$indices, AffineMapAttr:$map);
  let results = (outs I1:$inside);
}

def Plan_ProbeOp : Plan_AccessOp<"probe"> {
  let summary = "whether a row is in a relation";
  let description = [{
    A row with a cell outside the bound of its column, or outside 32 bits, is not in it. Rows inserted since the last
    commit may or may not count.
  }];
  let arguments = (ins Tl_RelationType:$relation, Variadic<Index>:$indices, AffineMapAttr:$map);
  let results = (outs I1:$holds);
}

def Plan_CombineOp : Plan_AccessOp<"combine"> {
  let summary = "combines a value into an element under a monoid; the place is inside";
  let description = [{
    `fresh`: the element still holds the identity and is reached once, so the value is stored. In a partial tensor the
    element becomes present. `tracked`: the destination is carried by a `plan.seminaive`, under max or min; where the
    element gets better, its place is noted. `avg` does not occur: it is split into a sum and a count before planning.
  }];
  let arguments = (ins Tl_MonoidAttr:$monoid, Tl_Scalar:$value, Tl_DenseTensor:$tensor, Variadic<Index>:$indices,
                   AffineMapAttr:$map, UnitAttr:$fresh, UnitAttr:$tracked);
}

def Plan_InsertOp : Plan_AccessOp<"insert"> {
  let summary = "adds a row to a relation if it is new; visible after the next commit";
  let description = [{ Every cell is inside the bound of its column. }];
  let arguments = (ins Tl_RelationType:$relation, Variadic<Index>:$indices, AffineMapAttr:$map);
}

def Plan_ApplyMapOp : Plan_AccessOp<"affine"> {
  let summary = "an affine expression of index values";
  let arguments = (ins Variadic<Index>:$indices, AffineMapAttr:$map);
  let results = (outs Index:$value);
}

// --- Programs.

def Plan_RowsOp : Plan_Op<"rows"> {
  let summary = "rows of a relation, in one version";
  let arguments = (ins Plan_VersionAttr:$version, Tl_RelationType:$relation);
  let results = (outs Plan_RowsType:$rows);
  let assemblyFormat = "$version $relation attr-dict `:` qualified(type($relation)) `->` qualified(type($rows))";
}

def Plan_IndexByOp : Plan_Op<"index_by"> {
  let summary = "an index of a relation by some of its columns, in one version";
  let arguments = (ins Plan_VersionAttr:$version, Tl_RelationType:$relation);
  let results = (outs Plan_IndexType:$table);
  let assemblyFormat = "$version $relation attr-dict `:` qualified(type($relation)) `->` qualified(type($table))";
}

def Plan_CallOp : Plan_Op<"call", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "runs a kernel; its last argument is the destination, which the call updates in place";
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<AnyType>:$inputs, Tl_Tensor:$dest);
  let results = (outs Tl_Tensor:$combined);
  let assemblyFormat = "$kernel `(` $inputs `)` `into` $dest attr-dict `:` functional-type(operands, results)";
}

def Plan_ProductOp : Plan_Op<"product", [AllTypesMatch<["dest", "combined"]>]> {
  let summary = "adds the product of two dense tensors, summed over the indices that the result lacks";
  let description = [{
    dest[maps[2](i)] += lhs[maps[0](i)] * rhs[maps[1](i)] for every i below `extents`; symbols of the maps are
    `positions` of enclosing scans. Each index is in two of the tensors at least, places are linear in the indices and
    inside, and no two assignments of the result's indices have one place. Each element is summed in ascending order
    of the indices, in blocks of a fixed size. With `steps`, two numbers for each position, nothing is done when one
    lies outside its half-open range.
  }];
  let arguments = (ins DenseI64ArrayAttr:$extents, AffineMapArrayAttr:$maps, Tl_PlainTensor:$lhs, Tl_PlainTensor:$rhs,
                   Tl_PlainTensor:$dest, Variadic<Index>:$positions, OptionalAttr<DenseI64ArrayAttr>:$steps);
  let results = (outs Tl_PlainTensor:$combined);
  let assemblyFormat = [{
    $extents `maps` $maps $lhs `,` $rhs (`at` $positions^)? (`within` $steps^)? `into` $dest attr-dict `:` type($lhs) `,` type($rhs) `,` type($dest)
  }];
  let hasVerifier = 1;
}

def Plan_SemiNaiveOp : Plan_Op<"seminaive", [SingleBlock]> {
  let summary = "the least fixpoint of relations, and of tensors under max or min, by rounds over what changed";
  let description = [{
    What is carried begins as `inits` (facts). `start` runs once and adds what rules without recursion give; then rounds of
    `step` until no row is new and no element better. Both regions take what is carried, call kernels into it and end in
    `tl.next`. A commit ends `start` and each round. In the first round every row is delta, those of `inits` included.
    For each tensor `step` also takes its elements before the round, which its kernels read, and, as a relation that is
    nothing but delta, the places of those that the last round made better.
  }];
  let arguments = (ins Variadic<AnyTypeOf<[Tl_RelationType, Tl_PartialType]>>:$inits, OptionalAttr<I64Attr>:$max_rounds, OptionalAttr<StrArrayAttr>:$names);
  let results = (outs Variadic<AnyTypeOf<[Tl_RelationType, Tl_PartialType]>>:$results);
  let regions = (region SizedRegion<1>:$start, SizedRegion<1>:$step);
  let extraClassDeclaration = [{
    /// The types of what `step` takes when these are carried.
    static ::llvm::SmallVector<::mlir::Type> stepTypes(::mlir::TypeRange carried);
  }];
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

#endif
