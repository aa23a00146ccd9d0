"""Derivatives against central differences: one case for every primitive and construct, and random programs.

A case is a program with a scalar Loss and real tensors that data defines. The derivative by all of them is compared with
differences along random directions. Copies of the program with moved data, their names marked, run in the same program.
"""
import os
import random
import re

import numpy as np

from engine import flat, plain, run

STEPS = (2e-5, 3e-6, 4e-7)  # others for where the first crosses a kink or a loss curves steeply
TOLERANCE = 1e-7
DIRECTIONS = 2
# By places along the direction, in steps: the difference of fourth order.
STENCIL = {"p": (1, 8), "m": (-1, -8), "q": (2, -1), "n": (-2, 1)}


def literal(array):
    if array.ndim == 0:
        return repr(float(array))
    return "[" + ", ".join(literal(part) for part in array) + "]"


def marked(text, mark):
    """`text` with every tensor renamed; quoted symbols stay."""
    def moved(match):
        if match[1]:
            return f"d{match[1]}{mark}/d{match[2]}{mark}"
        return match[3] + mark if match[3] else match[0]
    return re.sub(r'"[^"]*"|\bd([A-Z][A-Za-z0-9_]*)/d([A-Z][A-Za-z0-9_]*)|\b([A-Z][A-Za-z0-9_]*)', moved, text)


def copy_of(case, arrays, mark):
    data = "".join(f"{name} = {literal(array)}\n" for name, array in arrays.items())
    return marked(data + case["text"], mark)


def build(case, number, state, step):
    """(program, the arrays, the directions); queries: the derivatives, then the losses of the moved copies."""
    random_state = np.random.default_rng(state.getrandbits(32))
    arrays = {name: random_state.uniform(low, high, shape) for name, (shape, low, high) in case["data"].items()}
    directions = [{name: random_state.normal(size=array.shape) for name, array in arrays.items()} for _ in range(DIRECTIONS)]
    mark = f"_c{number}"
    program = copy_of(case, arrays, mark)
    for which, direction in enumerate(directions):
        for side, (place, _) in STENCIL.items():
            moved = {name: array + place * step * direction[name] for name, array in arrays.items()}
            program += copy_of(case, moved, f"{mark}{side}{which}")
    program += "".join(f"dLoss{mark}/d{name}{mark}?\n" for name in arrays)
    program += "".join(f"Loss{mark}{side}{which}?\n" for which in range(DIRECTIONS) for side in STENCIL)
    return program, arrays, directions


def judge(answers, arrays, directions, step):
    gradients = {name: np.array(flat(answer["data"])).reshape(array.shape)
                 for (name, array), answer in zip(arrays.items(), answers)}
    losses = [plain(answer["data"]) for answer in answers[len(arrays):]]
    for which, direction in enumerate(directions):
        moved = losses[len(STENCIL) * which:len(STENCIL) * (which + 1)]
        expected = sum(weight * loss for (_, weight), loss in zip(STENCIL.values(), moved)) / (12 * step)
        moving = {name: direction[name] != 0 for name in arrays}
        actual = sum(float(np.sum(gradients[name][moving[name]] * direction[name][moving[name]])) for name in arrays)
        if not abs(actual - expected) <= TOLERANCE * max(1, abs(expected)):
            return f"derivative along a direction is {actual}, difference {expected}, losses {moved}, {gradients}"
    return None


def check_cases(binary, cases, seed, backends, steps=STEPS):
    """(program, what is wrong) for each case that fails; all in one run, and one by one when that stops."""
    built = [build(case, number, random.Random(f"{seed} {case['name']}"), steps[0]) for number, case in enumerate(cases)]
    failures = []
    for backend in backends:
        answers, wrong = run(binary, "".join(program for program, _, _ in built), backend)
        if wrong and len(cases) > 1:
            half = len(cases) // 2
            return [failure for part in (cases[:half], cases[half:]) for failure in check_cases(binary, part, seed, backends, steps)]
        if wrong:
            return [(built[0][0], f"{cases[0]['name']}, {backend}: {wrong}")]
        position = 0
        for case, (program, arrays, directions) in zip(cases, built):
            count = len(arrays) + len(STENCIL) * DIRECTIONS
            problem = judge(answers[position:position + count], arrays, directions, steps[0])
            position += count
            if problem and len(steps) > 1:
                failures += check_cases(binary, [case], seed, [backend], steps[1:])
            elif problem:
                failures.append((program, f"{case['name']}, {backend}: {problem}"))
    return failures


