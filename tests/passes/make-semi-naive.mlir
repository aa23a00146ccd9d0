// RUN: tl-opt %s --tl-make-semi-naive --split-input-file | FileCheck %s

// A rule with two recursive literals becomes two; the rule without any, and what reads nothing carried, run once.
// CHECK: [[FACTS:%.*]] = tl.empty or
// CHECK: [[T:%.*]] = plan.seminaive ([[FACTS]]) : !tl.relation<[9, 9]> max 50 names ["T"] start ([[A:%.*]]) {
// CHECK-NEXT: [[B:%.*]] = tl.contract or into [[A]] {
// CHECK: tl.literal %E(%x, %y) :
// CHECK: tl.next [[B]]
// CHECK: } step ([[A:%.*]]) {
// CHECK-NEXT: [[B:%.*]] = tl.contract or into [[A]] {
// CHECK: tl.literal [[A]](%x, %y) {plan.version = "delta"}
// CHECK: tl.literal [[A]](%y, %z) {plan.version = "full"}
// CHECK: [[C:%.*]] = tl.contract or into [[B]] {
// CHECK: tl.literal [[A]](%x, %y) {plan.version = "old"}
// CHECK: tl.literal [[A]](%y, %z) {plan.version = "delta"}
// CHECK: tl.next [[C]]
// CHECK: tl.query 0 [[T]]
tl.program {
  %E = tl.read "E" from "facts" : !tl.relation<[9, 9]>
  %0 = tl.empty or : !tl.relation<[9, 9]>
  %1 = tl.fixpoint (%t = %0 : !tl.relation<[9, 9]>) max 50 names ["T"] {
    %2 = tl.empty or : !tl.relation<[9, 9]>
    %3 = tl.contract or into %2 {
      %x = tl.index "x"
      %y = tl.index "y"
      tl.literal %E(%x, %y) : !tl.relation<[9, 9]>
      tl.yield at [%x, %y]
    } : !tl.relation<[9, 9]>
    %4 = tl.contract or into %3 {
      %x = tl.index "x"
      %y = tl.index "y"
      %z = tl.index "z"
      tl.literal %t(%x, %y) : !tl.relation<[9, 9]>
      tl.literal %t(%y, %z) : !tl.relation<[9, 9]>
      tl.yield at [%x, %z]
    } : !tl.relation<[9, 9]>
    tl.next %4 : !tl.relation<[9, 9]>
  }
  tl.query 0 %1 : !tl.relation<[9, 9]>
}

// -----

// Two relations that read each other; facts read in the body are the roots.
// CHECK: [[O:%.*]] = tl.read "Odd"
// CHECK: [[E:%.*]] = tl.read "Even"
// CHECK: plan.seminaive ([[E]], [[O]])
// CHECK: start ([[A:%.*]], [[B:%.*]]) {
// CHECK-NEXT: tl.next [[A]], [[B]]
// CHECK: step ([[A:%.*]], [[B:%.*]]) {
// CHECK-NEXT: [[A2:%.*]] = tl.contract or into [[A]]
// CHECK: tl.literal [[B]](%x) {plan.version = "delta"}
// CHECK: [[B2:%.*]] = tl.contract or into [[B]]
// CHECK: tl.literal [[A]](%x) {plan.version = "delta"}
// CHECK: tl.next [[A2]], [[B2]]
tl.program {
  %0 = tl.empty or : !tl.relation<[9]>
  %1:2 = tl.fixpoint (%even = %0 : !tl.relation<[9]>, %odd = %0 : !tl.relation<[9]>) {
    %Odd = tl.read "Odd" from "facts" : !tl.relation<[9]>
    %Even = tl.read "Even" from "facts" : !tl.relation<[9]>
    %2 = tl.contract or into %Odd {
      %x = tl.index "x"
      tl.literal %even(%x) : !tl.relation<[9]>
      tl.yield at [%x + 1]
    } : !tl.relation<[9]>
    %3 = tl.contract or into %Even {
      %x = tl.index "x"
      tl.literal %odd(%x) : !tl.relation<[9]>
      tl.yield at [%x + 1]
    } : !tl.relation<[9]>
    tl.next %3, %2 : !tl.relation<[9]>, !tl.relation<[9]>
  }
  tl.query 0 %1#0 : !tl.relation<[9]>
}

// -----

