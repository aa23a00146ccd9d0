// RUN: tl-opt %s --tl-factor-sums | FileCheck %s

// What does not mention the sum's variable multiplies, or divides, outside.
// CHECK: [[U:%.*]] = tl.at %U[%i]
// CHECK: [[V:%.*]] = tl.at %V[%i]
// CHECK: [[S:%.*]] = tl.project sum {
// CHECK-NEXT: tl.index "j"
// CHECK-NEXT: [[A:%.*]] = tl.at %A[%i, %j]
// CHECK-NEXT: [[B:%.*]] = tl.at %U[%j]
// CHECK-NEXT: [[M:%.*]] = tl.apply "mul"([[A]], [[B]])
// CHECK-NEXT: tl.yield [[M]]
// CHECK: [[P:%.*]] = tl.apply "mul"([[S]], [[U]])
// CHECK: [[Q:%.*]] = tl.apply "div"([[P]], [[V]])
// CHECK: tl.yield [[Q]] at [%i]
tl.program {
  %A = tl.read "A" from "literal" : tensor<6x6xf32>
  %U = tl.read "U" from "literal" : tensor<6xf32>
  %V = tl.read "V" from "literal" : tensor<6xf32>
  %0 = tl.empty add : tensor<6xf32>
  %1 = tl.map add into %0 {
    %i = tl.index "i" 0 to 6
    %u = tl.at %U[%i] : tensor<6xf32>
    %v = tl.at %V[%i] : tensor<6xf32>
    %s = tl.project sum {
      %j = tl.index "j" 0 to 6
      %a = tl.at %A[%i, %j] : tensor<6x6xf32>
      %b = tl.at %U[%j] : tensor<6xf32>
      %m = tl.apply "mul"(%u, %a) : (f32, f32) -> f32
      %n = tl.apply "mul"(%m, %b) : (f32, f32) -> f32
      %d = tl.apply "div"(%n, %v) : (f32, f32) -> f32
      tl.yield %d : f32
    } : f32
    tl.yield %s at [%i] : f32
  } : tensor<6xf32>
  tl.query 0 %1 : tensor<6xf32>
}
