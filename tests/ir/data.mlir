// RUN: tl-opt %s | tl-opt | FileCheck %s
// Programs, data, and every type of tensor.

// CHECK-LABEL: tl.program {
tl.program {
  // CHECK: %[[W:.*]] = tl.read "W" from "literal" : tensor<3x4xf32>
  %W = tl.read "W" from "literal" : tensor<3x4xf32>
  // CHECK: tl.read "Edge" from "edges.tsv" : !tl.relation<[63000, ?]>
  %E = tl.read "Edge" from "edges.tsv" : !tl.relation<[63000, ?]>
  // CHECK: tl.read "Rain" from "facts" : !tl.relation<[]>
  %R = tl.read "Rain" from "facts" : !tl.relation<[]>
  // CHECK: tl.empty add : tensor<f16>
  %a = tl.empty add : tensor<f16>
  // CHECK: tl.empty mul : tensor<2xi8>
  %b = tl.empty mul : tensor<2xi8>
  // CHECK: tl.empty avg : tensor<2xbf16>
  %c = tl.empty avg : tensor<2xbf16>
  // CHECK: tl.empty max : !tl.partial<tensor<4xi32>>
  %d = tl.empty max : !tl.partial<tensor<4xi32>>
  // CHECK: tl.empty min : !tl.partial<tensor<f64>>
  %e = tl.empty min : !tl.partial<tensor<f64>>
  // CHECK: tl.empty or : tensor<2xi1>
  %f = tl.empty or : tensor<2xi1>
  // CHECK: %[[G:.*]] = tl.empty or : !tl.relation<[5]>
  %g = tl.empty or : !tl.relation<[5]>
  // CHECK: tl.query 0 %[[W]] : tensor<3x4xf32>
  tl.query 0 %W : tensor<3x4xf32>
  // CHECK: tl.query 1 %[[G]] : !tl.relation<[5]>
  tl.query 1 %g : !tl.relation<[5]>
  // CHECK: tl.write 0 %[[W]] to "out.npy" : tensor<3x4xf32>
  tl.write 0 %W to "out.npy" : tensor<3x4xf32>
}

// A program may be empty.
// CHECK-LABEL: tl.program {
tl.program {}
