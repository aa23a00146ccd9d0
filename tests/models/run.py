#!/usr/bin/python3
"""Text in, text out: tokenizers against plain Python, whole models from files with the usual names against numpy.

usage: run.py BUILD_FOLDER [--full]

--full: GPT-2 with its real shapes, 124 million random weights. GPT-2 is compared with PyTorch too, where that is installed.
"""
import argparse
import json
import os
import random
import sys
import tempfile

import numpy

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, "tests/stdlib")]
import mixed  # noqa: E402
import preset_cases  # noqa: E402
import pytorch  # noqa: E402
import shared  # noqa: E402
import subwords  # noqa: E402
import tokenizers  # noqa: E402
from shared import Failure, answers, expect, generated, program, run, save  # noqa: E402

HARD = ["", " ", "a", "  two  blanks ", "don't WON'T we'll I'M", "1234567 12 3,000.50", "tabs\tand\n\n  lines\r\n \n", "end  ", "naïve Ångström Ünïcödé",
        "日本語 text 한국어", "emoji 🙂🙂 and ½ ²", "<|end|>x<|end|>", "a<|end|> b", "x" * 300, "…“quoted”—dash", "\u00a0nbsp\u2003em", "ǅ ﬁ Ǆ İ"]


def corpus():
    """A text that every Debian has, from which the tokenizers are trained."""
    with open("/usr/share/common-licenses/GPL-3", encoding="utf-8") as file:
        return file.read()


def texts():
    """Hard cases, and random stretches of characters of all kinds."""
    source, pool = random.Random(3), "abzAZ019 .,'\n\r\t-_éßñ日語🙂\u00a0½٣"
    return HARD + ["".join(source.choice(pool) for _ in range(60)) for _ in range(40)]


def check_texts(binary, folder, encode, is_reversible):
    lines, wanted = [], []
    for n, text in enumerate(texts()):
        with open(os.path.join(folder, f"t{n}.txt"), "w", encoding="utf-8", newline="") as file:
            file.write(text)
        lines.append(f'T{n} = "tokenizer.json:t{n}.txt"\nT{n}?\n"tokenizer.json:o{n}.txt" = T{n}')
        wanted.append(encode(text))
    for n, (actual, expected) in enumerate(zip(answers(run(binary, folder, "\n".join(lines))), wanted)):
        expect(actual, expected, repr(texts()[n]))
        with open(os.path.join(folder, f"o{n}.txt"), encoding="utf-8", newline="") as file:
            if is_reversible:
                expect(file.read(), texts()[n], "written back")


def byte_pairs(rule):
    def check(binary, folder):
        merges = tokenizers.train(corpus()[:20000], 300, rule)
        data = tokenizers.byte_pair_file(merges, rule)
        tokenizers.write(os.path.join(folder, "tokenizer.json"), data)
        vocabulary, special = data["model"]["vocab"], data["added_tokens"][0]

        def encode(text):
            out = []
            for n, part in enumerate(text.split(special["content"])):
                out += ([special["id"]] if n else []) + tokenizers.encode_pairs(part, merges, vocabulary, rule)
            return out
        check_texts(binary, folder, encode, True)
        done = run(binary, folder, 'T = "tokenizer.json:the language, of tl"\nT?')
        expect(answers(done)[0], encode("the language, of tl"), "a text in the program")
    return check


def word_pieces(binary, folder):
    source, pieces = corpus().lower(), {}
    for word in source.split():
        for length in (1, 2, 3, 5):
            for at in range(len(word) - length + 1):
                piece = ("##" if at else "") + word[at:at + length]
                pieces[piece] = pieces.get(piece, 0) + 1
    tokens = [piece for piece, count in sorted(pieces.items()) if count > 40 and piece not in ("[UNK]",)] + ["日", "e", "##e", "a", "##a"]
    data = tokenizers.word_piece_file(dict.fromkeys(tokens))
    tokenizers.write(os.path.join(folder, "tokenizer.json"), data)
    check_texts(binary, folder, lambda text: tokenizers.encode_pieces(text, data["model"]["vocab"]), False)
    program = 'T = "tokenizer.json:tensors and rules"\n"tokenizer.json:out.txt" = T\nT?'
    answers(run(binary, folder, program))
    with open(os.path.join(folder, "out.txt"), encoding="utf-8") as file:
        expect(file.read(), "[CLS] tensors and rules [SEP]", "written back")


