// RUN: tl-opt %s --split-input-file --verify-diagnostics

// expected-error @+1 {{has no destination}}
plan.kernel @k() cost 0 {
}

// -----

plan.kernel @k(%a: tensor<4x5xf32>, %i: index, %y: tensor<f32>) cost 0 {
  // expected-error @+1 {{gives 1 coordinates to a tensor of rank 2}}
  %v = plan.load %a[%i] : tensor<4x5xf32>
}

// -----

plan.kernel @k(%a: tensor<4xf32>, %i: index, %y: tensor<f32>) cost 0 {
  // expected-error @+1 {{map takes 2 operands, 1 given}}
  %v = "plan.load"(%a, %i) <{map = affine_map<(d0, d1) -> (d0 + d1)>}> : (tensor<4xf32>, index) -> f32
}

// -----

plan.kernel @k(%a: tensor<4xf32>, %i: index, %y: tensor<f32>) cost 0 {
  // expected-error @+1 {{element is 'f64' in a tensor of 'f32'}}
  %v = "plan.load"(%a, %i) <{map = affine_map<(d0) -> (d0)>}> : (tensor<4xf32>, index) -> f64
}

// -----

plan.kernel @k(%v: f64, %y: tensor<f32>) cost 0 {
  // expected-error @+1 {{element is 'f64' in a tensor of 'f32'}}
  plan.combine add %v into %y[] : f64 into tensor<f32>
}

// -----

plan.kernel @k(%v: f32, %y: tensor<f32>) cost 0 {
  // expected-error @+1 {{'plus' is no monoid}}
  plan.combine plus %v into %y[] : f32 into tensor<f32>
}

// -----

plan.kernel @k(%i: index, %y: !tl.relation<[9, 9]>) cost 0 {
  // expected-error @+1 {{gives 1 coordinates to a relation of rank 2}}
  plan.insert %y[%i] : !tl.relation<[9, 9]>
}

// -----

plan.kernel @k(%r: !plan.rows<2>, %y: tensor<f32>) cost 0 {
  // expected-error @+1 {{has 1 variables for 2 columns}}
  plan.each (%x) in %r : !plan.rows<2> {
  }
}

// -----

plan.kernel @k(%t: !plan.index<3, [0]>, %i: index, %y: tensor<f32>) cost 0 {
  // expected-error @+1 {{takes a table with 2 columns outside its key, not with one}}
  plan.intersect (%a) in %t[%i] below 9 : !plan.index<3, [0]> {
  }
}

// -----

plan.kernel @k(%t: !plan.index<2, [0]>, %i: index, %y: tensor<f32>) cost 0 {
  // expected-error @+1 {{gives 1 keys to tables that take 2}}
  plan.intersect (%a) in %t, %t[%i] below 9 : !plan.index<2, [0]>, !plan.index<2, [0]> {
  }
}

// -----

plan.kernel @k(%t: !plan.index<2, [0, 1]>, %i: index, %y: tensor<f32>) cost 0 {
  // expected-error @+1 {{gives 1 keys to an index by 2 columns}}
  plan.lookup (%a, %b) in %t[%i] : !plan.index<2, [0, 1]> {
  }
}

// -----

plan.kernel @k(%v: f32, %y: tensor<f32>) cost 0 {
  // expected-error @+1 {{stands in no plan.reduce}}
  plan.contribute %v : f32
}

// -----

plan.kernel @k(%v: f32, %y: tensor<f32>) cost 0 {
  %best, %reached = plan.reduce argmin {
    // expected-error @+1 {{lacks a position for its plan.reduce}}
    plan.contribute %v : f32
  } : i64
}

// -----

plan.kernel @k(%v: f32, %i: index, %y: tensor<f32>) cost 0 {
  %sum, %reached = plan.reduce sum {
    // expected-error @+1 {{gives a position that nothing takes}}
    plan.contribute %v at %i : f32
  } : f32
}

// -----

tl.program {
  %0 = tl.empty add : tensor<f32>
  // expected-error @+1 {{calls 'k', which is no kernel}}
  %1 = plan.call @k() into %0 : (tensor<f32>) -> tensor<f32>
}

// -----

