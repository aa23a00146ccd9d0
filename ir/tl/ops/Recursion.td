// tl.scan, tl.fixpoint, tl.next.
#ifndef TL_OPS_RECURSION_TD
#define TL_OPS_RECURSION_TD

def Tl_ScanOp : Tl_Op<"scan", [SingleBlock, Tl_Evaluable]> {
  let summary = "one step per position of a recurrence index, in order";
  let description = [{ The region takes the position and the carried tensors and passes on the carried tensors. }];
  let arguments = (ins StrAttr:$name, Tl_I64Attr:$begin, Tl_I64Attr:$end, UnitAttr:$descending, Variadic<Tl_Tensor>:$inits,
                   OptionalAttr<StrArrayAttr>:$names);
  let results = (outs Variadic<Tl_Tensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def Tl_FixpointOp : Tl_Op<"fixpoint", [SingleBlock, Tl_Evaluable]> {
  let summary = "iterates tensors from their initial values until a step changes nothing";
  let description = [{
    Exact without `tolerance`; with it, until every element changes by less than tolerance * max(1, |value|).
    More than `max_rounds` steps are an error.
  }];
  let arguments = (ins Variadic<Tl_Tensor>:$inits, OptionalAttr<F64Attr>:$tolerance, OptionalAttr<Tl_I64Attr>:$max_rounds,
                   OptionalAttr<StrArrayAttr>:$names);
  let results = (outs Variadic<Tl_Tensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def Tl_NextOp : Tl_Op<"next", [Terminator]> {
  let summary = "the carried tensors after one step";
  let arguments = (ins Variadic<Tl_Tensor>:$tensors);
  let assemblyFormat = "($tensors^ `:` type($tensors))? attr-dict";
}

#endif
