// RUN: tl-opt %s -split-input-file --tl-derive-gradients | FileCheck %s

// The projection becomes a tensor; its cotangent is a map, those of the contraction are contractions of two reads.
// CHECK: [[T:%.*]] = tl.contract add into
// CHECK: [[H:%.*]] = tl.map add into
// CHECK: tl.at [[T]][%i]
// CHECK: [[ONE:%.*]] = tl.empty mul : tensor<f64>
// CHECK: [[DH:%.*]] = tl.map add into
// CHECK: [[DT:%.*]] = tl.map add into
// CHECK: tl.at [[T]][%i]
// CHECK: tl.apply "tanh"
// CHECK: tl.at [[DH]][%i]
// CHECK: tl.yield {{.*}} at [%i]
// CHECK: [[DW:%.*]] = tl.map add into
// CHECK-NOT: %W
// CHECK-DAG: tl.at [[DT]][%i]
// CHECK-DAG: tl.at %X[%j]
// CHECK: tl.yield {{.*}} at [%i, %j]
// CHECK: tl.query 0 [[DW]]
// CHECK-NOT: tl.gradient
tl.program {
  %W = tl.read "W" from "literal" : tensor<3x4xf64>
  %X = tl.read "X" from "literal" : tensor<4xf64>
  %0 = tl.empty add : tensor<3xf64>
  %H = tl.map add into %0 {
    %i = tl.index "i" 0 to 3
    %p = tl.project sum {
      %j = tl.index "j" 0 to 4
      %w = tl.at %W[%i, %j] : tensor<3x4xf64>
      %x = tl.at %X[%j] : tensor<4xf64>
      %m = tl.apply "mul"(%w, %x) : (f64, f64) -> f64
      tl.yield %m : f64
    } : f64
    %r = tl.apply "tanh"(%p) : (f64) -> f64
    tl.yield %r at [%i] : f64
  } : tensor<3xf64>
  %1 = tl.empty add : tensor<f64>
  %L = tl.contract add into %1 {
    %i = tl.index "i" 0 to 3
    %h = tl.at %H[%i] : tensor<3xf64>
    %s = tl.apply "mul"(%h, %h) : (f64, f64) -> f64
    tl.yield %s at [] : f64
  } : tensor<f64>
  %dW = tl.gradient %L by %W : tensor<f64> by tensor<3x4xf64> -> tensor<3x4xf64>
  tl.query 0 %dW : tensor<3x4xf64>
}

// -----

// A join keeps its literal, and what is read for another's sake alone is not read: the cotangent of W does not read W.
// CHECK: tl.read "W"
// CHECK: [[DW:%.*]] = tl.map add into
// CHECK-NOT: tl.at %W
// CHECK: tl.literal %E(%x, %y)
// CHECK: tl.at %X[%y]
// CHECK: tl.yield {{.*}} at [%x, %y]
tl.program {
  %E = tl.read "E" from "facts" : !tl.relation<[3, 3]>
  %W = tl.read "W" from "literal" : tensor<3x3xf32>
  %X = tl.read "X" from "literal" : tensor<3xf32>
  %0 = tl.empty add : tensor<f32>
  %L = tl.contract add into %0 {
    %x = tl.index "x"
    %y = tl.index "y"
    tl.literal %E(%x, %y) : !tl.relation<[3, 3]>
    %w = tl.at %W[%x, %y] : tensor<3x3xf32>
    %v = tl.at %X[%y] : tensor<3xf32>
    %m = tl.apply "mul"(%w, %v) : (f32, f32) -> f32
    tl.yield %m at [] : f32
  } : tensor<f32>
  %dW = tl.gradient %L by %W : tensor<f32> by tensor<3x3xf32> -> tensor<3x3xf32>
  tl.query 0 %dW : tensor<3x3xf32>
}

// -----

