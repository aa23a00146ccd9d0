// RUN: tl-opt %s -split-input-file -verify-diagnostics

tl.program {
  %x0 = tl.empty add : tensor<5xf64>
  // expected-error @+1 {{begins at 5, after its end 4}}
  %x = tl.scan "t" %t = 5 to 4 carry (%a = %x0 : tensor<5xf64>) {
    tl.next %a : tensor<5xf64>
  }
}

// -----

tl.program {
  %x0 = tl.empty add : tensor<5xf64>
  // expected-error @+1 {{expects a non-empty block}}
  %x = tl.scan "t" %t = 0 to 4 carry (%a = %x0 : tensor<5xf64>) {
  }
}

// -----

tl.program {
  %x0 = tl.empty add : tensor<5xf64>
  %y = tl.empty add : tensor<4xf64>
  %x = tl.scan "t" %t = 0 to 4 carry (%a = %x0 : tensor<5xf64>) {
    // expected-error @+1 {{passes on tensors that differ in number or type from those carried}}
    tl.next %y : tensor<4xf64>
  }
}

// -----

tl.program {
  %x0 = tl.empty add : tensor<5xf64>
  // expected-error @+1 {{names 2 of 1 carried tensors}}
  %x = tl.scan "t" %t = 0 to 4 carry (%a = %x0 : tensor<5xf64>) names ["X", "Y"] {
    tl.next %a : tensor<5xf64>
  }
}

// -----

tl.program {
  %x0 = tl.empty add : tensor<5xf64>
  // expected-error @+1 {{the body does not take the position first}}
  %x = "tl.scan"(%x0) ({
  ^bb0(%a: tensor<5xf64>):
    tl.next %a : tensor<5xf64>
  }) {name = "t", begin = 0 : i64, end = 4 : i64} : (tensor<5xf64>) -> tensor<5xf64>
}

// -----

tl.program {
  %x0 = tl.empty add : tensor<5xf64>
  // expected-error @+1 {{the body does not take the carried tensors}}
  %x = "tl.scan"(%x0) ({
  ^bb0(%t: index):
    tl.next %x0 : tensor<5xf64>
  }) {name = "t", begin = 0 : i64, end = 4 : i64} : (tensor<5xf64>) -> tensor<5xf64>
}

// -----

tl.program {
  %x0 = tl.empty add : tensor<5xf64>
  // expected-error @+1 {{results differ in type from what they begin as}}
  %x = "tl.fixpoint"(%x0) ({
  ^bb0(%a: tensor<5xf64>):
    tl.next %a : tensor<5xf64>
  }) : (tensor<5xf64>) -> tensor<4xf64>
}

// -----

tl.program {
  %x0 = tl.empty add : tensor<5xf64>
  // expected-error @+1 {{the tolerance is not above 0}}
  %x = tl.fixpoint (%a = %x0 : tensor<5xf64>) tolerance 0.0 {
    tl.next %a : tensor<5xf64>
  }
}

// -----

tl.program {
  %x0 = tl.empty add : tensor<5xf64>
  // expected-error @+1 {{expects a non-empty block}}
  %x = tl.fixpoint (%a = %x0 : tensor<5xf64>) {
  }
}

// -----

tl.program {
  %x0 = tl.empty add : tensor<5xf64>
  // expected-error @+1 {{does not end in a tl.next}}
  %x = tl.fixpoint (%a = %x0 : tensor<5xf64>) {
    %y = tl.empty add : tensor<5xf64>
  }
}

// -----

tl.program {
  %x0 = tl.empty add : tensor<5xf64>
  // expected-error @+1 {{does not end in a tl.next}}
  %x = tl.scan "t" %t = 0 to 4 carry (%a = %x0 : tensor<5xf64>) {
    %y = tl.empty add : tensor<5xf64>
  }
}
