// RUN: tl-opt %s --split-input-file --verify-diagnostics

// expected-error @+1 {{has a team of 48 threads, not of 1 or a power of two from 32 to 1024}}
tile.kernel @k(%y: tensor<4xf32>) team 48 {
}

// -----

// expected-error @+1 {{has no destination}}
tile.kernel @k() team 1 {
}

// -----

// expected-error @+1 {{takes a dense tensor or a position, not '!tl.relation<[4]>'}}
tile.kernel @k(%r: !tl.relation<[4]>, %y: tensor<4xf32>) team 1 {
}

// -----

// expected-error @+1 {{has a position as its destination}}
tile.kernel @k(%i: index) team 1 {
}

// -----

tile.kernel @k(%y: tensor<4xf32>) team 1 {
  // expected-error @+1 {{has an empty range from 4 to 4}}
  %i = tile.point "i" 4 to 4
}

// -----

tile.kernel @k(%y: tensor<4xf32>) team 1 {
  %one = tl.number 1.0 : f32
  // expected-error @+1 {{is not at the beginning of its kernel}}
  %i = tile.point "i" 0 to 4
}

// -----

tile.kernel @k(%y: tensor<4xf32>) team 1 {
  // expected-error @+1 {{needs a team of several threads}}
  tile.stride "i" %i 0 to 4 {
  }
}

// -----

tile.kernel @k(%y: tensor<4xf32>) team 32 {
  tile.stride "i" %i 0 to 4 {
    // expected-error @+1 {{stands in another one, which has dealt out the threads already}}
    tile.stride "j" %j 0 to 4 {
    }
  }
}

// -----

tl.program {
  %0 = tl.empty add : tensor<4xf32>
  // expected-error @+1 {{launches 'k', which is no kernel}}
  %1 = tile.launch @k() into %0 : (tensor<4xf32>) -> tensor<4xf32>
  tl.query 0 %1 : tensor<4xf32>
}

// -----

tile.kernel @k(%x: tensor<4xf32>, %y: tensor<4xf32>) team 1 {
}
tl.program {
  %0 = tl.empty add : tensor<4xf32>
  // expected-error @+1 {{operands differ from the arguments of 'k'}}
  %1 = tile.launch @k() into %0 : (tensor<4xf32>) -> tensor<4xf32>
  tl.query 0 %1 : tensor<4xf32>
}

// -----

tile.kernel @k(%a: tensor<100x30xf32>, %b: tensor<30x90xf32>, %c: tensor<100x90xf32>) team 32 {
  %n = tile.point "batch" 0 to 1
  %i = tile.point "rows" 0 to 2
  %j = tile.point "columns" 0 to 2
  // expected-error @+1 {{needs a team of 256 threads}}
  tile.contract %a, %b into %c tile [64, 64, 16] at %n, %i, %j extents [100, 90, 30]
    maps [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (k, j)>, affine_map<(i, j, k) -> (i, j)>] slots 2
    : tensor<100x30xf32>, tensor<30x90xf32>, tensor<100x90xf32>
}

// -----

tile.kernel @k(%a: tensor<100x30xf32>, %b: tensor<30x90xf32>, %c: tensor<100x90xf32>) team 256 {
  %n = tile.point "batch" 0 to 1
  %i = tile.point "rows" 0 to 2
  %j = tile.point "columns" 0 to 2
  // expected-error @+1 {{has a tile of which a thread does not get 4 x 4 elements}}
  tile.contract %a, %b into %c tile [64, 32, 16] at %n, %i, %j extents [100, 90, 30]
    maps [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (k, j)>, affine_map<(i, j, k) -> (i, j)>] slots 2
    : tensor<100x30xf32>, tensor<30x90xf32>, tensor<100x90xf32>
}

// -----

tile.kernel @k(%a: tensor<100x30xf32>, %b: tensor<30x90xf32>, %c: tensor<100x90xf32>) team 256 {
  %n = tile.point "batch" 0 to 1
  %i = tile.point "rows" 0 to 2
  %j = tile.point "columns" 0 to 2
  // expected-error @+1 {{needs two slots or more, to copy into one while another is read}}
  tile.contract %a, %b into %c tile [64, 64, 16] at %n, %i, %j extents [100, 90, 30]
    maps [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (k, j)>, affine_map<(i, j, k) -> (i, j)>] slots 1
    : tensor<100x30xf32>, tensor<30x90xf32>, tensor<100x90xf32>
}

// -----

tile.kernel @k(%a: tensor<100x30xf32>, %b: tensor<30x90xf32>, %c: tensor<100x90xf32>) team 256 {
  %n = tile.point "batch" 0 to 1
  %i = tile.point "rows" 0 to 2
  %j = tile.point "columns" 0 to 2
  // expected-error @+1 {{needs a map for each of its three tensors}}
  tile.contract %a, %b into %c tile [64, 64, 16] at %n, %i, %j extents [100, 90, 30]
    maps [affine_map<(i, j, k) -> (i, k)>] slots 2
    : tensor<100x30xf32>, tensor<30x90xf32>, tensor<100x90xf32>
}

// -----

tile.kernel @k(%a: tensor<100x30xf32>, %b: tensor<30x90xf32>, %c: tensor<100x90xf32>) team 256 {
  %n = tile.point "batch" 0 to 1
  %i = tile.point "rows" 0 to 2
  %j = tile.point "columns" 0 to 2
  // expected-error @+1 {{map takes 2 indices and 0 positions, 3 and 0 given}}
  tile.contract %a, %b into %c tile [64, 64, 16] at %n, %i, %j extents [100, 90, 30]
    maps [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j) -> (j, j)>, affine_map<(i, j, k) -> (i, j)>] slots 2
    : tensor<100x30xf32>, tensor<30x90xf32>, tensor<100x90xf32>
}

// -----

tile.kernel @k(%a: tensor<100x30xf32>, %b: tensor<30x90xf32>, %c: tensor<100x90xf32>) team 256 {
  %n = tile.point "batch" 0 to 1
  %i = tile.point "rows" 0 to 2
  %j = tile.point "columns" 0 to 2
  // expected-error @+1 {{gives 1 coordinates to a tensor of rank 2}}
  tile.contract %a, %b into %c tile [64, 64, 16] at %n, %i, %j extents [100, 90, 30]
    maps [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (k)>, affine_map<(i, j, k) -> (i, j)>] slots 2
    : tensor<100x30xf32>, tensor<30x90xf32>, tensor<100x90xf32>
}
