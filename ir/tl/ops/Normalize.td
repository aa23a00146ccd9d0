// tl.normalize.
#ifndef TL_OPS_NORMALIZE_TD
#define TL_OPS_NORMALIZE_TD

def Tl_NormalizeOp : Tl_Op<"normalize", [Pure, Tl_Evaluable]> {
  let summary = "softmax, cumsum, sort and the like, along axes";
  let description = [{
    Jointly over the axes `along`, separately for each position of the others. An absent element takes no part and
    becomes 0; so does a row in which nothing is present.

    `cumsum`, `cumprod`, `sort`, `rank` and `order` take the elements of a row in row-major order. They take any numbers;
    the first three give elements of the type they take. `sort` puts the elements that are present, ascending, into the
    places that are present. `rank` and `order` give i64, ties in the order of the row, NaN last: `rank` counts from 0
    for the least, `order` from 1 for the largest, up to its parameter, and gives 0 beyond it. A topk is an order above 0.
  }];
  let arguments = (ins Tl_NormalizationAttr:$kind, Tl_DenseTensor:$tensor, DenseI64ArrayAttr:$along,
                   DenseF64ArrayAttr:$parameters);
  let results = (outs AnyRankedTensor:$normalized);
  let assemblyFormat = "$kind $tensor `along` $along `with` custom<Numbers>($parameters) attr-dict `:` type($tensor) `->` type($normalized)";
  let hasVerifier = 1;
}

#endif
