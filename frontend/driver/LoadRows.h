// Facts and tables as rows of cells.
#pragma once

#include "frontend/driver/LoadSymbols.h"
#include "frontend/sema/Check.h"

namespace tl::driver {

/// The rows of one tensor from all of its sources, with duplicates, in their order.
struct Rows {
  std::vector<runtime::Cell> cells;
  std::size_t count = 0;
  std::size_t facts = 0;                   ///< so many come first and from the program itself
  std::vector<double> values;              ///< one a row, for elements of a dense tensor
  std::vector<const DataSource *> sources; ///< of `values`: where each run of rows comes from,
  std::vector<std::size_t> firstRows;      ///< and its first row
};

/// Whether each column of the tensor's own data is over integers or symbols; Unknown where it has no rows.
/// One symbol makes a column symbols.
std::vector<sema::AxisClass::Kind> columnKinds(const sema::TypedProgram &program, sema::TensorId tensor,
                                               const std::vector<DataSource> &sources);

/// Numbers symbols and collects the rows; `size` receives what `resolve` wants to know of them.
Rows collectRows(const sema::TypedProgram &program, sema::TensorId tensor,
                 const std::vector<DataSource> &sources, ClassDomains &domains, runtime::MemoryBudget &budget,
                 FailureSink &failures, sema::LoadedSizes &size);

} // namespace tl::driver
