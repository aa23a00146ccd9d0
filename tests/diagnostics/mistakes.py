#!/usr/bin/python3
"""Seeded mistakes in good programs: tl must point at them, name the index, and offer an edit that compiles.

usage: mistakes.py BUILD_FOLDER [--seed N] [--count N] [--show]

A mistake is one edit of one statement that makes the program wrong for `tl check --strict`. Of a hundred, at least 95 are reported at
their statement with the name that is at fault, and for at least 60 the fix makes `tl check --strict` pass.
"""
import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests/oracle"))
import mutate  # noqa: E402

PLACED, FIXED = 0.95, 0.60
ACCESS = re.compile(r"\b([A-Z]\w*'*)(\[[^\[\]()]*\]|\([^\[\]()]*\))")
FUNCTION = re.compile(r"\b(relu|tanh|softmax|lnorm|sqrt|clamp|concat|round|silu|gelu|step|where|exp|log)\(")
RULE = re.compile(r"^[A-Z]\w*'*\([^()]*\)\s*<-")
INDEX = re.compile(r"^\s*([a-z]\w*'*)\.?\s*$")


class Mistake:
    """The new text of one line, and the names of which a message must show one."""

    def __init__(self, line, names):
        self.line, self.names = line, names


def edited(line, begin, end, text):
    return line[:begin] + text + line[end:]


def accesses(line, state, past=0):
    """The tensor accesses after column `past`, in random order, as (match, indices)."""
    found = [(match, match[2][1:-1].split(",")) for match in ACCESS.finditer(line) if match.start() >= past and match[2][1:-1].strip()]
    state.shuffle(found)
    return found


def right_side(line):
    match = re.search(r"(?<![<>!=])(=|<-|max=|min=|avg=|\+=|\*=)", line)
    return match.end() if match else len(line)


def rebuilt(line, match, indices):
    return edited(line, match.start(2) + 1, match.end(2) - 1, ",".join(indices))


def rename_left(line, state):
    for match, indices in accesses(line, state):
        places = [place for place, index in enumerate(indices) if INDEX.match(index)]
        if match.start() < right_side(line) < len(line) and places:
            place = state.choice(places)
            old = INDEX.match(indices[place])[1]
            indices[place] = indices[place].replace(old, "q")
            return Mistake(rebuilt(line, match, indices), ["'q'", f"'{old}'"])
    return None


def swap_indices(line, state):
    for match, indices in accesses(line, state, right_side(line)):
        if len(indices) > 1 and indices[0].strip() != indices[1].strip():
            names = [f"'{name}'" for name in re.findall(r"[a-z]\w*'*", match[2])]
            indices[0], indices[1] = indices[1], indices[0]
            return Mistake(rebuilt(line, match, indices), names + [f"'{match[1]}'"])
    return None


def misspelt(name, state):
    place = state.randrange(1, len(name))
    kind = state.choice(["drop", "double", "swap"]) if place + 1 < len(name) else "double"
    if kind == "drop":
        return name[:place] + name[place + 1:]
    if kind == "swap":
        return name[:place] + name[place + 1] + name[place] + name[place + 2:]
    return name[:place] + name[place] + name[place:]


def misspell_tensor(line, state):
    for match, _ in accesses(line, state, right_side(line)):
        if len(match[1]) > 2:
            wrong = misspelt(match[1], state)
            if wrong != match[1]:
                return Mistake(edited(line, match.start(1), match.end(1), wrong), [f"'{wrong}'"])
    return None


def misspell_function(line, state):
    found = list(FUNCTION.finditer(line))
    if not found:
        return None
    match = state.choice(found)
    wrong = misspelt(match[1], state)
    return Mistake(edited(line, match.start(1), match.end(1), wrong), [f"'{wrong}'"]) if wrong != match[1] else None


def drop_bracket(line, state):
    code = line.split("//")[0]
    places = [place for place, character in enumerate(code) if character in "()[]"]
    if not places:
        return None
    place = state.choice(places)
    return Mistake(edited(line, place, place + 1, ""), [f"'{bracket}'" for bracket in "()[]"])


def wrong_arity(line, state):
    for match, indices in accesses(line, state, right_side(line)):
        if state.random() < 0.5 and len(indices) > 1:
            del indices[-1]
        else:
            indices.append(indices[-1])
        return Mistake(rebuilt(line, match, indices), [f"'{match[1]}'"])
    return None


def wrong_size(line, state):
    numbers = list(re.finditer(r"(?<=[\[,])\s*-?\d+(\.\d+)?\s*,", line)) if re.match(r"^[A-Z]\w* = \[", line) else []
    if not numbers:
        return None
    match = state.choice(numbers)
    name = line.split(" ")[0]
    grown = state.random() < 0.5
    return Mistake(edited(line, match.start(), match.end(), match[0] * 2 if grown else ""), [f"'{name}'", "elements", "element"])


def unbind(line, state):
    if not RULE.match(line):
        return None
    head, body = line.split("<-", 1)
    atoms = re.split(r",(?![^()\[\]]*[)\]])", body.split("//")[0])
    positive = [place for place, atom in enumerate(atoms) if ACCESS.match(atom.strip())]
    if not positive or len(atoms) < 2:
        return None
    lost = set(re.findall(r"\b[a-z]\w*'*", atoms.pop(state.choice(positive))))
    return Mistake(head + "<- " + ", ".join(atom.strip() for atom in atoms), [f"'{name}'" for name in lost])


