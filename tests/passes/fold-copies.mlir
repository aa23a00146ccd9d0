// RUN: tl-opt %s -split-input-file --tl-fold-copies | FileCheck %s

// Data is normalised where it lies, and what is asked for is the result itself.
// CHECK: %[[X:.*]] = tl.read "X"
// CHECK-NEXT: %[[N:.*]] = tl.normalize softmax %[[X]]
// CHECK-NEXT: tl.query 0 %[[N]]
tl.program {
  %X = tl.read "X" from "literal" : tensor<4x8xf32>
  %0 = tl.empty add : tensor<4x8xf32>
  %1 = tl.contract add into %0 {
    %r = tl.index "r" 0 to 4
    %c = tl.index "c" 0 to 8
    %x = tl.at %X[%r, %c] : tensor<4x8xf32>
    tl.yield %x at [%r, %c] : f32
  } : tensor<4x8xf32>
  %2 = tl.normalize softmax %1 along [1] with [] : tensor<4x8xf32> -> tensor<4x8xf32>
  %3 = tl.empty add : tensor<4x8xf32>
  %4 = tl.contract add into %3 {
    %r = tl.index "r" 0 to 4
    %c = tl.index "c" 0 to 8
    %x = tl.at %2[%r, %c] : tensor<4x8xf32>
    tl.yield %x at [%r, %c] : f32
  } : tensor<4x8xf32>
  tl.query 0 %4 : tensor<4x8xf32>
}

// -----

// Part of the rows, another order and another equation's beginning are no copies.
// CHECK-COUNT-3: tl.contract add into
// CHECK: tl.contract add into
tl.program {
  %X = tl.read "X" from "literal" : tensor<4x4xf32>
  %0 = tl.empty add : tensor<4x4xf32>
  %1 = tl.contract add into %0 {
    %r = tl.index "r" 0 to 3
    %c = tl.index "c" 0 to 4
    %x = tl.at %X[%r, %c] : tensor<4x4xf32>
    tl.yield %x at [%r, %c] : f32
  } : tensor<4x4xf32>
  %2 = tl.empty add : tensor<4x4xf32>
  %3 = tl.contract add into %2 {
    %r = tl.index "r" 0 to 4
    %c = tl.index "c" 0 to 4
    %x = tl.at %X[%r, %c] : tensor<4x4xf32>
    tl.yield %x at [%c, %r] : f32
  } : tensor<4x4xf32>
  %4 = tl.empty add : tensor<4x4xf32>
  %5 = tl.contract add into %4 {
    %r = tl.index "r" 0 to 4
    %c = tl.index "c" 0 to 4
    %x = tl.at %X[%r, %c] : tensor<4x4xf32>
    tl.yield %x at [%r, %c] : f32
  } : tensor<4x4xf32>
  %6 = tl.contract add into %5 {
    %r = tl.index "r" 0 to 4
    %x = tl.at %X[%r, %r] : tensor<4x4xf32>
    tl.yield %x at [%r, %r] : f32
  } : tensor<4x4xf32>
  tl.query 0 %1 : tensor<4x4xf32>
  tl.query 1 %3 : tensor<4x4xf32>
  tl.query 2 %6 : tensor<4x4xf32>
}