# --- One case per primitive and construct.

def case(name, text, **data):
    return {"name": name, "text": text + "\n", "data": {key: value if len(value) == 3 else (value[0], -2, 2) for key, value in data.items()}}


WEIGHTS = "C = [0.3, -1.1, 0.7, 1.9, -0.4]\n"
SMOOTH = ["neg", "abs", "relu", "gelu", "silu", "softplus", "tanh", "erf", "exp", "sin", "cos", "sig", "sign", "floor", "ceil",
          "round", "step"]


def primitive_cases():
    cases = [case(name, WEIGHTS + f"Loss = C[i] {'-' if name == 'neg' else name}{'' if name == 'neg' else ''}(X[i])", X=((5,),))
             for name in SMOOTH if name != "neg"]
    cases += [case("neg", WEIGHTS + "Loss = C[i] (-X[i])", X=((5,),))]
    cases += [case(name, WEIGHTS + f"Loss = C[i] {name}(X[i])", X=((5,), 0.5, 3)) for name in ("log", "sqrt", "rsqrt")]
    cases += [case(name, WEIGHTS + f"Loss = C[i] {name}(X[i], Y[i])", X=((5,),), Y=((5,),)) for name in ("min", "max")]
    cases += [
        case("pow", WEIGHTS + "Loss = C[i] pow(X[i], Y[i])", X=((5,), 0.5, 2), Y=((5,),)),
        case("pow-2", WEIGHTS + "Loss = C[i] X[i]^2", X=((5,),)),
        case("pow-3", WEIGHTS + "Loss = C[i] X[i]^3", X=((5,),)),
        case("pow-0", WEIGHTS + "Loss = C[i] X[i]^0 + X[i]^1", X=((5,),)),
        case("clamp", WEIGHTS + "Loss = C[i] clamp(X[i], A, B)", X=((5,),), A=((), -1, -0.5), B=((), 0.5, 1)),
        case("add-sub-mul-div", WEIGHTS + "Loss = C[i] ((X[i] - 2 Y[i]) * (Y[i] + X[i]) / (5 + X[i]))", X=((5,),), Y=((5,),)),
        case("mod", WEIGHTS + "Loss = C[i] (X[i] % Y[i])", X=((5,), 1, 7), Y=((5,), 0.9, 1.1)),
        case("sigt", WEIGHTS + "Loss = C[i] sig(X[i], T[i])", X=((5,),), T=((5,), 0.5, 2)),
        case("sigt-0", WEIGHTS + "Loss = C[i] sig(X[i], 0) + X[i]", X=((5,),)),
        case("where", WEIGHTS + "P[i] = X[i] Y[i]\nLoss = C[i] where(X[i] > Y[i], P[i], exp(Y[i]))", X=((5,),), Y=((5,),)),
        case("where-indices", "Loss = where(i > 2, X[i]^2, where(i >= 1, 3 X[i]^3, X[i]))", X=((5,),)),
        case("where-guarded", WEIGHTS + "Loss = C[i] ((X[i] > 0) sqrt(X[i]))", X=((5,),)),
        case("stopgrad", WEIGHTS + "Loss = C[i] X[i] + 0 stopgrad(i)", X=((5,),)),
        case("comparison", WEIGHTS + "Loss = C[i] (X[i] < 0.5) X[i]", X=((5,),)),
    ]
    return cases


