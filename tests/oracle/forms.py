"""Index forms and files against numpy: slices with every kind of bound, arrays of every element type."""
import numpy as np

from engine import compare

TYPES = ["bool", "int8", "int32", "int64", "float16", "float32", "float64"]


def bound(random_state, extent):
    return random_state.choice(["", str(random_state.randint(-extent - 2, extent + 2))])


def slice_text(random_state, extent):
    step = random_state.choice(["", "", ":1", ":2", ":3", ":-1", ":-2"])
    return f"{bound(random_state, extent)}:{bound(random_state, extent)}{step}"


def as_slice(text):
    return slice(*(int(part) if part else None for part in text.split(":")))


def forms_case(random_state):
    """(program, files, expected)."""
    numbers = np.random.default_rng(random_state.getrandbits(32))
    files, program, expected = [], "", []
    for number in range(4):
        shape = [random_state.randint(1, 6) for _ in range(random_state.randint(1, 2))]
        kind = random_state.choice(TYPES)
        array = (numbers.integers(-100, 100, shape) / (8 if kind.startswith("float") else 1)).astype(kind)
        name = f"X{number}"
        files.append((name + ".npy", array))
        program += f'{name} = "{name}.npy"\n'
        plain = array.astype(np.float64)
        texts = [slice_text(random_state, extent) for extent in shape]
        part = plain[tuple(as_slice(text) for text in texts)]
        forms = [(f"A{number} = {name}[{','.join(texts)}]", part), (f"B{number} = {name}[{','.join(texts)}] + 1", part.sum() + 1),
                 (f"C{number} = {name}", plain), (f"D{number}[i] = {name}[{','.join(['i'] + texts[1:])}]",
                                                  plain[:, as_slice(texts[1])].sum(1) if len(shape) > 1 else plain)]
        first, width = random_state.randint(0, 3), len(part)
        if len(shape) == 1 and width:
            moved = np.zeros(first + width)
            moved[first:] = part
            forms.append((f"E{number}[{first}:{first + width}] = {name}[{texts[0]}]", moved))
        for text, value in forms:
            program += text + "\n"
            expected.append((text.split(" ")[0].split("[")[0], value, text))
    program += "".join(f"{name}?\n" for name, _, _ in expected)
    return program, files, expected


def check_forms(binary, random_state):
    program, files, expected = forms_case(random_state)
    return compare(binary, program, expected, files)