def malformed(binary, folder):
    """Files that are no tokenizers end with exit 3, or 1 for what is not supported, and a message that names the file."""
    good = tokenizers.byte_pair_file([("a", "b")])
    cases = {"no json": "{", "a list": "[]", "no model": "{}", "deep": "[" * 200 + "]" * 200, "not UTF-8": b"\xff\xfe",
             "no merges": good | {"model": {"type": "BPE", "vocab": {}}}, "bad number": good | {"model": good["model"] | {"vocab": {"a": -1}}},
             "bad merge": good | {"model": good["model"] | {"merges": ["x"]}}, "unknown merge": good | {"model": good["model"] | {"merges": ["zz zz"]}},
             "unigram": good | {"model": {"type": "Unigram", "vocab": []}}, "normalizer": good | {"normalizer": {"type": "Lowercase"}},
             "pattern": good | {"pre_tokenizer": {"type": "Whitespace"}}, "no unknown": tokenizers.word_piece_file([]) | {"model": {"type": "WordPiece", "vocab": {"a": 0}}},
             "wrong types": good | {"added_tokens": [{"id": "x", "content": 3}]}, "numbers": good | {"model": 7}}
    for name, data in cases.items():
        with open(os.path.join(folder, "tokenizer.json"), "wb") as file:
            file.write(data if isinstance(data, bytes) else (data if isinstance(data, str) else json.dumps(data)).encode())
        done = run(binary, folder, 'T = "tokenizer.json:hello"\nT?')
        if done.returncode not in (1, 3) or "tokenizer.json" not in done.stderr:
            raise Failure(f"{name}: exit {done.returncode}: {done.stderr[:400]}")
    tokenizers.write(os.path.join(folder, "tokenizer.json"), good)
    done = run(binary, folder, 'A = [1, 100000]\n"tokenizer.json:out.txt" = A')
    if done.returncode != 1 or "no token 100000" not in done.stderr:
        raise Failure(f"an unknown token: exit {done.returncode}: {done.stderr[:400]}")


def stacked(names, weights):
    """Tensors under their usual names, one for each layer."""
    out = {}
    for key, name in names.items():
        if "{l}" in name:
            out |= {name.replace("{l}", str(l)): layer for l, layer in enumerate(weights[key])}
        else:
            out[name] = weights[key]
    return out


def check_model(binary, folder, name, logits_of, options, prompt, more, tolerance=1e-4):
    options = [part for key, value in (options | {"Length": len(prompt) + more}).items() for part in ("-D", f"{key}={value}")]
    text, logits = answers(run(binary, folder, program(name, "\nLogits?\n", more > 0), *options))
    wanted = generated(logits_of, prompt, len(prompt) + more)
    expect(text, wanted, "the text")
    reference = logits_of(wanted[:len(wanted) - (more > 0)])
    gap = numpy.abs(numpy.array(logits, dtype=float)[:len(reference)] - reference).max()
    if not gap <= tolerance * max(1, numpy.abs(reference).max()):
        raise Failure(f"the logits differ by {gap}")


