"""GPT-2 written with the layers of PyTorch, where it is installed."""
import importlib.util

IS_THERE = importlib.util.find_spec("torch") is not None


def gpt2_logits(w, layers, heads, tokens):
    """Weights by their usual names in f64; one row of logits for each token."""
    import torch
    from torch.nn import functional as F
    w = {name: torch.as_tensor(array) for name, array in w.items()}
    places, width = len(tokens), w["wte.weight"].shape[1]
    x = F.embedding(torch.tensor(tokens), w["wte.weight"]) + w["wpe.weight"][:places]
    hidden = torch.full((places, places), float("-inf"), dtype=x.dtype).triu(1)

    def norm(x, name):
        return F.layer_norm(x, (width,), w[name + ".weight"], w[name + ".bias"], 1e-5)

    def linear(x, name):  # its weights stand the other way round than those of torch.nn.Linear
        return F.linear(x, w[name + ".weight"].T, w[name + ".bias"])
    for l in range(layers):
        p = f"h.{l}."
        q, k, v = (part.view(places, heads, -1).transpose(0, 1) for part in linear(norm(x, p + "ln_1"), p + "attn.c_attn").split(width, -1))
        scores = torch.softmax(q @ k.transpose(1, 2) / q.shape[-1]**0.5 + hidden, -1)
        x = x + linear((scores @ v).transpose(0, 1).reshape(places, width), p + "attn.c_proj")
        x = x + linear(F.gelu(linear(norm(x, p + "ln_2"), p + "mlp.c_fc"), approximate="tanh"), p + "mlp.c_proj")
    return (norm(x, "ln_f") @ w["wte.weight"].T).numpy()
