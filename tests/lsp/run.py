#!/usr/bin/python3
"""Plays an editor to `tl lsp`: a scripted session for each capability, on a generated program of 1,000 lines.

usage: run.py BUILD_FOLDER [--full] [--limits] [--seed N]

Latencies are printed; --limits makes it a failure when diagnostics take over 150 ms after an edit, or anything else over 50 ms.
"""
import argparse
import glob
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import Client, apply  # noqa: E402


def program(lines=1000):
    made = []
    for k in range(lines // 5):
        made += [f"W{k} = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]", f"X{k} = [1.0, -2.0, 3.0]", f"Y{k}[row] = relu(W{k}[row,column] X{k}[column])", f"Likes{k}(Ann, Bob{k})", f"Friend{k}(x, z) <- Likes{k}(x, y), Likes{k}(z, y)"]
    return "\n".join(made) + "\n"


LATENCIES = {}


class Session:
    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.client = Client(BINARY, "--stdlib", os.path.join(ROOT, "stdlib"), folder=os.path.realpath(self.folder.name))

    def __enter__(self):
        return self.client

    def __exit__(self, kind, value, trace):
        if kind is None:
            self.client.close()
        self.client.process.kill()
        self.folder.cleanup()


def timed(name, seconds):
    LATENCIES.setdefault(name, []).append(1000 * seconds)


def asked(client, method, parameters, **options):
    start = time.monotonic()
    reply = client.call(method, parameters, **options)
    timed(method.split("/")[-1], time.monotonic() - start)
    return reply


def test_diagnostics_while_typing():
    with Session() as client:
        assert client.open("long.tl", program()) == []
        for round_ in range(5):
            found, seconds = client.replace("long.tl", "Y150[row] = relu(", "Y150[row] = rleu(")
            timed("diagnostics", seconds)
            assert len(found) == 1 and "no function is called 'rleu'" in found[0]["message"] and found[0]["severity"] == 1, found
            assert client.slice("long.tl", found[0]["range"]).startswith("rleu"), found
            found, seconds = client.replace("long.tl", "Y150[row] = rleu(", "Y150[row] = relu(")
            timed("diagnostics", seconds)
            assert found == [], found
        # Sizes disagree: both sides are shown.
        found, seconds = client.replace("long.tl", "X7 = [1.0, -2.0, 3.0]", "X7 = [1.0, -2.0]")
        timed("diagnostics", seconds)
        assert all(part in found[0]["message"] for part in ("'column'", "'W7'", "'X7'", "2", "3")), found
        assert len(found[0]["relatedInformation"]) >= 1, found
        # A bracket that stays open while the line is typed.
        client.replace("long.tl", "X7 = [1.0, -2.0]", "X7 = [1.0, -2.0", waits=False)
        client.replace("long.tl", "X7 = [1.0, -2.0", "X7 = [1.0, -2.0, ", waits=False)
        found, seconds = client.replace("long.tl", "X7 = [1.0, -2.0, ", "X7 = [1.0, -2.0, 3.0]")
        assert found == [], found


def test_places_count_in_utf16():
    with Session() as client:
        found = client.open("wide.tl", 'Likes("Zoë 🙂", Bob) // 🙂🙂\nY = rleu(1.0)\nLikes("🙂🙂", Amy); Z = rleu(2.0)\n')
        assert [client.slice("wide.tl", one["range"])[:4] for one in found] == ["rleu", "rleu"], found
        found, _ = client.replace("wide.tl", "rleu(2.0)", "relu(2.0)")
        assert len(found) == 1 and client.slice("wide.tl", found[0]["range"]).startswith("rleu"), found


def test_edits_in_parts_are_the_whole():
    """After random edits the server says what it says of the same text opened anew."""
    state = random.Random(SEED)
    text = program(50)
    pieces = ["\n", "é", "🙂", "]", "(", '"', "X1", "row", " ", "= ", "\r\n", "//", ""]
    with Session() as client:
        client.open("one.tl", text)
        for round_ in range(200 if FULL else 25):
            begin = state.randrange(len(client.texts["one.tl"]))
            end = min(len(client.texts["one.tl"]), begin + state.choice([0, 0, 1, 5, 40]))
            found, _ = client.edit("one.tl", begin, end, state.choice(pieces))
            other = client.open("other.tl", client.texts["one.tl"])
            strip = lambda all_: json.dumps(all_).replace("one.tl", "other.tl")
            assert strip(found) == strip(other), f"seed {SEED}, edit {round_}: {found}\n{other}"


def test_hover():
    with Session() as client:
        client.open("long.tl", program() + "import std.attention\n/// Doubles.\n/// Twice.\ndef twice(A[i]; times = 2) -> B[i] {\n  B[i] = times A[i]\n}\nT[i] = twice(X3[i])\n"
                    "def unused(Q[p,k], K[q,k], V[q,e]) -> O[p,e] {\n  O[p,e] = attend(Q[p,k], K[q,k], V[q,e])\n}\n")
        text = asked(client, "textDocument/hover", client.at("long.tl", "W99[row"))["contents"]["value"]
        assert "W99[2, 3]: f32, a literal" in text and "Y99[row] = relu(sum[column](W99[row,column] * X99[column]))" in text, text
        assert "summed over `column` (0 to 2)" in text, text
        text = asked(client, "textDocument/hover", client.at("long.tl", "column] X42"))["contents"]["value"]
        assert "index `column` (0 to 2)" in text and "summed over `column`" in text, text
        text = asked(client, "textDocument/hover", client.at("long.tl", "Friend5(x"))["contents"]["value"]
        assert "Friend5(" in text and "for some `y`" in text, text
        text = asked(client, "textDocument/hover", client.at("long.tl", "twice(X3"))["contents"]["value"]
        assert "def twice(A[i]; times = 2) -> B[i]" in text and "Doubles.\nTwice." in text, text
        text = asked(client, "textDocument/hover", client.at("long.tl", "attend(Q"))["contents"]["value"]
        assert "def attend(" in text and "Every query looks at every key" in text, text
        text = asked(client, "textDocument/hover", client.at("long.tl", "relu("))["contents"]["value"]
        assert "element by element" in text, text
        assert asked(client, "textDocument/hover", client.at("long.tl", "1.0")) is None


def test_definition():
    with Session() as client:
        with open(os.path.join(client.folder, "mine.tl"), "w") as file:
            file.write("// mine\ndef half(A[i]) -> B[i] {\n  B[i] = A[i] / 2\n}\n")
        client.open("long.tl", program() + "import mine\nimport std.attention\ndef twice(A[i]; times = 2) -> B[i] {\n  B[i] = times A[i]\n}\nT[i] = twice(X3[i]; times = 3)\nH[i] = half(T[i])\n"
                    "domain Person = {Cleo, Dan}\nKnows(Cleo, Dan)\nKnows(p, q)?\n")

        def targets(text, inside=0):
            found = asked(client, "textDocument/definition", client.at("long.tl", text, inside))
            return [(os.path.basename(one["uri"]), one["range"]["start"]["line"]) for one in found]

        def lines(*starts):
            return [("long.tl", client.texts["long.tl"][:client.texts["long.tl"].index(start)].count("\n")) for start in starts]

        assert targets("W99[row") == lines("W99 ="), targets("W99[row")
        assert targets("Likes12(x") == lines("Likes12(Ann"), targets("Likes12(x")
        assert targets("column] X42") == lines("Y42[row]")
        assert targets("twice(X3") == lines("def twice")
        assert targets("times A") == lines("def twice") and targets("times = 3") == lines("def twice")
        assert targets("Cleo, Dan)\n") == lines("domain Person")
        assert targets("half(T") == [("mine.tl", 1)], targets("half(T")
        assert targets("std.attention", 5) == [("attention.tl", 0)]
        assert targets("relu(") == []


def test_references():
    with Session() as client:
        client.open("long.tl", program())
        at = client.at("long.tl", "X50 =", context={"includeDeclaration": True})
        assert len(asked(client, "textDocument/references", at)) == 2
        at["context"]["includeDeclaration"] = False
        assert len(asked(client, "textDocument/references", at)) == 1
        found = asked(client, "textDocument/references", client.at("long.tl", "Ann", context={"includeDeclaration": True}))
        assert len(found) == 200, len(found)
        found = asked(client, "textDocument/references", client.at("long.tl", "row] = relu(W9[", context={"includeDeclaration": True}))
        assert len(found) == 2 and len({one["range"]["start"]["line"] for one in found}) == 1, found


def renamed(client, name, at, new):
    edit = asked(client, "textDocument/rename", {**at, "newName": new})
    return apply(client.texts[name], edit["changes"][client.uri(name)])


def answers(text, folder):
    path = os.path.join(folder, "renamed.tl")
    with open(path, "w") as file:
        file.write(text)
    done = subprocess.run([BINARY, "run", path, "--stdlib", os.path.join(ROOT, "stdlib")], capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout


def test_rename():
    with Session() as client:
        client.open("long.tl", program() + "Y4?\n")
        text = renamed(client, "long.tl", client.at("long.tl", "X4 ="), "Input")
        assert "X4" not in re.findall(r"\w+", text) and text.count("Input") == 2, text[:400]
        assert answers(text, client.folder) == answers(client.texts["long.tl"], client.folder)
        text = renamed(client, "long.tl", client.at("long.tl", "column] X9["), "c'")
        assert text.count("c'") == 2 and text.count("column") == program().count("column") - 2
        start = asked(client, "textDocument/prepareRename", client.at("long.tl", "Friend3(x"))
        assert start["placeholder"] == "Friend3", start
        for place, new, message in [("X4 =", "input", "not spelled like"), ("X4 =", "X5", "something else"), ("relu(", "f", "function of the language"), ("row] = relu(W9[", "column", "something else")]:
            assert message in asked(client, "textDocument/rename", {**client.at("long.tl", place), "newName": new}, fails=True), message


def test_rename_keeps_answers():
    """Whatever tensor of a program is renamed, its answers are the same but for that name."""
    state = random.Random(f"{SEED} rename")
    paths = [path for path in sorted(glob.glob(os.path.join(ROOT, "tests/programs/*.tl"))) if '"' not in open(path).read()]
    with Session() as client:
        for path in state.sample(paths, 40 if FULL else 4):
            text = open(path).read()
            client.open("program.tl", text)
            names = sorted(set(re.findall(r"^([A-Z]\w*)(?=[\[(=? ])", text, re.M)))
            if not names:
                continue
            name = state.choice(names)
            at = client.at("program.tl", re.search(rf"^{name}(?=[\[(=? ])", text, re.M).group())
            at["position"] = {"line": text[:re.search(rf"^{name}(?=[\[(=? ])", text, re.M).start()].count("\n"), "character": 0}
            code, before = answers(text, client.folder)
            changed = renamed(client, "program.tl", at, name + "Renamed")
            code_after, after = answers(changed, client.folder)
            # Columns of a table are as wide as their names.
            plain = lambda shown: re.sub(r"[─ ]+", " ", shown.replace(name + "Renamed", name))
            assert code == code_after and plain(before) == plain(after), f"seed {SEED}: {path} {name}\n{before}\n{after}"


def test_completion():
    with Session() as client:
        client.open("long.tl", program() + "Price[product, day] = 2.0, product < 3, day < 4\nCity(Lisbon, Portugal)\nCity(Evora, Portugal)\n")

        def words(line):
            client.edit("long.tl", len(client.texts["long.tl"]), len(client.texts["long.tl"]), line)
            found = asked(client, "textDocument/completion", {"textDocument": {"uri": client.uri("long.tl")}, "position": {"line": client.texts["long.tl"].count("\n"), "character": len(line)}})
            end = len(client.texts["long.tl"])
            client.edit("long.tl", end - len(line), end, "")
            return [one["label"] for one in found["items"]]

        assert words("Total[product] = Pri") == ["Price"]
        assert words("Total[product] = Price[")[:1] == ["product"] and "day" not in words("Total[product] = Price[")
        assert words("Total[product] = Price[product, ")[0] == "day"
        assert {"Evora", "Lisbon"} <= set(words("City(")) and "Portugal" not in words("City(")
        assert words("City(x, P")[0] == "Portugal"
        assert sorted(words("Z[i] = soft")) == ["softmax(", "softplus("]
        assert words("dom") == ["domain "] and words("// Pri") == []
        # In the middle of the text, where the open bracket takes in the lines behind it.
        client.replace("long.tl", "X30[column])", "X30[")
        found = asked(client, "textDocument/completion", client.at("long.tl", "X30[\n", 4))
        assert [one["label"] for one in found["items"]] == ["row", "column"], found["items"][:3]


def test_formatting():
    with Session() as client:
        text = program().replace(" = ", "=").replace("(x, z)", "( x,z )")
        client.open("long.tl", text)
        edits = asked(client, "textDocument/formatting", {"textDocument": {"uri": client.uri("long.tl")}, "options": {"tabSize": 2, "insertSpaces": True}})
        done = subprocess.run([BINARY, "fmt", "-"], input=text, capture_output=True, text=True)
        assert apply(text, edits) == done.stdout and done.stdout != text
        found = asked(client, "textDocument/formatting", {"textDocument": {"uri": client.uri("missing.tl")}})
        assert found == []
        client.open("neat.tl", done.stdout)
        assert asked(client, "textDocument/formatting", {"textDocument": {"uri": client.uri("neat.tl")}}) == []


def test_outline_and_repairs():
    with Session() as client:
        client.open("long.tl", program())
        found = asked(client, "textDocument/documentSymbol", {"textDocument": {"uri": client.uri("long.tl")}})
        assert len(found) == 1000 and found[2]["name"] == "Y0", len(found)
        found, _ = client.replace("long.tl", "relu(W8[", "rleu(W8[")
        actions = asked(client, "textDocument/codeAction", {"textDocument": {"uri": client.uri("long.tl")}, "range": found[0]["range"], "context": {"diagnostics": []}})
        text = apply(client.texts["long.tl"], actions[0]["edit"]["changes"][client.uri("long.tl")])
        assert text == program(), actions


def test_messages_from_modules():
    with Session() as client:
        with open(os.path.join(client.folder, "mine.tl"), "w") as file:
            file.write("def half(A[i]) -> B[i] {\n  B[i] = rleu(A[i])\n}\n")
        found = client.open("main.tl", "import mine\nX = [1.0, 2.0]\nH[i] = half(X[i])\n")
        assert any("rleu" in one["message"] for one in found), found
        assert any(info["location"]["uri"].endswith("mine.tl") for one in found for info in one.get("relatedInformation", [])), found


def test_hostile_messages():
    """Nothing that a client says ends the server but `exit`."""
    with Session() as client:
        client.open("a.tl", "X = [1.0]\n")
        big = {"line": 2**31 - 1, "character": 2**31 - 1}
        for place in (big, {"line": -1, "character": -5}, {"line": 0, "character": 10**6}):
            at = {"textDocument": {"uri": client.uri("a.tl")}, "position": place}
            client.call("textDocument/hover", at)
            client.call("textDocument/completion", at)
            client.call("textDocument/definition", at)
        client.call("textDocument/hover", {"textDocument": {"uri": client.uri("unknown.tl")}, "position": {"line": 0, "character": 0}})
        client.call("textDocument/hover", {"nonsense": 1}, fails=True)
        client.call("no/such", {}, fails=True)
        client.notify("no/such", {})
        client.notify("textDocument/didChange", {"textDocument": {"uri": client.uri("unknown.tl"), "version": 1}, "contentChanges": []})
        client.versions["a.tl"] += 1
        client.notify("textDocument/didChange", {"textDocument": {"uri": client.uri("a.tl"), "version": 2}, "contentChanges": [{"range": {"start": big, "end": {"line": 0, "character": 0}}, "text": "\0\x7fY = rleu(1)"}]})
        assert client.diagnostics("a.tl")
        client.open("deep.tl", "Y = " + "(" * 100000 + "\n")
        client.notify("textDocument/didClose", {"textDocument": {"uri": client.uri("a.tl")}})


def test_colours():
    """The TextMate grammar: its expressions compile, and it knows the words of the language."""
    with open(os.path.join(ROOT, "frontend/lsp/tl.tmLanguage.json")) as file:
        grammar = json.load(file)
    patterns = []

    def gather(node):
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            if key in ("match", "begin", "end"):
                re.compile(value)
                patterns.append(value)
            elif isinstance(value, (dict, list)):
                gather(value)

    gather(grammar)
    included = {one["include"][1:] for one in grammar["patterns"]}
    assert included == set(grammar["repository"]), included ^ set(grammar["repository"])
    words = re.findall(r"^[A-Z]+ : '([a-z]+)' ;", open(os.path.join(ROOT, "grammar/TensorLogic.g4")).read(), re.M)
    assert len(words) >= 13
    for word in words:
        assert any(rf"\b{word}\b" in one or re.search(rf"\b{word}\b", one) for one in patterns), word
    with open(os.path.join(ROOT, "frontend/lsp/vscode/package.json")) as file:
        assert json.load(file)["contributes"]["grammars"][0]["scopeName"] == grammar["scopeName"]


def main():
    global BINARY, SEED, FULL
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("TL_SEED", time.time())) % 1000000)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--limits", action="store_true")
    options = parser.parse_args()
    BINARY, SEED, FULL = os.path.join(os.path.abspath(options.build), "bin/tl"), options.seed, options.full
    print(f"seed {SEED}")
    passed = failed = 0
    for name, check in sorted(globals().items()):
        if not name.startswith("test_"):
            continue
        try:
            check()
            passed += 1
        except Exception as error:
            failed += 1
            print(f"FAIL {name}: {type(error).__name__}: {str(error)[:2000]}")
    for name, values in sorted(LATENCIES.items()):
        limit = 150 if name == "diagnostics" else 50
        middle = statistics.median(values)
        print(f"  {name}: median {middle:.1f} ms, worst {max(values):.1f} ms of {len(values)}, limit {limit} ms")
        if options.limits and middle > limit:
            failed += 1
            print(f"FAIL {name}: {middle:.1f} ms")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
