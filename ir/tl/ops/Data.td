// tl.read, tl.write, tl.empty.
#ifndef TL_OPS_DATA_TD
#define TL_OPS_DATA_TD

def Tl_ReadOp : Tl_Op<"read", [Pure, Tl_Evaluable, DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "the data bound to a name: facts, a literal, a file";
  let description = [{ `source` says where the data comes from, for people: `facts`, `literal`, or a path. }];
  let arguments = (ins StrAttr:$name, StrAttr:$source);
  let results = (outs Tl_Tensor:$tensor);
  let assemblyFormat = "$name `from` $source attr-dict `:` type($tensor)";
}

def Tl_WriteOp : Tl_Op<"write", [Tl_Evaluable]> {
  let summary = "hands out a tensor as the content of file `number`";
  let arguments = (ins Tl_I64Attr:$number, Tl_Tensor:$tensor, StrAttr:$path);
  let assemblyFormat = "$number $tensor `to` $path attr-dict `:` type($tensor)";
}

def Tl_EmptyOp : Tl_Op<"empty", [Pure, Tl_Evaluable]> {
  let summary = "a tensor whose every element is the identity of `monoid`";
  let description = [{ 0 for add, 1 for mul, absent for max and min, no rows for or. `name` is for messages. }];
  let arguments = (ins Tl_MonoidAttr:$monoid, OptionalAttr<StrAttr>:$name);
  let results = (outs Tl_Tensor:$tensor);
  let assemblyFormat = "$monoid ($name^)? attr-dict `:` type($tensor)";
  let builders = [OpBuilder<(ins "::mlir::Type":$type, "::tl::ir::Monoid":$monoid), [{
    build($_builder, $_state, type, monoid, ::mlir::StringAttr());
  }]>];
  let hasVerifier = 1;
}

#endif
