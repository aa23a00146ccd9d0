// RUN: tl-opt %s --tl-derive-gradients | FileCheck %s

// A scan of which the derivative alone would keep 2000 states of 8 MiB: one in 45 is kept, the last 20 steps are a scan of their own, and the
// reverse of a segment begins with its steps once more, from the state kept.
// CHECK: tl.scan "H" %[[S:.*]] = 0 to 44 carry (%[[KEPT:.*]] = %{{.*}} : tensor<45x1048576xf64>)
// CHECK: tl.scan "H" %[[U:.*]] = 0 to 45 carry (%{{.*}} = %{{.*}} : tensor<46x1048576xf64>)
// CHECK: tl.at %{{.*}}[%[[S]] * 45 + %[[U]]] : tensor<2000xf64>
// CHECK: tl.scan "H" %{{.*}} = 1980 to 2000 carry (%{{.*}} = %{{.*}} : tensor<21x1048576xf64>)
// CHECK: tl.scan "H" %{{.*}} = 1980 to 2000 descending
// CHECK: tl.scan "H" %{{.*}} = 0 to 44 descending
// CHECK: tl.scan "H" %{{.*}} = 0 to 45 carry (%{{.*}} = %{{.*}} : tensor<46x1048576xf64>)
// CHECK: tl.scan "H" %{{.*}} = 0 to 45 descending
tl.program {
  %X = tl.read "X" from "literal" : tensor<2000xf64>
  %h0 = tl.empty add : tensor<1048576xf64>
  %H = tl.scan "H" %t = 0 to 2000 carry (%h = %h0 : tensor<1048576xf64>) names ["H"] {
    %e = tl.empty add : tensor<1048576xf64>
    %n = tl.map add into %e {
      %i = tl.index "i" 0 to 1048576
      %a = tl.at %h[%i] : tensor<1048576xf64>
      %x = tl.at %X[%t] : tensor<2000xf64>
      %s = tl.apply "add"(%a, %x) : (f64, f64) -> f64
      %v = tl.apply "tanh"(%s) : (f64) -> f64
      tl.yield %v at [%i] : f64
    } : tensor<1048576xf64>
    tl.next %n : tensor<1048576xf64>
  }
  %l0 = tl.empty add "Loss" : tensor<f64>
  %L = tl.contract add into %l0 {
    %i = tl.index "i" 0 to 1048576
    %a = tl.at %H[%i] : tensor<1048576xf64>
    tl.yield %a at [] : f64
  } : tensor<f64>
  %d = tl.gradient %L by %X : tensor<f64> by tensor<2000xf64> -> tensor<2000xf64>
  tl.query 0 %d : tensor<2000xf64>
}
