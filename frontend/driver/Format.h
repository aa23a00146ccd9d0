// Answers as text, under the names of the driver.
#pragma once

#include "frontend/driver/Answers.h"
#include "runtime/answer/Format.h"

namespace tl::driver {

using runtime::appendElement;
using runtime::OutputFormat;
using runtime::outputFormatNamed;
using runtime::Sink;
using runtime::TextOptions;
using runtime::writeJson;
using runtime::writeText;
using runtime::writeTsv;

} // namespace tl::driver
