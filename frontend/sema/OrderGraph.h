// Strongly connected components of a directed graph, and an order of them.
#pragma once

#include <cstdint>
#include <vector>

namespace tl::sema {

/// Successors of each node: what it depends on.
using Graph = std::vector<std::vector<std::uint32_t>>;

/// The strongly connected components. A component comes after every component that it depends on; among those
/// that are ready the one with the smallest node comes first. Nodes of a component ascend. No recursion,
/// O(nodes + edges) log.
std::vector<std::vector<std::uint32_t>> orderedComponents(const Graph &graph);

} // namespace tl::sema
