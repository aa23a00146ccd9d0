// RUN: tl-opt %s -split-input-file -verify-diagnostics

tl.program {
  %y0 = tl.empty add : tensor<f64>
  %y1 = tl.contract add into %y0 {
    %c = tl.number 1.0 : f64
    // expected-error @+1 {{'frobnicate' is no primitive}}
    %v = tl.apply "frobnicate"(%c) : (f64) -> f64
    tl.yield %v at [] : f64
  } : tensor<f64>
}

// -----

tl.program {
  %y0 = tl.empty add : tensor<f64>
  %y1 = tl.contract add into %y0 {
    %c = tl.number 1.0 : f64
    // expected-error @+1 {{'mul' takes 2 operands, 1 given}}
    %v = tl.apply "mul"(%c) : (f64) -> f64
    tl.yield %v at [] : f64
  } : tensor<f64>
}

// -----

tl.program {
  %y0 = tl.empty add : tensor<f64>
  %y1 = tl.contract add into %y0 {
    %c = tl.number 1.0 : f64
    %d = tl.number 1.0 : f32
    // expected-error @+1 {{'mul' takes and gives one type of numbers}}
    %v = tl.apply "mul"(%c, %d) : (f64, f32) -> f64
    tl.yield %v at [] : f64
  } : tensor<f64>
}

// -----

tl.program {
  %y0 = tl.empty or : tensor<i1>
  %y1 = tl.contract or into %y0 {
    %c = tl.number true
    // expected-error @+1 {{'mul' takes and gives one type of numbers}}
    %v = tl.apply "mul"(%c, %c) : (i1, i1) -> i1
    tl.yield %v at [] : i1
  } : tensor<i1>
}

// -----

tl.program {
  %y0 = tl.empty add : tensor<i64>
  %y1 = tl.contract add into %y0 {
    %c = tl.number 1 : i64
    // expected-error @+1 {{'exp' takes and gives one real type}}
    %v = tl.apply "exp"(%c) : (i64) -> i64
    tl.yield %v at [] : i64
  } : tensor<i64>
}

// -----

tl.program {
  %y0 = tl.empty add : tensor<i64>
  %y1 = tl.contract add into %y0 {
    %c = tl.number 1 : i64
    // expected-error @+1 {{'lt' takes operands of one type and gives i1}}
    %v = tl.apply "lt"(%c, %c) : (i64, i64) -> i64
    tl.yield %v at [] : i64
  } : tensor<i64>
}

// -----

tl.program {
  %y0 = tl.empty add : tensor<i64>
  %y1 = tl.contract add into %y0 {
    %c = tl.number 1 : i64
    // expected-error @+1 {{'and' takes and gives i1}}
    %v = tl.apply "and"(%c, %c) : (i64, i64) -> i64
    tl.yield %v at [] : i64
  } : tensor<i64>
}

// -----

tl.program {
  %y0 = tl.empty add : tensor<i64>
  %y1 = tl.contract add into %y0 {
    %c = tl.number 1 : i64
    // expected-error @+1 {{'where' takes i1 and two operands of the type it gives}}
    %v = tl.apply "where"(%c, %c, %c) : (i64, i64, i64) -> i64
    tl.yield %v at [] : i64
  } : tensor<i64>
}

// -----

tl.program {
  %y0 = tl.empty add : tensor<f64>
  %y1 = tl.contract add into %y0 {
    %c = tl.number 1.0 : f64
    // expected-error @+1 {{'uniform' takes i64 and gives a real}}
    %v = tl.apply "uniform"(%c, %c, %c) : (f64, f64, f64) -> f64
    tl.yield %v at [] : f64
  } : tensor<f64>
}

// -----

tl.program {
  %y0 = tl.empty add : tensor<i64>
  %y1 = tl.contract add into %y0 {
    %c = tl.number 1 : i64
    // expected-error @+1 {{'philox' takes and gives i64}}
    %v = tl.apply "philox"(%c, %c, %c) : (i64, i64, i64) -> i32
    %w = tl.cast %v : i32 to i64
    tl.yield %w at [] : i64
  } : tensor<i64>
}
