// Profiles for people and for trace viewers.
#include "frontend/driver/FormatProfile.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <map>
#include <vector>

namespace tl::driver {
namespace {

using runtime::Profile;
using runtime::ProfileEvent;

constexpr std::size_t kShownRounds = 40;

struct Total {
  std::size_t calls = 0;
  std::int64_t microseconds = 0, rowsIn = 0, rowsOut = 0;
  std::size_t bytes = 0;

  void add(const ProfileEvent &event) {
    calls += static_cast<std::size_t>(event.calls);
    microseconds += event.microseconds;
    rowsIn += event.rowsIn;
    rowsOut += event.rowsOut;
    bytes = std::max(bytes, event.bytes);
  }
};

template <typename... Arguments> std::string line(const char *format, Arguments... arguments) {
  char text[512];
  std::snprintf(text, sizeof text, format, arguments...);
  return std::string(text) + "\n";
}

double milliseconds(std::int64_t microseconds) {
  return static_cast<double>(microseconds) / 1000;
}

double megabytes(std::size_t bytes) {
  return static_cast<double>(bytes) / (1 << 20);
}

std::string ruleLines(const Profile &profile) {
  std::map<std::pair<std::string, std::string>, Total> totals;
  for (const ProfileEvent &event : profile.events())
    totals[{event.place, event.target}].add(event);
  std::vector<std::pair<std::pair<std::string, std::string>, Total>> rules(totals.begin(), totals.end());
  std::sort(rules.begin(), rules.end(), [](const auto &a, const auto &b) {
    return std::make_pair(-a.second.microseconds, a.first) < std::make_pair(-b.second.microseconds, b.first);
  });
  std::string text =
      line("%10s %8s %12s %12s %9s  %s", "ms", "calls", "rows in", "rows out", "peak MB", "rule");
  for (const auto &[rule, total] : rules)
    text += line("%10.1f %8zu %12lld %12lld %9.1f  %s %s", milliseconds(total.microseconds), total.calls,
                 static_cast<long long>(total.rowsIn), static_cast<long long>(total.rowsOut),
                 megabytes(total.bytes), rule.first.c_str(), rule.second.c_str());
  return text;
}

std::string roundLines(const Profile &profile) {
  std::map<std::uint32_t, std::map<std::uint64_t, Total>> recursions;
  for (const ProfileEvent &event : profile.events())
    if (event.recursion != 0)
      recursions[event.recursion][event.round].add(event);
  std::string text;
  for (const auto &[recursion, rounds] : recursions) {
    text += "\n" + line("%10s %8s %12s %12s %9s  recursion %u", "ms", "round", "rows in", "rows out", "MB",
                        recursion);
    std::size_t shown = 0;
    for (const auto &[round, total] : rounds)
      if (++shown <= kShownRounds)
        text += line("%10.1f %8llu %12lld %12lld %9.1f", milliseconds(total.microseconds),
                     static_cast<unsigned long long>(round), static_cast<long long>(total.rowsIn),
                     static_cast<long long>(total.rowsOut), megabytes(total.bytes));
    if (rounds.size() > kShownRounds)
      text += line("%10s %zu more rounds", "", rounds.size() - kShownRounds);
  }
  return text;
}

} // namespace

std::string profileText(const Profile &profile) {
  return ruleLines(profile) + roundLines(profile);
}

std::string traceText(const Profile &profile) {
  nlohmann::json events = nlohmann::json::array();
  for (const ProfileEvent &event : profile.events())
    events.push_back({{"name", event.place + (event.target.empty() ? "" : " " + event.target)},
                      {"ph", "X"},
                      {"pid", 1},
                      {"tid", 1},
                      {"ts", event.beginMicroseconds},
                      {"dur", event.microseconds},
                      {"args",
                       {{"round", event.round},
                        {"rows in", event.rowsIn},
                        {"rows out", event.rowsOut},
                        {"bytes", event.bytes}}}});
  return nlohmann::json({{"traceEvents", events}}).dump() + "\n";
}

} // namespace tl::driver
