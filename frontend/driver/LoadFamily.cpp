// Families of arrays: `W[l,i,j] = "model.safetensors:layers.{l}.weight"`.
#include "frontend/driver/LoadFamily.h"

#include "frontend/driver/MemberNumber.h"
#include "runtime/io/Safetensors.h"

#include <algorithm>
#include <unordered_set>

namespace tl::driver {
namespace {

using runtime::Error;
using runtime::ErrorKind;
using runtime::FileReference;
using runtime::Result;
using runtime::Shape;
using runtime::Tensor;
using runtime::TensorHeader;

/// More layers than any model has.
constexpr std::int64_t kMaxMembers = 100'000;

/// `layers.{2*l+1}.weight` as text around what stands in braces: one piece more than numbers.
struct Pattern {
  std::vector<std::string> pieces;
  std::vector<MemberNumber> numbers;

  /// No member has the empty name, which stands for one whose number does not fit.
  std::string member(const std::vector<std::int64_t> &values) const {
    std::string name = pieces[0];
    for (std::size_t k = 0; k < values.size(); ++k) {
      const std::optional<std::int64_t> number = numbers[k].at(values[k]);
      if (!number)
        return {};
      name += std::to_string(*number) + pieces[k + 1];
    }
    return name;
  }
};

Result<Pattern> parsePattern(std::string_view text, const std::string &shown) {
  Pattern pattern;
  pattern.pieces.emplace_back();
  for (std::size_t position = 0; position < text.size(); ++position) {
    if (text[position] != '{') {
      pattern.pieces.back() += text[position];
      continue;
    }
    const std::size_t close = text.find('}', position);
    if (close == std::string_view::npos)
      return Error{ErrorKind::Program, "'" + shown + "' has a '{' without '}'"};
    const std::string inside(text.substr(position + 1, close - position - 1));
    std::optional<MemberNumber> number = parseMemberNumber(inside);
    if (!number)
      return Error{ErrorKind::Program, "'" + shown + "': '{" + inside +
                                           "}' must be an index of the left side, or a sum, product, "
                                           "quotient or remainder of one and whole numbers, as '{2*l+1}'"};
    pattern.numbers.push_back(*std::move(number));
    pattern.pieces.emplace_back();
    position = close;
  }
  return pattern;
}

/// One open file, so that a family does not parse its header again and again.
class Members {
public:
  static Result<Members> open(const FileReference &reference) {
    Members members;
    members.reference = reference;
    if (reference.path.ends_with(".safetensors")) {
      Result<runtime::SafetensorsFile> file = runtime::SafetensorsFile::open(reference.path);
      if (!file)
        return file.error();
      members.safetensors = std::make_shared<runtime::SafetensorsFile>(*std::move(file));
    }
    return members;
  }

  Result<TensorHeader> header(const std::string &name) const {
    return safetensors ? safetensors->header(name) : runtime::readTensorHeader(named(name));
  }
  /// All names, where the format lists them at no cost.
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    if (safetensors)
      for (const runtime::SafetensorsEntry &entry : safetensors->entries())
        all.push_back(entry.name);
    return all;
  }
  Result<Tensor> read(const std::string &name, runtime::MemoryBudget &budget) const {
    return safetensors ? safetensors->read(name, budget) : runtime::readTensor(named(name), budget);
  }

private:
  FileReference named(const std::string &name) const { return {reference.path, name}; }

  FileReference reference;
  std::shared_ptr<runtime::SafetensorsFile> safetensors;
};

/// The positions that the braced indices have on the left.
Result<std::vector<std::size_t>> stackedAxes(const Pattern &pattern, const ast::Head *head,
                                             const std::string &shown) {
  std::vector<std::size_t> axes;
  for (const auto &[text, index] : pattern.numbers) {
    const std::size_t rank = head ? head->indices.size() : 0;
    std::size_t axis = 0;
    for (; axis < rank; ++axis) {
      const ast::ExprPtr &expr = head->indices[axis].expr;
      const auto *variable = expr ? std::get_if<ast::Variable>(&expr->node) : nullptr;
      if (variable && variable->name == index)
        break;
    }
    if (axis == rank || std::find(axes.begin(), axes.end(), axis) != axes.end())
      return Error{ErrorKind::Program,
                   "'" + shown + "': '{" + text + "}' must name an index of the left side, once"};
    axes.push_back(axis);
  }
  return axes;
}

class Family {
public:
  Family(Pattern pattern, std::vector<std::size_t> axes, const Members &members, std::string shown)
      : pattern(std::move(pattern)), axes(std::move(axes)), members(members), shown(std::move(shown)) {}

  Result<Tensor> read(runtime::MemoryBudget &budget) {
    Result<TensorHeader> first = members.header(pattern.member(std::vector<std::int64_t>(axes.size(), 0)));
    if (!first)
      return first.error();
    header = *first;
    for (std::size_t index = 0; index < axes.size(); ++index) {
      counts.push_back(count(index));
      if (counts.back() == kMaxMembers)
        return Error{ErrorKind::Limit, "'" + shown + "': '{" + pattern.numbers[index].text +
                                           "}' names a member for every value up to " +
                                           std::to_string(kMaxMembers) +
                                           ", so nothing says how many there are"};
    }
    TL_TRY(checkGaps());
    shape = header.shape;
    std::vector<std::size_t> ascending = axes;
    std::sort(ascending.begin(), ascending.end());
    for (std::size_t axis : ascending) {
      if (axis > shape.size())
        return Error{ErrorKind::Program, "'" + shown + "' has " + std::to_string(header.shape.size()) +
                                             " axes a member, fewer than the left side needs"};
      const auto index = std::find(axes.begin(), axes.end(), axis) - axes.begin();
      shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), counts[index]);
    }
    Result<Tensor> whole = Tensor::create(budget, header.type, shape, shown);
    if (!whole)
      return whole;
    std::vector<std::int64_t> values(axes.size(), 0);
    do {
      TL_TRY(copyMember(values, *whole, budget));
    } while (advance(values));
    return whole;
  }

