// Checkpoints: a safetensors file and a manifest that is written after it.
#include "frontend/driver/TrainingCheckpoint.h"

#include "frontend/driver/Printed.h"
#include "runtime/io/Safetensors.h"

#include <nlohmann/json.hpp>

#include <bit>
#include <charconv>
#include <filesystem>

namespace tl::driver {
namespace {

using nlohmann::json;
using runtime::Error;
using runtime::ErrorKind;
using runtime::Result;

constexpr std::string_view kManifest = "/checkpoint.json";
constexpr int kFormat = 1;

std::string hexadecimal(std::uint64_t number) {
  return printed("%016llx", static_cast<unsigned long long>(number));
}

std::optional<std::uint64_t> hexadecimal(std::string_view text) {
  std::uint64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  bool isWhole = error == std::errc() && end == text.data() + text.size() && text.size() == 16;
  return isWhole ? std::optional(number) : std::nullopt;
}

/// A real exactly: shortest decimals would do, but infinities and NaN have no JSON.
std::string bitsOf(double value) {
  return hexadecimal(std::bit_cast<std::uint64_t>(value));
}

/// Of the bytes of one array (FNV-1a).
std::uint64_t checksum(const runtime::Tensor &tensor) {
  std::uint64_t hash = 0xCBF29CE484222325;
  const auto *bytes = static_cast<const unsigned char *>(tensor.data());
  const std::size_t count = static_cast<std::size_t>(tensor.elements()) * runtime::byteWidth(tensor.type());
  for (std::size_t k = 0; k < count; ++k)
    hash = (hash ^ bytes[k]) * 0x100000001B3;
  return hash;
}

json manifestOf(const CheckpointState &state, const std::string &tensors) {
  json sums = json::object();
  for (const auto &[name, tensor] : state.tensors)
    sums[name] = hexadecimal(checksum(tensor));
  json manifest = {{"format", kFormat},
                   {"program", hexadecimal(state.program)},
                   {"seed", state.seed},
                   {"learning", state.learning},
                   {"step", state.step},
                   {"steps", state.steps},
                   {"epoch", state.epoch},
                   {"position", state.position},
                   {"loss", bitsOf(state.loss)},
                   {"stale", state.stale},
                   {"tensors", tensors},
                   {"checksums", sums}};
  if (state.best)
    manifest["best"] = bitsOf(*state.best);
  return manifest;
}

/// Removes tensors of earlier checkpoints and of ones that were never finished.
void removeOthers(const std::string &folder, const std::string &kept) {
  std::error_code code;
  for (const auto &entry : std::filesystem::directory_iterator(folder, code)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("step-") && name.ends_with(".safetensors") && name != kept)
      std::filesystem::remove(entry.path(), code);
  }
}

/// A member of a manifest of the wrong type counts as missing.
class Manifest {
public:
  explicit Manifest(json object) : object(std::move(object)) {}

  std::int64_t whole(const char *name) {
    auto found = object.find(name);
    if (found == object.end() || !found->is_number_integer() || (!found->is_number_unsigned() && found->get<std::int64_t>() < 0))
      return miss(name), 0;
    return found->get<std::int64_t>();
  }
  std::string text(const char *name) {
    auto found = object.find(name);
    if (found == object.end() || !found->is_string())
      return miss(name), "";
    return found->get<std::string>();
  }
  std::uint64_t bits(const char *name) {
    std::optional<std::uint64_t> number = hexadecimal(text(name));
    if (!number)
      miss(name);
    return number.value_or(0);
  }
  bool has(const char *name) const { return object.contains(name); }
  std::map<std::string, std::uint64_t> checksums() {
    std::map<std::string, std::uint64_t> result;
    auto found = object.find("checksums");
    if (found == object.end() || !found->is_object())
      return miss("checksums"), result;
    for (const auto &[name, sum] : found->items())
      result[name] = sum.is_string() ? hexadecimal(sum.get<std::string>()).value_or(0) : 0;
    return result;
  }
  const std::string &missing() const { return missing_; }

private:
  void miss(const char *name) { missing_ = missing_.empty() ? name : missing_; }

