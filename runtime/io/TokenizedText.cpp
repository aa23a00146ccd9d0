// Text as the tokens of a language model.
#include "runtime/io/TokenizedText.h"

#include "runtime/io/Files.h"
#include "runtime/io/SentencePiece.h"
#include "runtime/io/Tokenizer.h"
#include "runtime/io/Utf8.h"

#include <filesystem>

namespace tl::runtime {
namespace {

std::string besides(const std::string &tokenizer, const std::string &name) {
  return (std::filesystem::path(tokenizer).parent_path() / name).string();
}

/// A model of sentencepiece or a `tokenizer.json`, as the extension says.
class TextCodec {
public:
  static Result<TextCodec> open(const std::string &path) {
    TextCodec codec;
    if (path.ends_with(".model")) {
      Result<std::unique_ptr<SubwordModel>> model = openSentencePiece(path);
      if (!model)
        return model.error();
      codec.model = *std::move(model);
      return codec;
    }
    Result<Tokenizer> tokenizer = Tokenizer::open(path);
    if (!tokenizer)
      return tokenizer.error();
    codec.tokenizer = std::make_unique<Tokenizer>(*std::move(tokenizer));
    return codec;
  }

  Result<std::vector<std::int64_t>> encode(std::string_view text) const {
    return model ? model->encode(text) : tokenizer->encode(text);
  }
  Result<std::string> decode(std::span<const std::int64_t> tokens) const {
    return model ? model->decode(tokens) : tokenizer->decode(tokens);
  }

private:
  std::unique_ptr<SubwordModel> model;
  std::unique_ptr<Tokenizer> tokenizer; ///< where there is no model
};

Result<std::vector<std::int64_t>> tokensOf(const FileReference &reference) {
  Result<TextCodec> tokenizer = TextCodec::open(reference.path);
  if (!tokenizer)
    return tokenizer.error();
  if (!reference.member.ends_with(".txt")) {
    if (validUtf8Prefix(reference.member) != reference.member.size())
      return Error{ErrorKind::Data, "'" + toString(reference) + "': the text is not UTF-8"};
    return tokenizer->encode(reference.member);
  }
  const std::string path = besides(reference.path, reference.member);
  Result<MappedFile> file = MappedFile::open(path);
  if (!file)
    return file.error();
  std::string_view text = file->text();
  if (std::size_t valid = validUtf8Prefix(text); valid != text.size())
    return malformed(path, valid, "the text is not UTF-8");
  if (text.starts_with(kByteOrderMark))
    text.remove_prefix(kByteOrderMark.size());
  return tokenizer->encode(text);
}

} // namespace

Result<TensorHeader> readTokenizedHeader(const FileReference &reference) {
  Result<std::vector<std::int64_t>> tokens = tokensOf(reference);
  if (!tokens)
    return tokens.error();
  return TensorHeader{ElementType::I64, {static_cast<std::int64_t>(tokens->size())}};
}

Result<Tensor> readTokenized(const FileReference &reference, MemoryBudget &budget) {
  Result<std::vector<std::int64_t>> tokens = tokensOf(reference);
  if (!tokens)
    return tokens.error();
  Result<Tensor> tensor = Tensor::create(budget, ElementType::I64,
                                         {static_cast<std::int64_t>(tokens->size())}, toString(reference));
  if (!tensor)
    return tensor.error();
  std::copy(tokens->begin(), tokens->end(), tensor->mutableAs<std::int64_t>());
  return tensor;
}

Result<void> writeTokenized(const std::string &path, std::span<const NamedTensor> tensors) {
  Result<TextCodec> tokenizer = TextCodec::open(path);
  if (!tokenizer)
    return tokenizer.error();
  for (const NamedTensor &named : tensors) {
    if (!named.name.ends_with(".txt"))
      return Error{ErrorKind::Data,
                   "'" + path + ":" + named.name + "': text is written into files that end in .txt"};
    if (named.tensor.rank() != 1 || isFloat(named.tensor.type()))
      return Error{ErrorKind::Program,
                   "'" + path + ":" + named.name + "' takes tokens, integers along one index"};
    std::vector<std::int64_t> tokens;
    for (std::int64_t position = 0; position < named.tensor.elements(); ++position)
      tokens.push_back(named.tensor.integer(position));
    Result<std::string> text = tokenizer->decode(tokens);
    if (!text)
      return text.error();
    const std::span<const std::byte> pieces[] = {bytesOf(*text)};
    TL_TRY(writeFileAtomically(besides(path, named.name), pieces));
  }
  return {};
}

} // namespace tl::runtime
