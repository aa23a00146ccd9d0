// RUN: tl-opt %s --tl-hoist-declarations --split-input-file | FileCheck %s

// An element that does not mention the projection's variable leaves it, and so does an inner projection. What may drop
// stays: it drops a contribution, not the assignment.
// CHECK: tl.map add
// CHECK: tl.at %A[%i]
// CHECK-NEXT: tl.project sum {
// CHECK-NEXT: tl.index "k"
// CHECK: tl.project sum {
// CHECK-NEXT: tl.index "j"
// CHECK-NEXT: tl.at %A[%j]
// CHECK-NEXT: tl.at %P[%i]
// CHECK-NOT: tl.project
// CHECK: tl.yield
tl.program {
  %A = tl.read "A" from "literal" : tensor<6xf32>
  %P = tl.read "P" from "literal" : !tl.partial<tensor<6xf32>>
  %0 = tl.empty add : tensor<6xf32>
  %1 = tl.map add into %0 {
    %i = tl.index "i" 0 to 6
    %s = tl.project sum {
      %j = tl.index "j" 0 to 6
      %a = tl.at %A[%j] : tensor<6xf32>
      %b = tl.at %A[%i] : tensor<6xf32>
      %p = tl.at %P[%i] : !tl.partial<tensor<6xf32>>
      %t = tl.project sum {
        %k = tl.index "k" 0 to 6
        %c = tl.at %A[%k] : tensor<6xf32>
        tl.yield %c : f32
      } : f32
      %m = tl.apply "mul"(%a, %b) : (f32, f32) -> f32
      %n = tl.apply "mul"(%m, %p) : (f32, f32) -> f32
      %o = tl.apply "mul"(%n, %t) : (f32, f32) -> f32
      tl.yield %o : f32
    } : f32
    tl.yield %s at [%i] : f32
  } : tensor<6xf32>
  tl.query 0 %1 : tensor<6xf32>
}

// -----

// A maximum over nothing drops, so it stays.
// CHECK: tl.project sum {
// CHECK: tl.project max {
tl.program {
  %P = tl.read "P" from "literal" : !tl.partial<tensor<6xf32>>
  %0 = tl.empty add : tensor<f32>
  %1 = tl.map add into %0 {
    %s = tl.project sum {
      %j = tl.index "j" 0 to 6
      %t = tl.project max {
        %k = tl.index "k" 0 to 6
        %c = tl.at %P[%k] : !tl.partial<tensor<6xf32>>
        tl.yield %c : f32
      } : f32
      tl.yield %t : f32
    } : f32
    tl.yield %s at [] : f32
  } : tensor<f32>
  tl.query 0 %1 : tensor<f32>
}
