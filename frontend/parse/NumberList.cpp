// Shapes of nested lists: every depth must repeat the length of its first list.
#include "frontend/parse/NumberList.h"

namespace tl::parse {

void NumberList::open(source::SourceRange bracket) {
  auto depth = static_cast<std::int64_t>(counts.size());
  if (leafDepth >= 0 && depth >= leafDepth)
    mixed(bracket, firstNumber);
  if (!counts.empty())
    ++counts.back();
  counts.push_back(0);
  openRanges.push_back(bracket);
  if (depths.size() < counts.size())
    depths.emplace_back();
}

void NumberList::close(source::SourceRange range) {
  std::int64_t length = counts.back();
  Depth &depth = depths[counts.size() - 1];
  counts.pop_back();
  openRanges.pop_back();
  if (depth.length < 0)
    depth = {length, range};
  else if (depth.length != length && ragged.empty())
    ragged.push_back({range, depth.firstRange, length, depth.length, false});
}

void NumberList::mixed(source::SourceRange range, source::SourceRange firstRange) {
  if (ragged.empty())
    ragged.push_back({range, firstRange, 0, 0, true});
}

void NumberList::number(source::SourceRange range) {
  auto depth = static_cast<std::int64_t>(counts.size());
  ++counts.back();
  if (leafDepth < 0) {
    leafDepth = depth;
    firstNumber = range;
    // Lists at this depth came before the first number: they stand where it stands.
    if (depths.size() > counts.size())
      mixed(range, depths[counts.size()].firstRange);
  } else if (depth != leafDepth) {
    mixed(range, firstNumber);
  }
}

void NumberList::integer(std::int64_t value, source::SourceRange range) {
  number(range);
  values.push_back(static_cast<double>(value));
  if (allIntegers)
    integers.push_back(value);
}

void NumberList::real(double value, source::SourceRange range) {
  number(range);
  values.push_back(value);
  allIntegers = false;
}

bool NumberList::finish(ast::Literal &literal, source::DiagnosticEngine &diagnostics) {
  auto elements = [](std::int64_t length) {
    return std::to_string(length) + (length == 1 ? " element" : " elements");
  };
  if (!ragged.empty()) {
    const Ragged &row = ragged.front();
    std::string message = row.isMixed ? "numbers and lists are mixed at one depth of a list"
                                      : "a row of " + elements(row.length) + " where the first has " +
                                            std::to_string(row.firstLength);
    auto &diagnostic = diagnostics.report(source::DiagnosticId::RaggedLiteral, row.range, message);
    diagnostic.labels.push_back(
        {row.range, row.isMixed ? "this one differs" : elements(row.length) + " here"});
    diagnostic.labels.push_back(
        {row.firstRange, row.isMixed ? "from this one" : elements(row.firstLength) + " here"});
    return false;
  }
  for (const Depth &depth : depths)
    literal.shape.push_back(depth.length);
  literal.allIntegers = allIntegers;
  literal.values = std::move(values);
  if (allIntegers)
    literal.integers = std::move(integers);
  return true;
}

} // namespace tl::parse