def lower_name(line, state):
    match = re.match(r"[A-Z]\w*", line)
    return Mistake(line[0].lower() + line[1:], [f"'{match[0][0].lower() + match[0][1:]}'"]) if match else None


def drop_comma(line, state):
    code = line.split("//")[0]
    places = [match.start() for match in re.finditer(",", code)]
    if not places:
        return None
    place = state.choice(places)
    return Mistake(edited(line, place, place + 1, " "), ["','", "'['", "'('", "'"])


def foreign_spelling(line, state):
    rows = [(r"(?<= )= ", ":= ", ["':='", "'='"]), (r"<-", "->", ["arrow", "'->'"]), (r"\^", "**", ["'^'"]), (r"<=", "=<", ["'<='"]),
            (r"(?<=\)), (?=[A-Z])", " and ", ["'and'"]), (r"!=", "<>", ["'!='"]), (r" = ", " == ", ["'='"])]
    state.shuffle(rows)
    for pattern, wrong, names in rows:
        match = re.search(pattern, line.split("//")[0])
        if match:
            return Mistake(edited(line, match.start(), match.end(), wrong), names)
    return None


KINDS = [rename_left, rename_left, swap_indices, swap_indices, misspell_tensor, misspell_tensor, misspell_function, drop_bracket, drop_bracket, wrong_arity,
         wrong_arity, wrong_size, unbind, lower_name, drop_comma, foreign_spelling]


def check(binary, path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    done = subprocess.run([binary, "check", "--strict", "--error-format", "json", path], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    return done.returncode, [json.loads(line) for line in done.stderr.splitlines()]


def good_programs(binary, path):
    """Programs of several statements that `tl check --strict` accepts and that read no file."""
    programs = []
    with open(os.path.join(ROOT, "grammar/LANGUAGE.md"), encoding="utf-8") as file:
        programs += re.findall(r"^```tl\n(.*?)^```", file.read(), re.M | re.S)
    programs += [text for text in mutate.seeds() if len(text) < 4000]
    return [text for text in programs if '"' not in text and text.count("\n") > 3]


def covers(message, line):
    """Whether the message or one of its labels stands on the line."""
    places = [message] + message["labels"]
    return any(place["range"] and place["range"]["begin"]["line"] <= line <= place["range"]["end"]["line"] for place in places)


def fixed_text(text, fix):
    data = text.encode()
    begin, end = fix["range"]["begin"]["offset"], fix["range"]["end"]["offset"]
    return (data[:begin] + fix["replacement"].encode() + data[end:]).decode()


def draw(programs, good, binary, path, state):
    """(kind, text, line number, mistake, messages) of one mistake that makes a program wrong."""
    while True:
        number = state.randrange(len(programs))
        if number not in good:
            good[number] = check(binary, path, programs[number])[0] == 0
        lines = programs[number].split("\n")
        place = state.randrange(len(lines))
        if not good[number] or not lines[place].strip() or lines[place].lstrip().startswith("//"):
            continue
        kind = state.choice(KINDS)
        mistake = kind(lines[place], state)
        if not mistake or mistake.line == lines[place]:
            continue
        text = "\n".join(lines[:place] + [mistake.line] + lines[place + 1:])
        code, messages = check(binary, path, text)
        if code != 0:
            return kind.__name__, text, place + 1, mistake, code, messages


def judge(binary, path, text, line, mistake, code, messages):
    """(whether the report is right, whether its fix compiles)."""
    if code != 1 or not messages:
        return False, False
    at_fault = [message for message in messages if covers(message, line)]
    # A message may name the partner of the line at fault only when it also shows that line.
    is_placed = bool(at_fault) and len(at_fault) == len(messages)
    parts = [[message["message"], (message["fix"] or {}).get("description", "")] + [label["text"] for label in message["labels"]] for message in at_fault]
    shown = " ".join(part for part in sum(parts, []) if part)
    is_named = any(name in shown for name in mistake.names)
    fixes = [message["fix"] for message in messages if message["fix"]]
    return is_placed and is_named, any(check(binary, path, fixed_text(text, fix))[0] == 0 for fix in fixes)


def run(build, seed, count, show=False):
    binary = os.path.join(os.path.abspath(build), "bin/tl")
    placed = fixed = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "case.tl")
        programs, good = good_programs(binary, path), {}
        for number in range(count):
            state = random.Random(f"{seed} mistake {number}")
            kind, text, line, mistake, code, messages = draw(programs, good, binary, path, state)
            is_right, has_fix = judge(binary, path, text, line, mistake, code, messages)
            placed, fixed = placed + is_right, fixed + has_fix
            if show and not (is_right and has_fix):
                print(f"{'' if is_right else 'MISPLACED '}{'' if has_fix else 'NO FIX '}{kind} {number}, line {line}: {mistake.line}")
                for message in messages:
                    at = message["range"] and message["range"]["begin"]["line"]
                    print(f"    {at} {message['message']}; fix {message['fix'] and message['fix']['replacement']}; hint {message['hint']}")
    print(f"of {count} mistakes {placed} are reported at their place and by name, {fixed} have a fix that compiles (seed {seed})")
    return placed >= PLACED * count, fixed >= FIXED * count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--show", action="store_true", help="print what is not reported well")
    options = parser.parse_args()
    results = run(options.build, options.seed, options.count, options.show)
    print(f"{sum(results)} passed, {2 - sum(results)} failed")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
