// RUN: tl-opt %s --tl-split-rules --split-input-file | FileCheck %s

// Load selects few rows of P: their join is carried, without x.
// CHECK: tl.fixpoint ([[P:%.*]] = {{%.*}} : !tl.relation<[900, 900]>, [[M:%.*]] = {{%.*}} : !tl.relation<[900, 900]>)
// CHECK-SAME: names ["P", "Load & P"]
// CHECK: tl.contract or into
// CHECK: tl.literal %Load(%y, %x)
// CHECK: tl.literal [[P]](%x, %z)
// CHECK: tl.yield at [%y, %z]
// CHECK: tl.contract or into
// CHECK-NOT: %Load
// CHECK: tl.literal [[M]](%y, %z)
// CHECK: tl.literal [[P]](%z, %w)
// CHECK: tl.yield at [%y, %w]
tl.program {
  %Load = tl.read "Load" from "facts" {plan.rows = 30 : i64} : !tl.relation<[900, 900]>
  %Address = tl.read "Address" from "facts" : !tl.relation<[900, 900]>
  %0 = tl.empty or : !tl.relation<[900, 900]>
  %1 = tl.fixpoint (%p = %0 : !tl.relation<[900, 900]>) names ["P"] {
    %2 = tl.contract or into %Address {
      %y = tl.index "y"
      %x = tl.index "x"
      %z = tl.index "z"
      %w = tl.index "w"
      tl.literal %Load(%y, %x) : !tl.relation<[900, 900]>
      tl.literal %p(%x, %z) : !tl.relation<[900, 900]>
      tl.literal %p(%z, %w) : !tl.relation<[900, 900]>
      tl.yield at [%y, %w]
    } : !tl.relation<[900, 900]>
    tl.next %2 : !tl.relation<[900, 900]>
  }
  tl.query 0 %1 : !tl.relation<[900, 900]>
}

// -----

// A relation of unknown size may select nothing.
// CHECK: tl.fixpoint ([[P:%.*]] = {{%.*}} : !tl.relation<[900, 900]>) {
// CHECK: tl.literal %Load(%y, %x)
// CHECK: tl.literal [[P]](%x, %z)
// CHECK: tl.literal [[P]](%z, %w)
tl.program {
  %Load = tl.read "Load" from "facts" : !tl.relation<[900, 900]>
  %Address = tl.read "Address" from "facts" : !tl.relation<[900, 900]>
  %0 = tl.empty or : !tl.relation<[900, 900]>
  %1 = tl.fixpoint (%p = %0 : !tl.relation<[900, 900]>) {
    %2 = tl.contract or into %Address {
      %y = tl.index "y"
      %x = tl.index "x"
      %z = tl.index "z"
      %w = tl.index "w"
      tl.literal %Load(%y, %x) : !tl.relation<[900, 900]>
      tl.literal %p(%x, %z) : !tl.relation<[900, 900]>
      tl.literal %p(%z, %w) : !tl.relation<[900, 900]>
      tl.yield at [%y, %w]
    } : !tl.relation<[900, 900]>
    tl.next %2 : !tl.relation<[900, 900]>
  }
  tl.query 0 %1 : !tl.relation<[900, 900]>
}