plan.kernel @k(%y: tensor<f64>) cost 0 {
}
tl.program {
  %0 = tl.empty add : tensor<f32>
  // expected-error @+1 {{operands differ from the arguments of 'k'}}
  %1 = plan.call @k() into %0 : (tensor<f32>) -> tensor<f32>
}

// -----

plan.kernel @k(%y: tensor<f32>) cost 0 {
}
tl.program {
  %0 = tl.empty add : tensor<f32>
  // expected-error @+1 {{result differs in type from its destination}}
  %1 = plan.call @k() into %0 : (tensor<f32>) -> tensor<f64>
}

// -----

tl.program {
  %E = tl.read "E" from "facts" : !tl.relation<[9]>
  // expected-error @+1 {{takes 2 of 1 relations}}
  %0 = plan.seminaive (%E) : !tl.relation<[9]> start (%a, %b) {
  } step (%a) {
  }
}

// -----

tl.program {
  %E = tl.read "E" from "facts" : !tl.relation<[9]>
  // expected-error @+1 {{region 'step' does not end in a tl.next of what is carried}}
  %0 = plan.seminaive (%E) : !tl.relation<[9]> start (%a) {
    tl.next %a : !tl.relation<[9]>
  } step (%a) {
    tl.next
  }
}

// -----

tl.program {
  %E = tl.read "E" from "facts" : !tl.relation<[9]>
  // expected-error @+1 {{region 'start' does not take what is carried}}
  %0 = "plan.seminaive"(%E) ({
  ^bb0(%a: !tl.relation<[8]>):
    tl.next %E : !tl.relation<[9]>
  }, {
  ^bb0(%a: !tl.relation<[9]>):
    tl.next %a : !tl.relation<[9]>
  }) : (!tl.relation<[9]>) -> !tl.relation<[9]>
}

// -----

tl.program {
  %E = tl.read "E" from "facts" : !tl.relation<[9]>
  // expected-error @+1 {{results differ from the initial relations}}
  %0 = "plan.seminaive"(%E) ({
  ^bb0(%a: !tl.relation<[9]>):
    tl.next %a : !tl.relation<[9]>
  }, {
  ^bb0(%a: !tl.relation<[9]>):
    tl.next %a : !tl.relation<[9]>
  }) : (!tl.relation<[9]>) -> !tl.relation<[8]>
}

// -----

tl.program {
  %A = tl.read "A" from "literal" : tensor<4x4xf32>
  %0 = tl.empty add : tensor<4x4xf32>
  // expected-error @+1 {{needs a map for each of its three tensors}}
  %1 = plan.product [4, 4, 4] maps [affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d1, d2)>] %A, %A into %0 : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>
}

// -----

tl.program {
  %A = tl.read "A" from "literal" : tensor<4x4xf32>
  %0 = tl.empty add : tensor<4x4xf32>
  // expected-error @+1 {{map takes 2 indices and 0 positions, 3 and 0 given}}
  %1 = plan.product [4, 4, 4] maps [affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1, d2) -> (d0, d1)>] %A, %A into %0 : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>
}

// -----

tl.program {
  %A = tl.read "A" from "literal" : tensor<4x4xf32>
  %0 = tl.empty add : tensor<4x4xf32>
  // expected-error @+1 {{gives 1 coordinates to a tensor of rank 2}}
  %1 = plan.product [4, 4, 4] maps [affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d0)>, affine_map<(d0, d1, d2) -> (d0, d1)>] %A, %A into %0 : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>
}

// -----

tl.program {
  %A = tl.read "A" from "literal" : tensor<4x4xi64>
  %0 = tl.empty add : tensor<4x4xi64>
  // expected-error @+1 {{multiplies f32 or f64, not 'i64'}}
  %1 = plan.product [4, 4, 4] maps [affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>] %A, %A into %0 : tensor<4x4xi64>, tensor<4x4xi64>, tensor<4x4xi64>
}

// -----

tl.program {
  %A = tl.read "A" from "literal" : tensor<4x4xf64>
  %0 = tl.empty add : tensor<4x4xf32>
  // expected-error @+1 {{element is 'f32' in a tensor of 'f64'}}
  %1 = plan.product [4, 4, 4] maps [affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1)>] %A, %A into %0 : tensor<4x4xf64>, tensor<4x4xf64>, tensor<4x4xf32>
}