def gpt2_logits(w, layers, heads, tokens):
    def norm(x, g, b):
        return (x - x.mean(-1, keepdims=True)) / numpy.sqrt(x.var(-1, keepdims=True) + 1e-5) * g + b
    x = w["wte.weight"][tokens] + w["wpe.weight"][:len(tokens)]
    hide = numpy.triu(numpy.ones((len(tokens), len(tokens)), bool), 1)
    for l in range(layers):
        p = f"h.{l}."
        h = norm(x, w[p + "ln_1.weight"], w[p + "ln_1.bias"]) @ w[p + "attn.c_attn.weight"] + w[p + "attn.c_attn.bias"]
        q, k, v = (part.reshape(len(tokens), heads, -1).transpose(1, 0, 2) for part in numpy.split(h, 3, 1))
        s = numpy.where(hide, -numpy.inf, q @ k.transpose(0, 2, 1) / numpy.sqrt(q.shape[-1]))
        s = numpy.exp(s - s.max(-1, keepdims=True))
        a = (s / s.sum(-1, keepdims=True)) @ v
        x = x + a.transpose(1, 0, 2).reshape(len(tokens), -1) @ w[p + "attn.c_proj.weight"] + w[p + "attn.c_proj.bias"]
        h = norm(x, w[p + "ln_2.weight"], w[p + "ln_2.bias"]) @ w[p + "mlp.c_fc.weight"] + w[p + "mlp.c_fc.bias"]
        h = h / 2 * (1 + numpy.tanh(numpy.sqrt(2 / numpy.pi) * (h + 0.044715 * h**3)))
        x = x + h @ w[p + "mlp.c_proj.weight"] + w[p + "mlp.c_proj.bias"]
    return norm(x, w["ln_f.weight"], w["ln_f.bias"]) @ w["wte.weight"].T


