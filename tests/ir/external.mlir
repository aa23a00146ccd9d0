// RUN: tl-opt %s | tl-opt | FileCheck %s

// CHECK: tl.program attributes {externals = {cbrt = ["libm.so.6", "cbrt", ""], hypot = ["libm.so.6", "hypot", "hypot", ""]}} {
tl.program attributes {externals = {cbrt = ["libm.so.6", "cbrt", ""], hypot = ["libm.so.6", "hypot", "hypot", ""]}} {
  %X = tl.read "X" from "literal" : tensor<2x3xf64>
  // CHECK: tl.external "hypot" "libm.so.6" "hypot"(%X, %X) : (tensor<2x3xf64>, tensor<2x3xf64>) -> tensor<2x3xf64>
  %a = tl.external "hypot" "libm.so.6" "hypot" (%X, %X) : (tensor<2x3xf64>, tensor<2x3xf64>) -> tensor<2x3xf64>
}
