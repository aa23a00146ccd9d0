// tl.matrix.
#ifndef TL_OPS_MATRIX_TD
#define TL_OPS_MATRIX_TD

def Tl_MatrixOp : Tl_Op<"matrix", [Pure, Tl_Evaluable]> {
  let summary = "linear algebra on the last two axes";
  let description = [{
    Separately for each position of the axes before. `solve`: X of A X = B, `right` being B, whose axes after the rows
    are columns. `inverse`, `cholesky` (the lower triangle L with A = L L^T). `eigh`: eigenvalues, ascending, and
    eigenvectors as columns. `svd`: U, S (descending) and V^T, thin. Those for symmetric matrices read the lower
    triangle. The entry of largest size of each eigenvector and of each column of U is positive. A matrix with an absent
    element gives 0, one with a number that is not finite gives NaN. A singular matrix, or one that is not positive
    definite, is an error that names `subject`.
  }];
  let arguments = (ins Tl_MatrixFunctionAttr:$function, StrAttr:$subject, Tl_DenseTensor:$matrix,
                   Optional<Tl_DenseTensor>:$right);
  let results = (outs Variadic<AnyRankedTensor>:$answers);
  let assemblyFormat = "$function $subject $matrix (`,` $right^)? attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

#endif
