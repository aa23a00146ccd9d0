// Scalar computation inside comprehensions.
#ifndef TL_OPS_SCALAR_TD
#define TL_OPS_SCALAR_TD

def Tl_NumberOp : Tl_Op<"number", [Pure, AllTypesMatch<["value", "result"]>]> {
  let summary = "a constant";
  let arguments = (ins TypedAttrInterface:$value);
  let results = (outs Tl_Scalar:$result);
  let assemblyFormat = "$value attr-dict";
}

def Tl_ApplyOp : Tl_Op<"apply", [Pure]> {
  let summary = "a scalar primitive, a row of runtime/Primitives.def";
  let arguments = (ins StrAttr:$primitive, Variadic<Tl_Scalar>:$operands);
  let results = (outs Tl_Scalar:$result);
  let assemblyFormat = "$primitive `(` $operands `)` attr-dict `:` functional-type($operands, $result)";
  let hasVerifier = 1;
}

def Tl_CastOp : Tl_Op<"cast", [Pure]> {
  let summary = "a scalar as another type";
  let description = [{
    A real becomes an integer by truncation towards 0, saturating at the ends of the type, NaN becoming 0. An integer
    becomes a narrower one by dropping high bits. A number becomes i1 as `step` does: whether it is above 0.
  }];
  let arguments = (ins Tl_Scalar:$operand);
  let results = (outs Tl_Scalar:$result);
  let assemblyFormat = "$operand attr-dict `:` type($operand) `to` type($result)";
}

#endif
