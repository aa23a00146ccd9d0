// RUN: tl-opt %s | tl-opt | FileCheck %s
// Comprehensions and every declaration that may stand in them.

// CHECK-LABEL: "contraction"
tl.program attributes {case = "contraction"} {
  %W = tl.read "W" from "literal" : tensor<3x4xf32>
  %X = tl.read "X" from "literal" : tensor<4xf32>
  %y0 = tl.empty add : tensor<3xf32>
  // CHECK: %[[Y:.*]] = tl.contract add into %{{.*}} {
  %y1 = tl.contract add into %y0 {
    // CHECK-NEXT: %[[I:.*]] = tl.index "i" 0 to 3
    %i = tl.index "i" 0 to 3
    // CHECK-NEXT: %[[J:.*]] = tl.index "j'" -1 to 4
    %j = tl.index "j'" -1 to 4
    // CHECK-NEXT: tl.at %{{.*}}[%[[I]], %[[J]] floordiv 2] : tensor<3x4xf32>
    %w = tl.at %W[%i, %j floordiv 2] : tensor<3x4xf32>
    // CHECK-NEXT: tl.at default %{{.*}}[%[[J]] * 2 + %[[I]] + 1] : tensor<4xf32>
    %x = tl.at default %X[%j * 2 + %i + 1] : tensor<4xf32>
    // CHECK-NEXT: tl.number 2.500000e+00 : f32
    %c = tl.number 2.5 : f32
    // CHECK-NEXT: %[[M:.*]] = tl.apply "mul"(%{{.*}}, %{{.*}}) : (f32, f32) -> f32
    %m = tl.apply "mul"(%w, %x) : (f32, f32) -> f32
    // CHECK-NEXT: tl.yield %[[M]] at [%[[I]]] : f32
    tl.yield %m at [%i] : f32
    // CHECK-NEXT: } : tensor<3xf32>
  } : tensor<3xf32>
  // CHECK: tl.query 0 %[[Y]]
  tl.query 0 %y1 : tensor<3xf32>
}

// CHECK-LABEL: "rule"
tl.program attributes {case = "rule"} {
  %Parent = tl.read "Parent" from "facts" : !tl.relation<[5, 5]>
  %Banned = tl.read "Banned" from "facts" : !tl.relation<[5]>
  %Rain = tl.read "Rain" from "facts" : !tl.relation<[]>
  %r0 = tl.empty or : !tl.relation<[5, 5]>
  // CHECK: tl.contract or into
  %r1 = tl.contract or into %r0 {
    // CHECK-NEXT: %[[X:.*]] = tl.index "x"{{$}}
    %x = tl.index "x"
    %y = tl.index "y"
    %z = tl.index "z" 0 to 5
    // CHECK: tl.literal %Parent(%[[X]], %[[Y:.*]]) : !tl.relation<[5, 5]>
    tl.literal %Parent(%x, %y) : !tl.relation<[5, 5]>
    // CHECK-NEXT: tl.literal %Parent(%[[Y]], %[[Z:.*]] + 1) : !tl.relation<[5, 5]>
    tl.literal %Parent(%y, %z + 1) : !tl.relation<[5, 5]>
    // CHECK-NEXT: tl.literal not %Banned(%[[X]]) : !tl.relation<[5]>
    tl.literal not %Banned(%x) : !tl.relation<[5]>
    // CHECK-NEXT: tl.literal %Rain() : !tl.relation<[]>
    tl.literal %Rain() : !tl.relation<[]>
    // CHECK-NEXT: %[[T:.*]] = tl.test %Parent(%[[Z]], %[[X]]) : !tl.relation<[5, 5]>
    %t = tl.test %Parent(%z, %x) : !tl.relation<[5, 5]>
    // CHECK-NEXT: tl.where %[[T]]
    tl.where %t
    // CHECK-NEXT: tl.yield at [%[[X]], %[[Z]]]{{$}}
    tl.yield at [%x, %z]
  } : !tl.relation<[5, 5]>
}

// CHECK-LABEL: "map"
tl.program attributes {case = "map"} {
  %T = tl.read "T" from "literal" : tensor<6xi64>
  %y0 = tl.empty max : !tl.partial<tensor<6xi64>>
  // CHECK: tl.map max into
  %y1 = tl.map max into %y0 {
    %i = tl.index "i" 0 to 6
    %k = tl.at %T[%i] : tensor<6xi64>
    // CHECK: %[[J:.*]] = tl.cast %{{.*}} : i64 to index
    %j = tl.cast %k : i64 to index
    %v = tl.at %T[%j] : tensor<6xi64>
    // CHECK: tl.yield %{{.*}} at [%{{.*}} + 2] : i64
    tl.yield %v at [%i + 2] : i64
  } : !tl.partial<tensor<6xi64>>
}

// CHECK-LABEL: "projections"
tl.program attributes {case = "projections"} {
  %W = tl.read "W" from "literal" : tensor<3x4xf32>
  %E = tl.read "E" from "facts" : !tl.relation<[3, 4]>
  %y0 = tl.empty add : tensor<3xf32>
  %y1 = tl.map add into %y0 {
    %i = tl.index "i" 0 to 3
    // CHECK: tl.project argmax {
    %p = tl.project argmax {
      // CHECK-NEXT: %[[J:.*]] = tl.index "j" 0 to 4
      %j = tl.index "j" 0 to 4
      %w = tl.at %W[%i, %j] : tensor<3x4xf32>
      // CHECK: tl.yield %{{.*}} : f32
      tl.yield %w : f32
      // CHECK-NEXT: } : i64
    } : i64
    // CHECK: tl.project any {
    %q = tl.project any {
      %j = tl.index "j"
      tl.literal %E(%i, %j) : !tl.relation<[3, 4]>
      %true = tl.number true
      tl.yield %true : i1
      // CHECK: } : i1
    } : i1
    // CHECK: tl.project mean {
    %s = tl.project mean {
      // CHECK: tl.project sum {
      %t = tl.project sum {
        %f = tl.cast %p : i64 to f32
        tl.yield %f : f32
      } : f32
      tl.yield %t : f32
    } : f32
    tl.yield %s at [%i] : f32
  } : tensor<3xf32>
}
