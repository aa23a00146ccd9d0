"""Linear algebra against numpy: one matrix or many, square or not, in several spellings."""
import numpy as np

from engine import compare


def well_conditioned(numbers, shape):
    matrix = numbers.normal(size=shape)
    return matrix + np.eye(shape[-1]) * 3 if shape[-1] == shape[-2] else matrix


def signed(columns, others=()):
    """The same columns with their largest entries positive; of equal ones the first counts."""
    size = np.abs(columns)
    first = np.argmax(size >= (1 - 1e-6) * size.max(axis=-2, keepdims=True), axis=-2)
    sign = np.sign(np.take_along_axis(columns, first[..., None, :], axis=-2))
    return [columns * sign] + [other * sign for other in others]


def linalg_case(random_state):
    """(program, files, expected)."""
    numbers = np.random.default_rng(random_state.getrandbits(32))
    n, m, b, c = (random_state.randint(1, 7) for _ in range(4))
    many = random_state.random() < 0.5
    batch, lead = ((b,), "n,") if many else ((), "")
    a = well_conditioned(numbers, batch + (n, n))
    s = a @ np.swapaxes(a, -1, -2)
    r = numbers.normal(size=batch + (n, m))
    right = numbers.normal(size=batch + (n,))
    rights = numbers.normal(size=batch + (n, c))
    files = [("A.npy", a), ("S.npy", s), ("R.npy", r), ("B.npy", right), ("C.npy", rights)]
    program = "".join(f'{name[0]} = "{name}"\n' for name, _ in files)
    i, j = random_state.sample(["i", "j", "p"], 2)
    x, y = random_state.choice([(i, j), (j, i)])
    expected = []

    def add(left, call, values):
        nonlocal program
        program += f"{left} = {call}\n"
        names = [part.split("[")[0].strip("( ") for part in left.split("],")]
        expected.extend((name, value, call) for name, value in zip(names, values))

    add(f"X1[{lead}{x}]", f"solve(A[{lead}{i},{j}], B[{lead}{y}])", [np.linalg.solve(a, right[..., None])[..., 0]])
    add(f"X2[{lead}{x},k]", f"solve(A[{lead}{i},{j}], C[{lead}{y},k])", [np.linalg.solve(a, rights)])
    add(f"Y[{lead}{i},{j}]", f"2 inverse(A[{lead}{i},{j}]) + A[{lead}{i},{j}]", [2 * np.linalg.inv(a) + a])
    add(f"L[{lead}{i},{j}]", f"cholesky(S[{lead}{i},{j}])", [np.linalg.cholesky(s)])
    add(f"L2[{lead}{j},{i}]", f"cholesky(A[{lead}{i},e] A[{lead}{j},e])", [np.swapaxes(np.linalg.cholesky(s), -1, -2)])
    values, vectors = np.linalg.eigh(s)
    add(f"(W[{lead}k], V[{lead}{x},k])", f"eigh(S[{lead}{i},{j}])", [values, signed(vectors)[0]])
    u, sizes, vt = np.linalg.svd(r, full_matrices=False)
    u, v = signed(u, [np.swapaxes(vt, -1, -2)])
    add(f"(U[{lead}{i},k], Z[{lead}k], Vt[{lead}k,{j}])", f"svd(R[{lead}{i},{j}])", [u, sizes, np.swapaxes(v, -1, -2)])
    add(f"Z2[{lead}k]", f"svd(R[{lead}{i},{j}])", [sizes])
    # The normal equations of a regression, in every matrix of the batch.
    gram = np.swapaxes(a, -1, -2) @ a
    add(f"N[{lead}{j}]", f"solve(A[{lead}e,{i}] A[{lead}e,{j}], A[{lead}e,{i}] B[{lead}e])",
        [np.linalg.solve(gram, np.einsum("...ei,...e->...i", a, right)[..., None])[..., 0]])
    program += "".join(f"{name}?\n" for name, _, _ in expected)
    return program, files, expected


def check_linalg(binary, random_state):
    program, files, expected = linalg_case(random_state)
    return compare(binary, program, expected, files)