private:
  /// Members with the other indices 0, from 0 up to the first that is missing.
  std::int64_t count(std::size_t index) const {
    std::vector<std::int64_t> values(axes.size(), 0);
    while (values[index] < kMaxMembers && members.header(pattern.member(values)))
      ++values[index];
    return values[index];
  }

  /// A member past the first missing one would silently be left out.
  Result<void> checkGaps() const {
    if (axes.size() != 1)
      return {};
    const std::unordered_set<std::int64_t> present = numbersPresent();
    constexpr std::int64_t kFurthest = 1 << 24;
    const std::int64_t last =
        present.empty() ? 0 : std::min(kFurthest, *std::max_element(present.begin(), present.end()));
    for (std::int64_t value = counts[0] + 1; value <= last; ++value) {
      const std::optional<std::int64_t> number = pattern.numbers[0].at(value);
      if (number && present.count(*number))
        return Error{ErrorKind::Data, "'" + shown + "' has member '" + pattern.member({value}) +
                                          "' but not '" + pattern.member(counts) + "'"};
    }
    return {};
  }

  /// The numbers between the two pieces of the pattern, of all names in the file.
  std::unordered_set<std::int64_t> numbersPresent() const {
    std::unordered_set<std::int64_t> present;
    const std::string &before = pattern.pieces[0], &after = pattern.pieces[1];
    for (const std::string &name : members.names()) {
      if (name.size() <= before.size() + after.size() || !name.starts_with(before) || !name.ends_with(after))
        continue;
      const std::string number = name.substr(before.size(), name.size() - before.size() - after.size());
      if (number.size() < 10 && number.find_first_not_of("0123456789") == std::string::npos)
        present.insert(std::stol(number));
    }
    return present;
  }

  bool advance(std::vector<std::int64_t> &values) const {
    for (std::size_t index = values.size(); index-- > 0;) {
      if (++values[index] < counts[index])
        return true;
      values[index] = 0;
    }
    return false;
  }

  Result<void> copyMember(const std::vector<std::int64_t> &values, Tensor &whole,
                          runtime::MemoryBudget &budget) const {
    const std::string name = pattern.member(values);
    Result<Tensor> member = members.read(name, budget);
    if (!member)
      return member.error();
    if (member->shape() != header.shape || member->type() != header.type)
      return Error{ErrorKind::Program, "'" + shown + "': member '" + name + "' has shape " +
                                           runtime::toString(member->shape()) + ", the first one has " +
                                           runtime::toString(header.shape)};
    const std::vector<std::int64_t> strides = runtime::rowMajorStrides(shape);
    std::int64_t base = 0;
    for (std::size_t index = 0; index < axes.size(); ++index)
      base += values[index] * strides[axes[index]];
    std::vector<std::int64_t> own; // strides of the member's axes in the whole
    for (std::size_t axis = 0; axis < shape.size(); ++axis)
      if (std::find(axes.begin(), axes.end(), axis) == axes.end())
        own.push_back(strides[axis]);
    copyBlock(static_cast<const std::byte *>(member->data()), static_cast<std::byte *>(whole.mutableData()),
              own, 0, base);
    return {};
  }

  /// Copies the member's elements from `axis` on; runs that lie together in both are copied at once.
  const std::byte *copyBlock(const std::byte *source, std::byte *target,
                             const std::vector<std::int64_t> &strides, std::size_t axis,
                             std::int64_t base) const {
    const auto width = static_cast<std::int64_t>(runtime::byteWidth(header.type));
    std::int64_t run = 1;
    bool isTogether = true;
    for (std::size_t inner = strides.size(); inner-- > axis;) {
      isTogether &= strides[inner] == run;
      run *= header.shape[inner];
    }
    if (isTogether) {
      if (run > 0)
        std::memcpy(target + base * width, source, static_cast<std::size_t>(run * width));
      return source + run * width;
    }
    for (std::int64_t position = 0; position < header.shape[axis]; ++position)
      source = copyBlock(source, target, strides, axis + 1, base + position * strides[axis]);
    return source;
  }

  Pattern pattern;
  std::vector<std::size_t> axes;
  const Members &members;
  std::string shown;
  TensorHeader header;
  std::vector<std::int64_t> counts;
  Shape shape;
};

} // namespace

Result<Tensor> readFamily(const FileReference &reference, const ast::Head *head,
                          runtime::MemoryBudget &budget) {
  const std::string shown = runtime::toString(reference);
  Result<Pattern> pattern = parsePattern(reference.member, shown);
  if (!pattern)
    return pattern.error();
  Result<std::vector<std::size_t>> axes = stackedAxes(*pattern, head, shown);
  if (!axes)
    return axes.error();
  Result<Members> members = Members::open(reference);
  if (!members)
    return members.error();
  return Family(*std::move(pattern), *std::move(axes), *members, shown).read(budget);
}

} // namespace tl::driver