def contraction_cases():
    return [
        case("matmul", "P[i,k] = A[i,j] B[j,k]\nLoss = P[i,k] P[i,k]", A=((3, 4),), B=((4, 2),)),
        case("layers", "H[i] = tanh(V[i,j] X[j] + B[i])\nO[k] = sig(W[k,i] H[i])\nLoss = (O[k] - 1)^2", V=((3, 4),), X=((4,),), B=((3,),), W=((2, 3),)),
        case("inside-outside", "Loss = (X[e,j] W[j] - Y[e])^2", X=((3, 2),), W=((2,),), Y=((3,),)),
        case("convolution", "Y[x,y] = relu(F[dx,dy] Image[x+dx,y+dy])\nLoss = Y[x,y] Y[x,y]", F=((2, 2),), Image=((5, 4),)),
        case("strided", "Y[x] = F[d] Image[2*x+d]\nLoss = Y[x] Y[x]", F=((3,),), Image=((9,),)),
        case("pooled-sum", "P[x/2] = X[x]\nLoss = P[x]^3", X=((7,),)),
        case("differences", "D[i] = X[i+1] - X[i]\nLoss = D[i]^2", X=((6,),)),
        case("slices", "Y = X[1:5:2]\nLoss = Y[i]^3", X=((6,),)),
        case("gather", "Tok = [2, 0, 2, 1]\nV[p,d] = E[Tok[p],d]\nLoss = exp(V[p,d]) Q[p,d]", E=((4, 3),), Q=((4, 3),)),
        case("scatter", "Tok = [2, 0, 2, 1]\ntensor S[t: 3]\nS[Tok[p]] = V[p]\nLoss = S[t]^2", V=((4,),)),
        case("gather-outside", "Tok = [2, 7, 1]\nV[p] = E[Tok[p]] U[p]\nLoss = V[p]^2 + U[p]", E=((4,),), U=((3,),)),
        case("several-equations", "Y[i] = relu(A[i])\nY[i] += B[i] A[i]\nLoss = Y[i]^2", A=((4,),), B=((4,),)),
        case("terms", "C = 2\nY = A[i] B[i] + C * A[j] - B[j]\nLoss = Y^2", A=((4,),), B=((4,),)),
        case("concat", "Y[k] = concat(A[p,d], B[q])\nLoss = Y[k]^3", A=((2, 2),), B=((3,),)),
        case("index-values", "Loss = A[i] i + sin(i * B[i])", A=((4,),), B=((4,),)),
        case("virtual-none", "M[i] = A[i,j] / size(j)\nV[i] = (A[i,j] - M[i])^2 / size(j)\nLoss = sqrt(V[i] + 0.1)", A=((2, 5),)),
        case("softmax-by-hand", "Z[i] = exp(A[i,j])\nP[i,j] = exp(A[i,j]) / Z[i]\nLoss = P[i,j] B[i,j]", A=((2, 3),), B=((2, 3),)),
        case("scalar-chain", "S = A * B\nR = tanh(S) + S\nLoss = R^2", A=((),), B=((),)),
        case("two-uses", "U[i] = A[i] A[i]\nLoss = U[i] A[i] + exp(U[i] / 4)", A=((4,),)),
    ]


def relation_cases():
    edges = "E(0, 1); E(0, 2); E(2, 1); E(1, 3); E(3, 3)\nKeep(0); Keep(2)\n"
    return [
        case("join", edges + "Y[x] = E(x,y) W[x,y] X[y]\nLoss = Y[x]^2", W=((4, 4),), X=((4,),)),
        case("guard", edges + "Y[i] = X[i] Z[i], Keep(i)\nLoss = exp(Y[i])", X=((4,),), Z=((4,),)),
        case("guard-range", "Y[i] = X[i]^2, i < 3, i >= 1\nLoss = Y[i] Y[i] + X[i]^3", X=((5,),)),
        case("guard-numbers", "Y[i] = X[j] Z[i], j <= i\nLoss = Y[i]^2", X=((4,),), Z=((4,),)),
        case("negated", edges + "Y[x] = X[x] X[y], E(x,y), not Keep(y)\nLoss = Y[x]^2 + X[x]", X=((4,),)),
        case("existential", edges + "Y[x] = X[x], E(x,y), Keep(y)\nLoss = Y[x]^2", X=((4,),)),
        case("test", edges + "Y[x] = sin(X[x] + 2 Keep(x))\nLoss = Y[x]^2", X=((4,),)),
        case("nonlinear-join", edges + "Y[x] = relu(sum[y](E(x,y) W[x,y]) + B[x])\nLoss = Y[x]^2", W=((4, 4),), B=((4,),)),
        case("inner-join", edges + "Loss = E(x,y) tanh(A[x,d] B[y,d])", A=((4, 3),), B=((4, 3),)),
        case("symbols", 'Likes("ann", "tea"); Likes("bob", "tea"); Likes("bob", "jam")\nPrice["tea"] = 2.5\nPrice["jam"] = 1.5\n'
             "S[p] = Likes(p, x) Price[x] F\nLoss = S[p]^2", F=((),)),
        case("literal-dense", "Y[i] = X[i]^2, X[i] > 0\nLoss = Y[i]", X=((6,),)),
        case("rule-from-numbers", "Big(i) <- X[i] > 0\nLoss = exp(X[i]) Big(i)", X=((6,),)),
    ]


