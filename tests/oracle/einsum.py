"""Programs of several equations, each a sum of products over random index patterns, against numpy's einsum."""
import numpy as np

from engine import BACKENDS, run


def einsum_case(random_state):
    """(program, files, expected by query)."""
    # Some programs are large enough for products that are multiplied block by block.
    isLarge = random_state.random() < 0.25
    names = "ijk" if isLarge else "ijklm"
    extents = {name: random_state.randint(20, 45) if isLarge else random_state.choice([0, 1, 2, 3, 4, 5, 7]) if random_state.random() < 0.1 else random_state.randint(1, 6)
               for name in names}
    deep = random_state.choice(names) if isLarge and random_state.random() < 0.4 else None
    if deep:  # more than a block
        extents = {name: random_state.randint(130, 280) if name == deep else random_state.randint(12, 24) for name in names}
    extents["b"] = random_state.randint(2, 4)
    program, files, expected = "", [], []
    for equation in range(5 if isLarge else 12):
        terms, code, total = [], [], None
        left = random_state.sample(names, random_state.randint(0, 3))
        for term in range(random_state.randint(1, 2)):
            operands = []
            isProduct = isLarge and random_state.random() < 0.5
            if isProduct:  # of two matrices, each index in two of the three tensors
                summed = random_state.choice([name for name in names if name not in left] or list(names))
                batch = ["b"] if random_state.random() < 0.4 else []
                if batch and term == 0 and len(left) < 3:
                    left = left + batch
                operands = [random_state.sample([name, summed, *(batch if "b" in left else [])], 2 + bool(batch and "b" in left)) for name in names if name != summed]
            for _ in range(0 if isProduct else random_state.randint(1, 4)):
                operands.append(random_state.choices(names, k=random_state.randint(1, 3)))
            covered = {name for operand in operands for name in operand}
            missing = [name for name in left if name not in covered]
            if missing:
                operands.append(missing)
            arrays, text = [], []
            for operand in operands:
                name = f"T{len(files)}"
                array = np.random.default_rng(random_state.getrandbits(32)).integers(-4, 5, [extents[i] for i in operand]) / 4
                files.append((name + ".npy", array))
                program += f'{name} = "{name}.npy"\n'
                arrays.append(array)
                text.append(f"{name}[{','.join(operand)}]")
            terms.append(" ".join(text))
            value = np.einsum(",".join("".join(operand) for operand in operands) + "->" + "".join(left), *arrays)
            total = value if total is None else total + value
        function = random_state.choice(["", "", "relu", "tanh", "step"])
        if function:
            value = {"relu": lambda x: np.maximum(x, 0), "tanh": np.tanh, "step": lambda x: (x > 0).astype(float)}[function](total)
            body = f"{function}({' + '.join(terms)})"
        else:
            value, body = total, " + ".join(terms)
        head = f"Y{equation}[{','.join(left)}]" if left else f"Y{equation}"
        program += f"{head} = {body}\n"
        expected.append((f"Y{equation}", value))
    program += "".join(f"{name}?\n" for name, _ in expected)
    return program, files, expected


def check_einsum(binary, random_state):
    program, files, expected = einsum_case(random_state)
    for backend in BACKENDS:
        answers, wrong = run(binary, program, backend, files)
        if wrong:
            return program, f"{backend}: {wrong}"
        for answer, (name, value) in zip(answers, expected):
            actual = np.array(answer["data"], float).reshape(np.shape(value)) if np.size(answer["data"]) == np.size(value) else None
            if actual is None or not np.allclose(actual, value, rtol=1e-9, atol=1e-9):
                return program, f"{backend}: {name} is {answer['data']}, numpy says {np.asarray(value).tolist()}"
    return None
