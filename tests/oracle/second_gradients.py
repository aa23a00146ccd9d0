"""Derivatives of derivatives: the loss of a case is a sum of its first derivatives with random factors, and what is asked for is the
derivative of that, against differences."""
import random
import re

import numpy as np

import gradients

def second_case(case, state):
    """The case with `First` for its loss, and the loss of first derivatives."""
    text = re.sub(r"\bLoss\b", "First", case["text"])
    terms = []
    for number, (name, (shape, _, _)) in enumerate(case["data"].items()):
        factors = np.random.default_rng(state.getrandbits(32)).uniform(-1, 1, shape)
        text += f"Factor{number} = {gradients.literal(factors)}\n"
        place = "[" + ",".join(f"i{number}_{axis}" for axis in range(len(shape))) + "]" if shape else ""
        terms.append(f"Factor{number}{place} dFirst/d{name}{place}")
    return {"name": "second " + case["name"], "text": text + "Loss = " + " + ".join(terms) + "\n", "data": case["data"]}


def check_second_gradients(binary, state):
    """A case of one construct, or a random program."""
    case = gradients.random_case(state) if state.random() < 0.4 else state.choice(gradients.all_cases())
    failures = gradients.check_cases(binary, [second_case(case, state)], state.getrandbits(32), ["cpu", "reference"])
    return failures[0] if failures else None


if __name__ == "__main__":
    import sys
    for case in gradients.all_cases():
        found = gradients.check_cases(sys.argv[1], [second_case(case, random.Random(1))], 1, ["cpu"])
        if found:
            print(case["name"], found[0][1][:300])
