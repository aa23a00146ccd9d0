// Reading `tokenizer.json`: byte-level byte pairs and WordPiece.
#include "runtime/io/Files.h"
#include "runtime/io/Tokenizer.h"
#include "runtime/io/Unicode.h"
#include "runtime/io/Utf8.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

namespace tl::runtime {
namespace {

using nlohmann::json;

constexpr int kMostDepth = 128;
constexpr std::string_view kLlamaHead = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|";
constexpr std::string_view kLlamaTail = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/// A member, or null when `value` is no object or lacks it.
const json *member(const json &value, const char *name) {
  if (!value.is_object())
    return nullptr;
  auto found = value.find(name);
  return found == value.end() || found->is_null() ? nullptr : &*found;
}

std::string textOf(const json *value, std::string fallback = {}) {
  const auto *text = value ? value->get_ptr<const std::string *>() : nullptr;
  return text ? *text : std::move(fallback);
}

bool flagOf(const json *value, bool fallback) {
  const auto *flag = value ? value->get_ptr<const bool *>() : nullptr;
  return flag ? *flag : fallback;
}

const std::int64_t *integerOf(const json *value) {
  return value ? value->get_ptr<const std::int64_t *>() : nullptr;
}

/// The byte that a character of a byte-level vocabulary stands for: printable ones for themselves, the others
/// in order from U+0100.
std::optional<char> byteOf(char32_t character) {
  auto isItself = [](char32_t c) {
    return (c >= 33 && c <= 126) || (c >= 161 && c <= 172) || (c >= 174 && c <= 255);
  };
  if (character < 256)
    return isItself(character) ? std::optional(static_cast<char>(static_cast<unsigned char>(character)))
                               : std::nullopt;
  char32_t left = character - 256;
  for (char32_t byte = 0; byte < 256; ++byte)
    if (!isItself(byte) && left-- == 0)
      return static_cast<char>(static_cast<unsigned char>(byte));
  return std::nullopt;
}

/// The bytes of a token; nothing when it is not byte-level.
std::optional<std::string> bytesOfToken(std::string_view token) {
  std::string bytes;
  for (std::size_t position = 0; position < token.size();) {
    std::optional<char> byte = byteOf(nextCharacter(token, position));
    if (!byte)
      return std::nullopt;
    bytes += *byte;
  }
  return bytes;
}

/// Fills the parts, and says what is wrong or not supported.
class PartsReader {
public:
  explicit PartsReader(const std::string &path) : path(path) {}

  Result<TokenizerParts> read(const json &root) {
    const json *model = member(root, "model");
    if (!model)
      return fail("it has no 'model'");
    const std::string type = textOf(member(*model, "type"), member(*model, "merges") ? "BPE" : "WordPiece");
    if (type != "BPE" && type != "WordPiece")
      return unsupported("a model of type '" + type + "'");
    parts.model = type == "BPE" ? TokenizerParts::Model::BytePair : TokenizerParts::Model::WordPiece;
    TL_TRY(readAdded(member(root, "added_tokens")));
    TL_TRY(parts.model == TokenizerParts::Model::BytePair ? readBytePairs(root, *model)
                                                          : readWordPiece(root, *model));
    TL_TRY(readTemplate(member(root, "post_processor")));
    return std::move(parts);
  }

private:
  Error fail(const std::string &what) const {
    return {ErrorKind::Data, "'" + path + "' is not a tokenizer: " + what};
  }
  Error unsupported(const std::string &what) const {
    return {ErrorKind::Unsupported,
            "'" + path + "': " + what + " is not supported yet; byte-level BPE and WordPiece are"};
  }

  Result<void> readAdded(const json *list) {
    for (const json &token : list && list->is_array() ? *list : json::array()) {
      const std::int64_t *id = integerOf(member(token, "id"));
      std::string text = textOf(member(token, "content"));
      if (!id || text.empty())
        return fail("an added token lacks 'id' or 'content'");
      if (flagOf(member(token, "single_word"), false))
        return unsupported("the added token '" + text + "' with 'single_word'");
      parts.added.push_back(
          {text, *id, flagOf(member(token, "lstrip"), false), flagOf(member(token, "rstrip"), false)});
      parts.tokens[*id] = text;
    }
    std::sort(parts.added.begin(), parts.added.end(), [](const AddedToken &a, const AddedToken &b) {
      return a.text.size() != b.text.size() ? a.text.size() > b.text.size() : a.text < b.text;
    });
    return {};
  }

