// The command line as data: what completions and the manual page are made of.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tl::cli {

struct OptionDescription {
  std::vector<std::string> names; ///< with their dashes
  std::string summary;
  std::string value;                ///< what stands for the value; empty for a flag
  std::vector<std::string> choices; ///< the values that it takes, when they are few
  std::string standard;             ///< the value that it has when it is not given; may be empty
};

struct VerbDescription {
  std::string name, summary, footer;
  std::vector<OptionDescription> options;
  std::vector<OptionDescription> operands; ///< the words without dashes
};

/// Every verb of `app`, in the order of its help.
std::vector<VerbDescription> describeVerbs(const CLI::App &app);

/// The shells that completions are made for.
std::vector<std::string> shells();

/// A completion script.
std::string completionScript(const std::string &shell, const std::vector<VerbDescription> &verbs);

/// The manual page, for man.
std::string manualPage(const std::vector<VerbDescription> &verbs, const std::string &version);

} // namespace tl::cli