// Reads that are not positive literals stay naive: a count inside a test, a test, a dense fixpoint.
// CHECK-NOT: plan.seminaive
// CHECK: tl.fixpoint
// CHECK: tl.fixpoint
// CHECK: tl.fixpoint
tl.program {
  %E = tl.read "E" from "facts" : !tl.relation<[9]>
  %0 = tl.empty or : !tl.relation<[9]>
  %1 = tl.fixpoint (%t = %0 : !tl.relation<[9]>) {
    %2 = tl.contract or into %E {
      %x = tl.index "x" 0 to 9
      %n = tl.project any {
        %y = tl.index "y"
        tl.literal %t(%y) : !tl.relation<[9]>
        %b = tl.number true
        tl.yield %b : i1
      } : i1
      tl.where %n
      tl.yield at [%x]
    } : !tl.relation<[9]>
    tl.next %2 : !tl.relation<[9]>
  }
  %3 = tl.fixpoint (%t = %0 : !tl.relation<[9]>) {
    %4 = tl.contract or into %E {
      %x = tl.index "x" 0 to 9
      %n = tl.test %t(%x + 1) : !tl.relation<[9]>
      tl.where %n
      tl.yield at [%x]
    } : !tl.relation<[9]>
    tl.next %4 : !tl.relation<[9]>
  }
  %5 = tl.empty add : tensor<9xf32>
  %6 = tl.fixpoint (%t = %5 : tensor<9xf32>) tolerance 1.0e-6 {
    %7 = tl.empty add : tensor<9xf32>
    %8 = tl.map add into %7 {
      %x = tl.index "x" 0 to 9
      %v = tl.at %t[%x] : tensor<9xf32>
      tl.yield %v at [%x] : f32
    } : tensor<9xf32>
    tl.next %8 : tensor<9xf32>
  }
  tl.query 0 %1 : !tl.relation<[9]>
  tl.query 1 %3 : !tl.relation<[9]>
  tl.query 2 %6 : tensor<9xf32>
}

// -----

// A tensor under min: rounds read it as it was before them, and the places that changed generate x.
// CHECK: [[D:%.*]] = tl.empty min "D"
// CHECK: plan.seminaive ([[D]]) : !tl.partial<tensor<9xi64>> start ([[A:%.*]]) {
// CHECK: tl.contract min into [[A]]
// CHECK: {plan.tracked}
// CHECK: step ([[A:%.*]], [[NOW:%.*]], [[PLACES:%.*]]) {
// CHECK: tl.contract min into [[A]]
// CHECK: tl.literal %E(%x, %y, %w)
// CHECK: tl.literal [[PLACES]](%x) {plan.version = "delta"} : !tl.relation<[9]>
// CHECK: tl.at [[NOW]][%x]
// CHECK: {plan.tracked}
tl.program {
  %E = tl.read "E" from "facts" : !tl.relation<[9, 9, -1]>
  %0 = tl.empty min "D" : !tl.partial<tensor<9xi64>>
  %1 = tl.fixpoint (%d = %0 : !tl.partial<tensor<9xi64>>) {
    %2 = tl.empty min "D" : !tl.partial<tensor<9xi64>>
    %3 = tl.contract min into %2 {
      %x = tl.index "x"
      tl.literal %E(%x, %x, %x) : !tl.relation<[9, 9, -1]>
      %n = tl.number 0 : i64
      tl.yield %n at [%x] : i64
    } : !tl.partial<tensor<9xi64>>
    %4 = tl.contract min into %3 {
      %x = tl.index "x" 0 to 9
      %y = tl.index "y" 0 to 9
      %w = tl.index "w"
      tl.literal %E(%x, %y, %w) : !tl.relation<[9, 9, -1]>
      %5 = tl.at %d[%x] : !tl.partial<tensor<9xi64>>
      %6 = tl.cast %w : index to i64
      %7 = tl.apply "add"(%5, %6) : (i64, i64) -> i64
      tl.yield %7 at [%y] : i64
    } : !tl.partial<tensor<9xi64>>
    tl.next %4 : !tl.partial<tensor<9xi64>>
  }
  tl.query 0 %1 : !tl.partial<tensor<9xi64>>
}

// -----

// A better element makes this one worse: iterated from scratch.
// CHECK: tl.fixpoint
tl.program {
  %E = tl.read "E" from "facts" : !tl.relation<[9, 9]>
  %0 = tl.empty min : !tl.partial<tensor<9xi64>>
  %1 = tl.fixpoint (%d = %0 : !tl.partial<tensor<9xi64>>) {
    %2 = tl.empty min : !tl.partial<tensor<9xi64>>
    %3 = tl.contract min into %2 {
      %x = tl.index "x" 0 to 9
      %y = tl.index "y" 0 to 9
      tl.literal %E(%x, %y) : !tl.relation<[9, 9]>
      %4 = tl.at %d[%x] : !tl.partial<tensor<9xi64>>
      %5 = tl.apply "neg"(%4) : (i64) -> i64
      tl.yield %5 at [%y] : i64
    } : !tl.partial<tensor<9xi64>>
    tl.next %3 : !tl.partial<tensor<9xi64>>
  }
  tl.query 0 %1 : !tl.partial<tensor<9xi64>>
}
