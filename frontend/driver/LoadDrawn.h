// What is drawn, or told apart, by random numbers.
#pragma once

#include "frontend/driver/Load.h"

namespace tl::driver {

/// The first value of a parameter. Extents are resolved; `domains` is by class.
runtime::Result<runtime::Tensor> drawParameter(const sema::TypedProgram &program,
                                               const sema::TensorSymbol &tensor,
                                               const std::vector<std::shared_ptr<runtime::Domain>> &domains,
                                               const LoadOptions &options);

/// Binds the symbols of every class that draws are told apart by; see sema::drawnSymbols.
runtime::Result<void> bindSymbolKeys(const sema::TypedProgram &program, LoadedData &data,
                                     const LoadOptions &options);

/// Binds the places of an index over integers, where draws are told apart by it: for programs that see a part
/// of it.
runtime::Result<void> bindPlaces(const sema::TypedProgram &program, sema::ClassId axisClass, LoadedData &data,
                                 runtime::MemoryBudget &budget);

} // namespace tl::driver