  json object;
  std::string missing_;
};

Result<void> readTensors(const std::string &path, const std::map<std::string, std::uint64_t> &checksums,
                         runtime::MemoryBudget &budget, CheckpointState &state) {
  Result<runtime::SafetensorsFile> file = runtime::SafetensorsFile::open(path);
  if (!file)
    return file.error();
  for (const auto &[name, sum] : checksums) {
    Result<runtime::Tensor> tensor = file->read(name, budget);
    if (!tensor)
      return tensor.error();
    if (checksum(*tensor) != sum)
      return Error{ErrorKind::Data, "'" + path + "': '" + name + "' is damaged, its checksum is another"};
    state.tensors[name] = *std::move(tensor);
  }
  return {};
}

} // namespace

std::string bestName(const std::string &parameter) {
  return parameter + ".best";
}

Result<void> writeCheckpoint(const std::string &folder, const CheckpointState &state) {
  std::error_code code;
  std::filesystem::create_directories(folder, code);
  if (code)
    return runtime::systemError(folder, code.value());
  // Another name each time: the manifest on disk goes on naming what it was written for.
  const std::string name = printed("step-%zu-%09lld.safetensors", state.learning, static_cast<long long>(state.step));
  std::vector<runtime::NamedTensor> tensors;
  for (const auto &[tensor, value] : state.tensors)
    tensors.push_back({tensor, value});
  TL_TRY(runtime::writeSafetensors(folder + "/" + name, tensors));
  const std::string text = manifestOf(state, name).dump(2) + "\n";
  const std::span<const std::byte> piece = runtime::bytesOf(text);
  TL_TRY(runtime::writeFileAtomically(folder + std::string(kManifest), {&piece, 1}));
  removeOthers(folder, name);
  return {};
}

Result<CheckpointState> readCheckpoint(const std::string &folder, std::uint64_t program,
                                       runtime::MemoryBudget &budget) {
  const std::string path = folder + std::string(kManifest);
  Result<runtime::MappedFile> file = runtime::MappedFile::open(path);
  if (!file)
    return file.error();
  json object = json::parse(file->text(), nullptr, false);
  if (!object.is_object())
    return Error{ErrorKind::Data, "'" + path + "' is not a JSON object"};
  Manifest manifest(std::move(object));
  CheckpointState state;
  const std::int64_t format = manifest.whole("format");
  state.program = manifest.bits("program");
  state.seed = static_cast<std::uint64_t>(manifest.whole("seed"));
  state.learning = static_cast<std::size_t>(manifest.whole("learning"));
  state.step = manifest.whole("step");
  state.steps = manifest.whole("steps");
  state.epoch = manifest.whole("epoch");
  state.position = manifest.whole("position");
  state.loss = std::bit_cast<double>(manifest.bits("loss"));
  state.stale = manifest.whole("stale");
  if (manifest.has("best"))
    state.best = std::bit_cast<double>(manifest.bits("best"));
  const std::string tensors = manifest.text("tensors");
  const std::map<std::string, std::uint64_t> checksums = manifest.checksums();
  if (!manifest.missing().empty())
    return Error{ErrorKind::Data, "'" + path + "' has no '" + manifest.missing() + "' of the right kind"};
  if (format != kFormat)
    return Error{ErrorKind::Data, "'" + path + "' has format " + std::to_string(format) + ", this version reads " +
                                      std::to_string(kFormat)};
  if (state.program != program)
    return Error{ErrorKind::Data, "'" + path + "' is the checkpoint of another program, or of this one before it changed"};
  if (tensors.find('/') != std::string::npos)
    return Error{ErrorKind::Data, "'" + path + "' names tensors outside of its folder"};
  TL_TRY(readTensors(folder + "/" + tensors, checksums, budget, state));
  return state;
}

} // namespace tl::driver
