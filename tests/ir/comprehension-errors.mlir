// RUN: tl-opt %s -split-input-file -verify-diagnostics

tl.program {
  %y0 = tl.empty add : tensor<3xf32>
  // expected-error @+1 {{does not end in a tl.yield}}
  %y1 = tl.contract add into %y0 {
    %i = tl.index "i" 0 to 3
  } : tensor<3xf32>
}

// -----

tl.program {
  %y0 = tl.empty add : tensor<3xf32>
  // expected-error @+1 {{combines elements that are always present under 'max'}}
  %y1 = tl.contract max into %y0 {
    %c = tl.number 1.0 : f32
    tl.yield %c at [0] : f32
  } : tensor<3xf32>
}

// -----

tl.program {
  %y0 = tl.empty add : tensor<3xf32>
  %y1 = tl.contract add into %y0 {
    %i = tl.index "i" 0 to 3
    %c = tl.number 1.0 : f32
    // expected-error @+1 {{gives 2 coordinates to 'tensor<3xf32>', which has 1}}
    tl.yield %c at [%i, %i] : f32
  } : tensor<3xf32>
}

// -----

tl.program {
  %y0 = tl.empty add : tensor<3xf32>
  %y1 = tl.contract add into %y0 {
    %c = tl.number 1.0 : f64
    // expected-error @+1 {{gives 'f64' to a tensor of 'f32'}}
    tl.yield %c at [0] : f64
  } : tensor<3xf32>
}

// -----

tl.program {
  %y0 = tl.empty add : tensor<3xf32>
  %y1 = tl.contract add into %y0 {
    // expected-error @+1 {{has no value for 'tensor<3xf32>'}}
    tl.yield at [0]
  } : tensor<3xf32>
}

// -----

tl.program {
  %y0 = tl.empty add : tensor<3xf32>
  %y1 = tl.contract add into %y0 {
    %c = tl.number 1.0 : f32
    // expected-error @+1 {{has no place in 'tensor<3xf32>'}}
    tl.yield %c : f32
  } : tensor<3xf32>
}

// -----

tl.program {
  %r0 = tl.empty or : !tl.relation<[3]>
  %r1 = tl.contract or into %r0 {
    %c = tl.number 1.0 : f32
    // expected-error @+1 {{has a value, but '!tl.relation<[3]>' only has places}}
    tl.yield %c at [0] : f32
  } : !tl.relation<[3]>
}

// -----

// An index must stand alone in the yield of a map, up to a constant.
tl.program {
  %y0 = tl.empty add : tensor<3xf32>
  // expected-error @+1 {{index 'j' does not stand alone in the yield, so an element may be reached twice}}
  %y1 = tl.map add into %y0 {
    %i = tl.index "i" 0 to 3
    %j = tl.index "j" 0 to 2
    %c = tl.number 1.0 : f32
    tl.yield %c at [%i + 1] : f32
  } : tensor<3xf32>
}

// -----

tl.program {
  %y0 = tl.empty add : tensor<3xf32>
  // expected-error @+1 {{index 'i' does not stand alone in the yield}}
  %y1 = tl.map add into %y0 {
    %i = tl.index "i" 0 to 6
    %c = tl.number 1.0 : f32
    tl.yield %c at [%i floordiv 2] : f32
  } : tensor<3xf32>
}

// -----

tl.program {
  %X = tl.read "X" from "facts" : !tl.relation<[3]>
  %r0 = tl.empty or : !tl.relation<[3]>
  %r1 = tl.contract or into %r0 {
    // expected-error @+1 {{'x' has no range and stands alone in no column of a positive literal}}
    %x = tl.index "x"
    tl.yield at [%x]
  } : !tl.relation<[3]>
}

// -----

tl.program {
  %X = tl.read "X" from "facts" : !tl.relation<[3]>
  %r0 = tl.empty or : !tl.relation<[3]>
  %r1 = tl.contract or into %r0 {
    // expected-error @+1 {{'x' has no range and stands alone in no column of a positive literal}}
    %x = tl.index "x"
    tl.literal not %X(%x) : !tl.relation<[3]>
    tl.yield at [%x]
  } : !tl.relation<[3]>
}

// -----

tl.program {
  %X = tl.read "X" from "facts" : !tl.relation<[3]>
  %r0 = tl.empty or : !tl.relation<[3]>
  %r1 = tl.contract or into %r0 {
    // expected-error @+1 {{'x' has no range and stands alone in no column of a positive literal}}
    %x = tl.index "x"
    tl.literal %X(%x + 1) : !tl.relation<[3]>
    tl.yield at [%x]
  } : !tl.relation<[3]>
}

// -----

tl.program {
  %y0 = tl.empty add : tensor<3xf32>
  %y1 = tl.contract add into %y0 {
    // expected-error @+1 {{'i' begins at 4, after its end 3}}
    %i = tl.index "i" 4 to 3
    %c = tl.number 1.0 : f32
    tl.yield %c at [%i] : f32
  } : tensor<3xf32>
}

