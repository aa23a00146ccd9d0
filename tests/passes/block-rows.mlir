// RUN: tl-opt %s -split-input-file --tl-block-rows="block-bytes=512 least-rows=2" | FileCheck %s

// Scores, softmax and values of one head and of a few queries at a time; the last queries are fewer.
// CHECK: tl.scan "rows" %{{.*}} = 0 to 2
// CHECK: tl.scan "rows" %{{.*}} = 0 to 5
// CHECK: tl.empty add : tensor<2x32xf32>
// CHECK: tl.index "q" 0 to 2
// CHECK: tl.at %Q
// CHECK: tl.yield %{{.*}} at [%q, %k]
// CHECK: tl.normalize softmax {{.*}} along [1] {{.*}} tensor<2x32xf32> -> tensor<2x32xf32>
// CHECK: tl.contract add
// CHECK: tl.next
// CHECK: tl.scan "rows" %{{.*}} = 0 to 1
// CHECK: tl.empty add : tensor<1x32xf32>
tl.program {
  %Q = tl.read "Q" from "literal" : tensor<2x11x8xf32>
  %K = tl.read "K" from "literal" : tensor<2x32x8xf32>
  %V = tl.read "V" from "literal" : tensor<2x32x8xf32>
  %0 = tl.empty add : tensor<2x11x32xf32>
  %1 = tl.contract add into %0 {
    %h = tl.index "h" 0 to 2
    %q = tl.index "q" 0 to 11
    %k = tl.index "k" 0 to 32
    %d = tl.index "d" 0 to 8
    %a = tl.at %Q[%h, %q, %d] : tensor<2x11x8xf32>
    %b = tl.at %K[%h, %k, %d] : tensor<2x32x8xf32>
    %m = tl.apply "mul"(%a, %b) : (f32, f32) -> f32
    tl.yield %m at [%h, %q, %k] : f32
  } : tensor<2x11x32xf32>
  %2 = tl.normalize softmax %1 along [2] with [] : tensor<2x11x32xf32> -> tensor<2x11x32xf32>
  %3 = tl.empty add : tensor<2x11x8xf32>
  %4 = tl.contract add into %3 {
    %h = tl.index "h" 0 to 2
    %q = tl.index "q" 0 to 11
    %k = tl.index "k" 0 to 32
    %d = tl.index "d" 0 to 8
    %a = tl.at %2[%h, %q, %k] : tensor<2x11x32xf32>
    %b = tl.at %V[%h, %k, %d] : tensor<2x32x8xf32>
    %m = tl.apply "mul"(%a, %b) : (f32, f32) -> f32
    tl.yield %m at [%h, %q, %d] : f32
  } : tensor<2x11x8xf32>
  tl.query 0 %4 : tensor<2x11x8xf32>
}

// -----

// What ends in a map over every element writes it once: nothing is zeroed before and nothing is added.
// CHECK-LABEL: tl.read "A"
// CHECK: tl.empty add {plan.filled} : tensor<64x16xf32>
// CHECK: tl.scan "rows"
// CHECK: tl.contract add into %{{.*}} {
// CHECK: } {plan.fresh_rows} : tensor<64x16xf32>
tl.program {
  %A = tl.read "A" from "literal" : tensor<64x16xf32>
  %0 = tl.empty add : tensor<64x16xf32>
  %1 = tl.map add into %0 {
    %r = tl.index "r" 0 to 64
    %c = tl.index "c" 0 to 16
    %x = tl.at %A[%r, %c] : tensor<64x16xf32>
    tl.yield %x at [%r, %c] : f32
  } : tensor<64x16xf32>
  %2 = tl.normalize softmax %1 along [1] with [] : tensor<64x16xf32> -> tensor<64x16xf32>
  %3 = tl.empty add : tensor<64x16xf32>
  %4 = tl.map add into %3 {
    %r = tl.index "r" 0 to 64
    %c = tl.index "c" 0 to 16
    %x = tl.at %2[%r, %c] : tensor<64x16xf32>
    %y = tl.apply "add"(%x, %x) : (f32, f32) -> f32
    tl.yield %y at [%r, %c] : f32
  } : tensor<64x16xf32>
  tl.query 0 %4 : tensor<64x16xf32>
}

// -----

// What two chains meet in is of the first one.
// CHECK-LABEL: tl.read "P"
// CHECK: tl.contract add into
// CHECK: tl.scan "rows"
// CHECK: tl.contract add
// CHECK: tl.contract add
// CHECK: tl.query 0
tl.program {
  %P = tl.read "P" from "literal" : tensor<4x8xf32>
  %Q = tl.read "Q" from "literal" : tensor<64x8xf32>
  %0 = tl.empty add : tensor<64x64xf32>
  %1 = tl.map add into %0 {
    %r = tl.index "r" 0 to 64
    %c = tl.index "c" 0 to 64
    %x = tl.at %Q[%r, 0] : tensor<64x8xf32>
    %y = tl.at %Q[%c, 1] : tensor<64x8xf32>
    %z = tl.apply "mul"(%x, %y) : (f32, f32) -> f32
    tl.yield %z at [%r, %c] : f32
  } : tensor<64x64xf32>
  %2 = tl.empty add : tensor<64x64xf32>
  %3 = tl.contract add into %2 {
    %r = tl.index "r" 0 to 64
    %c = tl.index "c" 0 to 64
    %k = tl.index "k" 0 to 8
    %x = tl.at %Q[%c, %k] : tensor<64x8xf32>
    tl.yield %x at [%r, %c] : f32
  } : tensor<64x64xf32>
  %4 = tl.empty add : tensor<64x64xf32>
  %5 = tl.map add into %4 {
    %r = tl.index "r" 0 to 64
    %c = tl.index "c" 0 to 64
    %x = tl.at %1[%r, %c] : tensor<64x64xf32>
    %y = tl.at %3[%r, %c] : tensor<64x64xf32>
    %z = tl.apply "add"(%x, %y) : (f32, f32) -> f32
    tl.yield %z at [%r, %c] : f32
  } : tensor<64x64xf32>
  tl.query 0 %5 : tensor<64x64xf32>
}
