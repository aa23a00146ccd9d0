// Relations: join orders, lookups, tests, insertions.
// RUN: tl-opt %s --tl-plan-kernels --split-input-file | FileCheck %s

// A triangle: all edges, then the edges of the second node, then a test.
// CHECK-LABEL: plan.kernel @kernel0(%arg0: !plan.rows<2>, %arg1: !plan.index<2, [0]>, %arg2: !tl.relation<[9, 9]>, %arg3: tensor<i64>) cost -1
// CHECK: plan.reduce sum
// CHECK-NEXT: plan.each ([[X:%.*]], [[Y:%.*]]) in %arg0
// CHECK-NEXT: plan.lookup (%{{.*}}, [[Z:%.*]]) in %arg1{{\[}}[[Y]]]
// CHECK-NEXT: [[HOLDS:%.*]] = plan.probe %arg2{{\[}}[[Z]], [[X]]]
// CHECK-NEXT: plan.if [[HOLDS]]
// CHECK: plan.rows full %E
// CHECK: plan.index_by full %E
tl.program {
  %E = tl.read "E" from "facts" : !tl.relation<[9, 9]>
  %0 = tl.empty add : tensor<i64>
  %1 = tl.contract add into %0 {
    %x = tl.index "x"
    %y = tl.index "y"
    %z = tl.index "z"
    tl.literal %E(%x, %y) : !tl.relation<[9, 9]>
    tl.literal %E(%y, %z) : !tl.relation<[9, 9]>
    tl.literal %E(%z, %x) : !tl.relation<[9, 9]>
    %one = tl.number 1 : i64
    tl.yield %one at [] : i64
  } : tensor<i64>
  tl.query 0 %1 : tensor<i64>
}

// -----

// With too many possible rows for a bitmap, what the last two have in common is found at once.
// CHECK-LABEL: plan.kernel @kernel0(%arg0: !plan.rows<2>, %arg1: !plan.index<2, [0]>, %arg2: tensor<i64>) cost -1
// CHECK: plan.each ([[X:%.*]], [[Y:%.*]]) in %arg0
// CHECK-NEXT: plan.intersect ([[Z:%.*]]) in %arg1, %arg1{{\[}}[[Y]], [[X]]] below 90000 : !plan.index<2, [0]>, !plan.index<2, [0]> {
// CHECK-NEXT: plan.contribute
tl.program {
  %E = tl.read "E" from "facts" : !tl.relation<[90000, 90000]>
  %0 = tl.empty add : tensor<i64>
  %1 = tl.contract add into %0 {
    %x = tl.index "x"
    %y = tl.index "y"
    %z = tl.index "z"
    tl.literal %E(%x, %y) : !tl.relation<[90000, 90000]>
    tl.literal %E(%y, %z) : !tl.relation<[90000, 90000]>
    tl.literal %E(%x, %z) : !tl.relation<[90000, 90000]>
    %one = tl.number 1 : i64
    tl.yield %one at [] : i64
  } : tensor<i64>
  tl.query 0 %1 : tensor<i64>
}

// -----

// A constant is a key, and a relation with a key comes first.
// CHECK-LABEL: plan.kernel @kernel0(%arg0: !plan.index<3, [1]>, %arg1: !tl.relation<[9, 9]>, %arg2: !tl.relation<[9]>)
// CHECK-NEXT: [[THREE:%.*]] = plan.affine (3)
// CHECK-NEXT: plan.lookup ([[X:%.*]], %{{.*}}, [[Y:%.*]]) in %arg0{{\[}}[[THREE]]]
// CHECK-NEXT: plan.probe %arg1{{\[}}[[X]], [[X]]]
// Otherwise the smaller one; a variable that is repeated is an equality.
// CHECK-LABEL: plan.kernel @kernel1(%arg0: !plan.rows<2>, %arg1: !plan.index<3, [0]>, %arg2: !tl.relation<[9]>)
// CHECK-NEXT: plan.each ([[X:%.*]], [[AGAIN:%.*]]) in %arg0
// CHECK: tl.apply "eq"
// CHECK-NEXT: plan.if
// CHECK-NEXT: plan.lookup (%{{.*}}, %{{.*}}, [[Y:%.*]]) in %arg1{{\[}}[[X]]]
// CHECK-NEXT: plan.insert %arg2{{\[}}[[Y]]]
tl.program {
  %A = tl.read "A" from "facts" : !tl.relation<[90, 90, 9]>
  %B = tl.read "B" from "facts" : !tl.relation<[9, 9]>
  %0 = tl.empty or : !tl.relation<[9]>
  %1 = tl.contract or into %0 {
    %x = tl.index "x"
    %y = tl.index "y"
    tl.literal %A(%x, 3, %y) : !tl.relation<[90, 90, 9]>
    tl.literal %B(%x, %x) : !tl.relation<[9, 9]>
    tl.yield at [%y]
  } : !tl.relation<[9]>
  %2 = tl.empty or : !tl.relation<[9]>
  %3 = tl.contract or into %2 {
    %x = tl.index "x"
    %y = tl.index "y"
    %z = tl.index "z"
    tl.literal %A(%x, %z, %y) : !tl.relation<[90, 90, 9]>
    tl.literal %B(%x, %x) : !tl.relation<[9, 9]>
    tl.yield at [%y]
  } : !tl.relation<[9]>
  tl.query 0 %1 : !tl.relation<[9]>
  tl.query 1 %3 : !tl.relation<[9]>
}

