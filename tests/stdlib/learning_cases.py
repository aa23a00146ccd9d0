"""std.rl, std.search, std.quant, std.fit."""
import itertools
import math

import numpy as np

from core_cases import sigmoid
from harness import case


def rewards(random):
    return random.integers(0, 2, size=(3, 5)) + random.normal(size=(3, 5)) / 4


@case("rl.advantage/group_norm")
def group_norm(random):
    r = rewards(random)
    return "Y[x,i] = group_norm(R[x,i])", {"R": r}, {"Y": (r - r.mean(1, keepdims=True)) / (r.std(1, ddof=1, keepdims=True) + 1e-6)}


@case("rl.advantage/group_center")
def group_center(random):
    r = rewards(random)
    return "Y[x,i] = group_center(R[x,i])", {"R": r}, {"Y": r - r.mean(1, keepdims=True)}


@case("rl.advantage/leave_one_out")
def leave_one_out(random):
    r = rewards(random)
    expected = [[r[x, i] - np.delete(r[x], i).mean() for i in range(5)] for x in range(3)]
    return "Y[x,i] = leave_one_out(R[x,i])", {"R": r}, {"Y": expected}


@case("rl.advantage/batch_norm")
def batch_norm(random):
    r = rewards(random)
    centred = r - r.mean(1, keepdims=True)
    return "Y[x,i] = batch_norm(R[x,i])", {"R": r}, {"Y": centred / (centred.std() + 1e-6)}


def discounted(r, gamma):
    out, after = np.zeros_like(r), 0
    for t in reversed(range(len(r))):
        out[t] = after = r[t] + gamma * after
    return out


@case("rl.advantage/returns")
def returns(random):
    r = random.normal(size=(6, 2))
    return "Y[t,e] = returns(R[t,e]; gamma = 0.9)", {"R": r}, {"Y": discounted(r, 0.9)}


@case("rl.advantage/gae")
def gae(random):
    r, v = random.normal(size=(6, 2)), random.normal(size=(6, 2))
    delta = r + 0.9 * np.concatenate([v[1:], np.zeros((1, 2))]) - v
    return "Y[t,e] = gae(R[t,e], V[t,e]; gamma = 0.9, lambda = 0.8)", {"R": r, "V": v}, {"Y": discounted(delta, 0.72)}


@case("rl.advantage/whitened_returns")
def whitened_returns(random):
    live = np.arange(6)[:, None] < np.array([6, 3, 4])
    r = random.normal(size=(6, 3)) * live
    g = discounted(r, 0.9)
    expected = np.where(live, (g - g[live].mean()) / (g[live].std() + 1e-9), 0)
    return "Y[t,e] = whitened_returns(R[t,e], L[t,e]; gamma = 0.9)", {"R": r, "L": live.astype(int)}, {"Y": expected}


def tokens(random):
    new = -random.uniform(0.1, 2, size=(4, 5))
    return {"N": new, "O": new + random.normal(size=(4, 5)), "A": np.array([1.5, -2, 0.3, -0.7]),
            "M": (np.arange(5) < np.array([[5], [3], [1], [4]])).astype(int)}


@case("rl.loss/ratio")
def ratio(random):
    given = tokens(random)
    return "Y[i,t] = ratio(N[i,t], O[i,t])", given, {"Y": np.exp(given["N"] - given["O"])}


def clipped(given, low, high):
    r, a = np.exp(given["N"] - given["O"]), given["A"][:, None]
    return -np.minimum(r * a, np.clip(r, 1 - low, 1 + high) * a)


@case("rl.loss/ppo_clip")
def ppo_clip(random):
    given = tokens(random)
    return "Y[i,t] = ppo_clip(N[i,t], O[i,t], A[i]; high = 0.28)", given, {"Y": clipped(given, 0.2, 0.28)}


@case("rl.loss/dual_clip")
def dual_clip(random):
    given = tokens(random)
    a, plain = given["A"][:, None], clipped(given, 0.2, 0.2)
    expected = np.where(a < 0, np.minimum(plain, -1.5 * a), plain)
    return "Y[i,t] = dual_clip(N[i,t], O[i,t], A[i]; c = 1.5)", given, {"Y": expected}


@case("rl.loss/cispo")
def cispo(random):
    given = tokens(random)
    weight = np.minimum(np.exp(given["N"] - given["O"]), 1.2)
    return "Y[i,t] = cispo(N[i,t], O[i,t], A[i]; high = 1.2)", given, {"Y": -weight * given["A"][:, None] * given["N"]}


@case("rl.loss/token_mean")
def token_mean(random):
    given = tokens(random)
    return "Y = token_mean(N[i,t], M[i,t])", given, {"Y": given["N"][given["M"] > 0].mean()}


