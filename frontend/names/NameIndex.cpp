// Looking names up by place and by spelling.
#include "frontend/names/NameIndex.h"

#include "frontend/names/Scan.h"

#include <algorithm>

namespace tl::names {

NameIndex::NameIndex(std::string_view text) : source(text) {
  source::SourceManager sources;
  source::DiagnosticEngine ignored;
  Scanned scanned = scan(text, parse::tokenize(sources, sources.add("", std::string(text)), ignored));
  occurrences = std::move(scanned.occurrences);
  statements = std::move(scanned.statements);
  for (std::uint32_t number = 0; number < occurrences.size(); ++number)
    byKey[key(occurrences[number], name(occurrences[number]))].push_back(number);
}

std::string NameIndex::key(const Occurrence &one, std::string_view spelling) const {
  return std::to_string(static_cast<int>(one.kind)) + " " + std::to_string(one.scope) + " " + one.owner +
         " " + std::string(spelling);
}

const Occurrence *NameIndex::at(std::uint32_t offset) const {
  auto after = std::ranges::upper_bound(occurrences, offset, {}, &Occurrence::begin);
  if (after == occurrences.begin())
    return nullptr;
  const Occurrence &one = *std::prev(after);
  return offset <= one.end ? &one : nullptr;
}

std::vector<const Occurrence *> NameIndex::same(const Occurrence &one) const {
  std::vector<const Occurrence *> found;
  if (auto known = byKey.find(key(one, name(one))); known != byKey.end())
    for (std::uint32_t number : known->second)
      found.push_back(&occurrences[number]);
  return found;
}

std::vector<const Occurrence *> NameIndex::definitions(const Occurrence &one) const {
  std::vector<const Occurrence *> all = same(one), declared, defined, facts;
  for (const Occurrence *other : all)
    (other->isDeclaration ? declared : other->isFact ? facts : defined).push_back(other);
  std::erase_if(defined, [](const Occurrence *other) { return !other->isDefinition; });
  if (!declared.empty() || !defined.empty())
    return declared.empty() ? defined : declared;
  if ((one.kind != NameKind::Tensor && one.kind != NameKind::Index) || all.empty())
    return {};
  return {facts.empty() ? all.front() : facts.front()};
}

bool NameIndex::isTaken(const Occurrence &one, std::string_view spelling) const {
  if (byKey.contains(key(one, spelling)))
    return true;
  // Constants are seen in blocks: a name of a block would hide one, or be hidden by it.
  return one.kind == NameKind::Tensor && std::ranges::any_of(occurrences, [&](const Occurrence &other) {
           return other.kind == NameKind::Tensor && (other.scope == 0) != (one.scope == 0) &&
                  name(other) == spelling;
         });
}

} // namespace tl::names
