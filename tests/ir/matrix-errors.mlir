// RUN: tl-opt %s -split-input-file -verify-diagnostics

tl.program {
  %A = tl.read "A" from "literal" : tensor<3xf32>
  // expected-error @+1 {{takes at least two axes, not 'tensor<3xf32>'}}
  %a = tl.matrix inverse "A" %A : (tensor<3xf32>) -> tensor<3xf32>
}

// -----

tl.program {
  %A = tl.read "A" from "literal" : tensor<3x3xi64>
  // expected-error @+1 {{takes real elements, not 'i64'}}
  %a = tl.matrix inverse "A" %A : (tensor<3x3xi64>) -> tensor<3x3xi64>
}

// -----

tl.program {
  %A = tl.read "A" from "literal" : tensor<2x3xf32>
  // expected-error @+1 {{inverse takes square matrices, not 'tensor<2x3xf32>'}}
  %a = tl.matrix inverse "A" %A : (tensor<2x3xf32>) -> tensor<2x3xf32>
}

// -----

tl.program {
  %A = tl.read "A" from "literal" : tensor<3x3xf32>
  // expected-error @+1 {{solve takes a right side}}
  %a = tl.matrix solve "A" %A : (tensor<3x3xf32>) -> tensor<3xf32>
}

// -----

tl.program {
  %A = tl.read "A" from "literal" : tensor<3x3xf32>
  // expected-error @+1 {{inverse takes no right side}}
  %a = tl.matrix inverse "A" %A, %A : (tensor<3x3xf32>, tensor<3x3xf32>) -> tensor<3x3xf32>
}

// -----

tl.program {
  %A = tl.read "A" from "literal" : tensor<3x3xf32>
  %B = tl.read "B" from "literal" : tensor<2xf32>
  // expected-error @+1 {{takes a right side of as many rows as 'tensor<3x3xf32>' has, not 'tensor<2xf32>'}}
  %a = tl.matrix solve "A" %A, %B : (tensor<3x3xf32>, tensor<2xf32>) -> tensor<2xf32>
}

// -----

tl.program {
  %A = tl.read "A" from "literal" : tensor<3x3xf32>
  // expected-error @+1 {{eigh gives 2 results, not 1}}
  %a = tl.matrix eigh "A" %A : (tensor<3x3xf32>) -> tensor<3xf32>
}

// -----

tl.program {
  %A = tl.read "A" from "literal" : tensor<3x2xf32>
  // expected-error @+1 {{gives 'tensor<2x2xf32>', not 'tensor<3x3xf32>'}}
  %a:3 = tl.matrix svd "A" %A : (tensor<3x2xf32>) -> (tensor<3x2xf32>, tensor<2xf32>, tensor<3x3xf32>)
}
