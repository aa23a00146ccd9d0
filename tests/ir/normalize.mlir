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
  // CHECK: tl.normalize rmsnorm %X along [1] with [9.9999999999999995E-7]
  %d = tl.normalize rmsnorm %X along [1] with [1.0e-6] : tensor<2x3x4xf32> -> tensor<2x3x4xf32>
  // CHECK: tl.normalize l2norm %P along [0] with [9.9999999999999998E-13] : !tl.partial<tensor<3xf64>> -> tensor<3xf64>
  %e = tl.normalize l2norm %P along [0] with [1.0e-12] : !tl.partial<tensor<3xf64>> -> tensor<3xf64>
  %N = tl.read "N" from "literal" : tensor<4xi64>
  // CHECK: tl.normalize cumsum %{{.*}} along [0] with [] : tensor<4xi64> -> tensor<4xi64>
  %f = tl.normalize cumsum %N along [0] with [] : tensor<4xi64> -> tensor<4xi64>
  // CHECK: tl.normalize cumprod %X along [1] with [] : tensor<2x3x4xf32> -> tensor<2x3x4xf32>
  %g = tl.normalize cumprod %X along [1] with [] : tensor<2x3x4xf32> -> tensor<2x3x4xf32>
  // CHECK: tl.normalize sort %P along [0] with [] : !tl.partial<tensor<3xf64>> -> tensor<3xf64>
  %h = tl.normalize sort %P along [0] with [] : !tl.partial<tensor<3xf64>> -> tensor<3xf64>
  // CHECK: tl.normalize rank %X along [2] with [] : tensor<2x3x4xf32> -> tensor<2x3x4xi64>
  %i = tl.normalize rank %X along [2] with [] : tensor<2x3x4xf32> -> tensor<2x3x4xi64>
  // CHECK: tl.normalize order %X along [2] with [2.000000e+00] : tensor<2x3x4xf32> -> tensor<2x3x4xi64>
  %j = tl.normalize order %X along [2] with [2.0] : tensor<2x3x4xf32> -> tensor<2x3x4xi64>
  // Every number reads back as itself.
  // CHECK: tl.normalize order %X along [2] with [0x7FF0000000000000]
  %k = tl.normalize order %X along [2] with [0x7FF0000000000000] : tensor<2x3x4xf32> -> tensor<2x3x4xi64>
  // CHECK: tl.normalize lnorm %X along [1] with [1.2345678901234568E-5]
  %l = tl.normalize lnorm %X along [1] with [1.2345678901234567e-5] : tensor<2x3x4xf32> -> tensor<2x3x4xf32>
}
