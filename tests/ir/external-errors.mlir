// RUN: tl-opt %s -split-input-file -verify-diagnostics

tl.program {
  %X = tl.read "X" from "literal" : tensor<2xf32>
  // expected-error @+1 {{gives f64 elements, not 'f32'}}
  %a = tl.external "cbrt" "libm.so.6" "cbrt" (%X) : (tensor<2xf32>) -> tensor<2xf32>
}

// -----

tl.program {
  %X = tl.read "X" from "literal" : tensor<2xf64>
  // expected-error @+1 {{takes at most 6 arguments, not 7}}
  %a = tl.external "f" "libm.so.6" "f" (%X, %X, %X, %X, %X, %X, %X) : (tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>) -> tensor<2xf64>
}

// -----

tl.program {
  %X = tl.read "X" from "literal" : tensor<3xf64>
  // expected-error @+1 {{takes arguments of type 'tensor<2xf64>', not 'tensor<3xf64>'}}
  %a = tl.external "cbrt" "libm.so.6" "cbrt" (%X) : (tensor<3xf64>) -> tensor<2xf64>
}

// -----

// expected-error @+1 {{has no "slope" with the parameters of "cbrt"}}
tl.program attributes {externals = {cbrt = ["libm.so.6", "cbrt", "slope"]}} {
}

// -----

// expected-error @+1 {{has no "hypot" with the parameters of "cbrt"}}
tl.program attributes {externals = {cbrt = ["libm.so.6", "cbrt", "hypot"], hypot = ["libm.so.6", "hypot", "", ""]}} {
}

// -----

// expected-error @+1 {{does not describe "cbrt" by a library, a symbol and partials}}
tl.program attributes {externals = {cbrt = ["libm.so.6"]}} {
}