def reduction_cases():
    body = {"sum": "sum[j](A[i,j] B[j] + 1)", "mean": "mean[j](A[i,j] B[j])", "prod": "prod[j](A[i,j] + B[j])",
            "max": "max[j](A[i,j] B[j])", "min": "min[j](A[i,j] + B[j])"}
    cases = [case("reduce-" + kind, f"Y[i] = exp({text} / 4)\nLoss = Y[i] A[i,0]", A=((3, 4),), B=((4,),)) for kind, text in body.items()]
    cases += [case("reduce-join-" + kind, "E(0, 1); E(0, 2); E(2, 1); E(1, 3); E(2, 3)\n"
                   f"Y[i] = exp({kind}[j](E(i,j) A[i,j]))\nLoss = Y[i]^2", A=((4, 4), -1, 1)) for kind in ("sum", "mean", "prod", "max", "min")]
    cases += [
        case("reduce-two", "Y = max[i,j](A[i,j])\nLoss = Y^2 + min[i,j](A[i,j] A[j,i])", A=((3, 3),)),
        case("reduce-nested", "Y[i] = prod[j](1 + sum[k](A[i,k] B[k,j]))\nLoss = Y[i]", A=((2, 3), -1, 1), B=((3, 3), -1, 1)),
        case("reduce-any", "Y = any[i](A[i] > 0) count[i](A[i]) argmax[i](A[i])\nLoss = Y A[i]", A=((4,),)),
        case("max-equation", "M[i] max= A[i,j] B[j]\nLoss = M[i]^2", A=((3, 4),), B=((4,),)),
        case("min-equation", "M[i] min= A[i,j] - B[j]\nLoss = M[i]^2", A=((3, 4),), B=((4,),)),
        case("max-several", "M[i] max= A[i,j]\nM[i] max= B[i] * 2\nLoss = M[i]^2", A=((3, 4),), B=((3,),)),
        case("max-pooled", "P[x/2,y/2] max= relu(F[dx,dy] Image[x+dx,y+dy])\nLoss = P[x,y]^2", F=((2, 2),), Image=((5, 5),)),
        case("max-join", "E(0, 1); E(0, 2); E(2, 1); E(1, 3); E(2, 3)\nM[y] max= A[x] + W[x,y], E(x,y)\nLoss = M[y]^2", A=((4,),), W=((4, 4),)),
        case("absent", "D[1] min= X[0]\nT[i] = 2 D[i] X[i] + X[i]\nLoss = T[i]^2", X=((3,),)),
        case("times-equation", "P[i] *= A[i,j]\nP[i] *= B[i]\nLoss = P[i]", A=((3, 4),), B=((3,),)),
        case("average-equation", "E(0, 1); E(0, 2); E(2, 1); E(1, 3)\nM[x] avg= A[x] W[x,y], E(x,y)\nLoss = M[x]^2", A=((4,),), W=((4, 4),)),
        case("max-scalar-loss", "Loss max= A[i] A[i]", A=((5,),)),
    ]
    return cases


