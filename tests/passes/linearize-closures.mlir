// RUN: tl-opt %s --tl-linearize-closures --split-input-file | FileCheck %s

// The doubled rule joins new paths with what the other rules give, which is computed before.
// CHECK: [[B:%.*]] = tl.contract or into
// CHECK: tl.literal %E(%x, %y)
// CHECK: tl.fixpoint ([[P:%.*]] = [[B]] :
// CHECK-NEXT: tl.contract or into [[B]] {
// CHECK: tl.literal [[P]](%x, %y)
// CHECK: tl.literal [[B]](%y, %z)
// CHECK: tl.yield at [%x, %z]
tl.program {
  %E = tl.read "E" from "facts" : !tl.relation<[9, 9]>
  %0 = tl.empty or : !tl.relation<[9, 9]>
  %1 = tl.fixpoint (%p = %0 : !tl.relation<[9, 9]>) {
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
      tl.literal %p(%x, %y) : !tl.relation<[9, 9]>
      tl.literal %p(%y, %z) : !tl.relation<[9, 9]>
      tl.yield at [%x, %z]
    } : !tl.relation<[9, 9]>
    tl.next %4 : !tl.relation<[9, 9]>
  }
  tl.query 0 %1 : !tl.relation<[9, 9]>
}

// -----

// With a condition it is no closure.
// CHECK: tl.fixpoint ([[P:%.*]] =
// CHECK: tl.literal [[P]](%x, %y)
// CHECK: tl.literal [[P]](%y, %z)
tl.program {
  %E = tl.read "E" from "facts" : !tl.relation<[9, 9]>
  %0 = tl.empty or : !tl.relation<[9, 9]>
  %1 = tl.fixpoint (%p = %0 : !tl.relation<[9, 9]>) {
    %2 = tl.contract or into %E {
      %x = tl.index "x"
      %y = tl.index "y"
      %z = tl.index "z"
      tl.literal %p(%x, %y) : !tl.relation<[9, 9]>
      tl.literal %p(%y, %z) : !tl.relation<[9, 9]>
      tl.literal not %E(%y, %x) : !tl.relation<[9, 9]>
      tl.yield at [%x, %z]
    } : !tl.relation<[9, 9]>
    tl.next %2 : !tl.relation<[9, 9]>
  }
  tl.query 0 %1 : !tl.relation<[9, 9]>
}
