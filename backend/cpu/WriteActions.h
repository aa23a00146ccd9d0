// The ops of a planned program that hold no others, as steps of the executor.
#pragma once

#include "ir/plan/PlanOps.h"
#include "ir/tl/TlOps.h"
#include "runtime/execute/Program.h"

#include <vector>

namespace tl::backend::cpu {

/// Gives values of the module their numbers in the program.
class ValueNumbers {
public:
  virtual ~ValueNumbers() = default;
  virtual runtime::ValueId number(mlir::Value value) = 0;
  template <typename Values> std::vector<runtime::ValueId> allNumbers(Values &&values) {
    std::vector<runtime::ValueId> result;
    for (mlir::Value value : values)
      result.push_back(number(value));
    return result;
  }
};

/// The step that an op is.
runtime::Action writeAction(ir::ReadOp op, ValueNumbers &values);
runtime::Action writeAction(ir::EmptyOp op, ValueNumbers &values);
runtime::Action writeAction(ir::MatrixOp op, ValueNumbers &values);
runtime::Action writeAction(ir::ExternalOp op, ValueNumbers &values);
runtime::Action writeAction(ir::QueryOp op, ValueNumbers &values);
runtime::Action writeAction(ir::WriteOp op, ValueNumbers &values);
runtime::Action writeAction(plan::RowsOp op, ValueNumbers &values);
runtime::Action writeAction(plan::IndexByOp op, ValueNumbers &values);
/// `isOwn`: nothing else needs the input.
runtime::Action writeAction(ir::NormalizeOp op, bool isOwn, ValueNumbers &values);
/// `inPlace`: it may write to the destination itself.
runtime::Action writeAction(plan::ProductOp op, bool inPlace, ValueNumbers &values);

/// `'A', 'B'`, or what stands for the tensors of a recursion when they have no names.
std::string listedNames(std::optional<mlir::ArrayAttr> names);

/// The names of `count` carried values, one by one.
std::vector<std::string> carriedNames(std::optional<mlir::ArrayAttr> names, std::size_t count);

} // namespace tl::backend::cpu
