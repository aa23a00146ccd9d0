// RUN: tl-opt %s -split-input-file -verify-diagnostics

tl.program {
  %X = tl.read "X" from "literal" : tensor<2xf32>
  // expected-error @+1 {{gives f64 elements, not 'f32'}}
  %a = tl.external "libm.so.6" "cbrt" (%X) : (tensor<2xf32>) -> tensor<2xf32>
}

// -----

tl.program {
  %X = tl.read "X" from "literal" : tensor<2xf64>
  // expected-error @+1 {{takes at most 6 arguments, not 7}}
  %a = tl.external "libm.so.6" "f" (%X, %X, %X, %X, %X, %X, %X) : (tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>) -> tensor<2xf64>
}

// -----

tl.program {
  %X = tl.read "X" from "literal" : tensor<3xf64>
  // expected-error @+1 {{takes arguments of type 'tensor<2xf64>', not 'tensor<3xf64>'}}
  %a = tl.external "libm.so.6" "cbrt" (%X) : (tensor<3xf64>) -> tensor<2xf64>
}
