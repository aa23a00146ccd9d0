// RUN: tl-opt %s --tl-narrow-scans --split-input-file | FileCheck %s

// What a step makes at its own position and reads there alone is a tensor of the step, also when a scan inside carries it: it loses an axis
// for each of the two. What a later step reads is carried.
// CHECK: tl.scan "p" %[[P:.*]] = 0 to 4 carry (%[[K:.*]] = %{{.*}} : tensor<3x5xf32>) names ["K"] {
// CHECK: tl.scan "l" %[[L:.*]] = 0 to 3 carry (%[[INNER:.*]] = %[[K]] : tensor<3x5xf32>) {
// CHECK-NEXT: %[[H:.*]] = tl.empty add : tensor<2xf32>
// CHECK: %[[MADE:.*]] = tl.map add into %[[H]] {
// CHECK: tl.yield %{{.*}} at [%i] : f32
// CHECK: tl.at %[[MADE]][%i] : tensor<2xf32>
// CHECK: tl.next %{{.*}} : tensor<3x5xf32>
tl.program {
  %A = tl.read "A" from "literal" : tensor<4x2xf32>
  %k0 = tl.empty add : tensor<3x5xf32>
  %h0 = tl.empty add : tensor<3x4x2xf32>
  %r:2 = tl.scan "p" %p = 0 to 4 carry (%k = %k0 : tensor<3x5xf32>, %h = %h0 : tensor<3x4x2xf32>) names ["K", "H"] {
    %n:2 = tl.scan "l" %l = 0 to 3 carry (%kl = %k : tensor<3x5xf32>, %hl = %h : tensor<3x4x2xf32>) {
      %made = tl.map add into %hl {
        %i = tl.index "i" 0 to 2
        %a = tl.at %A[%p, %i] : tensor<4x2xf32>
        tl.yield %a at [%l, %p, %i] : f32
      } : tensor<3x4x2xf32>
      %next = tl.contract add into %kl {
        %i = tl.index "i" 0 to 2
        %x = tl.at %made[%l, %p, %i] : tensor<3x4x2xf32>
        %y = tl.at %kl[%l, %p] : tensor<3x5xf32>
        %s = tl.apply "add"(%x, %y) : (f32, f32) -> f32
        tl.yield %s at [%l, %p + 1] : f32
      } : tensor<3x5xf32>
      tl.next %next, %made : tensor<3x5xf32>, tensor<3x4x2xf32>
    }
    tl.next %n#0, %n#1 : tensor<3x5xf32>, tensor<3x4x2xf32>
  }
  tl.query 0 %r#0 : tensor<3x5xf32>
}

// -----

// What is asked for is kept; so is what begins with other elements than empty ones, and what one step makes at a place that lies outside.
// CHECK: tl.scan "t" %{{.*}} = 0 to 4 carry (%{{.*}} : tensor<4xf32>, %{{.*}} : tensor<4xf32>, %{{.*}} : tensor<3xf32>)
tl.program {
  %A = tl.read "A" from "literal" : tensor<4xf32>
  %0 = tl.empty add : tensor<4xf32>
  %1 = tl.empty add : tensor<3xf32>
  %r:3 = tl.scan "t" %t = 0 to 4 carry (%x = %0 : tensor<4xf32>, %y = %A : tensor<4xf32>, %z = %1 : tensor<3xf32>) {
    %2 = tl.map add into %x {
      %a = tl.at %A[%t] : tensor<4xf32>
      tl.yield %a at [%t] : f32
    } : tensor<4xf32>
    %3 = tl.map add into %y {
      %a = tl.at %A[%t] : tensor<4xf32>
      tl.yield %a at [%t] : f32
    } : tensor<4xf32>
    %4 = tl.map add into %z {
      %a = tl.at %A[%t] : tensor<4xf32>
      tl.yield %a at [%t] : f32
    } : tensor<3xf32>
    tl.next %2, %3, %4 : tensor<4xf32>, tensor<4xf32>, tensor<3xf32>
  }
  tl.query 0 %r#0 : tensor<4xf32>
}
