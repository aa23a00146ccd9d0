// Dense comprehensions: order of loops, accumulation, tests, fresh results.
// RUN: tl-opt %s --tl-plan-kernels --split-input-file | FileCheck %s

// A reduction over contiguous elements is innermost and has lanes.
// CHECK-LABEL: plan.kernel @kernel0(%arg0: tensor<30x40xf32>, %arg1: tensor<40xf32>, %arg2: tensor<30xf32>) cost 4830
// CHECK-NEXT: plan.for "i" [[I:%.*]] 0 to 30 parallel
// CHECK-NEXT: [[SUM:%.*]], %{{.*}} = plan.reduce sum
// CHECK-NEXT: plan.for "j" [[J:%.*]] 0 to 40 lanes 16
// CHECK-NEXT: plan.load %arg0{{\[}}[[I]], [[J]]]
// CHECK-NEXT: plan.load %arg1{{\[}}[[J]]]
// CHECK: plan.combine add fresh [[SUM]] into %arg2{{\[}}[[I]]]
// CHECK: plan.call @kernel0(%W, %X) into
tl.program {
  %W = tl.read "W" from "literal" : tensor<30x40xf32>
  %X = tl.read "X" from "literal" : tensor<40xf32>
  %0 = tl.empty add : tensor<30xf32>
  %1 = tl.contract add into %0 {
    %i = tl.index "i" 0 to 30
    %j = tl.index "j" 0 to 40
    %w = tl.at %W[%i, %j] : tensor<30x40xf32>
    %x = tl.at %X[%j] : tensor<40xf32>
    %m = tl.apply "mul"(%w, %x) : (f32, f32) -> f32
    tl.yield %m at [%i] : f32
  } : tensor<30xf32>
  tl.query 0 %1 : tensor<30xf32>
}

// -----

// The contiguous result axis is innermost, what does not depend on it is loaded outside, and the result accumulates.
// Two equal comprehensions share the kernel.
// CHECK-LABEL: plan.kernel @kernel0(%arg0: tensor<12x32xf64>
// CHECK-NEXT: plan.for "i" [[I:%.*]] 0 to 12 parallel
// CHECK-NEXT: plan.for "k" [[K:%.*]] 0 to 32 {
// CHECK-NEXT: plan.load %arg0{{\[}}[[I]], [[K]]]
// CHECK-NEXT: plan.for "j" [[J:%.*]] 0 to 64 {
// CHECK: plan.combine add %{{.*}} into %arg2{{\[}}[[I]], [[J]]]
// CHECK-NOT: plan.kernel
// CHECK: plan.call @kernel0
// CHECK: plan.call @kernel0
tl.program {
  %A = tl.read "A" from "literal" : tensor<12x32xf64>
  %B = tl.read "B" from "literal" : tensor<32x64xf64>
  %0 = tl.empty add : tensor<12x64xf64>
  %1 = tl.contract add into %0 {
    %i = tl.index "i" 0 to 12
    %j = tl.index "j" 0 to 64
    %k = tl.index "k" 0 to 32
    %a = tl.at %A[%i, %k] : tensor<12x32xf64>
    %b = tl.at %B[%k, %j] : tensor<32x64xf64>
    %m = tl.apply "mul"(%a, %b) : (f64, f64) -> f64
    tl.yield %m at [%i, %j] : f64
  } : tensor<12x64xf64>
  %2 = tl.empty add : tensor<12x64xf64>
  %3 = tl.contract add into %2 {
    %i = tl.index "i" 0 to 12
    %j = tl.index "j" 0 to 64
    %k = tl.index "k" 0 to 32
    %a = tl.at %A[%i, %k] : tensor<12x32xf64>
    %b = tl.at %B[%k, %j] : tensor<32x64xf64>
    %m = tl.apply "mul"(%a, %b) : (f64, f64) -> f64
    tl.yield %m at [%i, %j] : f64
  } : tensor<12x64xf64>
  tl.query 0 %1 : tensor<12x64xf64>
  tl.query 1 %3 : tensor<12x64xf64>
}

