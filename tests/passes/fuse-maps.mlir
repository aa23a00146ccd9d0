// RUN: tl-opt %s --tl-fuse-maps --split-input-file | FileCheck %s

// What is read once, where it is read, is computed there.
// CHECK-NOT: tl.map add into %1
// CHECK: tl.map add
// CHECK: [[X:%.*]] = tl.at %X[%j, %i]
// CHECK: [[E:%.*]] = tl.apply "exp"([[X]])
// CHECK: tl.apply "tanh"([[E]])
// CHECK-NOT: tl.map
tl.program {
  %X = tl.read "X" from "literal" : tensor<8x16xf32>
  %0 = tl.empty add : tensor<8x16xf32>
  %1 = tl.map add into %0 {
    %a = tl.index "a" 0 to 8
    %b = tl.index "b" 0 to 16
    %x = tl.at %X[%a, %b] : tensor<8x16xf32>
    %e = tl.apply "exp"(%x) : (f32) -> f32
    tl.yield %e at [%a, %b] : f32
  } : tensor<8x16xf32>
  %2 = tl.empty add : tensor<16x8xf32>
  %3 = tl.map add into %2 {
    %i = tl.index "i" 0 to 16
    %j = tl.index "j" 0 to 8
    %x = tl.at %1[%j, %i] : tensor<8x16xf32>
    %t = tl.apply "tanh"(%x) : (f32) -> f32
    tl.yield %t at [%i, %j] : f32
  } : tensor<16x8xf32>
  tl.query 0 %3 : tensor<16x8xf32>
}

// -----

// exp of a row would be computed for every column: it stays a tensor. So does what is asked for.
// CHECK-COUNT-3: tl.map
tl.program {
  %X = tl.read "X" from "literal" : tensor<8xf32>
  %0 = tl.empty add : tensor<8xf32>
  %1 = tl.map add into %0 {
    %a = tl.index "a" 0 to 8
    %x = tl.at %X[%a] : tensor<8xf32>
    %e = tl.apply "exp"(%x) : (f32) -> f32
    tl.yield %e at [%a] : f32
  } : tensor<8xf32>
  %2 = tl.empty add : tensor<8x16xf32>
  %3 = tl.map add into %2 {
    %i = tl.index "i" 0 to 8
    %j = tl.index "j" 0 to 16
    %x = tl.at %1[%i] : tensor<8xf32>
    tl.yield %x at [%i, %j] : f32
  } : tensor<8x16xf32>
  %4 = tl.empty add : tensor<8x16xf32>
  %5 = tl.map add into %4 {
    %i = tl.index "i" 0 to 8
    %j = tl.index "j" 0 to 16
    %x = tl.at %3[%i, %j] : tensor<8x16xf32>
    %n = tl.apply "neg"(%x) : (f32) -> f32
    tl.yield %n at [%i, %j] : f32
  } : tensor<8x16xf32>
  tl.query 0 %3 : tensor<8x16xf32>
  tl.query 1 %5 : tensor<8x16xf32>
}

// -----

// Little arithmetic may be done twice, and an index is a number where it is read at another place.
// CHECK: tl.contract add
// CHECK-NOT: tl.at %1
// CHECK: tl.cast
// CHECK: tl.apply "add"
// CHECK: tl.apply "sub"
// CHECK: tl.map add
// CHECK: tl.apply "sub"
tl.program {
  %X = tl.read "X" from "literal" : tensor<16xf32>
  %0 = tl.empty add : tensor<16xf32>
  %1 = tl.map add into %0 {
    %a = tl.index "a" 0 to 16
    %x = tl.at %X[%a] : tensor<16xf32>
    %c = tl.cast %a : index to f32
    %d = tl.apply "sub"(%x, %c) : (f32, f32) -> f32
    tl.yield %d at [%a] : f32
  } : tensor<16xf32>
  %2 = tl.empty add : tensor<f32>
  %3 = tl.contract add into %2 {
    %i = tl.index "i" 0 to 15
    %x = tl.at %1[%i + 1] : tensor<16xf32>
    tl.yield %x at [] : f32
  } : tensor<f32>
  %4 = tl.empty add : tensor<16xf32>
  %5 = tl.map add into %4 {
    %i = tl.index "i" 0 to 16
    %x = tl.at %1[%i] : tensor<16xf32>
    tl.yield %x at [%i] : f32
  } : tensor<16xf32>
  tl.query 0 %3 : tensor<f32>
  tl.query 1 %5 : tensor<16xf32>
}