// A gather becomes a scatter.
// CHECK: tl.contract add into
// CHECK: [[I:%.*]] = tl.cast {{.*}} : i64 to index
// CHECK: tl.yield {{.*}} at {{\[}}[[I]]]
tl.program {
  %T = tl.read "T" from "literal" : tensor<4xi64>
  %E = tl.read "E" from "literal" : tensor<3xf32>
  %U = tl.read "U" from "literal" : tensor<4xf32>
  %0 = tl.empty add : tensor<f32>
  %L = tl.contract add into %0 {
    %p = tl.index "p" 0 to 4
    %t = tl.at %T[%p] : tensor<4xi64>
    %i = tl.cast %t : i64 to index
    %e = tl.at %E[%i] : tensor<3xf32>
    %u = tl.at %U[%p] : tensor<4xf32>
    %m = tl.apply "mul"(%e, %u) : (f32, f32) -> f32
    tl.yield %m at [] : f32
  } : tensor<f32>
  %dE = tl.gradient %L by %E : tensor<f32> by tensor<3xf32> -> tensor<3xf32>
  tl.query 0 %dE : tensor<3xf32>
}

// -----

// The reverse of a scan runs the other way; what it does not carry is one contraction after it.
// CHECK: [[H:%.*]] = tl.scan "t" {{.*}} = 0 to 3 carry
// CHECK: [[DH:%.*]] = tl.scan "t" [[T:%.*]] = 0 to 3 descending carry ([[A:%.*]] = {{.*}} : tensor<4xf32>)
// CHECK: tl.at [[A]]{{\[}}[[T]] + 1]
// CHECK: tl.yield {{.*}} at {{\[}}[[T]]]
// CHECK: tl.next
// CHECK: tl.contract add into
// CHECK: %t = tl.index "t" 0 to 3
// CHECK: tl.at [[H]][%t]
// CHECK: tl.at [[DH]][%t + 1]
// CHECK: tl.yield {{.*}} at []
tl.program {
  %W = tl.read "W" from "literal" : tensor<f32>
  %0 = tl.empty add : tensor<4xf32>
  %i = tl.map add into %0 {
    %w = tl.at %W[] : tensor<f32>
    tl.yield %w at [0] : f32
  } : tensor<4xf32>
  %H = tl.scan "t" %t = 0 to 3 carry (%a = %i : tensor<4xf32>) {
    %n = tl.map add into %a {
      %w = tl.at %W[] : tensor<f32>
      %h = tl.at %a[%t] : tensor<4xf32>
      %m = tl.apply "mul"(%w, %h) : (f32, f32) -> f32
      tl.yield %m at [%t + 1] : f32
    } : tensor<4xf32>
    tl.next %n : tensor<4xf32>
  }
  %1 = tl.empty add : tensor<f32>
  %L = tl.map add into %1 {
    %h = tl.at %H[3] : tensor<4xf32>
    tl.yield %h at [] : f32
  } : tensor<f32>
  %dW = tl.gradient %L by %W : tensor<f32> by tensor<f32> -> tensor<f32>
  tl.query 0 %dW : tensor<f32>
}

// -----

// A derivative can be derived again: of w^3 the second is 6 w.
// CHECK: tl.read "W"
// CHECK: tl.apply "pow"
// CHECK: tl.empty add "dW"
// CHECK: tl.apply "pow"
// CHECK: tl.empty add "dW"
// CHECK: [[SECOND:%.*]] = tl.map add into
// CHECK: [[W:%.*]] = tl.at %W[]
// CHECK: [[SIX:%.*]] = tl.number 6.0
// CHECK: tl.apply "mul"([[SIX]], [[W]])
// CHECK: tl.query 0 [[SECOND]]
tl.program {
  %W = tl.read "W" from "literal" : tensor<f64>
  %0 = tl.empty add : tensor<f64>
  %L = tl.map add into %0 {
    %w = tl.at %W[] : tensor<f64>
    %three = tl.number 3.0 : f64
    %c = tl.apply "pow"(%w, %three) : (f64, f64) -> f64
    tl.yield %c at [] : f64
  } : tensor<f64>
  %d = tl.gradient %L by %W : tensor<f64> by tensor<f64> -> tensor<f64>
  %dd = tl.gradient %d by %W : tensor<f64> by tensor<f64> -> tensor<f64>
  tl.query 0 %dd : tensor<f64>
}
