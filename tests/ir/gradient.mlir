// RUN: tl-opt %s | tl-opt | FileCheck %s

// CHECK: [[D:%.*]]:2 = tl.gradient %{{.*}} by %W, %P : tensor<f32> by tensor<3xf32>, !tl.partial<tensor<2xf32>> -> tensor<3xf32>, tensor<2xf32>
// CHECK: tl.query 0 [[D]]#0
tl.program {
  %W = tl.read "W" from "literal" : tensor<3xf32>
  %P = tl.read "P" from "facts" : !tl.partial<tensor<2xf32>>
  %0 = tl.empty add : tensor<f32>
  %1, %2 = tl.gradient %0 by %W, %P : tensor<f32> by tensor<3xf32>, !tl.partial<tensor<2xf32>> -> tensor<3xf32>, tensor<2xf32>
  tl.query 0 %1 : tensor<3xf32>
}