def normalisation_cases():
    cases = []
    for kind in ("softmax", "logsoftmax", "lnorm", "rmsnorm", "l2norm", "cumsum", "cumprod", "sort"):
        cases += [
            case(kind, f"Y[i,j.] = {kind}(A[i,j] B[j])\nLoss = Y[i,j] V[i,j]", A=((3, 4),), B=((4,),), V=((3, 4),)),
            case(kind + "-joint", f"Y[i.,k,j.] = {kind}(A[i,k,j])\nLoss = Y[i,k,j] V[i,k,j]", A=((2, 3, 2),), V=((2, 3, 2),)),
            case(kind + "-masked", f"Y[i,j.] = {kind}(A[i,j]), j <= i, i < 3\nLoss = Y[i,j] V[i,j]", A=((4, 4),), V=((4, 4),)),
            case(kind + "-inside", f"Y[i] = 1 + {kind}(A[i]) B[i]\nLoss = Y[i]^2", A=((4,),), B=((4,),)),
        ]
    cases += [
        case("attention", "S[q,k.] = softmax(Q[q,d] K[k,d] / 2), k <= q\nO[q,d] = S[q,k] V[k,d]\nN[q,d.] = lnorm(O[q,d])\nLoss = N[q,d] T[q,d]",
             Q=((3, 4),), K=((3, 4),), V=((3, 4),), T=((3, 4),)),
        case("selected", "P[i.] = topk(A[i], 2)\nG[i.] = argmax(A[i])\nR[i.] = rank(A[i])\nLoss = P[i] A[i]^2 + R[i] B[i] + G[i] B[i]", A=((4,),), B=((4,),)),
        case("cumprod-zero", "Z[i] = A[i] (i != 2)\nY[i.] = cumprod(Z[i])\nLoss = Y[i] V[i]", A=((5,),), V=((5,),)),
        case("cumprod-zeros", "Z[r,i] = A[r,i] (i != 1) (i != 3)\nY[r,i.] = cumprod(Z[r,i]), i < 4\nLoss = Y[r,i] V[r,i]", A=((2, 5),), V=((2, 5),)),
        case("cumprod-all-zero", "Y[i.] = cumprod(A[i] * (i > 0))\nLoss = Y[i] V[i] + A[i]", A=((4,),), V=((4,),)),
        case("rank-selected", "R[i.] = rank(A[i])\nS[R[i]] = A[i]\nLoss = S[i] V[i] + (R[i] < 2) A[i]^2", A=((5,),), V=((5,),)),
        case("order-statistic", "Y[i.] = sort(A[i]^2)\nMedian = Y[2]\nLoss = Median^2 + Y[4]", A=((5,),)),
        case("lnorm-eps", "Y[i.] = lnorm(A[i]; eps = 0.5)\nLoss = Y[i] V[i]", A=((4,),), V=((4,),)),
        case("l2norm-small", "Y[i.] = l2norm(A[i]; eps = 9.5)\nLoss = Y[i] V[i]", A=((4,),), V=((4,),)),
    ]
    return cases


def matrix_cases():
    well = "M[i,j] = A[i,j] + 5 (i = j)\n"
    many = "M[n,i,j] = A[n,i,j] + 5 (i = j)\n"
    spread = "S[i,j] = A[i,j] / 4 + A[j,i] / 4 + 3 * i * (i = j)\n"
    positive = "S[i,j] = A[i,k] A[j,k] + (i = j)\n"
    u_s_v = "(U[i,k], S[k], V[k,j]) = svd(A[i,j])\n"
    every = "Loss = U[i,k] P[i,k] + S[k]^2 + V[k,j] Q[k,j]"
    return [
        case("solve", well + "X[j] = solve(M[i,j], B[i])\nLoss = X[j] V[j] + X[j]^2", A=((4, 4),), B=((4,),), V=((4,),)),
        case("solve-transposed", well + "X[i] = solve(M[i,j], B[j])\nLoss = X[i]^3", A=((3, 3),), B=((3,),)),
        case("solve-columns", many + "X[n,j,k] = solve(M[n,i,j], B[n,i,k])\nLoss = X[n,j,k] V[n,j,k]", A=((2, 3, 3),), B=((2, 3, 2),), V=((2, 3, 2),)),
        case("solve-some", many + "X[n,j] = solve(M[n,i,j], B[n,i]), n < 2\nLoss = X[n,j]^2", A=((3, 3, 3),), B=((3, 3),)),
        case("least-squares", "X[j] = solve(A[e,i] A[e,j], A[e,i] Y[e])\nLoss = (A[e,j] X[j] - Y[e])^2 + X[j]^2", A=((6, 2),), Y=((6,),)),
        case("inverse", well + "Y[i,j] = inverse(M[i,j])\nLoss = Y[i,j] V[i,j] + Y[i,j]^2", A=((4, 4),), V=((4, 4),)),
        case("inverse-some", many + "Y[n,i,j] = inverse(M[n,i,j]), n > 0\nLoss = Y[n,i,j] V[i,j]", A=((2, 3, 3),), V=((3, 3),)),
        case("cholesky", positive + "L[i,j] = cholesky(S[i,j])\nLoss = L[i,j] V[i,j] + L[i,j]^3", A=((4, 4),), V=((4, 4),)),
        case("cholesky-lower", "S[i,j] = A[i,j] + 9 (i = j)\nL[i,j] = cholesky(S[i,j])\nLoss = L[i,j] V[i,j]", A=((3, 3),), V=((3, 3),)),
        case("cholesky-some", "S[n,i,j] = A[n,i,j] + 9 (i = j)\nL[n,i,j] = cholesky(S[n,i,j]), n < 1\nLoss = L[n,i,j] V[i,j]", A=((2, 3, 3),), V=((3, 3),)),
        case("eigh", spread + "(W[k], V[i,k]) = eigh(S[i,j])\nLoss = W[k] P[k] + V[i,k] Q[i,k]", A=((4, 4), -1, 1), P=((4,),), Q=((4, 4),)),
        case("eigh-values", spread + "W[k] = eigh(S[i,j])\nLoss = W[k]^2 P[k]", A=((4, 4), -1, 1), P=((4,),)),
        case("eigh-lower", "S[i,j] = A[i,j] + 4 * i * (i = j)\n(W[k], V[i,k]) = eigh(S[i,j])\nLoss = W[k] P[k] + V[i,k]^3", A=((3, 3), -1, 1), P=((3,),)),
        case("eigh-many", "S[n,i,j] = A[n,i,j] + 4 * i * (i = j)\n(W[n,k], V[n,i,k]) = eigh(S[n,i,j])\nLoss = W[n,k] P[k] + V[n,i,k]^3", A=((2, 3, 3), -1, 1), P=((3,),)),
        case("eigh-equal", "S[i,j] = A * ((i + j) >= 0) + (i = j), i < 3, j < 3\nW[k] = eigh(S[i,j])\nLoss = W[k]^2", A=((),)),
        case("svd", u_s_v + every, A=((3, 3),), P=((3, 3),), Q=((3, 3),)),
        case("svd-tall", u_s_v + every, A=((5, 3),), P=((5, 3),), Q=((3, 3),)),
        case("svd-wide", u_s_v + every, A=((2, 4),), P=((2, 2),), Q=((2, 4),)),
        case("svd-values", "S[k] = svd(A[i,j])\nLoss = S[k] P[k]", A=((4, 3),), P=((3,),)),
        case("svd-many", "(U[n,i,k], S[n,k], V[n,k,j]) = svd(A[n,i,j])\nLoss = U[n,i,k]^3 + S[n,k] + V[n,k,j]^3", A=((2, 3, 2),)),
        case("matrix-in-a-scan", well + "X[0,i] = B[i]\nX[t+1,j] = solve(M[i,j], X[t,i]), t < 3\nLoss = X[t,j]^2", A=((3, 3),), B=((3,),)),
    ]


