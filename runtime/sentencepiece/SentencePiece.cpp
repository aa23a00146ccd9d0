// Subword models by the sentencepiece library, whose types stay in this file.
#include "runtime/io/SentencePiece.h"

#include "runtime/io/Files.h"

#include <sentencepiece_processor.h>

namespace tl::runtime {
namespace {

class SentencePieceModel : public SubwordModel {
public:
  explicit SentencePieceModel(std::string path) : path(std::move(path)) {}

  Result<void> load() {
    Result<MappedFile> file = MappedFile::open(path);
    if (!file)
      return file.error();
    const sentencepiece::util::Status loaded = processor.LoadFromSerializedProto(file->text());
    if (!loaded.ok() || processor.GetPieceSize() == 0)
      return Error{ErrorKind::Data, "'" + path + "' is not a model of sentencepiece"};
    return {};
  }

  Result<std::vector<std::int64_t>> encode(std::string_view text) const override {
    std::vector<int> pieces;
    const sentencepiece::util::Status encoded = processor.Encode(text, &pieces);
    if (!encoded.ok())
      return Error{ErrorKind::Data, "'" + path + "' cannot encode the text: " + encoded.ToString()};
    return std::vector<std::int64_t>(pieces.begin(), pieces.end());
  }

  Result<std::string> decode(std::span<const std::int64_t> tokens) const override {
    std::vector<int> pieces;
    for (std::int64_t token : tokens) {
      if (token < 0 || token >= processor.GetPieceSize())
        return Error{ErrorKind::Program, "'" + path + "' has no token " + std::to_string(token)};
      pieces.push_back(static_cast<int>(token));
    }
    std::string text;
    const sentencepiece::util::Status decoded = processor.Decode(pieces, &text);
    if (!decoded.ok())
      return Error{ErrorKind::Data, "'" + path + "' cannot decode the tokens: " + decoded.ToString()};
    return text;
  }

private:
  std::string path;
  sentencepiece::SentencePieceProcessor processor;
};

} // namespace

Result<std::unique_ptr<SubwordModel>> openSentencePiece(const std::string &path) {
  auto model = std::make_unique<SentencePieceModel>(path);
  TL_TRY(model->load());
  return std::unique_ptr<SubwordModel>(std::move(model));
}

} // namespace tl::runtime