// -----

// An argument x + 1 or 2 x is solved for x; a row outside the result's bounds is not inserted.
// CHECK-LABEL: plan.kernel @kernel0(%arg0: !plan.rows<2>, %arg1: !tl.relation<[5, ?]>)
// CHECK-NEXT: plan.each ([[A:%.*]], [[B:%.*]]) in %arg0
// CHECK-NEXT: [[X:%.*]] = plan.affine ([[A]] - 1)
// CHECK: plan.affine ([[B]] mod 2)
// CHECK: tl.apply "eq"
// CHECK: [[Y:%.*]] = plan.affine ([[B]] floordiv 2)
// CHECK: tl.apply "ge"
// CHECK: tl.apply "le"
// CHECK: plan.insert %arg1{{\[}}[[X]], [[Y]]]
tl.program {
  %A = tl.read "A" from "facts" : !tl.relation<[9, ?]>
  %0 = tl.empty or : !tl.relation<[5, ?]>
  %1 = tl.contract or into %0 {
    %x = tl.index "x" -5 to 9
    %y = tl.index "y" 0 to 100
    tl.literal %A(%x + 1, 2 * %y) : !tl.relation<[9, ?]>
    tl.yield at [%x, %y]
  } : !tl.relation<[5, ?]>
  tl.query 0 %1 : !tl.relation<[5, ?]>
}

// -----

// Rows of a key inside a projection. A negation is a test.
// CHECK-LABEL: plan.kernel @kernel0(%arg0: !tl.relation<[9]>, %arg1: !plan.index<2, [0]>, %arg2: tensor<9xf32>, %arg3: tensor<9xf32>)
// CHECK-NEXT: plan.for "x" [[X:%.*]] 0 to 9 parallel
// CHECK-NEXT: [[BANNED:%.*]] = plan.probe %arg0{{\[}}[[X]]]
// CHECK-NEXT: [[FREE:%.*]] = tl.apply "not"([[BANNED]])
// CHECK-NEXT: plan.if [[FREE]]
// CHECK-NEXT: plan.reduce sum
// CHECK-NEXT: plan.lookup (%{{.*}}, [[Y:%.*]]) in %arg1{{\[}}[[X]]]
// CHECK-NEXT: plan.load %arg2{{\[}}[[Y]]]
tl.program {
  %E = tl.read "E" from "facts" : !tl.relation<[9, 9]>
  %B = tl.read "B" from "facts" : !tl.relation<[9]>
  %V = tl.read "V" from "literal" : tensor<9xf32>
  %0 = tl.empty add : tensor<9xf32>
  %1 = tl.map add into %0 {
    %x = tl.index "x" 0 to 9
    tl.literal not %B(%x) : !tl.relation<[9]>
    %s = tl.project sum {
      %y = tl.index "y"
      tl.literal %E(%x, %y) : !tl.relation<[9, 9]>
      %v = tl.at %V[%y] : tensor<9xf32>
      tl.yield %v : f32
    } : f32
    %t = tl.apply "tanh"(%s) : (f32) -> f32
    tl.yield %t at [%x] : f32
  } : tensor<9xf32>
  tl.query 0 %1 : tensor<9xf32>
}

// -----