@case("rl.loss/sequence_mean")
def sequence_mean(random):
    given = tokens(random)
    return "Y = sequence_mean(N[i,t], M[i,t])", given, {"Y": np.mean([n[m > 0].mean() for n, m in zip(given["N"], given["M"])])}


@case("rl.loss/prompt_mean")
def prompt_mean(random):
    given, prompt = tokens(random), np.array([1, 0, 1, 1])
    means = [given["N"][prompt == x][given["M"][prompt == x] > 0].mean() for x in range(2)]
    return "Y = prompt_mean(N[i,t], M[i,t], P[i])", given | {"P": prompt}, {"Y": np.mean(means)}


@case("rl.loss/overlong")
def overlong(random):
    length = np.array([3, 60, 80, 95, 100])
    expected = [0, 0, 0, -0.75, -1]
    return "Y[i] = overlong(L[i]; limit = 100, buffer = 20)", {"L": length}, {"Y": expected}


def preferences(random):
    given = {name: -random.uniform(1, 9, size=6) for name in ("A", "B", "C", "D")}
    a, b, c, d = given.values()
    return given, (a - b) - (c - d)


@case("rl.dpo/margin")
def margin(random):
    given, m = preferences(random)
    return "Y[e] = margin(A[e], B[e], C[e], D[e])", given, {"Y": m}


@case("rl.dpo/dpo")
def dpo(random):
    given, m = preferences(random)
    expected = -0.9 * np.log(sigmoid(0.3 * m)) - 0.1 * np.log(sigmoid(-0.3 * m))
    return "Y[e] = dpo(A[e], B[e], C[e], D[e]; beta = 0.3, smoothing = 0.1)", given, {"Y": expected}


@case("rl.dpo/ipo")
def ipo(random):
    given, m = preferences(random)
    return "Y[e] = ipo(A[e], B[e], C[e], D[e]; beta = 0.3)", given, {"Y": (m - 1 / 0.6)**2}


@case("rl.dpo/bradley_terry")
def bradley_terry(random):
    given, _ = preferences(random)
    return "Y[e] = bradley_terry(A[e], B[e])", given, {"Y": -np.log(sigmoid(given["A"] - given["B"]))}


@case("rl.reward/ternary")
def ternary(random):
    correct, silent = np.array([[1, 0, 0], [0, 0, 1]]), np.array([[0, 1, 0], [0, 1, 0]])
    return "Y[x,i] = ternary(C[x,i], S[x,i]; abstained = 0.2)", {"C": correct, "S": silent}, {"Y": [[1, 0.2, -1], [-1, 0.2, 1]]}


@case("rl.reward/hero")
def hero(random):
    score, right = random.normal(size=(2, 6)), np.array([[0, 0, 1, 0, 1, 1], [1, 1, 0, 1, 0, 0]])
    expected = np.zeros((2, 6))
    for x, verdict in itertools.product(range(2), range(2)):
        own = right[x] == verdict
        n = (score[x, own] - score[x, own].min()) / np.ptp(score[x, own])
        expected[x, own] = 0.8 + 0.4 * n if verdict else -0.1 + 0.2 * n
    return "Y[x,i] = hero(S[x,i], R[x,i]; a = 0.1, b = 0.2)", {"S": score, "R": right}, {"Y": expected}


@case("rl.reward/verified")
def verified(random):
    right, new, old = random.integers(0, 2, size=(2, 3)), random.normal(size=(2, 3)), random.normal(size=(2, 3))
    return "Y[x,i] = verified(R[x,i], N[x,i], O[x,i])", {"R": right, "N": new, "O": old}, {"Y": 10 * right - 0.05 * (new - old)}


@case("search.sample/best_of_n")
def best_of_n(random):
    s = random.normal(size=(3, 6))
    return "Y[x] = best_of_n(S[x,i])", {"S": s}, {"Y": s.argmax(1)}


@case("search.sample/vote")
def vote(random):
    answer, weight = random.integers(0, 4, size=(3, 7)), random.uniform(size=(3, 7))
    answer[0, 0] = 3
    expected = [[weight[x][answer[x] == a].sum() for a in range(4)] for x in range(3)]
    return "Y[x,a] = vote(A[x,i], W[x,i])", {"A": answer, "W": weight}, {"Y": expected}


@case("search.sample/pass_at_k")
def pass_at_k(random):
    right = np.arange(8)
    expected = [np.mean([any(pick < c for pick in picks) for picks in itertools.combinations(range(7), 3)]) for c in right]
    return "Y[x] = pass_at_k(R[x]; n = 7, k = 3)", {"R": right}, {"Y": expected}


def value(n, p):
    return (1 - p**n - (1 - p)**n) * p * (1 - p)**2


