// tl.normalize.
#ifndef TL_OPS_NORMALIZE_TD
#define TL_OPS_NORMALIZE_TD

def Tl_NormalizeOp : Tl_Op<"normalize", [Pure, Tl_Evaluable]> {
  let summary = "softmax, lnorm and the like, along axes";
  let description = [{
    Jointly over the axes `along`, separately for each position of the others. An absent element takes no part and
    becomes 0; so does a row in which nothing is present.
  }];
  let arguments = (ins Tl_NormalizationAttr:$kind, Tl_DenseTensor:$tensor, DenseI64ArrayAttr:$along,
                   DenseF64ArrayAttr:$parameters);
  let results = (outs AnyRankedTensor:$normalized);
  let assemblyFormat = "$kind $tensor `along` $along `with` $parameters attr-dict `:` type($tensor) `->` type($normalized)";
  let hasVerifier = 1;
}

#endif
