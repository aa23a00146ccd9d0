// Every op of `plan` is read back as it was written.
// RUN: tl-opt %s | tl-opt | FileCheck %s

// CHECK-LABEL: plan.kernel @dense(%arg0: tensor<4x5xf32>, %arg1: !tl.partial<tensor<5xf32>>, %arg2: tensor<4xf32>) cost 120 {
plan.kernel @dense(%a: tensor<4x5xf32>, %p: !tl.partial<tensor<5xf32>>, %y: tensor<4xf32>) cost 120 {
  // CHECK: plan.for "i" [[I:%.*]] 0 to 4 parallel {
  plan.for "i" %i 0 to 4 parallel {
    // CHECK: [[SUM:%.*]], [[REACHED:%.*]] = plan.reduce sum {
    %sum, %reached = plan.reduce sum {
      // CHECK: plan.for "j" [[J:%.*]] -1 to 4 lanes 16 {
      plan.for "j" %j -1 to 4 lanes 16 {
        // CHECK: plan.inside %arg0{{\[}}[[I]], [[J]] + 1] : tensor<4x5xf32>
        %in = plan.inside %a[%i, %j + 1] : tensor<4x5xf32>
        // CHECK: plan.if
        plan.if %in {
          // CHECK: plan.present %arg1{{\[}}[[J]] + 1] : !tl.partial<tensor<5xf32>>
          %there = plan.present %p[%j + 1] : !tl.partial<tensor<5xf32>>
          // CHECK: plan.load %arg0
          %v = plan.load %a[%i, %j + 1] : tensor<4x5xf32>
          // CHECK: plan.contribute %{{.*}} : f32
          plan.contribute %v : f32
        }
      }
    } : f32
    // CHECK: } : f32
    // CHECK: plan.combine add fresh [[SUM]] into %arg2{{\[}}[[I]]] : f32 into tensor<4xf32>
    plan.combine add fresh %sum into %y[%i] : f32 into tensor<4xf32>
    // CHECK: plan.combine add [[SUM]] into
    plan.combine add %sum into %y[%i] : f32 into tensor<4xf32>
  }
}

// CHECK-LABEL: plan.kernel @best(%arg0: tensor<5xf32>, %arg1: tensor<i64>) cost -1 {
plan.kernel @best(%a: tensor<5xf32>, %y: tensor<i64>) cost -1 {
  %best, %reached = plan.reduce argmax {
    plan.for "i" %i 0 to 5 {
      %v = plan.load %a[%i] : tensor<5xf32>
      // CHECK: plan.contribute %{{.*}} at %{{.*}} : f32
      plan.contribute %v at %i : f32
    }
  } : i64
  // CHECK: plan.combine add %{{.*}} into %arg1[] : i64 into tensor<i64>
  plan.combine add %best into %y[] : i64 into tensor<i64>
}

// CHECK-LABEL: plan.kernel @rows(%arg0: !plan.rows<2>, %arg1: !plan.index<2, [0]>, %arg2: !tl.relation<[9, ?]>)
plan.kernel @rows(%r: !plan.rows<2>, %t: !plan.index<2, [0]>, %y: !tl.relation<[9, ?]>) cost -1 {
  // CHECK: plan.each ([[X:%.*]], [[Y:%.*]]) in %arg0 : !plan.rows<2> {
  plan.each (%x, %z) in %r : !plan.rows<2> {
    // CHECK: [[KEY:%.*]] = plan.affine ([[X]] + [[Y]] - 1)
    %key = plan.affine (%x + %z - 1)
    // CHECK: plan.intersect ({{.*}}) in %arg1, %arg1{{\[}}[[X]], [[Y]]] below 9 : !plan.index<2, [0]>, !plan.index<2, [0]> {
    plan.intersect (%c) in %t, %t[%x, %z] below 9 : !plan.index<2, [0]>, !plan.index<2, [0]> {
    }
    // CHECK: plan.lookup ({{.*}}, [[W:%.*]]) in %arg1{{\[}}[[KEY]]] : !plan.index<2, [0]> {
    plan.lookup (%k, %w) in %t[%key] : !plan.index<2, [0]> {
      // CHECK: plan.probe %arg2{{\[}}[[X]], [[W]]] : !tl.relation<[9, ?]>
      %known = plan.probe %y[%x, %w] : !tl.relation<[9, ?]>
      // CHECK: plan.insert %arg2{{\[}}[[X]], 3] : !tl.relation<[9, ?]>
      plan.insert %y[%x, 3] : !tl.relation<[9, ?]>
    }
  }
}

// CHECK-LABEL: plan.kernel @nothing(%arg0: !plan.rows<0>, %arg1: !tl.relation<[]>) cost 0 {
plan.kernel @nothing(%r: !plan.rows<0>, %y: !tl.relation<[]>) cost 0 {
  // CHECK: plan.each () in %arg0 : !plan.rows<0> {
  plan.each () in %r : !plan.rows<0> {
  }
}

// CHECK-LABEL: tl.program
tl.program {
  %E = tl.read "E" from "facts" : !tl.relation<[9, ?]>
  %X = tl.read "X" from "literal" : tensor<5xf32>
  %0 = tl.empty add : tensor<i64>
  // CHECK: plan.call @best(%X) into %{{.*}} : (tensor<5xf32>, tensor<i64>) -> tensor<i64>
  %1 = plan.call @best(%X) into %0 : (tensor<5xf32>, tensor<i64>) -> tensor<i64>
  // CHECK: plan.seminaive (%E) : !tl.relation<[9, ?]> max 7 names ["R"] start ([[R:%.*]]) {
  // CHECK-NEXT: tl.next [[R]]
  // CHECK-NEXT: } step ([[R:%.*]]) {
  %2 = plan.seminaive (%E) : !tl.relation<[9, ?]> max 7 names ["R"] start (%r) {
    tl.next %r : !tl.relation<[9, ?]>
  } step (%r) {
    // CHECK: plan.rows delta [[R]] : !tl.relation<[9, ?]> -> !plan.rows<2>
    %rows = plan.rows delta %r : !tl.relation<[9, ?]> -> !plan.rows<2>
    // CHECK: plan.index_by old [[R]] : !tl.relation<[9, ?]> -> !plan.index<2, [0]>
    %index = plan.index_by old %r : !tl.relation<[9, ?]> -> !plan.index<2, [0]>
    %3 = plan.call @rows(%rows, %index) into %r : (!plan.rows<2>, !plan.index<2, [0]>, !tl.relation<[9, ?]>) -> !tl.relation<[9, ?]>
    tl.next %3 : !tl.relation<[9, ?]>
  }
  %A = tl.read "A" from "literal" : tensor<4x5xf32>
  %4 = tl.empty add : tensor<4x4xf32>
  // CHECK: plan.product [4, 4, 5] maps [#{{.*}}, #{{.*}}, #{{.*}}] %A, %A into %{{.*}} : tensor<4x5xf32>, tensor<4x5xf32>, tensor<4x4xf32>
  %5 = plan.product [4, 4, 5] maps [affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>]
      %A, %A into %4 : tensor<4x5xf32>, tensor<4x5xf32>, tensor<4x4xf32>
  tl.query 0 %1 : tensor<i64>
  tl.query 1 %2 : !tl.relation<[9, ?]>
}