@case("search.knapsack/rollout_value")
def rollout_value(random):
    p = random.uniform(size=4)
    return "Y[n,x] = rollout_value(P[x]; most = 6)", {"P": p}, {"Y": [value(n, p) for n in range(7)]}


@case("search.knapsack/knapsack")
def knapsack(random):
    p = random.uniform(size=3)
    best = np.full(16, np.nan)
    for picks in itertools.product(range(1, 7), repeat=3):
        if sum(picks) <= 10:
            best[sum(picks)] = np.fmax(best[sum(picks)], sum(value(n, q) for n, q in zip(picks, p)))
    statements = "V[n,x] = rollout_value(P[x]; most = 6)\nB[x,b] max= knapsack(V[n,x]; least = 1, budget = 10)\nY[b] max= B[3,b]"
    return statements, {"P": p}, {"Y": best}


def grid(w, bits):
    top = 2**(bits - 1) - 1
    scale = np.abs(w).max(-1, keepdims=True) / top
    return scale[..., 0], np.clip(np.round(w / scale), -top, top)


@case("quant/absmax_scale")
def absmax_scale(random):
    w = random.normal(size=(3, 8))
    return "Y[a] = absmax_scale(W[a,i]; bits = 4)", {"W": w}, {"Y": grid(w, 4)[0]}


@case("quant/quantize")
def quantize(random):
    w = random.normal(size=(3, 8))
    statements = "S[a] = absmax_scale(W[a,i]; bits = 4)\nY[a,i] = quantize(W[a,i], S[a]; bits = 4)"
    return statements, {"W": w}, {"Y": grid(w, 4)[1]}


@case("quant/dequantize")
def dequantize(random):
    code, scale = random.integers(-7, 8, size=(3, 8)), random.uniform(size=3)
    return "Y[a,i] = dequantize(C[a,i], S[a])", {"C": code, "S": scale}, {"Y": code * scale[:, None]}


@case("quant/fake_quantize")
def fake_quantize(random):
    w = random.normal(size=(3, 8))
    scale, code = grid(w, 3)
    return "Y[a,i] = fake_quantize(W[a,i]; bits = 3)", {"W": w}, {"Y": code * scale[:, None]}


@case("quant/block_product")
def block_product(random):
    x, w = random.normal(size=(3, 8)), random.normal(size=(2, 8))
    (sx, cx), (sw, cw) = grid(x.reshape(3, 2, 4), 8), grid(w.reshape(2, 2, 4), 8)
    return "Y[p,o] = block_product(X[p,i], W[o,i]; block = 4)", {"X": x, "W": w}, {"Y": np.einsum("pg,og,pgi,ogi->po", sx, sw, cx, cw)}


@case("fit/sigmoid_curve")
def sigmoid_curve(random):
    c = np.array([100.0, 2000.0, 50000.0])
    expected = 0.1 + 0.5 * sigmoid(1.3 * np.log(c / 2000))  # the same curve over log compute
    return "Y[i] = sigmoid_curve(C[i]; low = 0.1, high = 0.6, mid = 2000, power = 1.3)", {"C": c}, {"Y": expected}


@case("fit/chinchilla")
def chinchilla(random):
    n, d = np.array([1e8, 7e10]), np.array([2e9, 1.4e12])
    return "Y[i] = chinchilla(N[i], D[i])", {"N": n, "D": d}, {"Y": 1.69 + 406.4 / n**0.34 + 410.7 / d**0.28}


@case("fit/chinchilla_optimum")
def chinchilla_optimum(random):
    """The derivative of the loss along 6 N D = C is 0 at the optimum: alpha a N^-alpha = beta b D^-beta, solved by bisection."""
    c = np.array([1e19, 1e22])
    low, high = np.full(2, 1.0), np.full(2, 40.0)
    for _ in range(200):
        middle = (low + high) / 2
        n = np.exp(middle)
        is_small = 0.34 * 406.4 * n**-0.34 > 0.28 * 410.7 * (c / 6 / n)**-0.28
        low, high = np.where(is_small, middle, low), np.where(is_small, high, middle)
    return "N[i] = chinchilla_optimum(C[i])\nY[i] = N[i] / 1e9", {"C": c}, {"Y": np.exp(low) / 1e9}


@case("fit/effective_parameters")
def effective_parameters(random):
    n, p = np.array([1.0, 1.0, 2.0]), np.array([4.0, 8.0, 3.0])
    return "Y[i] = effective_parameters(N[i], P[i])", {"N": n, "P": p}, {"Y": -n * np.expm1(-p / 2.6745)}


@case("fit/line")
def line(random):
    x, y = random.normal(size=7), random.normal(size=7)
    slope, offset = np.polyfit(x, y, 1)
    return "(S, O) = line(A[i], B[i])", {"A": x, "B": y}, {"S": slope, "O": offset}
