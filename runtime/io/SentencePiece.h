// Subword models in `.model` files, by the sentencepiece library.
#pragma once

#include "runtime/core/Result.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tl::runtime {

/// A subword model ready for use.
class SubwordModel {
public:
  virtual ~SubwordModel() = default;
  /// The numbers of the pieces of well-formed UTF-8, without marks of the beginning and the end.
  virtual Result<std::vector<std::int64_t>> encode(std::string_view text) const = 0;
  /// The text of pieces; marks have none.
  virtual Result<std::string> decode(std::span<const std::int64_t> tokens) const = 0;
};

/// Opens a model. Programs that are not linked with the library get NoSentencePiece.cpp, which says so.
Result<std::unique_ptr<SubwordModel>> openSentencePiece(const std::string &path);

} // namespace tl::runtime