// -----

// A range is cut to where the elements read exist, so that nothing is tested; two variables in one axis are tested.
// CHECK-LABEL: plan.kernel @kernel0(%arg0: tensor<20xf32>, %arg1: tensor<20xf32>)
// CHECK-NEXT: plan.for "x" [[X:%.*]] 2 to 20 parallel
// CHECK-NEXT: plan.load %arg0{{\[}}[[X]] - 2]
// CHECK-LABEL: plan.kernel @kernel1(%arg0: tensor<20xf32>, %arg1: tensor<20x20xf32>)
// CHECK: plan.for "y" [[Y:%.*]] 0 to 20
// CHECK-NEXT: [[INSIDE:%.*]] = plan.inside %arg0{{\[}}%{{.*}} + [[Y]]]
// CHECK-NEXT: plan.if [[INSIDE]]
// CHECK-NEXT: plan.load
tl.program {
  %A = tl.read "A" from "literal" : tensor<20xf32>
  %0 = tl.empty add : tensor<20xf32>
  %1 = tl.map add into %0 {
    %x = tl.index "x" 0 to 25
    %a = tl.at %A[%x - 2] : tensor<20xf32>
    tl.yield %a at [%x] : f32
  } : tensor<20xf32>
  %2 = tl.empty add : tensor<20x20xf32>
  %3 = tl.map add into %2 {
    %x = tl.index "x" 0 to 20
    %y = tl.index "y" 0 to 20
    %a = tl.at %A[%x + %y] : tensor<20xf32>
    tl.yield %a at [%x, %y] : f32
  } : tensor<20x20xf32>
  tl.query 0 %1 : tensor<20xf32>
  tl.query 1 %3 : tensor<20x20xf32>
}

// -----

// A row looked up by a computed index is tested once, outside the loop over its elements.
// CHECK-LABEL: plan.kernel @kernel0(%arg0: tensor<7xi64>
// CHECK: plan.for "p" [[P:%.*]] 0 to 7 parallel
// CHECK: [[ROW:%.*]] = tl.cast %{{.*}} : i64 to index
// CHECK: tl.apply "ge"
// CHECK: plan.if
// CHECK: tl.apply "le"
// CHECK: plan.if
// CHECK: plan.for "d" [[D:%.*]] 0 to 4 {
// CHECK-NEXT: plan.load %arg1{{\[}}[[ROW]], [[D]]]
// CHECK-NEXT: plan.combine add fresh
tl.program {
  %T = tl.read "T" from "literal" : tensor<7xi64>
  %E = tl.read "E" from "literal" : tensor<50x4xf32>
  %0 = tl.empty add : tensor<7x4xf32>
  %1 = tl.map add into %0 {
    %p = tl.index "p" 0 to 7
    %d = tl.index "d" 0 to 4
    %t = tl.at %T[%p] : tensor<7xi64>
    %row = tl.cast %t : i64 to index
    %e = tl.at %E[%row, %d] : tensor<50x4xf32>
    tl.yield %e at [%p, %d] : f32
  } : tensor<7x4xf32>
  tl.query 0 %1 : tensor<7x4xf32>
}

// -----

// Several contributions reach an element: neither parallel nor fresh. Absent elements drop theirs.
// CHECK-LABEL: plan.kernel @kernel0(%arg0: !tl.partial<tensor<10xf64>>, %arg1: !tl.partial<tensor<5xf64>>)
// CHECK-NEXT: plan.for "x" [[X:%.*]] 0 to 10 {
// CHECK-NEXT: [[PRESENT:%.*]] = plan.present %arg0{{\[}}[[X]]]
// CHECK-NEXT: plan.if [[PRESENT]]
// CHECK: plan.combine max %{{.*}} into %arg1{{\[}}[[X]] floordiv 2]
tl.program {
  %V = tl.read "V" from "literal" : !tl.partial<tensor<10xf64>>
  %0 = tl.empty max : !tl.partial<tensor<5xf64>>
  %1 = tl.contract max into %0 {
    %x = tl.index "x" 0 to 10
    %v = tl.at %V[%x] : !tl.partial<tensor<10xf64>>
    tl.yield %v at [%x floordiv 2] : f64
  } : !tl.partial<tensor<5xf64>>
  tl.query 0 %1 : !tl.partial<tensor<5xf64>>
}