// Rows that are only reduced over stand inside the loops of the result, which then are parallel.
// CHECK-LABEL: plan.kernel @kernel0(%arg0: !plan.rows<1>, %arg1: tensor<30x40xf32>, %arg2: tensor<30xf32>)
// CHECK-NEXT: plan.for "i" [[I:%.*]] 0 to 30 parallel
// CHECK-NEXT: plan.reduce sum
// CHECK-NEXT: plan.each ([[Y:%.*]]) in %arg0
// CHECK-NEXT: plan.load %arg1{{\[}}[[I]], [[Y]]]
// Rows that give the result's variables stand outside.
// CHECK-LABEL: plan.kernel @kernel1(%arg0: !plan.rows<1>, %arg1: tensor<30x40xf32>, %arg2: tensor<40x30xf32>)
// CHECK-NEXT: plan.each ([[Y:%.*]]) in %arg0
// CHECK-NEXT: plan.for "i" [[I:%.*]] 0 to 30 {
// CHECK: plan.combine add %{{.*}} into %arg2{{\[}}[[Y]], [[I]]]
tl.program {
  %S = tl.read "S" from "facts" : !tl.relation<[40]>
  %A = tl.read "A" from "literal" : tensor<30x40xf32>
  %0 = tl.empty add : tensor<30xf32>
  %1 = tl.contract add into %0 {
    %i = tl.index "i" 0 to 30
    %y = tl.index "y"
    tl.literal %S(%y) : !tl.relation<[40]>
    %a = tl.at %A[%i, %y] : tensor<30x40xf32>
    tl.yield %a at [%i] : f32
  } : tensor<30xf32>
  %2 = tl.empty add : tensor<40x30xf32>
  %3 = tl.contract add into %2 {
    %i = tl.index "i" 0 to 30
    %y = tl.index "y"
    tl.literal %S(%y) : !tl.relation<[40]>
    %a = tl.at %A[%i, %y] : tensor<30x40xf32>
    tl.yield %a at [%y, %i] : f32
  } : tensor<40x30xf32>
  tl.query 0 %1 : tensor<30xf32>
  tl.query 1 %3 : tensor<40x30xf32>
}

// -----

// A delta is walked first, and even when every column is known.
// CHECK-LABEL: plan.kernel @kernel0(%arg0: !plan.rows<2>, %arg1: !tl.relation<[9]>, %arg2: !tl.relation<[9, 9]>)
// CHECK-NEXT: plan.each
// CHECK-NEXT: plan.probe %arg1
// CHECK-LABEL: plan.kernel @kernel1(%arg0: !plan.index<1, [0]>, %arg1: !tl.relation<[9]>)
// CHECK-NEXT: [[THREE:%.*]] = plan.affine (3)
// CHECK-NEXT: plan.lookup (%{{.*}}) in %arg0{{\[}}[[THREE]]]
// CHECK-NEXT: plan.insert
// CHECK: plan.rows delta
// CHECK: plan.index_by delta
tl.program {
  %E = tl.read "E" from "facts" : !tl.relation<[9, 9]>
  %S = tl.read "S" from "facts" : !tl.relation<[9]>
  %0 = tl.empty or : !tl.relation<[9, 9]>
  %1 = tl.contract or into %0 {
    %x = tl.index "x"
    %y = tl.index "y"
    tl.literal %S(%x) : !tl.relation<[9]>
    tl.literal %E(%x, %y) {plan.version = "delta"} : !tl.relation<[9, 9]>
    tl.yield at [%x, %y]
  } : !tl.relation<[9, 9]>
  %2 = tl.empty or : !tl.relation<[9]>
  %3 = tl.contract or into %2 {
    tl.literal %S(3) {plan.version = "delta"} : !tl.relation<[9]>
    tl.yield at [4]
  } : !tl.relation<[9]>
  tl.query 0 %1 : !tl.relation<[9, 9]>
  tl.query 1 %3 : !tl.relation<[9]>
}

// -----

// Inside the loop of the result its variable is known, so the literal gives the other one.
// CHECK-LABEL: plan.kernel @kernel0(%arg0: !plan.rows<2>, %arg1: tensor<5xi64>)
// CHECK-NEXT: tl.number 1
// CHECK-NEXT: plan.for "y" [[Y:%.*]] 0 to 5 parallel
// CHECK: plan.each ([[CELL:%.*]], %{{.*}}) in %arg0
// CHECK-NEXT: plan.affine ([[CELL]] - [[Y]])
// CHECK-NOT: plan.for
// CHECK: plan.contribute
tl.program {
  %E = tl.read "E" from "facts" : !tl.relation<[9, 9]>
  %0 = tl.empty add : tensor<5xi64>
  %1 = tl.contract add into %0 {
    %x = tl.index "x" 0 to 9
    %y = tl.index "y" 0 to 5
    %z = tl.index "z"
    tl.literal %E(%x + %y, %z) : !tl.relation<[9, 9]>
    %one = tl.number 1 : i64
    tl.yield %one at [%y] : i64
  } : tensor<5xi64>
  tl.query 0 %1 : tensor<5xi64>
}
