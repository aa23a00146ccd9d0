// Every op of `tile`.
#ifndef TILE_OPS_TD
#define TILE_OPS_TD

include "ir/tile/TileDialect.td"
include "ir/tl/TlBase.td"
include "mlir/IR/SymbolInterfaces.td"

class Tile_Op<string mnemonic, list<Trait> traits = []> : Op<Tile_Dialect, mnemonic, traits>;

def Tile_KernelOp : Tile_Op<"kernel", [Symbol, IsolatedFromAbove, SingleBlock, NoTerminator]> {
  let summary = "the program of one team of threads";
  let description = [{
    Arguments are dense tensors, partial tensors and scan positions (`index`); the last one is the destination. `team`
    is 1, or a power of two from 32 to 1024. The body holds the dense ops of `plan` and the scalar ops of `tl`.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, I64Attr:$team);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The points of the kernel's space: how many teams a launch has.
    int64_t points();
  }];
}

def Tile_PointOp : Tile_Op<"point", [HasParent<"KernelOp">]> {
  let summary = "one index of the point that this team computes";
  let description = [{
    A kernel begins with the indices of its space, which is the box of their ranges; the last one varies fastest from
    team to team. Teams of different points write different elements. A kernel without indices has one point.
  }];
  let arguments = (ins StrAttr:$name, Tl_I64Attr:$lower, Tl_I64Attr:$upper);
  let results = (outs Index:$index);
  let assemblyFormat = "$name $lower `to` $upper attr-dict";
  let hasVerifier = 1;
}

def Tile_StrideOp : Tile_Op<"stride", [SingleBlock, NoTerminator]> {
  let summary = "a loop whose iterations are dealt out to the threads of the team in turn";
  let description = [{
    Thread t of T runs lower + t, lower + t + T, and so on. A `plan.reduce` around it takes what all of them
    contribute, in this order: each thread its own in turn, then threads pairwise, those half a warp apart first, then
    warps in ascending order.
  }];
  let arguments = (ins StrAttr:$name, I64Attr:$lower, I64Attr:$upper);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def Tile_ContractOp : Tile_Op<"contract"> {
  let summary = "the team's part of a product: one tile of the result, added to the destination";
  let description = [{
    `extents` and `maps` are those of a `plan.product`, whose indices are of four kinds: in all three tensors (batch), in
    the left side and the result (row), in the right side and the result (column), in both sides (depth). The indices of
    a kind together number its rows, columns and so on, the last one fastest. The team computes the elements of batch
    `batch` whose rows and columns are in tile `row` and tile `column`, tiles being of `tile[0]` rows and `tile[1]`
    columns. Depth goes through a channel of `slots` slots, each of `tile[2]` deep pieces of both sides: a piece is
    copied while those before it are multiplied. Each element is summed in ascending order of depth.
  }];
  let arguments = (ins Tl_PlainTensor:$lhs, Tl_PlainTensor:$rhs, Tl_PlainTensor:$dest, Index:$batch, Index:$row,
                   Index:$column, Variadic<Index>:$positions, DenseI64ArrayAttr:$extents, AffineMapArrayAttr:$maps,
                   DenseI64ArrayAttr:$tile, I64Attr:$slots);
  let assemblyFormat = [{
    $lhs `,` $rhs `into` $dest `tile` $tile `at` $batch `,` $row `,` $column (`positions` $positions^)? `extents` $extents
    `maps` $maps `slots` $slots attr-dict `:` type($lhs) `,` type($rhs) `,` type($dest)
  }];
  let hasVerifier = 1;
}

def Tile_LaunchOp : Tile_Op<"launch", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "runs a kernel over all its points; the last argument is the destination, updated in place";
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<AnyType>:$inputs, Tl_DenseTensor:$dest);
  let results = (outs Tl_DenseTensor:$combined);
  let assemblyFormat = "$kernel `(` $inputs `)` `into` $dest attr-dict `:` functional-type(operands, results)";
}

#endif