def recursion_cases():
    return [
        case("scan", "H[0,i] = X[0,i]\nH[t+1,i] = tanh(W[i,j] H[t,j] + X[t,i])\nLoss = H[t,i] V[i]", X=((4, 3),), W=((3, 3),), V=((3,),)),
        case("scan-last", "H[0,i] = X[0,i]\nH[t+1,i] = tanh(W[i,j] H[t,j] + X[t,i])\nLoss = H[4,i] V[i]", X=((4, 3),), W=((3, 3),), V=((3,),)),
        case("returns", "G[t] = R[t] + A G[t+1]\nLoss = G[t]^2", R=((5,),), A=((), 0.5, 0.9)),
        case("two-steps", "F[0] = A\nF[1] = B\nF[t+2] = sin(F[t+1]) + F[t] X[t]\nLoss = F[t]^2", A=((),), B=((),), X=((4,),)),
        case("mutual", "A[0] = X[0]\nB[0] = X[1]\nA[t+1] = tanh(B[t]) + X[t]\nB[t+1] = A[t+1] A[t] W\nLoss = A[t] B[t]", X=((4,),), W=((),)),
        case("layers-scan", "S[0,p,d] = X[p,d]\nQ[b,p,d] = W[b,d,e] S[b,p,e]\nM[b,p,p'.] = softmax(Q[b,p,d] S[b,p',d]), p' <= p\n"
             "S[b+1,p,d] = S[b,p,d] + M[b,p,p'] S[b,p',d]\nLoss = S[2,p,d] V[p,d]", X=((3, 2),), W=((2, 2, 2),), V=((3, 2),)),
        case("virtual", "H[*t+1,i] = tanh(W[i,j] H[*t,j] + X[t,i])\nLoss = H[i] V[i]", X=((4, 3),), W=((3, 3),), V=((3,),)),
        case("virtual-start", "S[*0] = A\nS[*t+1] = S[*t] U[t] + sin(S[*t])\nL[t] = S[*t]\nLoss = L[3]^2", A=((),), U=((3,),)),
        case("virtual-read", "X[*t+1] = 0.5 X[*t] + U[t]\nY[t] = X[*t]^2\nLoss = Y[t] V[t]", U=((3,),), V=((4,),)),
        case("viterbi", "V[0,s] max= P[s]\nV[t+1,s'] max= T[s,s'] + V[t,s] + O[t,s']\nLoss max= V[3,s]", P=((3,),), T=((3, 3),), O=((3, 3),)),
        case("product-scan", "V[0,s] max= P[s]\nV[t+1,s'] max= T[s,s'] V[t,s] O[t,s']\nL[s] = V[3,s]\nLoss = L[s]^2", P=((3,), 0.5, 1), T=((3, 3), 0.5, 1), O=((3, 3), 0.5, 1)),
        case("guarded-scan", "E(0, 1); E(1, 2); E(2, 0); E(0, 2)\nH[0,i] = X[i]\nH[t+1,i] = tanh(H[t,j] W[i,j]), E(i,j), t < 3\nLoss = H[3,i]^2", X=((3,),), W=((3, 3),)),
        case("nested-scan", "D[0,0] = A\nD[i+1,j+1] = tanh(D[i,j] + D[i+1,j] + D[i,j+1] + X[i,j])\nLoss = D[i,j]^2", A=((),), X=((3, 3),)),
        case("descending", "H[3] = A\nH[t-1] = sin(H[t]) X[t]\nLoss = H[t]^2", A=((),), X=((4,),)),
        case("fixpoint", "X[i] = B[i] + 0.2 tanh(W[i,j] X[j])\nLoss = X[i]^2", B=((3,),), W=((3, 3), -1, 1)),
        case("fixpoint-two", "X[i] = B[i] + 0.1 W[i,j] Y[j]\nY[i] = 0.2 sin(X[i]) + 0.1 X[j] W[j,i]\nLoss = Y[i]^2 + X[i]", B=((3,),), W=((3, 3), -1, 1)),
        case("shortest", "E(0, 1); E(0, 2); E(2, 1); E(1, 3); E(2, 3); E(3, 0)\nD[0] min= S\nD[y] min= D[x] + W[x,y], E(x,y)\nL[y] = D[y]\nLoss = L[y]^2", W=((4, 4), 0.5, 2), S=((),)),
    ]


