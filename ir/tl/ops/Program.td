// tl.program, tl.query.
#ifndef TL_OPS_PROGRAM_TD
#define TL_OPS_PROGRAM_TD

def Tl_ProgramOp : Tl_Op<"program", [NoTerminator, NoRegionArguments, SingleBlock]> {
  let summary = "the equations of one program, in an order in which every read is computed";
  let description = [{
    `externals` describes the C functions of the program by their names: the library, the symbol, and for each parameter
    the name of the function that is the partial derivative, or nothing: `{sin = ["libm.so.6", "sin", "cos"]}`.
  }];
  let arguments = (ins OptionalAttr<DictionaryAttr>:$externals);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "attr-dict-with-keyword $body";
  let hasVerifier = 1;
}

def Tl_QueryOp : Tl_Op<"query", [Tl_Evaluable]> {
  let summary = "hands out a tensor as the answer to query `number`";
  let arguments = (ins Tl_I64Attr:$number, Tl_Tensor:$tensor);
  let assemblyFormat = "$number $tensor attr-dict `:` type($tensor)";
}

#endif
