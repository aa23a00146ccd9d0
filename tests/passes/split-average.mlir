// RUN: tl-opt %s --tl-split-average | FileCheck %s

// CHECK: [[SUM:%.*]] = tl.contract add into %{{.*}} {
// CHECK: [[V:%.*]] = tl.at %V
// CHECK-NEXT: tl.yield [[V]] at [%x floordiv 2] : f32
// CHECK: } : tensor<5xf32>
// CHECK: [[COUNT:%.*]] = tl.contract add into %{{.*}} {
// CHECK: tl.at %V
// CHECK: tl.yield %{{.*}} at [%x floordiv 2] : i64
// CHECK: } : tensor<5xi64>
// CHECK: [[EMPTY:%.*]] = tl.empty add : tensor<5xf32>
// CHECK: [[MEAN:%.*]] = tl.map add into [[EMPTY]] {
// CHECK: tl.at [[COUNT]]
// CHECK: tl.apply "gt"
// CHECK: tl.where
// CHECK: tl.at [[SUM]]
// CHECK: tl.apply "div"
// CHECK: tl.query 0 [[MEAN]]
// CHECK-NOT: avg
tl.program {
  %V = tl.read "V" from "literal" : !tl.partial<tensor<10xf32>>
  %0 = tl.empty avg : tensor<5xf32>
  %1 = tl.contract avg into %0 {
    %x = tl.index "x" 0 to 10
    %v = tl.at %V[%x] : !tl.partial<tensor<10xf32>>
    tl.yield %v at [%x floordiv 2] : f32
  } : tensor<5xf32>
  tl.query 0 %1 : tensor<5xf32>
}
