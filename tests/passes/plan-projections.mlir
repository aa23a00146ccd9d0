// Projections inside equations: where they are computed, and what they drop.
// RUN: tl-opt %s --tl-plan-kernels --split-input-file | FileCheck %s

// A projection is computed where its variables are known, outside loops over others.
// CHECK-LABEL: plan.kernel @kernel0(%arg0: tensor<6x8xf32>
// CHECK: plan.for "i" [[I:%.*]] 0 to 6 parallel
// CHECK-NEXT: plan.reduce sum
// CHECK: plan.for "k"
// CHECK: plan.for "j"
// CHECK-NOT: plan.for
// CHECK: plan.combine add fresh
tl.program {
  %A = tl.read "A" from "literal" : tensor<6x8xf32>
  %0 = tl.empty add : tensor<6x8xf32>
  %1 = tl.map add into %0 {
    %i = tl.index "i" 0 to 6
    %j = tl.index "j" 0 to 8
    %s = tl.project sum {
      %k = tl.index "k" 0 to 8
      %b = tl.at %A[%i, %k] : tensor<6x8xf32>
      tl.yield %b : f32
    } : f32
    %a = tl.at %A[%i, %j] : tensor<6x8xf32>
    %q = tl.apply "div"(%a, %s) : (f32, f32) -> f32
    tl.yield %q at [%i, %j] : f32
  } : tensor<6x8xf32>
  tl.query 0 %1 : tensor<6x8xf32>
}

// -----

// A term that is dropped counts 0; one that always has a value needs no accumulator.
// CHECK-LABEL: plan.kernel @kernel0(%arg0: !tl.partial<tensor<6xf32>>, %arg1: tensor<6xf32>, %arg2: tensor<6xf32>)
// CHECK-NEXT: plan.for "i"
// CHECK-NEXT: [[TERM:%.*]], %{{.*}} = plan.reduce sum {
// CHECK-NEXT: plan.present
// CHECK-NEXT: plan.if
// CHECK-NEXT: plan.load %arg0
// CHECK-NEXT: plan.contribute
// CHECK: [[SURE:%.*]] = plan.load %arg1
// CHECK-NEXT: tl.apply "add"([[TERM]], [[SURE]])
tl.program {
  %P = tl.read "P" from "literal" : !tl.partial<tensor<6xf32>>
  %A = tl.read "A" from "literal" : tensor<6xf32>
  %0 = tl.empty add : tensor<6xf32>
  %1 = tl.map add into %0 {
    %i = tl.index "i" 0 to 6
    %s = tl.project sum {
      %p = tl.at %P[%i] : !tl.partial<tensor<6xf32>>
      tl.yield %p : f32
    } : f32
    %t = tl.project sum {
      %a = tl.at %A[%i] : tensor<6xf32>
      tl.yield %a : f32
    } : f32
    %q = tl.apply "add"(%s, %t) : (f32, f32) -> f32
    tl.yield %q at [%i] : f32
  } : tensor<6xf32>
  tl.query 0 %1 : tensor<6xf32>
}

// -----

// argmax over nothing drops the assignment around it; a mean that always has something drops nothing.
// CHECK-LABEL: plan.kernel @kernel0(%arg0: !tl.partial<tensor<6x9xf32>>
// CHECK: plan.for "i" [[I:%.*]] 0 to 6
// CHECK-NEXT: [[BEST:%.*]], [[REACHED:%.*]] = plan.reduce argmax
// CHECK: plan.for "k" [[K:%.*]] 0 to 9
// CHECK: plan.contribute %{{.*}} at [[K]] : f32
// CHECK: } : i64
// CHECK-NEXT: plan.if [[REACHED]]
// CHECK-NEXT: plan.combine add fresh [[BEST]]
// CHECK-LABEL: plan.kernel @kernel1
// CHECK: [[MEAN:%.*]], %{{.*}} = plan.reduce mean
// CHECK: } : f32
// CHECK-NEXT: plan.combine add fresh [[MEAN]]
tl.program {
  %P = tl.read "P" from "literal" : !tl.partial<tensor<6x9xf32>>
  %A = tl.read "A" from "literal" : tensor<6x9xf32>
  %0 = tl.empty add : tensor<6xi64>
  %1 = tl.map add into %0 {
    %i = tl.index "i" 0 to 6
    %s = tl.project argmax {
      %k = tl.index "k" 0 to 9
      %p = tl.at %P[%i, %k] : !tl.partial<tensor<6x9xf32>>
      tl.yield %p : f32
    } : i64
    tl.yield %s at [%i] : i64
  } : tensor<6xi64>
  %2 = tl.empty add : tensor<6xf32>
  %3 = tl.map add into %2 {
    %i = tl.index "i" 0 to 6
    %s = tl.project mean {
      %k = tl.index "k" 0 to 9
      %a = tl.at %A[%i, %k] : tensor<6x9xf32>
      tl.yield %a : f32
    } : f32
    tl.yield %s at [%i] : f32
  } : tensor<6xf32>
  tl.query 0 %1 : tensor<6xi64>
  tl.query 1 %3 : tensor<6xf32>
}

// -----

// A read past the end that has a default is 0 there.
// CHECK-LABEL: plan.kernel @kernel0(%arg0: tensor<6xf32>
// CHECK: plan.for "i" [[I:%.*]] 0 to 6
// CHECK-NEXT: [[NEXT:%.*]], %{{.*}} = plan.reduce sum {
// CHECK-NEXT: plan.inside %arg0{{\[}}[[I]] + 1]
// CHECK: } : f32
// CHECK-NEXT: plan.combine add fresh [[NEXT]]
tl.program {
  %A = tl.read "A" from "literal" : tensor<6xf32>
  %0 = tl.empty add : tensor<6xf32>
  %1 = tl.map add into %0 {
    %i = tl.index "i" 0 to 6
    %a = tl.at default %A[%i + 1] : tensor<6xf32>
    tl.yield %a at [%i] : f32
  } : tensor<6xf32>
  tl.query 0 %1 : tensor<6xf32>
}
