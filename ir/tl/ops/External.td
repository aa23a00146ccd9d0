// tl.external.
#ifndef TL_OPS_EXTERNAL_TD
#define TL_OPS_EXTERNAL_TD

def Tl_ExternalOp : Tl_Op<"external", [Pure, Tl_Evaluable]> {
  let summary = "a C function, element by element";
  let description = [{
    `double symbol(double, ...)` of the shared library, called once for every element, in row-major order and on one
    thread. The function is taken to be pure. `function` is its name in the program; `externals` of the
    program says under that name what its partial derivatives are.
  }];
  let arguments = (ins StrAttr:$function, StrAttr:$library, StrAttr:$symbol, Variadic<AnyRankedTensor>:$arguments);
  let results = (outs AnyRankedTensor:$answers);
  let assemblyFormat = "$function $library $symbol `(` $arguments `)` attr-dict `:` functional-type($arguments, $answers)";
  let hasVerifier = 1;
}

#endif
