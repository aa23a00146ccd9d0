// RUN: tl-opt %s | tl-opt | FileCheck %s

tl.program {
  %A = tl.read "A" from "literal" : tensor<5x3x3xf32>
  %B = tl.read "B" from "literal" : tensor<5x3xf32>
  %P = tl.read "P" from "literal" : !tl.partial<tensor<3x2xf64>>
  // CHECK: tl.matrix solve "A" %A, %B : (tensor<5x3x3xf32>, tensor<5x3xf32>) -> tensor<5x3xf32>
  %a = tl.matrix solve "A" %A, %B : (tensor<5x3x3xf32>, tensor<5x3xf32>) -> tensor<5x3xf32>
  // CHECK: tl.matrix inverse "A" %A : (tensor<5x3x3xf32>) -> tensor<5x3x3xf32>
  %b = tl.matrix inverse "A" %A : (tensor<5x3x3xf32>) -> tensor<5x3x3xf32>
  // CHECK: tl.matrix cholesky "A" %A
  %c = tl.matrix cholesky "A" %A : (tensor<5x3x3xf32>) -> tensor<5x3x3xf32>
  // CHECK: tl.matrix eigh "A" %A : (tensor<5x3x3xf32>) -> (tensor<5x3xf32>, tensor<5x3x3xf32>)
  %d:2 = tl.matrix eigh "A" %A : (tensor<5x3x3xf32>) -> (tensor<5x3xf32>, tensor<5x3x3xf32>)
  // CHECK: tl.matrix svd "P" %P : (!tl.partial<tensor<3x2xf64>>) -> (tensor<3x2xf64>, tensor<2xf64>, tensor<2x2xf64>)
  %e:3 = tl.matrix svd "P" %P : (!tl.partial<tensor<3x2xf64>>) -> (tensor<3x2xf64>, tensor<2xf64>, tensor<2x2xf64>)
}
