"""Gemma 2, OLMo 2, DeepSeek-V3, Jamba and Kimi Linear from files with the usual names, against numpy: a prompt that is continued, and the whole text at once."""
import os

import model_cases
import numpy
import preset_cases
from model_cases import rms
from preset_cases import grouped, gelu_tanh, normal, seen, silu
from shared import Failure, answers, expect, generated, program, run, save
import subwords
import tokenizers

LETTERS = "abcdefghijk"
ATTENTION = {"Wq": "self_attn.q_proj.weight", "Wk": "self_attn.k_proj.weight", "Wv": "self_attn.v_proj.weight", "Wo": "self_attn.o_proj.weight"}
FORWARD = {"W1": "mlp.gate_proj.weight", "W3": "mlp.up_proj.weight", "W2": "mlp.down_proj.weight"}
LATENT = {"Wqa": "self_attn.q_a_proj.weight", "Gq": "self_attn.q_a_layernorm.weight", "Wqb": "self_attn.q_b_proj.weight", "Wkva": "self_attn.kv_a_proj_with_mqa.weight",
          "Gkv": "self_attn.kv_a_layernorm.weight", "Wkvb": "self_attn.kv_b_proj.weight", "Wo": "self_attn.o_proj.weight"}
FIRST = {"F1": "mlp.gate_proj.weight", "F3": "mlp.up_proj.weight", "F2": "mlp.down_proj.weight"}
MAMBA = {"Win": "mamba.in_proj.weight", "Conv": "mamba.conv1d.weight", "Bconv": "mamba.conv1d.bias", "Wx": "mamba.x_proj.weight", "Gdt": "mamba.dt_layernorm.weight",
         "Gb": "mamba.b_layernorm.weight", "Gc": "mamba.c_layernorm.weight", "Wdt": "mamba.dt_proj.weight", "Bdt": "mamba.dt_proj.bias", "Alog": "mamba.A_log", "Skip": "mamba.D",
         "Wout": "mamba.out_proj.weight"}
RECURRENT = {"Wq": "self_attn.q_proj.weight", "Wk": "self_attn.k_proj.weight", "Wv": "self_attn.v_proj.weight", "Cq": "self_attn.q_conv1d.weight", "Ck": "self_attn.k_conv1d.weight",
             "Cv": "self_attn.v_conv1d.weight", "Alog": "self_attn.A_log", "Wfa": "self_attn.f_a_proj.weight", "Wfb": "self_attn.f_b_proj.weight", "Dt": "self_attn.dt_bias",
             "Wb": "self_attn.b_proj.weight", "Wga": "self_attn.g_a_proj.weight", "Wgb": "self_attn.g_b_proj.weight", "Go": "self_attn.o_norm.weight", "Wo": "self_attn.o_proj.weight"}
FULL = {"Mq": "self_attn.q_proj.weight", "Mkva": "self_attn.kv_a_proj_with_mqa.weight", "Gkv": "self_attn.kv_a_layernorm.weight", "Mkvb": "self_attn.kv_b_proj.weight",
        "Mo": "self_attn.o_proj.weight"}


def experts(folder, expert, router="gate.weight"):
    gate, up, down = expert
    return {"Wg": f"{folder}.{router}", "Bias": f"{folder}.gate.e_score_correction_bias", "E1": f"{folder}.experts.{{e}}.{gate}.weight", "E3": f"{folder}.experts.{{e}}.{up}.weight",
            "E2": f"{folder}.experts.{{e}}.{down}.weight", "S1": f"{folder}.shared_experts.gate_proj.weight", "S3": f"{folder}.shared_experts.up_proj.weight",
            "S2": f"{folder}.shared_experts.down_proj.weight"}


def named(w, names, layers):
    """The tensors of a file: row n of each stack belongs to layers[n]; an array of experts is one tensor for each."""
    out = {}
    for key, name in names.items():
        for row, layer in enumerate(layers) if key in w else ():
            path = f"model.layers.{layer}.{name}"
            parts = enumerate(w[key][row]) if "{e}" in name else [(0, w[key][row])]
            out |= {path.replace("{e}", str(e)): part for e, part in parts}
    return out


def outside(w, norm="model.norm.weight"):
    names = {"Word": "model.embed_tokens.weight", "G": norm, "Head": "lm_head.weight"}
    return {name: w[key] for key, name in names.items() if key in w}


def single(w):
    """As the file holds the weights, and as exact numbers."""
    return {key: value if key == "Tok" else value.astype(numpy.float32).astype(float) for key, value in w.items()}


