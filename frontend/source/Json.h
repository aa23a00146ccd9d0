// Text and diagnostics as JSON.
#pragma once

#include "frontend/source/Diagnostic.h"
#include "runtime/core/JsonText.h"

#include <string>
#include <string_view>

namespace tl::source {

using runtime::appendJsonText;

/// One JSON object and a newline: `id severity message file range labels hint fix`. Lines and columns count
/// from 1, columns in bytes, offsets from 0; what concerns a run as a whole has no range (null).
std::string renderJson(const SourceManager &sources, const Diagnostic &diagnostic, bool strict = false);

/// All of them, sorted by place, without duplicates.
std::string renderAllJson(const SourceManager &sources, const DiagnosticEngine &engine);

} // namespace tl::source
