// Strongly connected components of a directed graph, and an order of them.
#include "frontend/sema/OrderGraph.h"

#include <algorithm>
#include <functional>
#include <queue>

namespace tl::sema {
namespace {

/// Tarjan's algorithm with its own stack: programs may be chains of 100,000 equations.
class ComponentSearch {
public:
  explicit ComponentSearch(const Graph &graph)
      : graph(graph), number(graph.size(), 0), low(graph.size(), 0), onStack(graph.size(), false),
        componentOf(graph.size(), 0) {}

  std::vector<std::vector<std::uint32_t>> run() {
    for (std::uint32_t root = 0; root < graph.size(); ++root)
      if (!number[root])
        visit(root);
    return std::move(components);
  }
  const std::vector<std::uint32_t> &membership() const { return componentOf; }

private:
  struct Frame {
    std::uint32_t node;
    std::size_t next = 0;
  };

  void enter(std::uint32_t node) {
    number[node] = low[node] = ++counter;
    stack.push_back(node);
    onStack[node] = true;
    frames.push_back({node});
  }

  void visit(std::uint32_t root) {
    enter(root);
    while (!frames.empty()) {
      Frame &frame = frames.back();
      if (frame.next == graph[frame.node].size()) {
        leave(frame.node);
        continue;
      }
      std::uint32_t successor = graph[frame.node][frame.next++];
      if (!number[successor])
        enter(successor);
      else if (onStack[successor])
        low[frame.node] = std::min(low[frame.node], number[successor]);
    }
  }

  void leave(std::uint32_t node) {
    frames.pop_back();
    if (!frames.empty())
      low[frames.back().node] = std::min(low[frames.back().node], low[node]);
    if (low[node] != number[node])
      return;
    std::vector<std::uint32_t> &members = components.emplace_back();
    std::uint32_t member;
    do {
      member = stack.back();
      stack.pop_back();
      onStack[member] = false;
      componentOf[member] = static_cast<std::uint32_t>(components.size() - 1);
      members.push_back(member);
    } while (member != node);
    std::sort(members.begin(), members.end());
  }

  const Graph &graph;
  std::vector<std::uint32_t> number, low;
  std::vector<bool> onStack;
  std::vector<std::uint32_t> componentOf;
  std::vector<std::uint32_t> stack;
  std::vector<Frame> frames;
  std::vector<std::vector<std::uint32_t>> components;
  std::uint32_t counter = 0;
};

} // namespace

std::vector<std::vector<std::uint32_t>> orderedComponents(const Graph &graph) {
  ComponentSearch search(graph);
  std::vector<std::vector<std::uint32_t>> components = search.run();
  const std::vector<std::uint32_t> &componentOf = search.membership();
  std::vector<std::size_t> waitingFor(components.size(), 0);
  std::vector<std::vector<std::uint32_t>> readers(components.size());
  for (std::uint32_t node = 0; node < graph.size(); ++node)
    for (std::uint32_t successor : graph[node])
      if (componentOf[node] != componentOf[successor]) {
        ++waitingFor[componentOf[node]];
        readers[componentOf[successor]].push_back(componentOf[node]);
      }
  using Entry = std::pair<std::uint32_t, std::uint32_t>; // smallest node, component
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> ready;
  for (std::uint32_t component = 0; component < components.size(); ++component)
    if (waitingFor[component] == 0)
      ready.push({components[component].front(), component});
  std::vector<std::vector<std::uint32_t>> ordered;
  while (!ready.empty()) {
    const std::uint32_t component = ready.top().second;
    ready.pop();
    for (std::uint32_t reader : readers[component])
      if (--waitingFor[reader] == 0)
        ready.push({components[reader].front(), reader});
    ordered.push_back(std::move(components[component]));
  }
  return ordered;
}

} // namespace tl::sema
