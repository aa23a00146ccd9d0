// RUN: tl-opt %s --tl-order-products --split-input-file | FileCheck %s

// A vector goes through three matrices from its own end, and the factor beside the sum comes last.
// CHECK: [[T:%.*]] = tl.contract add
// CHECK: tl.at %V[%l]
// CHECK: tl.at %C[%k, %l]
// CHECK: tl.yield %{{.*}} at [%k]
// CHECK: [[S:%.*]] = tl.contract add
// CHECK: tl.at [[T]][%k]
// CHECK: tl.at %B[%j, %k]
// CHECK: [[R:%.*]] = tl.contract add
// CHECK: tl.at [[S]][%j]
// CHECK: tl.at %A[%i, %j]
// CHECK: tl.contract add into
// CHECK-NEXT: tl.index "i"
// CHECK-NEXT: [[X:%.*]] = tl.at [[R]][%i]
// CHECK: [[Y:%.*]] = tl.at %V[%i]
// CHECK: tl.apply "div"([[X]], [[Y]])
tl.program {
  %A = tl.read "A" from "literal" : tensor<64x64xf32>
  %B = tl.read "B" from "literal" : tensor<64x64xf32>
  %C = tl.read "C" from "literal" : tensor<64x64xf32>
  %V = tl.read "V" from "literal" : tensor<64xf32>
  %0 = tl.empty add : tensor<64xf32>
  %1 = tl.contract add into %0 {
    %i = tl.index "i" 0 to 64
    %j = tl.index "j" 0 to 64
    %k = tl.index "k" 0 to 64
    %l = tl.index "l" 0 to 64
    %a = tl.at %A[%i, %j] : tensor<64x64xf32>
    %b = tl.at %B[%j, %k] : tensor<64x64xf32>
    %m = tl.apply "mul"(%a, %b) : (f32, f32) -> f32
    %c = tl.at %C[%k, %l] : tensor<64x64xf32>
    %n = tl.apply "mul"(%m, %c) : (f32, f32) -> f32
    %v = tl.at %V[%l] : tensor<64xf32>
    %o = tl.apply "mul"(%n, %v) : (f32, f32) -> f32
    %w = tl.at %V[%i] : tensor<64xf32>
    %p = tl.apply "div"(%o, %w) : (f32, f32) -> f32
    tl.yield %p at [%i] : f32
  } : tensor<64xf32>
  tl.query 0 %1 : tensor<64xf32>
}

// -----

// Factors over the same indices stay in one loop nest, and so does what may drop.
// CHECK-COUNT-2: tl.contract add
// CHECK-NOT: tl.contract
tl.program {
  %A = tl.read "A" from "literal" : tensor<256x256xf32>
  %P = tl.read "P" from "literal" : !tl.partial<tensor<256x256xf32>>
  %0 = tl.empty add : tensor<256xf32>
  %1 = tl.contract add into %0 {
    %i = tl.index "i" 0 to 256
    %j = tl.index "j" 0 to 256
    %a = tl.at %A[%i, %j] : tensor<256x256xf32>
    %b = tl.at %A[%i, %j] : tensor<256x256xf32>
    %m = tl.apply "mul"(%a, %b) : (f32, f32) -> f32
    %c = tl.at %A[%j, %i] : tensor<256x256xf32>
    %n = tl.apply "mul"(%m, %c) : (f32, f32) -> f32
    tl.yield %n at [%i] : f32
  } : tensor<256xf32>
  %2 = tl.contract add into %1 {
    %i = tl.index "i" 0 to 256
    %j = tl.index "j" 0 to 256
    %k = tl.index "k" 0 to 256
    %a = tl.at %A[%i, %j] : tensor<256x256xf32>
    %b = tl.at %P[%j, %k] : !tl.partial<tensor<256x256xf32>>
    %m = tl.apply "mul"(%a, %b) : (f32, f32) -> f32
    %c = tl.at %A[%k, %i] : tensor<256x256xf32>
    %n = tl.apply "mul"(%m, %c) : (f32, f32) -> f32
    tl.yield %n at [%i] : f32
  } : tensor<256xf32>
  tl.query 0 %2 : tensor<256xf32>
}

// -----

// A variable that no factor has counts every term, so the sum stays one.
// CHECK: tl.read "C3"
// CHECK-COUNT-1: tl.contract add
// CHECK-NEXT: tl.index "n" 0 to 36
// CHECK-NOT: tl.contract
// CHECK: tl.query
tl.program {
  %A = tl.read "A3" from "literal" : tensor<24x22xf64>
  %B = tl.read "B3" from "literal" : tensor<22x3xf64>
  %C = tl.read "C3" from "literal" : tensor<3x22x24xf64>
  %0 = tl.empty add : tensor<3xf64>
  %1 = tl.contract add into %0 {
    %n = tl.index "n" 0 to 36
    %i = tl.index "i" 0 to 22
    %j = tl.index "j" 0 to 3
    %k = tl.index "k" 0 to 24
    %a = tl.at %A[%k, %i] : tensor<24x22xf64>
    %b = tl.at %B[%i, %j] : tensor<22x3xf64>
    %ab = tl.apply "mul"(%a, %b) : (f64, f64) -> f64
    %c = tl.at %C[%j, %i, %k] : tensor<3x22x24xf64>
    %abc = tl.apply "mul"(%ab, %c) : (f64, f64) -> f64
    tl.yield %abc at [%j] : f64
  } : tensor<3xf64>
  tl.query 0 %1 : tensor<3xf64>
}