  Result<void> readVocabulary(const json &model, bool isByteLevel) {
    const json *vocabulary = member(model, "vocab");
    if (!vocabulary || !vocabulary->is_object())
      return fail("the model has no 'vocab'");
    for (const auto &[text, value] : vocabulary->items()) {
      const std::int64_t *id = integerOf(&value);
      if (!id || *id < 0)
        return fail("the number of the token '" + text + "' is not a positive integer");
      std::optional<std::string> token = isByteLevel ? bytesOfToken(text) : text;
      if (!token && parts.tokens.count(*id))
        continue; // an added token, which is not made of bytes
      if (!token)
        return unsupported("the token '" + text + "', which is not byte-level,");
      parts.vocabulary[*token] = *id;
      parts.tokens.try_emplace(*id, *std::move(token));
    }
    return {};
  }

  Result<void> readBytePairs(const json &root, const json &model) {
    if (member(root, "normalizer"))
      if (textOf(member(*member(root, "normalizer"), "type")) != "NFC") // which composed text has already
        return unsupported("a normalizer of a BPE model");
    if (flagOf(member(model, "byte_fallback"), false))
      return unsupported("'byte_fallback'");
    TL_TRY(readPattern(member(root, "pre_tokenizer")));
    parts.wholeWordsFirst = flagOf(member(model, "ignore_merges"), false);
    TL_TRY(readVocabulary(model, true));
    const json *merges = member(model, "merges");
    if (!merges || !merges->is_array())
      return fail("the model has no 'merges'");
    std::int64_t rank = 0;
    for (const json &merge : *merges)
      TL_TRY(addMerge(merge, rank++));
    return {};
  }

  Result<void> addMerge(const json &merge, std::int64_t rank) {
    std::string left, right;
    if (merge.is_array() && merge.size() == 2) {
      left = textOf(&merge[0]);
      right = textOf(&merge[1]);
    } else {
      std::string both = textOf(&merge);
      const std::size_t blank = both.find(' ');
      if (blank != std::string::npos) {
        left = both.substr(0, blank);
        right = both.substr(blank + 1);
      }
    }
    std::optional<std::string> a = bytesOfToken(left), b = bytesOfToken(right);
    if (!a || !b || a->empty() || b->empty())
      return fail("merge " + std::to_string(rank) + " is not a pair of tokens");
    auto first = parts.vocabulary.find(*a), second = parts.vocabulary.find(*b),
         both = parts.vocabulary.find(*a + *b);
    if (first == parts.vocabulary.end() || second == parts.vocabulary.end() || both == parts.vocabulary.end())
      return fail("merge " + std::to_string(rank) + ", '" + left + " " + right +
                  "', is not in the vocabulary");
    parts.merges.try_emplace({first->second, second->second}, rank, both->second);
    return {};
  }

  Result<void> readPattern(const json *pre) {
    const std::string type = pre ? textOf(member(*pre, "type")) : "";
    if (type == "ByteLevel") {
      parts.addsBlank = flagOf(member(*pre, "add_prefix_space"), true);
      return flagOf(member(*pre, "use_regex"), true) ? Result<void>() : unsupported("'use_regex': false");
    }
    const json *steps = pre ? member(*pre, "pretokenizers") : nullptr;
    if (type != "Sequence" || !steps || steps->size() != 2 ||
        textOf(member((*steps)[0], "type")) != "Split" ||
        textOf(member((*steps)[1], "type")) != "ByteLevel" || flagOf(member((*steps)[1], "use_regex"), true))
      return unsupported("the pre-tokenizer '" + type + "'");
    const json *pattern = member((*steps)[0], "pattern");
    const std::string regex = pattern ? textOf(member(*pattern, "Regex")) : "";
    parts.addsBlank = flagOf(member((*steps)[1], "add_prefix_space"), false);
    if (regex == std::string(kLlamaHead) + "\\p{N}{1,3}" + std::string(kLlamaTail))
      parts.rule = WordRule::Llama;
    else if (regex == std::string(kLlamaHead) + "\\p{N}" + std::string(kLlamaTail))
      parts.rule = WordRule::Qwen;
    else
      return unsupported("the pattern '" + regex + "'");
    return {};
  }

