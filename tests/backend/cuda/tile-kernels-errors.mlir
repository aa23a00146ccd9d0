// What has no form on a GPU yet is said at its equation.
// RUN: tl-opt %s --tl-plan --tl-tile-kernels --split-input-file --verify-diagnostics

tl.program {
  %E = tl.read "E" from "literal" : !tl.relation<[10, 10]>
  %0 = tl.empty or : !tl.relation<[10]>
  // expected-error @+1 {{a join of relations is not supported by the CUDA backend yet}}
  %1 = tl.contract or into %0 {
    %x = tl.index "x"
    %y = tl.index "y"
    tl.literal %E(%x, %y) : !tl.relation<[10, 10]>
    tl.yield at [%x]
  } : !tl.relation<[10]>
  tl.query 0 %1 : !tl.relation<[10]>
}

// -----

tl.program {
  %X = tl.read "X" from "literal" : tensor<10xf32>
  // expected-error @+1 {{'cumsum' of elements in order is not supported by the CUDA backend yet}}
  %0 = tl.normalize cumsum %X along [0] with [] : tensor<10xf32> -> tensor<10xf32>
  tl.query 0 %0 : tensor<10xf32>
}

// -----

tl.program {
  %X = tl.read "X" from "literal" : tensor<10xf32>
  %0 = tl.empty add : tensor<10xf32>
  // expected-error @+1 {{the function 'mod' is not supported by the CUDA backend yet}}
  %1 = tl.map add into %0 {
    %i = tl.index "i" 0 to 10
    %x = tl.at %X[%i] : tensor<10xf32>
    %y = tl.apply "mod"(%x, %x) : (f32, f32) -> f32
    tl.yield %y at [%i] : f32
  } : tensor<10xf32>
  tl.query 0 %1 : tensor<10xf32>
}

// -----

tl.program {
  %X = tl.read "X" from "literal" : tensor<4x4xf32>
  // expected-error @+1 {{the matrix function 'inverse' is not supported by the CUDA backend yet}}
  %0 = tl.matrix inverse "X" %X : (tensor<4x4xf32>) -> tensor<4x4xf32>
  tl.query 0 %0 : tensor<4x4xf32>
}
