// RUN: tl-opt %s --tl-split-indexes --split-input-file | FileCheck %s

// Channels grouped into heads: the head is an axis of its own, the rest of the channel is summed over.
// CHECK: tl.contract add
// CHECK: [[HEAD:%.*]] = tl.index "o/8" 0 to 3
// CHECK-NEXT: [[REST:%.*]] = tl.index "o%8" 0 to 8
// CHECK-NOT: tl.index "o"
// CHECK: tl.at %Q{{\[}}%p, [[HEAD]] * 8 + [[REST]]]
// CHECK: tl.yield %{{.*}} at {{\[}}[[HEAD]], %p]
tl.program {
  %Q = tl.read "Q" from "literal" : tensor<5x24xf32>
  %0 = tl.empty add : tensor<3x5xf32>
  %1 = tl.contract add into %0 {
    %o = tl.index "o" 0 to 24
    %p = tl.index "p" 0 to 5
    %q = tl.at %Q[%p, %o] : tensor<5x24xf32>
    tl.yield %q at [%o floordiv 8, %p] : f32
  } : tensor<3x5xf32>
  tl.query 0 %1 : tensor<3x5xf32>
}

// -----

// A map whose axis becomes two indices is a contraction; what is read in a projection is rewritten too.
// CHECK: tl.contract add
// CHECK: tl.project sum
// CHECK: tl.at %C{{\[}}[[HEAD:%.*]], %k]
// CHECK: tl.yield %{{.*}} at {{\[}}[[HEAD]] * 8 + [[REST:%.*]]]
tl.program {
  %C = tl.read "C" from "literal" : tensor<3x5xf32>
  %0 = tl.empty add : tensor<24xf32>
  %1 = tl.map add into %0 {
    %o = tl.index "o" 0 to 24
    %s = tl.project sum {
      %k = tl.index "k" 0 to 5
      %c = tl.at %C[%o floordiv 8, %k] : tensor<3x5xf32>
      tl.yield %c : f32
    } : f32
    tl.yield %s at [%o] : f32
  } : tensor<24xf32>
  tl.query 0 %1 : tensor<24xf32>
}

// -----

// Not where the divisor leaves a rest, the value itself is needed, a literal gives it, or it is what argmax gives.
// CHECK: tl.index "a" 0 to 25
// CHECK: tl.index "b" 0 to 24
// CHECK: tl.index "c" 0 to 24
// CHECK: tl.index "d" 0 to 24
tl.program {
  %R = tl.read "R" from "facts" : !tl.relation<[24]>
  %W = tl.read "W" from "literal" : tensor<3xf32>
  %0 = tl.empty add : tensor<4x3x3xf32>
  %1 = tl.contract add into %0 {
    %a = tl.index "a" 0 to 25
    %b = tl.index "b" 0 to 24
    %c = tl.index "c" 0 to 24
    %best = tl.project argmax {
      %d = tl.index "d" 0 to 24
      %w = tl.at %W[%d floordiv 8] : tensor<3xf32>
      tl.yield %w : f32
    } : i64
    %x = tl.cast %best : i64 to f32
    %v = tl.cast %b : index to f32
    tl.literal %R(%c) : !tl.relation<[24]>
    %y = tl.apply "add"(%v, %x) : (f32, f32) -> f32
    tl.yield %y at [%a floordiv 8, %b floordiv 8, %c floordiv 8] : f32
  } : tensor<4x3x3xf32>
  tl.query 0 %1 : tensor<4x3x3xf32>
}
