"""The encoder in plain numpy, in double precision: the oracle of minilm.tl."""
import json
import os
import struct

import numpy as np
from scipy.special import erf


def read_safetensors(path):
    with open(path, "rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(size))
        data = file.read()
    header.pop("__metadata__", None)
    types = {"F32": "<f4", "I64": "<i8"}
    return {name: np.frombuffer(data[slice(*entry["data_offsets"])], types[entry["dtype"]]).reshape(entry["shape"])
            for name, entry in header.items()}


def layer_norm(x, gain, bias):
    centred = x - x.mean(-1, keepdims=True)
    return gain * centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12) + bias


def encode(weights, ids):
    """The unit-length embedding of one sentence, given its token ids."""
    w = {name: array.astype(np.float64) for name, array in weights.items() if array.dtype.kind == "f"}
    x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: len(ids)]
    x = layer_norm(x + w["embeddings.token_type_embeddings.weight"][0],
                   w["embeddings.LayerNorm.weight"], w["embeddings.LayerNorm.bias"])
    for layer in range(6):
        def dense(part, value):
            return value @ w[f"encoder.layer.{layer}.{part}.weight"].T + w[f"encoder.layer.{layer}.{part}.bias"]

        def norm(part, value):
            return layer_norm(value, w[f"encoder.layer.{layer}.{part}.weight"], w[f"encoder.layer.{layer}.{part}.bias"])

        heads = [np.reshape(dense("attention.self." + part, x), (len(ids), 12, 32)).transpose(1, 0, 2)
                 for part in ("query", "key", "value")]
        score = heads[0] @ heads[1].transpose(0, 2, 1) / np.sqrt(32)
        score = np.exp(score - score.max(-1, keepdims=True))
        mixed = (score / score.sum(-1, keepdims=True)) @ heads[2]
        mixed = mixed.transpose(1, 0, 2).reshape(len(ids), 384)
        x = norm("attention.output.LayerNorm", dense("attention.output.dense", mixed) + x)
        inner = dense("intermediate.dense", x)
        inner = inner * 0.5 * (1 + erf(inner / np.sqrt(2)))
        x = norm("output.LayerNorm", dense("output.dense", inner) + x)
    pooled = x.mean(0)
    return pooled / np.linalg.norm(pooled)


def encode_all(folder):
    weights = read_safetensors(os.path.join(folder, "model.safetensors"))
    tokens = np.load(os.path.join(folder, "tokens.npy"))
    lengths = np.load(os.path.join(folder, "lengths.npy"))
    return np.stack([encode(weights, row[:length]) for row, length in zip(tokens, lengths)])
