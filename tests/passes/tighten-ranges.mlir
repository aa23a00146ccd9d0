// RUN: tl-opt %s --tl-tighten-ranges --split-input-file | FileCheck %s

// A condition on one index is its range, and what computed the condition goes with it.
// CHECK: tl.map add
// CHECK-NEXT: tl.index "i" 0 to 4
// CHECK-NEXT: tl.at %A[%i]
// CHECK-NEXT: tl.yield
tl.program {
  %A = tl.read "A" from "literal" : tensor<6xf32>
  %0 = tl.empty add : tensor<6xf32>
  %1 = tl.map add into %0 {
    %i = tl.index "i" 0 to 6
    %n = tl.cast %i : index to i64
    %c = tl.number 4 : i64
    %l = tl.apply "lt"(%n, %c) : (i64, i64) -> i1
    tl.where %l
    %a = tl.at %A[%i] : tensor<6xf32>
    tl.yield %a at [%i] : f32
  } : tensor<6xf32>
  tl.query 0 %1 : tensor<6xf32>
}

// -----

// A condition inside a projection on an index from outside would drop other assignments: it stays. One on a scan's
// position goes where every position passes it.
// CHECK: tl.scan "S"
// CHECK: tl.index "i" 0 to 6
// CHECK-NOT: tl.where
// CHECK: tl.project sum
// CHECK: tl.where
tl.program {
  %A = tl.read "A" from "literal" : tensor<6xf32>
  %0 = tl.empty add : tensor<4x6xf32>
  %1 = tl.scan "S" %t = 0 to 3 carry (%s = %0 : tensor<4x6xf32>) {
    %2 = tl.map add into %s {
      %i = tl.index "i" 0 to 6
      %m = tl.cast %t : index to i64
      %one = tl.number 1 : i64
      %next = tl.apply "add"(%m, %one) : (i64, i64) -> i64
      %three = tl.number 3 : i64
      %k = tl.apply "le"(%next, %three) : (i64, i64) -> i1
      tl.where %k
      %sum = tl.project sum {
        %j = tl.index "j" 0 to 6
        %n = tl.cast %i : index to i64
        %c = tl.number 4 : i64
        %l = tl.apply "lt"(%n, %c) : (i64, i64) -> i1
        tl.where %l
        %a = tl.at %A[%j] : tensor<6xf32>
        tl.yield %a : f32
      } : f32
      tl.yield %sum at [%t, %i] : f32
    } : tensor<4x6xf32>
    tl.next %2 : tensor<4x6xf32>
  }
  tl.query 0 %1 : tensor<4x6xf32>
}
