// RUN: tl-opt %s -split-input-file -verify-diagnostics

tl.program {
  // expected-error @+1 {{must be tensor of static shape or relation}}
  %W = tl.read "W" from "literal" : tensor<?x4xf32>
}

// -----

tl.program {
  // expected-error @+1 {{must be tensor of static shape or relation}}
  %W = tl.read "W" from "literal" : tensor<3xi16>
}

// -----

tl.program {
  // expected-error @+1 {{the shape of 'tensor<?xf32>' is not static}}
  %W = tl.read "W" from "literal" : !tl.partial<tensor<?xf32>>
}

// -----

tl.program {
  // expected-error @+1 {{no tensor stores elements of 'i16'}}
  %W = tl.read "W" from "literal" : !tl.partial<tensor<3xi16>>
}

// -----

tl.program {
  // expected-error @+1 {{a column bound is negative: -5}}
  %R = tl.read "R" from "facts" : !tl.relation<[-5]>
}

// -----

tl.program {
  // expected-error @+1 {{combines rows under 'add'; they combine under 'or'}}
  %a = tl.empty add : !tl.relation<[5]>
}

// -----

tl.program {
  // expected-error @+1 {{combines partial tensors under 'add'; they combine under 'max' or 'min'}}
  %a = tl.empty add : !tl.partial<tensor<5xf32>>
}

// -----

tl.program {
  // expected-error @+1 {{combines Boolean elements under 'add'; they combine under 'or'}}
  %a = tl.empty add : tensor<5xi1>
}

// -----

tl.program {
  // expected-error @+1 {{combines elements that are always present under 'max'; they combine under 'add', 'mul' or 'avg'}}
  %a = tl.empty max : tensor<5xf32>
}

// -----

tl.program {
  %a = tl.empty add : tensor<5xf32>
  tl.query 3 %a : tensor<5xf32>
  // expected-error @+1 {{has number 3, which is taken}}
  tl.query 3 %a : tensor<5xf32>
}

// -----

tl.program {
  %a = tl.empty add : tensor<5xf32>
  tl.write 3 %a to "a.npy" : tensor<5xf32>
  // expected-error @+1 {{has number 3, which is taken}}
  tl.write 3 %a to "b.npy" : tensor<5xf32>
}
