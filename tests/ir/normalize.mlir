// RUN: tl-opt %s | tl-opt | FileCheck %s

tl.program {
  %X = tl.read "X" from "literal" : tensor<2x3x4xf32>
  %P = tl.read "P" from "literal" : !tl.partial<tensor<3xf64>>
  // CHECK: tl.normalize softmax %X along [2] with [] : tensor<2x3x4xf32> -> tensor<2x3x4xf32>
  %a = tl.normalize softmax %X along [2] with [] : tensor<2x3x4xf32> -> tensor<2x3x4xf32>
  // CHECK: tl.normalize logsoftmax %X along [0, 2] with []
  %b = tl.normalize logsoftmax %X along [0, 2] with [] : tensor<2x3x4xf32> -> tensor<2x3x4xf32>
  // CHECK: tl.normalize lnorm %X along [1] with [1.000000e-05]
  %c = tl.normalize lnorm %X along [1] with [1.0e-5] : tensor<2x3x4xf32> -> tensor<2x3x4xf32>
  // CHECK: tl.normalize rmsnorm %X along [1] with [1.000000e-06]
  %d = tl.normalize rmsnorm %X along [1] with [1.0e-6] : tensor<2x3x4xf32> -> tensor<2x3x4xf32>
  // CHECK: tl.normalize l2norm %P along [0] with [1.000000e-12] : !tl.partial<tensor<3xf64>> -> tensor<3xf64>
  %e = tl.normalize l2norm %P along [0] with [1.0e-12] : !tl.partial<tensor<3xf64>> -> tensor<3xf64>
}
