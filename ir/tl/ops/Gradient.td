// tl.gradient.
#ifndef TL_OPS_GRADIENT_TD
#define TL_OPS_GRADIENT_TD

def Tl_GradientOp : Tl_Op<"gradient", [Pure]> {
  let summary = "the derivatives of a scalar by tensors";
  let description = [{
    Stands for the equations that compute them: `--tl-derive-gradients` puts those in its place, and no backend runs
    the op itself. A derivative has the shape and element type of its tensor; of a tensor that is combined by
    equations it is the derivative by an increment of its finished elements.
  }];
  let arguments = (ins Tl_DenseTensor:$scalar, Variadic<Tl_DenseTensor>:$tensors);
  let results = (outs Variadic<Tl_PlainTensor>:$derivatives);
  let assemblyFormat = "$scalar `by` $tensors attr-dict `:` type($scalar) `by` type($tensors) `->` type($derivatives)";
  let hasVerifier = 1;
}

#endif
