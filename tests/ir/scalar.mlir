// RUN: tl-opt %s | tl-opt | FileCheck %s
// Numbers, casts and one primitive of every rule.

tl.program {
  %y0 = tl.empty add : tensor<f64>
  %y1 = tl.contract add into %y0 {
    %i = tl.index "i" 0 to 3
    // CHECK: tl.number 3 : i64
    %n = tl.number 3 : i64
    // CHECK: tl.number true
    %b = tl.number true
    // CHECK: tl.number 1.500000e+00 : f16
    %h = tl.number 1.5 : f16
    // CHECK: tl.cast %{{.*}} : index to i64
    %k = tl.cast %i : index to i64
    // CHECK: tl.cast %{{.*}} : i64 to f64
    %f = tl.cast %k : i64 to f64
    // CHECK: tl.cast %{{.*}} : i1 to f64
    %g = tl.cast %b : i1 to f64
    // CHECK: tl.apply "add"(%{{.*}}, %{{.*}}) : (i64, i64) -> i64
    %same = tl.apply "add"(%n, %k) : (i64, i64) -> i64
    // CHECK: tl.apply "exp"(%{{.*}}) : (f64) -> f64
    %real = tl.apply "exp"(%f) : (f64) -> f64
    // CHECK: tl.apply "lt"(%{{.*}}, %{{.*}}) : (index, index) -> i1
    %compare = tl.apply "lt"(%i, %i) : (index, index) -> i1
    // CHECK: tl.apply "not"(%{{.*}}) : (i1) -> i1
    %logic = tl.apply "not"(%b) : (i1) -> i1
    // CHECK: tl.apply "where"(%{{.*}}, %{{.*}}, %{{.*}}) : (i1, f64, f64) -> f64
    %select = tl.apply "where"(%logic, %real, %g) : (i1, f64, f64) -> f64
    // CHECK: tl.apply "philox"(%{{.*}}, %{{.*}}, %{{.*}}) : (i64, i64, i64) -> i64
    %key = tl.apply "philox"(%n, %k, %n) : (i64, i64, i64) -> i64
    // CHECK: tl.apply "normal"(%{{.*}}, %{{.*}}, %{{.*}}) : (i64, i64, i64) -> f32
    %draw = tl.apply "normal"(%key, %k, %n) : (i64, i64, i64) -> f32
    tl.yield %select at [] : f64
  } : tensor<f64>
}
