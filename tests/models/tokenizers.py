"""Tokenizers for the tests: trained here on text of this repository, written as tokenizer.json, and encoded in the plainest way."""
import json
import unicodedata

LLAMA = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN = LLAMA.replace(r"\p{N}{1,3}", r"\p{N}")
SPACES = set("\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000") | {chr(c) for c in range(0x2000, 0x200b)}


def kind(character):
    if character in SPACES:
        return "s"
    category = unicodedata.category(character)[0]
    return category if category in "LN" else "o"


def run(text, begin, wanted, most=10**9):
    end = begin
    while end < len(text) and kind(text[end]) == wanted and end - begin < most:
        end += 1
    return end


def alternatives(text, at, rule):
    """Where each alternative of the pattern would end, in their order; `at` where it does not match."""
    ends = [ending for ending in ("s", "t", "re", "ve", "m", "ll", "d")]
    rest = text[at + 1:at + 3]
    yield next((at + 1 + len(e) for e in ends if text[at] == "'" and (rest if rule == "gpt2" else rest.lower()).startswith(e)), at)
    blank = at + (text[at] == " ")
    spaces = run(text, at, "s")
    if rule == "gpt2":
        for wanted in "LNo":
            end = run(text, blank, wanted)
            yield end if end > blank else at
    else:
        start = at + (kind(text[at]) in "so" and text[at] not in "\r\n")
        end = run(text, start, "L")
        yield end if end > start else run(text, at, "L")
        yield run(text, at, "N", 3 if rule == "llama" else 1)
        end = run(text, blank, "o")
        while blank < end < len(text) and text[end] in "\r\n":
            end += 1
        yield end if end > blank else at
        yield max([n + 1 for n in range(at, spaces) if text[n] in "\r\n"], default=at)
    yield spaces if spaces == len(text) else max(spaces - 1, at)
    yield spaces


def words(text, rule):
    at = 0
    while at < len(text):
        end = next(end for end in alternatives(text, at, rule) if end > at)
        yield text[at:end]
        at = end


def alphabet():
    own = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in own]
    return {b: chr(b) for b in own} | {b: chr(256 + n) for n, b in enumerate(others)}


BYTES = alphabet()


def train(text, merges, rule="gpt2"):
    """Byte pairs: the most frequent pair becomes a token, again and again."""
    counts = {}
    for word in words(text, rule):
        key = tuple(BYTES[b] for b in word.encode())
        counts[key] = counts.get(key, 0) + 1
    learnt = []
    for _ in range(merges):
        pairs = {}
        for word, count in counts.items():
            for pair in zip(word, word[1:]):
                pairs[pair] = pairs.get(pair, 0) + count
        if not pairs:
            break
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        learnt.append(best)
        counts = {merged(word, best): count for word, count in counts.items()}
    return learnt


def merged(word, pair):
    out, n = [], 0
    while n < len(word):
        both = n + 1 < len(word) and (word[n], word[n + 1]) == pair
        out.append(word[n] + word[n + 1] if both else word[n])
        n += 1 + both
    return tuple(out)


def byte_pair_file(merges, rule="gpt2", special="<|end|>", **more):
    tokens = [BYTES[b] for b in range(256)] + [a + b for a, b in merges]
    vocabulary = {token: n for n, token in enumerate(dict.fromkeys(tokens))}
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": rule == "gpt2"}
    split = {"type": "Split", "pattern": {"Regex": LLAMA if rule == "llama" else QWEN}, "behavior": "Isolated", "invert": False}
    return {"version": "1.0", "added_tokens": [{"id": len(vocabulary), "content": special, "single_word": False, "lstrip": False, "rstrip": False, "special": True}],
            "normalizer": None, "pre_tokenizer": level if rule == "gpt2" else {"type": "Sequence", "pretokenizers": [split, level]}, "post_processor": level,
            "model": {"type": "BPE", "vocab": vocabulary, "merges": [f"{a} {b}" for a, b in merges]} | more}


def encode_pairs(text, merges, vocabulary, rule):
    rank, out = {pair: n for n, pair in enumerate(merges)}, []
    for word in words(text, rule):
        pieces = tuple(BYTES[b] for b in word.encode())
        while True:
            known = [pair for pair in zip(pieces, pieces[1:]) if pair in rank]
            if not known:
                break
            pieces = merged(pieces, min(known, key=rank.get))
        out += [vocabulary[piece] for piece in pieces]
    return out


def word_piece_file(tokens):
    vocabulary = {token: n for n, token in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *tokens])}
    return {"version": "1.0", "added_tokens": [{"id": n, "content": t, "single_word": False, "lstrip": False, "rstrip": False} for t, n in list(vocabulary.items())[:4]],
            "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                                                                        {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
                               "special_tokens": {name: {"id": name, "ids": [vocabulary[name]], "tokens": [name]} for name in ("[CLS]", "[SEP]")}},
            "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": vocabulary}}


def is_mark_of_its_own(c):
    return 33 <= ord(c) <= 47 or 58 <= ord(c) <= 64 or 91 <= ord(c) <= 96 or 123 <= ord(c) <= 126 or unicodedata.category(c)[0] == "P"


def encode_pieces(text, vocabulary):
    clean = "".join(" " if c in SPACES else "" if ord(c) in (0, 0xFFFD) or unicodedata.category(c)[0] == "C" else c for c in text)
    clean = "".join(f" {c} " if 0x4E00 <= ord(c) <= 0x9FFF else c for c in clean)
    clean = "".join(c for c in unicodedata.normalize("NFD", clean.lower()) if unicodedata.category(c) != "Mn")
    clean = "".join(f" {c} " if is_mark_of_its_own(c) else c for c in clean)
    out = [vocabulary["[CLS]"]]
    for word in clean.split(" "):
        pieces, begin = [], 0
        while begin < len(word):
            end = next((e for e in range(len(word), begin, -1) if ("##" if begin else "") + word[begin:e] in vocabulary), None)
            if end is None:
                pieces = [vocabulary["[UNK]"]]
                break
            pieces.append(vocabulary[("##" if begin else "") + word[begin:end]])
            begin = end
        out += pieces if len(word) <= 100 else [vocabulary["[UNK]"]]
    return out + [vocabulary["[SEP]"]]


def write(path, data):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(data, file, ensure_ascii=False)
