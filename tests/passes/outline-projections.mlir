// RUN: tl-opt %s --tl-outline-projections --split-input-file | FileCheck %s

// A matrix product inside an elementwise function runs along contiguous rows as a tensor of its own.
// CHECK: [[T:%.*]] = tl.contract add into %{{.*}} {
// CHECK: tl.yield %{{.*}} at [%i, %j] : f32
// CHECK: tl.map add
// CHECK: tl.at [[T]][%i, %j] : tensor<16x64xf32>
// CHECK-NEXT: tl.apply "relu"
tl.program {
  %A = tl.read "A" from "literal" : tensor<16x32xf32>
  %B = tl.read "B" from "literal" : tensor<32x64xf32>
  %0 = tl.empty add : tensor<16x64xf32>
  %1 = tl.map add into %0 {
    %i = tl.index "i" 0 to 16
    %j = tl.index "j" 0 to 64
    %s = tl.project sum {
      %k = tl.index "k" 0 to 32
      %a = tl.at %A[%i, %k] : tensor<16x32xf32>
      %b = tl.at %B[%k, %j] : tensor<32x64xf32>
      %m = tl.apply "mul"(%a, %b) : (f32, f32) -> f32
      tl.yield %m : f32
    } : f32
    %r = tl.apply "relu"(%s) : (f32) -> f32
    tl.yield %r at [%i, %j] : f32
  } : tensor<16x64xf32>
  tl.query 0 %1 : tensor<16x64xf32>
}

// -----

// An inner layer is not computed again for every row of the outer one.
// CHECK: [[T:%.*]] = tl.contract add into %{{.*}} {
// CHECK: tl.index "j" 0 to 40
// CHECK: tl.index "k" 0 to 50
// CHECK: tl.yield %{{.*}} at [%j] : f32
// CHECK: [[S:%.*]] = tl.contract add into %{{.*}} {
// CHECK: tl.at [[T]][%j] : tensor<40xf32>
// CHECK: tl.map add
// CHECK: tl.at [[S]][%i] : tensor<30xf32>
// CHECK-NOT: tl.project
// CHECK: tl.query
tl.program {
  %A = tl.read "A" from "literal" : tensor<30x40xf32>
  %B = tl.read "B" from "literal" : tensor<40x50xf32>
  %X = tl.read "X" from "literal" : tensor<50xf32>
  %0 = tl.empty add : tensor<30xf32>
  %1 = tl.map add into %0 {
    %i = tl.index "i" 0 to 30
    %s = tl.project sum {
      %j = tl.index "j" 0 to 40
      %a = tl.at %A[%i, %j] : tensor<30x40xf32>
      %h = tl.project sum {
        %k = tl.index "k" 0 to 50
        %b = tl.at %B[%j, %k] : tensor<40x50xf32>
        %x = tl.at %X[%k] : tensor<50xf32>
        %m = tl.apply "mul"(%b, %x) : (f32, f32) -> f32
        tl.yield %m : f32
      } : f32
      %r = tl.apply "relu"(%h) : (f32) -> f32
      %m = tl.apply "mul"(%a, %r) : (f32, f32) -> f32
      tl.yield %m : f32
    } : f32
    tl.yield %s at [%i] : f32
  } : tensor<30xf32>
  tl.query 0 %1 : tensor<30xf32>
}

// -----

// A maximum that depends on the inner axis alone; absent where nothing is present.
// CHECK: [[T:%.*]] = tl.contract max into %{{.*}} {
// CHECK: } : !tl.partial<tensor<8xf32>>
// CHECK: tl.map add
// CHECK: tl.at [[T]][%j] : !tl.partial<tensor<8xf32>>
tl.program {
  %A = tl.read "A" from "literal" : tensor<6x8xf32>
  %P = tl.read "P" from "literal" : !tl.partial<tensor<6x8xf32>>
  %0 = tl.empty add : tensor<6x8xf32>
  %1 = tl.map add into %0 {
    %i = tl.index "i" 0 to 6
    %j = tl.index "j" 0 to 8
    %a = tl.at %A[%i, %j] : tensor<6x8xf32>
    %s = tl.project max {
      %k = tl.index "k" 0 to 6
      %p = tl.at %P[%k, %j] : !tl.partial<tensor<6x8xf32>>
      tl.yield %p : f32
    } : f32
    %m = tl.apply "sub"(%a, %s) : (f32, f32) -> f32
    tl.yield %m at [%i, %j] : f32
  } : tensor<6x8xf32>
  tl.query 0 %1 : tensor<6x8xf32>
}

// -----

// What depends on the outer axis alone is computed once per row where it stands; rows of a relation are few.
// CHECK-NOT: tl.contract
// CHECK: tl.map add
// CHECK: tl.project sum
// CHECK: tl.contract add
// CHECK: tl.project sum
tl.program {
  %A = tl.read "A" from "literal" : tensor<6x8xf32>
  %R = tl.read "R" from "facts" : !tl.relation<[6, 8]>
  %0 = tl.empty add : tensor<6x8xf32>
  %1 = tl.map add into %0 {
    %i = tl.index "i" 0 to 6
    %j = tl.index "j" 0 to 8
    %a = tl.at %A[%i, %j] : tensor<6x8xf32>
    %s = tl.project sum {
      %k = tl.index "k" 0 to 8
      %p = tl.at %A[%i, %k] : tensor<6x8xf32>
      tl.yield %p : f32
    } : f32
    %m = tl.apply "div"(%a, %s) : (f32, f32) -> f32
    tl.yield %m at [%i, %j] : f32
  } : tensor<6x8xf32>
  %2 = tl.empty add : tensor<6x8xf32>
  %3 = tl.contract add into %2 {
    %i = tl.index "i" 0 to 6
    %j = tl.index "j" 0 to 8
    tl.literal %R(%i, %j) : !tl.relation<[6, 8]>
    %s = tl.project sum {
      %k = tl.index "k" 0 to 6
      %p = tl.at %A[%k, %j] : tensor<6x8xf32>
      tl.yield %p : f32
    } : f32
    tl.yield %s at [%i, %j] : f32
  } : tensor<6x8xf32>
  tl.query 0 %1 : tensor<6x8xf32>
  tl.query 1 %3 : tensor<6x8xf32>
}
