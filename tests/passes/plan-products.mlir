// RUN: tl-opt %s --tl-plan-kernels --split-input-file | FileCheck %s

// Two reads, a product, and indices that are in two of three tensors: a matrix product, batched, at a scan's position.
// CHECK-DAG: [[L:#.*]] = affine_map<(d0, d1, d2, d3)[s0] -> (s0, d0, d1, d3)>
// CHECK-DAG: [[R:#.*]] = affine_map<(d0, d1, d2, d3)[s0] -> (d3, d2 + 2)>
// CHECK-DAG: [[C:#.*]] = affine_map<(d0, d1, d2, d3)[s0] -> (s0 + 1, d0, d1, d2 + 2)>
// CHECK: tl.scan "S" [[T:%.*]] = 0 to 3
// CHECK: plan.product [2, 32, 30, 32] maps {{\[}}[[L]], [[R]], [[C]]] %{{.*}}, %B at [[T]] within [0, 3] into
tl.program {
  %B = tl.read "B" from "literal" : tensor<32x32xf32>
  %0 = tl.empty add : tensor<4x2x32x32xf32>
  %1 = tl.scan "S" %t = 0 to 3 carry (%s = %0 : tensor<4x2x32x32xf32>) {
    %2 = tl.contract add into %s {
      %b = tl.index "b" 0 to 2
      %i = tl.index "i" 0 to 32
      %j = tl.index "j" 2 to 32
      %k = tl.index "k" 0 to 32
      %x = tl.at %s[%t, %b, %i, %k] : tensor<4x2x32x32xf32>
      %y = tl.at %B[%k, %j] : tensor<32x32xf32>
      %m = tl.apply "mul"(%x, %y) : (f32, f32) -> f32
      tl.yield %m at [%t + 1, %b, %i, %j] : f32
    } : tensor<4x2x32x32xf32>
    tl.next %2 : tensor<4x2x32x32xf32>
  }
  tl.query 0 %1 : tensor<4x2x32x32xf32>
}

// -----

// What is small, may drop, or sums an index that only one side has is a loop nest. Over nothing there is nothing to do.
// CHECK-NOT: plan.product
// CHECK-COUNT-3: plan.call
// CHECK-NOT: plan.call
tl.program {
  %A = tl.read "A" from "literal" : tensor<64x64xf32>
  %0 = tl.empty add : tensor<64xf32>
  %1 = tl.contract add into %0 {
    %i = tl.index "i" 0 to 64
    %k = tl.index "k" 0 to 64
    %x = tl.at %A[%i, %k] : tensor<64x64xf32>
    %y = tl.at %A[%k, 0] : tensor<64x64xf32>
    %m = tl.apply "mul"(%x, %y) : (f32, f32) -> f32
    tl.yield %m at [%i] : f32
  } : tensor<64xf32>
  %2 = tl.empty add : tensor<64x64xf32>
  %3 = tl.contract add into %2 {
    %i = tl.index "i" 0 to 64
    %j = tl.index "j" 0 to 64
    %k = tl.index "k" 0 to 64
    %x = tl.at %A[%i, %k] : tensor<64x64xf32>
    %y = tl.at %A[%k + 1, %j] : tensor<64x64xf32>
    %m = tl.apply "mul"(%x, %y) : (f32, f32) -> f32
    tl.yield %m at [%i, %j] : f32
  } : tensor<64x64xf32>
  %4 = tl.contract add into %3 {
    %i = tl.index "i" 0 to 64
    %j = tl.index "j" 0 to 64
    %k = tl.index "k" 0 to 8
    %l = tl.index "l" 0 to 64
    %x = tl.at %A[%i, %k] : tensor<64x64xf32>
    %y = tl.at %A[%l, %j] : tensor<64x64xf32>
    %m = tl.apply "mul"(%x, %y) : (f32, f32) -> f32
    tl.yield %m at [%i, %j] : f32
  } : tensor<64x64xf32>
  %5 = tl.contract add into %4 {
    %i = tl.index "i" 0 to 64
    %j = tl.index "j" 0 to 0
    %x = tl.at %A[%i, %j] : tensor<64x64xf32>
    tl.yield %x at [%i, %j] : f32
  } : tensor<64x64xf32>
  tl.query 0 %1 : tensor<64xf32>
  tl.query 1 %5 : tensor<64x64xf32>
}
