// RUN: tl-opt %s -split-input-file -verify-diagnostics

tl.program {
  %W = tl.read "W" from "literal" : tensor<3xf32>
  // expected-error @+1 {{derives 'tensor<3xf32>', which is no real scalar}}
  %1 = tl.gradient %W by %W : tensor<3xf32> by tensor<3xf32> -> tensor<3xf32>
}

// -----

tl.program {
  %0 = tl.empty add : tensor<f32>
  %N = tl.read "N" from "literal" : tensor<3xi64>
  // expected-error @+1 {{derives by 'tensor<3xi64>', whose elements are not real}}
  %1 = tl.gradient %0 by %N : tensor<f32> by tensor<3xi64> -> tensor<3xi64>
}

// -----

tl.program {
  %0 = tl.empty add : tensor<f32>
  %W = tl.read "W" from "literal" : tensor<3xf32>
  // expected-error @+1 {{gives 'tensor<2xf32>' for the derivative by 'tensor<3xf32>'}}
  %1 = tl.gradient %0 by %W : tensor<f32> by tensor<3xf32> -> tensor<2xf32>
}

// -----

tl.program {
  %0 = tl.empty add : tensor<f32>
  %W = tl.read "W" from "literal" : tensor<3xf32>
  // expected-error @+1 {{gives 0 derivatives by 1 tensors}}
  "tl.gradient"(%0, %W) : (tensor<f32>, tensor<3xf32>) -> ()
}
