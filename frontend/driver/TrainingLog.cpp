// What training writes down: JSON lines, events, a curve.
#include "frontend/driver/TrainingLog.h"

#include "frontend/driver/LossCurve.h"
#include "runtime/io/EventFile.h"
#include "runtime/io/Files.h"

#include <nlohmann/json.hpp>

#include <cerrno>
#include <chrono>
#include <cmath>

namespace tl::driver {

using runtime::Result;

namespace {

/// Seconds since 1970.
double wallTime() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// JSON has no word for what is not finite.
nlohmann::json numberOrText(double value) {
  if (std::isfinite(value))
    return value;
  return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

struct Closer {
  void operator()(std::FILE *file) const { std::fclose(file); }
};

} // namespace

class TrainingLog::Impl {
public:
  explicit Impl(const TrainingOptions &options) : options(options) {}

  Result<void> add(const StepReport &report) {
    if (options.onStep)
      options.onStep(report);
    if (!options.metrics.empty())
      TL_TRY(addMetrics(report));
    if (!options.tensorboard.empty())
      TL_TRY(addEvents(report));
    if (!options.lossCurve.empty())
      addPoint(report);
    return {};
  }

  Result<void> close() {
    if (options.lossCurve.empty() || curves.empty())
      return {};
    const std::string image = drawCurves(title, curves);
    const std::span<const std::byte> piece = runtime::bytesOf(image);
    return runtime::writeFileAtomically(options.lossCurve, {&piece, 1});
  }

private:
  /// A run that is taken up again adds to the file.
  Result<void> addMetrics(const StepReport &report) {
    if (!metrics)
      metrics.reset(std::fopen(options.metrics.c_str(), options.resume.empty() ? "w" : "a"));
    if (!metrics)
      return runtime::systemError(options.metrics, errno);
    nlohmann::ordered_json line = {{"learning", report.learning}, {"step", report.step},
                                   {"loss", numberOrText(report.value)}, {"rate", report.rate},
                                   {"seconds", report.seconds}};
    if (report.validation)
      line["validation"] = numberOrText(*report.validation);
    const std::string text = line.dump() + "\n";
    const bool isWritten =
        std::fwrite(text.data(), 1, text.size(), metrics.get()) == text.size() && std::fflush(metrics.get()) == 0;
    return isWritten ? Result<void>() : Result<void>(runtime::systemError(options.metrics, errno));
  }

  Result<void> addEvents(const StepReport &report) {
    const double now = wallTime();
    if (!events) {
      Result<runtime::EventFile> created = runtime::EventFile::create(options.tensorboard, now);
      if (!created)
        return created.error();
      events = *std::move(created);
    }
    TL_TRY(events->addScalar(report.loss, report.step, report.value, now));
    TL_TRY(events->addScalar("rate", report.step, report.rate, now));
    if (report.validation)
      TL_TRY(events->addScalar("validation", report.step, *report.validation, now));
    return {};
  }

  /// Statements of a program follow each other along the axis of steps.
  void addPoint(const StepReport &report) {
    if (title.empty())
      title = report.loss;
    ++points;
    auto add = [&](const std::string &name, double value) {
      auto found = std::find_if(curves.begin(), curves.end(), [&](const Curve &curve) { return curve.name == name; });
      Curve &curve = found == curves.end() ? curves.emplace_back() : *found;
      curve.name = name;
      curve.x.push_back(static_cast<double>(points));
      curve.y.push_back(value);
    };
    add(report.loss, report.value);
    if (report.validation)
      add("validation", *report.validation);
  }

  const TrainingOptions &options;
  std::unique_ptr<std::FILE, Closer> metrics;
  std::optional<runtime::EventFile> events;
  std::string title;
  std::int64_t points = 0;
  std::vector<Curve> curves;
};

TrainingLog::TrainingLog(const TrainingOptions &options) : impl(std::make_unique<Impl>(options)) {}

TrainingLog::~TrainingLog() = default;

Result<void> TrainingLog::add(const StepReport &report) {
  return impl->add(report);
}

Result<void> TrainingLog::close() {
  return impl->close();
}

} // namespace tl::driver