def all_cases():
    return primitive_cases() + contraction_cases() + relation_cases() + reduction_cases() + normalisation_cases() + matrix_cases() + recursion_cases()


# --- Random programs: a pool of vectors over i, matrices over i, j and edges; each equation is one construct.

def random_case(state):
    extent = state.randint(2, 4)
    edges = sorted({(state.randrange(extent), state.randrange(extent)) for _ in range(state.randint(1, 2 * extent))})
    text = "\n".join(f"E({x}, {y})" for x, y in edges) + "\n"
    text += "\n".join(f"K({x})" for x in sorted({state.randrange(extent) for _ in range(extent)})) + "\n"
    data = {"A": ((extent,), -1.5, 1.5), "B": ((extent,), -1.5, 1.5), "M": ((extent, extent), -1, 1), "S": ((), 0.3, 1.2)}
    vectors, matrices = ["A", "B"], ["M"]
    smooth = ["tanh", "sig", "sin", "gelu", "silu", "softplus", "erf", "relu", "abs", "cos"]
    v, m, f = (lambda: state.choice(vectors)), (lambda: state.choice(matrices)), (lambda: state.choice(smooth))
    constructs = [
        lambda y: (f"{y}[i] = {f()}({m()}[i,j] {v()}[j] + {v()}[i])", "v"),
        lambda y: (f"{y}[i] = {v()}[i] * {f()}({v()}[i]) - S {v()}[i]", "v"),
        lambda y: (f"{y}[i] = E(i,j) {v()}[j] {f()}({m()}[i,j])", "v"),
        lambda y: (f"{y}[j] = {v()}[i] * {m()}[i,j], {state.choice(['i <= j', 'K(i)', 'not K(i)', 'E(i,j)', 'i != j'])}", "v"),
        lambda y: (f"{y}0[j] max= {v()}[i] + {m()}[i,j]\n{y}[j] = {y}0[j] {v()}[j]", "v"),
        lambda y: (f"{y}0[j] min= {v()}[i] * {m()}[i,j], E(i,j)\n{y}[j] = {v()}[j] + {y}0[j]", "v"),
        lambda y: (f"{y}[i] = {state.choice(['max', 'min', 'mean', 'sum', 'prod'])}[j]({m()}[i,j] + {v()}[j])", "v"),
        lambda y: (f"{y}[i,j.] = {state.choice(['softmax', 'logsoftmax', 'lnorm', 'rmsnorm', 'l2norm'])}({m()}[i,j] {v()}[j] + 0.1 j)"
                   + state.choice(["", ", j <= i", ", E(i,j)"]), "m"),
        lambda y: (f"{y}[i,j] = {f()}({m()}[i,k] {m()}[k,j]) + {v()}[i]", "m"),
        lambda y: (f"{y}0[0,i] = {v()}[i]\n{y}0[t+1,i] = {f()}({m()}[i,j] {y}0[t,j] + {v()}[i]), t < {state.randint(1, 3)}\n"
                   f"{y}[i] = {y}0[t,i] / 2", "v"),
        lambda y: (f"{y}0[*0,i] = {v()}[i]\n{y}0[*t+1,i] = {f()}({y}0[*t,i]) {v()}[i] + {m()}[t,i]\n{y}[i] = {y}0[i] S", "v"),
        lambda y: (f"{y}[i] = {v()}[i] + S {y}[i+1]", "v"),
        lambda y: (f"{y}[i] = 0.2 {v()}[i] + 0.1 tanh({m()}[i,j] {y}[j])", "v"),
        lambda y: (f"{y}0[i] *= 1 + 0.3 {m()}[i,j]\n{y}[i] = {y}0[i] - 1", "v"),
        lambda y: (f"{y}0[i] avg= {v()}[j] {m()}[i,j], j <= i\n{y}[i] = {y}0[i] + {v()}[i]", "v"),
        lambda y: (f"{y}[i] = where({v()}[i] > {v()}[i], {v()}[i], 0.5)", "v"),
    ]
    for number in range(state.randint(3, 6)):
        name = f"Y{number}"
        equation, kind = state.choice(constructs)(name)
        text += equation + "\n"
        (vectors if kind == "v" else matrices).append(name)
    text += f"Loss = {vectors[-1]}[i] {v()}[i] + tanh({matrices[-1]}[i,j] {v()}[j]) + 0.1 {vectors[-1]}[i]^2\n"
    return {"name": "random", "text": text, "data": data}