// -----

tl.program {
  %y0 = tl.empty add : tensor<3xf32>
  %y1 = tl.contract add into %y0 {
    // expected-error @+1 {{'i' has one bound; it takes both or none}}
    %i = "tl.index"() {name = "i", lower = 3 : i64} : () -> index
    %c = tl.number 1.0 : f32
    tl.yield %c at [%i] : f32
  } : tensor<3xf32>
}

// -----

tl.program {
  // expected-error @+1 {{expects parent op to be one of 'tl.contract, tl.map, tl.project'}}
  %i = tl.index "i" 0 to 3
}

// -----

tl.program {
  %y0 = tl.empty add : tensor<3xf32>
  %y1 = tl.contract add into %y0 {
    // expected-error @+1 {{cannot stand in a comprehension}}
    %z = tl.empty add : tensor<3xf32>
    %c = tl.number 1.0 : f32
    tl.yield %c at [0] : f32
  } : tensor<3xf32>
}

// -----

tl.program {
  %W = tl.read "W" from "literal" : tensor<3x4xf32>
  %y0 = tl.empty add : tensor<3xf32>
  %y1 = tl.contract add into %y0 {
    %i = tl.index "i" 0 to 3
    // expected-error @+1 {{gives 1 coordinates to 'tensor<3x4xf32>', which has 2}}
    %w = tl.at %W[%i] : tensor<3x4xf32>
    tl.yield %w at [%i] : f32
  } : tensor<3xf32>
}

// -----

tl.program {
  %W = tl.read "W" from "literal" : tensor<3xf32>
  %y0 = tl.empty add : tensor<3xf32>
  %y1 = tl.contract add into %y0 {
    %i = tl.index "i" 0 to 3
    // expected-error @+1 {{map takes 2 values, 1 given}}
    %w = "tl.at"(%W, %i) {map = affine_map<(d0, d1) -> (d0 + d1)>} : (tensor<3xf32>, index) -> f32
    tl.yield %w at [%i] : f32
  } : tensor<3xf32>
}

// -----

tl.program {
  %W = tl.read "W" from "literal" : tensor<3xf32>
  %y0 = tl.empty add : tensor<3xf32>
  %y1 = tl.contract add into %y0 {
    %i = tl.index "i" 0 to 3
    // expected-error @+1 {{map has symbols; coordinates are made of index values alone}}
    %w = "tl.at"(%W, %i) {map = affine_map<()[s0] -> (s0)>} : (tensor<3xf32>, index) -> f32
    tl.yield %w at [%i] : f32
  } : tensor<3xf32>
}

// -----

tl.program {
  %W = tl.read "W" from "literal" : tensor<3xf32>
  %y0 = tl.empty add : tensor<3xf32>
  %y1 = tl.contract add into %y0 {
    %i = tl.index "i" 0 to 3
    // expected-error @+1 {{gives 'f64' from a tensor of 'f32'}}
    %w = "tl.at"(%W, %i) {map = affine_map<(d0) -> (d0)>} : (tensor<3xf32>, index) -> f64
    tl.yield %w at [%i] : f64
  } : tensor<3xf32>
}

// -----

tl.program {
  %R = tl.read "R" from "facts" : !tl.relation<[3]>
  %y0 = tl.empty add : tensor<3xf32>
  %y1 = tl.contract add into %y0 {
    %i = tl.index "i" 0 to 3
    // expected-error @+1 {{reads an element of '!tl.relation<[3]>', which is not dense}}
    %w = tl.at %R[%i] : !tl.relation<[3]>
    tl.yield %w at [%i] : f32
  } : tensor<3xf32>
}

// -----

tl.program {
  %R = tl.read "R" from "facts" : !tl.relation<[3, 3]>
  %r0 = tl.empty or : !tl.relation<[3]>
  %r1 = tl.contract or into %r0 {
    %i = tl.index "i" 0 to 3
    // expected-error @+1 {{gives 1 coordinates to '!tl.relation<[3, 3]>', which has 2}}
    tl.literal %R(%i) : !tl.relation<[3, 3]>
    tl.yield at [%i]
  } : !tl.relation<[3]>
}

// -----

tl.program {
  %R = tl.read "R" from "facts" : !tl.relation<[3, 3]>
  %r0 = tl.empty or : !tl.relation<[3]>
  %r1 = tl.contract or into %r0 {
    %i = tl.index "i" 0 to 3
    // expected-error @+1 {{gives 1 coordinates to '!tl.relation<[3, 3]>', which has 2}}
    %t = tl.test %R(%i) : !tl.relation<[3, 3]>
    tl.yield at [%i]
  } : !tl.relation<[3]>
}
