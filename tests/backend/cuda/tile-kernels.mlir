// Which loops are dealt out to teams, and which their threads share.
// RUN: tl-opt %s --tl-plan-kernels --tl-tile-kernels --split-input-file | FileCheck %s

// A long row is a block's, a row of less a warp's; what a row gives is stored once.
// CHECK-LABEL: tile.kernel @kernel0(%arg0: tensor<30x4096xf32>, %arg1: tensor<30xf32>) team 256 {
// CHECK-NEXT: [[I:%.*]] = tile.point "i" 0 to 30
// CHECK-NEXT: [[SUM:%.*]], %{{.*}} = plan.reduce sum {
// CHECK-NEXT: tile.stride "j" [[J:%.*]] 0 to 4096 {
// CHECK-NEXT: plan.load %arg0{{\[}}[[I]], [[J]]]
// CHECK: plan.combine add fresh [[SUM]] into %arg1{{\[}}[[I]]]
// CHECK-LABEL: tile.kernel @kernel1(%arg0: tensor<30x40xf32>
// CHECK-SAME: team 32
// CHECK-NOT: plan.kernel
// CHECK: tile.launch @kernel0(%A) into
// CHECK: tile.launch @kernel1(%B) into
tl.program {
  %A = tl.read "A" from "literal" : tensor<30x4096xf32>
  %B = tl.read "B" from "literal" : tensor<30x40xf32>
  %0 = tl.empty add : tensor<30xf32>
  %1 = tl.contract add into %0 {
    %i = tl.index "i" 0 to 30
    %j = tl.index "j" 0 to 4096
    %a = tl.at %A[%i, %j] : tensor<30x4096xf32>
    tl.yield %a at [%i] : f32
  } : tensor<30xf32>
  %2 = tl.empty add : tensor<30xf32>
  %3 = tl.contract add into %2 {
    %i = tl.index "i" 0 to 30
    %j = tl.index "j" 0 to 40
    %a = tl.at %B[%i, %j] : tensor<30x40xf32>
    tl.yield %a at [%i] : f32
  } : tensor<30xf32>
  tl.query 0 %1 : tensor<30xf32>
  tl.query 1 %3 : tensor<30xf32>
}

// -----

// Every index that stands alone in the place is dealt out, whatever the order of the loops; the rest accumulates in order.
// CHECK-LABEL: tile.kernel @kernel0
// CHECK-SAME: team 1
// CHECK-NEXT: [[I:%.*]] = tile.point "i" 0 to 12
// CHECK-NEXT: [[J:%.*]] = tile.point "j" 0 to 64
// CHECK-NEXT: plan.for "k" [[K:%.*]] 0 to 32 {
// CHECK: plan.combine add %{{.*}} into %arg2{{\[}}[[I]], [[J]]]
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
  tl.query 0 %1 : tensor<12x64xf64>
}

// -----

// Where places are computed, several iterations may reach one element: one thread does them in order.
// CHECK-LABEL: tile.kernel @kernel0
// CHECK-SAME: team 1
// CHECK-NEXT: [[D:%.*]] = tile.point "d" 0 to 4
// CHECK: plan.for "p"
// CHECK: plan.combine add %{{.*}} into %arg2{{\[}}%{{.*}}, [[D]]]
tl.program {
  %T = tl.read "T" from "literal" : tensor<7xi64>
  %X = tl.read "X" from "literal" : tensor<7x4xf32>
  %0 = tl.empty add : tensor<50x4xf32>
  %1 = tl.contract add into %0 {
    %p = tl.index "p" 0 to 7
    %d = tl.index "d" 0 to 4
    %t = tl.at %T[%p] : tensor<7xi64>
    %row = tl.cast %t : i64 to index
    %x = tl.at %X[%p, %d] : tensor<7x4xf32>
    tl.yield %x at [%row, %d] : f32
  } : tensor<50x4xf32>
  tl.query 0 %1 : tensor<50x4xf32>
}

// -----

// Rows are normalised where they lie: their largest element, their sum, every element. What is absent takes no part.
// CHECK-LABEL: tile.kernel @normalize0(%arg0: !tl.partial<tensor<6x100xf32>>, %arg1: tensor<6x100xf32>) team 32 {
// CHECK-NEXT: [[ROW:%.*]] = tile.point "axis0" 0 to 6
// CHECK: plan.reduce max
// CHECK: tile.stride "element" [[E:%.*]] 0 to 100
// CHECK-NEXT: plan.present %arg0{{\[}}[[ROW]], [[E]]]
// CHECK: plan.reduce sum
// CHECK: tl.apply "exp"
// CHECK: tl.apply "div"
// CHECK: plan.combine add fresh
tl.program {
  %X = tl.read "X" from "literal" : !tl.partial<tensor<6x100xf32>>
  %0 = tl.normalize softmax %X along [1] with [] : !tl.partial<tensor<6x100xf32>> -> tensor<6x100xf32>
  tl.query 0 %0 : tensor<6x100xf32>
}
