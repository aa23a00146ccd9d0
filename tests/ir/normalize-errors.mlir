// RUN: tl-opt %s -split-input-file -verify-diagnostics

tl.program {
  %X = tl.read "X" from "literal" : tensor<2x3xf32>
  // expected-error @+1 {{gives 'tensor<3x2xf32>' for elements of 'tensor<2x3xf32>'}}
  %a = tl.normalize softmax %X along [1] with [] : tensor<2x3xf32> -> tensor<3x2xf32>
}

// -----

tl.program {
  %X = tl.read "X" from "literal" : tensor<2xi64>
  // expected-error @+1 {{takes real elements, not 'i64'}}
  %a = tl.normalize softmax %X along [0] with [] : tensor<2xi64> -> tensor<2xi64>
}

// -----

tl.program {
  %X = tl.read "X" from "literal" : tensor<2x3xf32>
  // expected-error @+1 {{takes at least one axis}}
  %a = tl.normalize softmax %X along [] with [] : tensor<2x3xf32> -> tensor<2x3xf32>
}

// -----

tl.program {
  %X = tl.read "X" from "literal" : tensor<2x3xf32>
  // expected-error @+1 {{axis 2 is not one of the 2 of 'tensor<2x3xf32>'}}
  %a = tl.normalize softmax %X along [2] with [] : tensor<2x3xf32> -> tensor<2x3xf32>
}

// -----

tl.program {
  %X = tl.read "X" from "literal" : tensor<2x3xf32>
  // expected-error @+1 {{axis 1 is given twice}}
  %a = tl.normalize softmax %X along [1, 1] with [] : tensor<2x3xf32> -> tensor<2x3xf32>
}

// -----

tl.program {
  %X = tl.read "X" from "literal" : tensor<2x3xf32>
  // expected-error @+1 {{lnorm takes 1 parameters, 0 given}}
  %a = tl.normalize lnorm %X along [1] with [] : tensor<2x3xf32> -> tensor<2x3xf32>
}

// -----

tl.program {
  %X = tl.read "X" from "literal" : tensor<2xi1>
  // expected-error @+1 {{takes numbers, not truth values}}
  %a = tl.normalize sort %X along [0] with [] : tensor<2xi1> -> tensor<2xi1>
}

// -----

tl.program {
  %X = tl.read "X" from "literal" : tensor<2xf32>
  // expected-error @+1 {{gives 'tensor<2xf32>' for elements of 'tensor<2xf32>'}}
  %a = tl.normalize rank %X along [0] with [] : tensor<2xf32> -> tensor<2xf32>
}

// -----

tl.program {
  %X = tl.read "X" from "literal" : tensor<2xf32>
  // expected-error @+1 {{order takes 1 parameters, 0 given}}
  %a = tl.normalize order %X along [0] with [] : tensor<2xf32> -> tensor<2xi64>
}
