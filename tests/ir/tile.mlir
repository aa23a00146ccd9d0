// Every op of `tile` is read back as it was written.
// RUN: tl-opt %s | tl-opt | FileCheck %s

// CHECK-LABEL: tile.kernel @rows(%arg0: tensor<30x4096xf32>, %arg1: index, %arg2: tensor<30xf32>) team 256 {
tile.kernel @rows(%x: tensor<30x4096xf32>, %t: index, %y: tensor<30xf32>) team 256 {
  // CHECK: [[I:%.*]] = tile.point "i" 0 to 30
  %i = tile.point "i" 0 to 30
  // CHECK: plan.reduce sum
  %sum, %reached = plan.reduce sum {
    // CHECK: tile.stride "j" [[J:%.*]] 0 to 4096 {
    tile.stride "j" %j 0 to 4096 {
      // CHECK: plan.load %arg0{{\[}}[[I]], [[J]]]
      %v = plan.load %x[%i, %j] : tensor<30x4096xf32>
      plan.contribute %v : f32
    }
  } : f32
  plan.combine add fresh %sum into %y[%i] : f32 into tensor<30xf32>
}

// CHECK-LABEL: tile.kernel @map(%arg0: tensor<8x9xf32>) team 1 {
tile.kernel @map(%y: tensor<8x9xf32>) team 1 {
  // CHECK: tile.point "i" 0 to 8
  // CHECK-NEXT: tile.point "j" 3 to 9
  %i = tile.point "i" 0 to 8
  %j = tile.point "j" 3 to 9
  %one = tl.number 1.0 : f32
  plan.combine add fresh %one into %y[%i, %j] : f32 into tensor<8x9xf32>
}

// CHECK-LABEL: tile.kernel @product
tile.kernel @product(%t: index, %a: tensor<4x100x30xf32>, %b: tensor<30x90xf32>, %c: tensor<4x100x90xf32>) team 256 {
  %n = tile.point "batch" 0 to 1
  %i = tile.point "rows" 0 to 2
  %j = tile.point "columns" 0 to 2
  // CHECK: tile.contract %arg1, %arg2 into %arg3 tile [64, 64, 16] at %{{.*}}, %{{.*}}, %{{.*}} positions %arg0 extents [100, 90, 30] maps [#{{.*}}, #{{.*}}, #{{.*}}] slots 2
  tile.contract %a, %b into %c tile [64, 64, 16] at %n, %i, %j positions %t extents [100, 90, 30]
    maps [affine_map<(i, j, k)[t] -> (t, i, k)>, affine_map<(i, j, k)[t] -> (k, j)>, affine_map<(i, j, k)[t] -> (t, i, j)>] slots 2
    : tensor<4x100x30xf32>, tensor<30x90xf32>, tensor<4x100x90xf32>
}

// CHECK-LABEL: tl.program
tl.program {
  %x = tl.read "X" from "literal" : tensor<30x4096xf32>
  %0 = tl.empty add : tensor<30xf32>
  // CHECK: tl.scan
  %1 = tl.scan "t" %t = 0 to 2 carry (%c = %0 : tensor<30xf32>) {
    // CHECK: tile.launch @rows(%X, %{{.*}}) into %{{.*}} : (tensor<30x4096xf32>, index, tensor<30xf32>) -> tensor<30xf32>
    %2 = tile.launch @rows(%x, %t) into %c : (tensor<30x4096xf32>, index, tensor<30xf32>) -> tensor<30xf32>
    tl.next %2 : tensor<30xf32>
  }
  tl.query 0 %1 : tensor<30xf32>
}
