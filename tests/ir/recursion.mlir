// RUN: tl-opt %s | tl-opt | FileCheck %s

// CHECK-LABEL: "scans"
tl.program attributes {case = "scans"} {
  %A = tl.read "A" from "literal" : tensor<5xf32>
  %h0 = tl.empty add : tensor<f32>
  // CHECK: %[[R:.*]]:2 = tl.scan "t" %[[T:.*]] = 0 to 5 carry (%[[H:.*]] = %{{.*}} : tensor<f32>, %[[C:.*]] = %A : tensor<5xf32>) names ["H", "A"] {
  %r:2 = tl.scan "t" %t = 0 to 5 carry (%h = %h0 : tensor<f32>, %a = %A : tensor<5xf32>) names ["H", "A"] {
    %z = tl.empty add : tensor<f32>
    %n = tl.map add into %z {
      %x = tl.at %a[%t] : tensor<5xf32>
      tl.yield %x at [] : f32
    } : tensor<f32>
    // CHECK: tl.next %{{.*}}, %[[C]] : tensor<f32>, tensor<5xf32>
    tl.next %n, %a : tensor<f32>, tensor<5xf32>
  }
  // CHECK: tl.scan "t" %{{.*}} = 1 to 5 descending carry (%{{.*}} = %[[R]]#1 : tensor<5xf32>) {
  %s = tl.scan "t" %t = 1 to 5 descending carry (%a = %r#1 : tensor<5xf32>) {
    tl.next %a : tensor<5xf32>
  }
  // CHECK: tl.scan "t" %{{.*}} = 0 to 0 carry () {
  tl.scan "t" %t = 0 to 0 carry () {
    // CHECK-NEXT: tl.next{{$}}
    tl.next
  }
}

// CHECK-LABEL: "fixpoints"
tl.program attributes {case = "fixpoints"} {
  %p0 = tl.empty or : !tl.relation<[5, 5]>
  %x0 = tl.empty add : tensor<5xf64>
  // CHECK: tl.fixpoint (%[[P:.*]] = %{{.*}} : !tl.relation<[5, 5]>) {
  %p = tl.fixpoint (%q = %p0 : !tl.relation<[5, 5]>) {
    // CHECK-NEXT: tl.next %[[P]] : !tl.relation<[5, 5]>
    tl.next %q : !tl.relation<[5, 5]>
  }
  // CHECK: tl.fixpoint (%{{.*}} = %{{.*}} : tensor<5xf64>, %{{.*}} = %{{.*}} : !tl.relation<[5, 5]>) tolerance 1.000000e-09 max 100 names ["X", "P"] {
  %r:2 = tl.fixpoint (%x = %x0 : tensor<5xf64>, %q = %p : !tl.relation<[5, 5]>) tolerance 1.0e-9 max 100 names ["X", "P"] {
    tl.next %x, %q : tensor<5xf64>, !tl.relation<[5, 5]>
  }
}