  Result<void> readWordPiece(const json &root, const json &model) {
    parts.rule = WordRule::Bert;
    const json *pre = member(root, "pre_tokenizer"), *normalizer = member(root, "normalizer");
    if (!pre || textOf(member(*pre, "type")) != "BertPreTokenizer")
      return unsupported("WordPiece without 'BertPreTokenizer'");
    if (normalizer && textOf(member(*normalizer, "type")) != "BertNormalizer")
      return unsupported("the normalizer '" + textOf(member(*normalizer, "type")) + "'");
    if (normalizer) {
      parts.lowerCase = flagOf(member(*normalizer, "lowercase"), true);
      parts.cleanText = flagOf(member(*normalizer, "clean_text"), true);
      parts.splitIdeographs = flagOf(member(*normalizer, "handle_chinese_chars"), true);
      if (flagOf(member(*normalizer, "strip_accents"), parts.lowerCase) != parts.lowerCase)
        return unsupported("'strip_accents' unlike 'lowercase'");
    }
    parts.continuing = textOf(member(model, "continuing_subword_prefix"), "##");
    parts.unknown = textOf(member(model, "unk_token"), "[UNK]");
    if (const std::int64_t *longest = integerOf(member(model, "max_input_chars_per_word"));
        longest && *longest > 0)
      parts.longestWord = static_cast<std::size_t>(*longest);
    TL_TRY(readVocabulary(model, false));
    return parts.vocabulary.count(parts.unknown)
               ? Result<void>()
               : fail("the token '" + parts.unknown + "' for unknown words is not in the vocabulary");
  }

  /// What stands before and behind a single text.
  Result<void> readTemplate(const json *post) {
    const std::string type = post ? textOf(member(*post, "type")) : "ByteLevel";
    if (type == "Sequence") {
      const json *steps = member(*post, "processors");
      for (const json &step : steps && steps->is_array() ? *steps : json::array())
        TL_TRY(readTemplate(&step));
      return {};
    }
    if (type == "ByteLevel")
      return {};
    if (type == "BertProcessing" || type == "RobertaProcessing")
      return readEnds(*post);
    const json *single = member(*post, "single");
    if (type != "TemplateProcessing" || !single || !single->is_array())
      return unsupported("the post-processor '" + type + "'");
    bool isBefore = true;
    for (const json &piece : *single) {
      const json *special = member(piece, "SpecialToken");
      isBefore = isBefore && special;
      if (special)
        TL_TRY(addSpecial(*post, textOf(member(*special, "id")), isBefore));
    }
    return {};
  }

  Result<void> readEnds(const json &post) {
    for (const char *name : {"cls", "sep"}) {
      const json *pair = member(post, name);
      const std::int64_t *id =
          pair && pair->is_array() && pair->size() == 2 ? integerOf(&(*pair)[1]) : nullptr;
      if (!id)
        return fail(std::string("the post-processor lacks '") + name + "'");
      (name[0] == 'c' ? parts.before : parts.after).push_back(*id);
    }
    return {};
  }

  Result<void> addSpecial(const json &post, const std::string &name, bool isBefore) {
    const json *specials = member(post, "special_tokens");
    const json *token = specials ? member(*specials, name.c_str()) : nullptr;
    const json *ids = token ? member(*token, "ids") : nullptr;
    if (!ids || !ids->is_array())
      return fail("the post-processor does not say what '" + name + "' is");
    for (const json &value : *ids) {
      const std::int64_t *id = integerOf(&value);
      if (!id)
        return fail("a number of '" + name + "' is not an integer");
      (isBefore ? parts.before : parts.after).push_back(*id);
    }
    return {};
  }

  const std::string &path;
  TokenizerParts parts;
};

} // namespace

Result<TokenizerParts> readTokenizerParts(const std::string &path) {
  Result<MappedFile> file = MappedFile::open(path);
  if (!file)
    return file.error();
  std::string_view text = file->text();
  if (text.size() > kTokenizerCapBytes)
    return malformed(path, kTokenizerCapBytes,
                     "a tokenizer is at most " + std::to_string(kTokenizerCapBytes >> 20) + " MB long");
  if (std::size_t valid = validUtf8Prefix(text); valid != text.size())
    return malformed(path, valid, "the text is not UTF-8");
  bool isTooDeep = false;
  json root = json::parse(
      text.begin(), text.end(),
      [&](int depth, json::parse_event_t, json &) {
        isTooDeep = isTooDeep || depth > kMostDepth;
        return !isTooDeep;
      },
      /*allow_exceptions=*/false);
  if (isTooDeep || root.is_discarded())
    return Error{ErrorKind::Data, "'" + path + "' is not JSON" + (isTooDeep ? " of at most 128 levels" : "")};
  return PartsReader(path).read(root);
}

} // namespace tl::runtime
