// The dialect `tile`: how a kernel is done on a GPU.
#ifndef TILE_DIALECT_TD
#define TILE_DIALECT_TD

include "mlir/IR/OpBase.td"

def Tile_Dialect : Dialect {
  let name = "tile";
  let cppNamespace = "::tl::tile";
  let summary = "kernels as teams of threads: what each team computes, and what its threads share";
  let description = [{
    A `tile.kernel` is the program of one team. A launch runs it once for every point of the kernel's space, in no
    stated order, by a team of its own. Outside `tile.stride` a team acts as one: each op happens once. Inside, every
    iteration happens once, in one of the team's threads. What is computed is written in the ops of `plan`.
  }];
}

#endif