def write_prompt(folder, tokens, source):
    """As numbers; as text beside a tokenizer.json; or as text beside a model of sentencepiece, where the program puts the first token in front."""
    if source == "numbers":
        numpy.save(os.path.join(folder, "prompt.npy"), numpy.array(tokens, numpy.int64))
        return
    if source == "tokenizer.json":
        data = tokenizers.byte_pair_file([])
        data["model"]["vocab"] = {letter: n for n, letter in enumerate(LETTERS)}
        data["added_tokens"] = []
        tokenizers.write(os.path.join(folder, source), data)
    else:
        subwords.write_letters(os.path.join(folder, source), LETTERS)
        tokens = tokens[1:]
    with open(os.path.join(folder, "prompt.txt"), "w", encoding="utf-8") as file:
        file.write("".join(LETTERS[t] for t in tokens))


def written(folder, source):
    if source == "numbers":
        return numpy.load(os.path.join(folder, "out.npy")).tolist()
    with open(os.path.join(folder, "out.txt"), encoding="utf-8") as file:
        return [LETTERS.index(letter) for letter in file.read()]


def near(logits, reference, what):
    gap = numpy.abs(numpy.array(logits, dtype=float)[:len(reference)] - reference).max()
    if not gap <= 1e-4 * max(1, numpy.abs(reference).max()):
        raise Failure(f"{what}: the logits differ by {gap}")


def model(name, weights, tensors, logits_of, options, source="numbers", more=3):
    def check(binary, folder):
        w = single(weights(numpy.random.default_rng(11)))
        save(os.path.join(folder, "model.safetensors"), tensors(w))
        prompt = w["Tok"].tolist()
        write_prompt(folder, prompt, source)
        begin = {"Begin": prompt[0]} if source == "tokenizer.model" else {}
        flags = [part for key, value in (options | begin | {"Length": len(prompt) + more}).items() for part in ("-D", f"{key}={value}")]
        text, stepwise = answers(run_model(binary, folder, name, True, flags))
        wanted = generated(lambda tokens: logits_of(w, numpy.array(tokens)), prompt, len(prompt) + more)
        expect(text, wanted, "the text")
        expect(written(folder, source), wanted, "the text written")
        reference = logits_of(w, numpy.array(wanted))
        near(stepwise, reference[:-1], "step by step")
        write_prompt(folder, wanted, source)
        text, whole = answers(run_model(binary, folder, name, False, flags))
        expect(text, wanted, "the text as a prompt")
        near(whole, reference, "the whole text")
    return check


def run_model(binary, folder, name, generates, flags):
    return run(binary, folder, program(name, "\nLogits?\n", generates), *flags)


def olmo_weights(random):
    return preset_cases.decoder_weights(random, 1) | {"Gq": normal(random, 3, 8), "Gk": normal(random, 3, 8)}


def olmo_tensors(w):
    names = ATTENTION | FORWARD | {"Gq": "self_attn.q_norm.weight", "Gk": "self_attn.k_norm.weight", "G1": "post_attention_layernorm.weight", "G2": "post_feedforward_layernorm.weight"}
    return named(w, names, range(3)) | outside(w)


def attended(q, k, v, rates, group, **how):
    return grouped(q, k, v, rates, group, **({"mask": seen(len(q))} | how))


def olmo_logits(w, tokens):
    x, rates = w["Word"][tokens], 500000.0**-(numpy.arange(2) / 2)
    for n in range(3):
        q, k = rms(x @ w["Wq"][n].T, 1e-6) * w["Gq"][n], rms(x @ w["Wk"][n].T, 1e-6) * w["Gk"][n]
        x = x + rms(attended(q, k, x @ w["Wv"][n].T, rates, 1) @ w["Wo"][n].T, 1e-6) * w["G1"][n]
        x = x + rms((silu(x @ w["W1"][n].T) * (x @ w["W3"][n].T)) @ w["W2"][n].T, 1e-6) * w["G2"][n]
    return (rms(x, 1e-6) * w["G"]) @ w["Head"].T


def gemma_weights(random):
    w = preset_cases.decoder_weights(random, 2) | {"G3": normal(random, 3, 8), "G4": normal(random, 3, 8)}
    return {key: value for key, value in w.items() if key != "Head"}