def gpt2(layers, width, heads, vocabulary, places, more, logits=gpt2_logits):
    def check(binary, folder):
        merges = tokenizers.train(corpus()[:5000], 50)
        data = tokenizers.byte_pair_file(merges)
        tokenizers.write(os.path.join(folder, "tokenizer.json"), data)
        count = max(vocabulary, len(data["model"]["vocab"]) + 1)
        draw = numpy.random.default_rng(5)
        shapes = {"wte.weight": (count, width), "wpe.weight": (places, width), "ln_f.weight": (width,), "ln_f.bias": (width,)}
        for l in range(layers):
            p = f"h.{l}."
            shapes |= {p + "ln_1.weight": (width,), p + "ln_1.bias": (width,), p + "attn.c_attn.weight": (width, 3 * width), p + "attn.c_attn.bias": (3 * width,),
                       p + "attn.c_proj.weight": (width, width), p + "attn.c_proj.bias": (width,), p + "ln_2.weight": (width,), p + "ln_2.bias": (width,),
                       p + "mlp.c_fc.weight": (width, 4 * width), p + "mlp.c_fc.bias": (4 * width,), p + "mlp.c_proj.weight": (4 * width, width), p + "mlp.c_proj.bias": (width,)}
        w = {name: (draw.normal(size=shape) * (0.02 if width > 100 else 0.3) + ("ln" in name and "weight" in name)).astype(numpy.float32) for name, shape in shapes.items()}
        w["wte.weight"][len(data["model"]["vocab"]) + 1:] = 0  # numbers beyond the tokenizer are never the likeliest
        save(os.path.join(folder, "model.safetensors"), w)
        text = "Rules and tensors"
        with open(os.path.join(folder, "prompt.txt"), "w", encoding="utf-8") as file:
            file.write(text)
        prompt = tokenizers.encode_pairs(text, merges, data["model"]["vocab"], "gpt2")
        exact = {name: array.astype(float) for name, array in w.items()}
        check_model(binary, folder, "gpt2.tl", lambda tokens: logits(exact, layers, heads, tokens),
                    {"Layers": layers, "Size": width // heads, "Width": width}, prompt, more)
    return check


NAMES = {"Word": "model.embed_tokens.weight", "G1": "model.layers.{l}.input_layernorm.weight", "Wq": "model.layers.{l}.self_attn.q_proj.weight",
         "Wk": "model.layers.{l}.self_attn.k_proj.weight", "Wv": "model.layers.{l}.self_attn.v_proj.weight", "Wo": "model.layers.{l}.self_attn.o_proj.weight",
         "G2": "model.layers.{l}.post_attention_layernorm.weight", "W1": "model.layers.{l}.mlp.gate_proj.weight", "W3": "model.layers.{l}.mlp.up_proj.weight",
         "W2": "model.layers.{l}.mlp.down_proj.weight", "G": "model.norm.weight", "Bq": "model.layers.{l}.self_attn.q_proj.bias",
         "Bk": "model.layers.{l}.self_attn.k_proj.bias", "Bv": "model.layers.{l}.self_attn.v_proj.bias"}


def llama_family(name, eps, rates, has_bias):
    """One prompt, nothing added: the logits of the helper that the oracle of the preset uses."""
    def check(binary, folder):
        draw = numpy.random.default_rng(9)
        w = preset_cases.decoder_weights(draw, 2)
        bias = {key: preset_cases.normal(draw, preset_cases.L, size) for key, size in (("Bq", 8), ("Bk", 4), ("Bv", 4))} if has_bias else None
        w = {key: value if key == "Tok" else value.astype(numpy.float32).astype(float) for key, value in w.items()}
        w["Head"], w["Rate"] = w["Word"], rates
        bias = bias and {key: value.astype(numpy.float32).astype(float) for key, value in bias.items()}
        save(os.path.join(folder, "model.safetensors"), stacked({key: n for key, n in NAMES.items() if key in w or (bias and key in bias)}, w | (bias or {})))
        letters = "abcdefghijk"
        data = tokenizers.byte_pair_file([])
        data["model"]["vocab"] = {letter: n for n, letter in enumerate(letters)}
        data["added_tokens"] = []
        tokenizers.write(os.path.join(folder, "tokenizer.json"), data)
        with open(os.path.join(folder, "prompt.txt"), "w", encoding="utf-8") as file:
            file.write("".join(letters[t] for t in w["Tok"]))
        options = [part for pair in ("Layers=3", "Size=4", "Half=2", "Group=2", "Length=6") for part in ("-D", pair)]
        text, logits = answers(run(binary, folder, program(name, "\nLogits?\n"), *options))
        expect(text[:5], w["Tok"].tolist(), "the prompt")
        reference = preset_cases.llama_like(w, eps, bias)
        gap = numpy.abs(numpy.array(logits, dtype=float)[:5] - reference).max()
        if not gap <= 1e-4:
            raise Failure(f"the logits differ by {gap}")
        expect(text[5], int(reference[-1].argmax()), "the next word")
        with open(os.path.join(folder, "out.txt"), encoding="utf-8") as file:
            expect(file.read(), "".join(letters[t] for t in text), "the text written")
    return check


CHECKS = {"byte pairs, gpt2": byte_pairs("gpt2"), "byte pairs, llama": byte_pairs("llama"), "byte pairs, qwen": byte_pairs("qwen"), "word pieces": word_pieces,
          "malformed": malformed, "gpt2": gpt2(2, 32, 4, 0, 64, 6),
          "llama3": llama_family("llama3.tl", 1e-5, preset_cases.llama_table(2, factor=32), False),
          "qwen2": llama_family("qwen2.tl", 1e-6, 1e6**-(numpy.arange(2) / 2), True)} | mixed.CHECKS | subwords.CHECKS


MODELS = {"gpt2", "llama3", "qwen2"} | set(mixed.CHECKS)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--full", action="store_true")
    options = parser.parse_args()
    checks = dict(CHECKS)
    if pytorch.IS_THERE:
        checks["gpt2, beside PyTorch"] = gpt2(2, 32, 4, 0, 64, 6, pytorch.gpt2_logits)
    if options.full:
        checks["gpt2, real shapes"] = gpt2(12, 768, 12, 50257, 1024, 0, pytorch.gpt2_logits if pytorch.IS_THERE else gpt2_logits)
    work = [(name, check, []) for name, check in checks.items()]
    # The reference backend says the same; the real shapes are too much for its plain loops.
    work += [(name, check, ["--backend", "reference"]) for name, check in CHECKS.items() if name in MODELS]
    failed = 0
    for name, check, shared.backend[:] in work:
        with tempfile.TemporaryDirectory() as folder:
            try:
                check(os.path.join(options.build, "bin/tl"), folder)
            except Failure as failure:
                failed += 1
                print(f"FAIL {name} {' '.join(shared.backend)}: {failure}")
    print(f"{len(work) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