def check_gradients(binary, state):
    """One random program; a program without a finite loss says nothing."""
    seed = state.getrandbits(32)
    failures = check_cases(binary, [random_case(random.Random(seed))], seed, ["cpu", "reference"])
    return failures[0] if failures else None


RANDOM = {"uniform", "normal", "bernoulli", "sample"}  # tests/learn


def untested():
    """Functions of the language that no case uses."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    with open(os.path.join(root, "frontend/sema/Functions.cpp"), encoding="utf-8") as file:
        table = re.search(r"kFunctions\[\] = \{(.*?)\n\};", file.read(), re.S)[1]
    text = "".join(case["text"] for case in all_cases())
    return [name for name in re.findall(r'^    \{"(\w+)"', table, re.M) if name not in RANDOM and not re.search(rf"\b{name}\(", text)]


def check_gradient_cases(binary, state):
    """Every construct once; the data differ from seed to seed."""
    if untested():
        return "", f"no case derives {', '.join(untested())}"
    cases, seed = all_cases(), state.getrandbits(32)
    for begin in range(0, len(cases), 24):
        failures = check_cases(binary, cases[begin:begin + 24], seed, ["cpu", "reference"])
        if failures:
            return failures[0]
    return None


if __name__ == "__main__":
    import sys
    if sys.argv[2] == "random":
        for seed in range(int(sys.argv[3]), int(sys.argv[4])):
            found = check_gradients(sys.argv[1], random.Random(seed))
            if found:
                print(found[0] + found[1] + f"\nseed {seed}\n")
        sys.exit(0)
    wanted = [one for one in all_cases() if sys.argv[2] in one["name"]]
    problems = check_cases(sys.argv[1], wanted, sys.argv[3] if len(sys.argv) > 3 else 1, ["cpu", "reference"])
    for program, problem in problems:
        print(program * (len(wanted) == 1) + problem)
    print(len(wanted), "cases,", len(problems), "wrong")
