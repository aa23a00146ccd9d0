// Between the public types and those of the driver.
#pragma once

#include "frontend/api/tl.h"
#include "frontend/driver/Answers.h"
#include "frontend/source/Diagnostic.h"

namespace tl::api {

runtime::ElementType toRuntime(ElementType type);
ElementType toPublic(runtime::ElementType type);

std::vector<Diagnostic> toPublic(const source::SourceManager &sources,
                                 const source::DiagnosticEngine &engine);

/// `answer` with everything it needs copied or kept alive; `budget` is what its tensor is charged to.
Answer toPublic(const driver::Answer &answer, std::shared_ptr<runtime::MemoryBudget> budget);

/// Whether `strides` (in elements, empty for row-major) are those of row-major elements.
bool isRowMajor(const std::vector<std::int64_t> &shape, const std::vector<std::int64_t> &strides);

/// Copies elements of `bytes` each between row-major memory and strided memory.
void gather(const void *strided, void *rowMajor, const ArrayView &layout, std::size_t bytes);
void scatter(const void *rowMajor, void *strided, const MutableArrayView &layout, std::size_t bytes);

} // namespace tl::api