// -----

// A maximum over nothing is no value: nothing is combined.
// CHECK-LABEL: plan.kernel @kernel0(%arg0: tensor<5x9xf32>, %arg1: !tl.partial<tensor<5xf32>>)
// CHECK: [[MAX:%.*]], [[REACHED:%.*]] = plan.reduce max
// CHECK: plan.if [[REACHED]] {
// CHECK-NEXT: plan.combine max fresh [[MAX]]
tl.program {
  %V = tl.read "V" from "literal" : tensor<5x9xf32>
  %0 = tl.empty max : !tl.partial<tensor<5xf32>>
  %1 = tl.contract max into %0 {
    %i = tl.index "i" 0 to 5
    %x = tl.index "x" 0 to 9
    %v = tl.at %V[%i, %x] : tensor<5x9xf32>
    %zero = tl.number 0.0 : f32
    %positive = tl.apply "gt"(%v, %zero) : (f32, f32) -> i1
    tl.where %positive
    tl.yield %v at [%i] : f32
  } : !tl.partial<tensor<5xf32>>
  tl.query 0 %1 : !tl.partial<tensor<5xf32>>
}

// -----

// Half floats accumulate in single precision.
// CHECK-LABEL: plan.kernel @kernel0(%arg0: tensor<8x8xbf16>
// CHECK: plan.reduce sum
// CHECK: tl.cast %{{.*}} : bf16 to f32
// CHECK-NEXT: plan.contribute
// CHECK: tl.cast %{{.*}} : f32 to bf16
// CHECK-NEXT: plan.combine add fresh
tl.program {
  %V = tl.read "V" from "literal" : tensor<8x8xbf16>
  %0 = tl.empty add : tensor<8xbf16>
  %1 = tl.contract add into %0 {
    %i = tl.index "i" 0 to 8
    %x = tl.index "x" 0 to 8
    %v = tl.at %V[%x, %i] : tensor<8x8xbf16>
    tl.yield %v at [%i] : bf16
  } : tensor<8xbf16>
  tl.query 0 %1 : tensor<8xbf16>
}

// -----

// In a scan the carried tensor, read and written, is one argument; the position is another. What lies before the
// first position is not read.
// CHECK-LABEL: plan.kernel @kernel0(%arg0: index, %arg1: tensor<4x9xf32>)
// CHECK-NEXT: plan.for "i" [[I:%.*]] 0 to 4 parallel
// CHECK-NEXT: [[H:%.*]] = plan.load %arg1{{\[}}[[I]], %arg0 - 1]
// CHECK-NEXT: plan.combine add [[H]] into %arg1{{\[}}[[I]], %arg0]
// CHECK: tl.scan "t" [[T:%.*]] = 1 to 9 carry ([[CARRIED:%.*]] = %{{.*}} : tensor<4x9xf32>)
// CHECK-NEXT: plan.call @kernel0([[T]]) into [[CARRIED]]
tl.program {
  %0 = tl.empty add : tensor<4x9xf32>
  %1 = tl.scan "t" %t = 1 to 9 carry (%h = %0 : tensor<4x9xf32>) {
    %2 = tl.map add into %h {
      %i = tl.index "i" 0 to 4
      %p = tl.at %h[%i, %t - 1] : tensor<4x9xf32>
      tl.yield %p at [%i, %t] : f32
    } : tensor<4x9xf32>
    tl.next %2 : tensor<4x9xf32>
  }
  tl.query 0 %1 : tensor<4x9xf32>
}