def gemma_tensors(w):
    names = ATTENTION | FORWARD | {"G1": "input_layernorm.weight", "G2": "post_attention_layernorm.weight", "G3": "pre_feedforward_layernorm.weight",
                                   "G4": "post_feedforward_layernorm.weight"}
    return named(w, names, range(3)) | outside(w)


def gemma_logits(w, tokens):
    x, rates = numpy.sqrt(8) * w["Word"][tokens], 10000.0**-(numpy.arange(2) / 2)
    for n in range(3):
        h = rms(x, 1e-6) * (1 + w["G1"][n])
        mask = seen(len(x), window=3) if n % 2 == 0 else seen(len(x))
        a = attended(h @ w["Wq"][n].T, h @ w["Wk"][n].T, h @ w["Wv"][n].T, rates, 2, mask=mask, cap=50, scale=9) @ w["Wo"][n].T
        x = x + rms(a, 1e-6) * (1 + w["G2"][n])
        h = rms(x, 1e-6) * (1 + w["G3"][n])
        x = x + rms((gelu_tanh(h @ w["W1"][n].T) * (h @ w["W3"][n].T)) @ w["W2"][n].T, 1e-6) * (1 + w["G4"][n])
    return 30 * numpy.tanh((rms(x, 1e-6) * (1 + w["G"])) @ w["Word"].T / 30)


def deepseek_tensors(w):
    names = LATENT | {"G1": "input_layernorm.weight", "G2": "post_attention_layernorm.weight"}
    rest = experts("mlp", ("gate_proj", "up_proj", "down_proj"))
    return named(w, names, range(5)) | named(w, FIRST, range(3)) | named(w, rest, range(3, 5)) | outside(w)


def deepseek_weights(random):
    return model_cases.deepseek_weights(random, 5, 3)


def deepseek_logits(w, tokens):
    return model_cases.deepseek_logits(w, tokens, model_cases.yarn(1, 10000, 40, 4096, 32, 1), (0.1 * numpy.log(40) + 1)**2)


def jamba_tensors(w):
    everywhere = {"G1": "input_layernorm.weight", "G2": "pre_ff_layernorm.weight"}
    rest = experts("feed_forward", ("gate_proj", "up_proj", "down_proj"), "router.weight")
    dense = {key: name.replace("mlp", "feed_forward") for key, name in FIRST.items()}
    return named(w, everywhere, range(8)) | named(w, MAMBA, [0, 1, 2, 3, 5, 6, 7]) | named(w, ATTENTION, [4]) | named(w, rest, range(1, 8, 2)) | named(w, dense, range(0, 8, 2)) | \
        outside(w, "model.final_layernorm.weight")


def kimi_tensors(w):
    everywhere = {"G1": "input_layernorm.weight", "G2": "post_attention_layernorm.weight"}
    w = w | {"Alog": w["Alog"].reshape(-1, 1, 1, model_cases.HEADS, 1)}
    return named(w, everywhere, range(4)) | named(w, RECURRENT, range(3)) | named(w, FULL, [3]) | named(w, FIRST, [0]) | \
        named(w, experts("block_sparse_moe", ("w1", "w3", "w2")), range(1, 4)) | outside(w)


KINDS = {"Plain": model_cases.PLAIN, "Turned": model_cases.TURNED, "Value": model_cases.VALUE, "Latent": model_cases.LATENT, "Chosen": 2}
CHECKS = {"olmo2": model("olmo2.tl", olmo_weights, olmo_tensors, olmo_logits, {"Layers": 3, "Size": 4, "Half": 2}, "tokenizer.json"),
          "gemma2": model("gemma2.tl", gemma_weights, gemma_tensors, gemma_logits, {"Layers": 3, "Size": 4, "Half": 2, "Group": 2, "Scale": 9, "Window": 3}, "tokenizer.model"),
          "deepseek v3": model("deepseek_v3.tl", deepseek_weights, deepseek_tensors, deepseek_logits, KINDS | {"Layers": 5, "HalfTurned": 1, "Members": 2, "Keep": 2}),
          "jamba": model("jamba.tl", model_cases.jamba_weights, jamba_tensors, model_cases.jamba_logits,
                         {"Layers": 8, "Size": 4, "Group": 2, "Inner": model_cases.INNER, "Rank": model_cases.STEP, "States": model_cases.STATES}, "tokenizer.model"),
          "kimi linear": model("kimi_linear.tl", model_cases.kimi_weights, kimi_tensors, model_cases.kimi_logits,
                               KINDS | {"Layers": 4, "Size": model_cases.SIZE, "Experts": model_cases.EXPERTS})}
