// RUN: tl-opt %s | tl-opt | FileCheck %s

tl.program {
  %X = tl.read "X" from "literal" : tensor<2x3xf64>
  // CHECK: tl.external "libm.so.6" "hypot"(%X, %X) : (tensor<2x3xf64>, tensor<2x3xf64>) -> tensor<2x3xf64>
  %a = tl.external "libm.so.6" "hypot" (%X, %X) : (tensor<2x3xf64>, tensor<2x3xf64>) -> tensor<2x3xf64>
}
