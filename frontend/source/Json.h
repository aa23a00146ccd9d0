// Text and diagnostics as JSON.
#pragma once

#include "frontend/source/Diagnostic.h"

#include <string>
#include <string_view>

namespace tl::source {

/// Appends `text` as a JSON string. Bytes that are not UTF-8 become U+FFFD, so that the result always is.
void appendJsonText(std::string_view text, std::string &out);

/// One JSON object and a newline: `id severity message file range labels hint fix`. Lines and columns count
/// from 1, columns in bytes, offsets from 0; what concerns a run as a whole has no range (null).
std::string renderJson(const SourceManager &sources, const Diagnostic &diagnostic, bool strict = false);

/// All of them, sorted by place, without duplicates.
std::string renderAllJson(const SourceManager &sources, const DiagnosticEngine &engine);

} // namespace tl::source
