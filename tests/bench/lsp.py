#!/usr/bin/python3
"""Times what an editor waits for: every request of `tl lsp` on programs of 1,000 lines, right after an edit.

usage: lsp.py BUILD_FOLDER [--rounds N] [--limits] [--results FILE]

One JSON row per program and request: the median and the 95th percentile of the wall clock in milliseconds, from the client's message to
its answer, and the load of the machine. Every request follows an edit of its own, so nothing of it can have been prepared. --limits makes
it a failure when the diagnostics of an edit take over 150 ms or anything else over 50 ms (the 95th percentile).
"""
import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/lsp"))
from client import Client, place  # noqa: E402

LIMITS = {"diagnostics": 150, "mistake": 150}
LIMIT = 50

# A block of 20 lines of every kind; {k} makes the names of one block its own.
BLOCK = """// Block {k}: people, a network, a filter.
domain Person{k} = {{Ann{k}, Bob{k}, Cid{k}, Dan{k}}}
Parent{k}(Ann{k}, Bob{k})
Parent{k}(Bob{k}, Cid{k})
Ancestor{k}(x, y) <- Parent{k}(x, y)
Ancestor{k}(x, z) <- Ancestor{k}(x, y), Parent{k}(y, z)
Childless{k}(x) <- Parent{k}(_, x), not Parent{k}(x, _)
/// Doubles and moves.
def moved{k}(A[i]; by = {k}) -> B[i] {{
  B[i] = 2 A[i] + by
}}
W{k} = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
X{k} = [1.0, -2.0, 3.0]
Hidden{k}[row] = relu(W{k}[row,column] X{k}[column])
Shifted{k}[row] = moved{k}(Hidden{k}[row]; by = 3)
Soft{k}[row.] = softmax(Shifted{k}[row])
Signal{k}[t] = sin(0.1 t), t < 16
Filtered{k}[t] = Signal{k}[t] + 0.5 Signal{k}[t+1], t < 15
Age{k}(Ann{k}, {k})
Old{k}(x, a) <- Age{k}(x, a), a > 30
"""


def flat(lines=1000):
    made = []
    for k in range(lines // 5):
        made += [f"W{k} = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]", f"X{k} = [1.0, -2.0, 3.0]", f"Hidden{k}[row] = relu(W{k}[row,column] X{k}[column])", f"Likes{k}(Ann, Bob{k})", f"Friend{k}(x, z) <- Likes{k}(x, y), Likes{k}(z, y)"]
    return "\n".join(made) + "\n"


def mixed(lines=1000):
    return "".join(BLOCK.format(k=k) for k in range(lines // 20))


class Editor:
    """An open document, edited at random places."""

    def __init__(self, client, text, state):
        self.client, self.state, self.blocks = client, state, text.count("\nW")
        self.document = {"uri": client.uri("program.tl")}
        found = client.open("program.tl", text)
        assert found == [], found

    def at(self, text):
        return self.client.at("program.tl", text)

    def some(self):
        return self.state.randrange(self.blocks)

    def touch(self, waits):
        """Another number in some literal."""
        text = self.client.texts["program.tl"]
        begin = text.index("[", text.index(f"\nX{self.some()} = ")) + 1
        return self.client.edit("program.tl", begin, text.index(",", begin), f"{self.state.randrange(1, 9)}.5", waits)

    def diagnostics(self):
        return self.touch(True)[1]

    def mistake(self):
        """A name that is wrong, and right again: the time of both."""
        k = self.some()
        found, first = self.client.replace("program.tl", f"Hidden{k}[row] = relu(", f"Hidden{k}[row] = rleu(")
        assert len(found) >= 1 and "rleu" in found[0]["message"], found
        return max(first, self.client.replace("program.tl", f"Hidden{k}[row] = rleu(", f"Hidden{k}[row] = relu(")[1])

    def request(self, method, parameters, isChecked=True):
        """After an edit, whose check is over, or still runs as when somebody types on."""
        self.touch(isChecked)
        parameters = parameters()
        start = time.monotonic()
        reply = self.client.call("textDocument/" + method, parameters)
        return time.monotonic() - start, reply

    def hover(self, isChecked=True):
        seconds, reply = self.request("hover", lambda: self.at(f"W{self.some()}[row"), isChecked)
        assert not isChecked or "summed over `column`" in reply["contents"]["value"], reply
        return seconds

    def definition(self, isChecked=True):
        seconds, reply = self.request("definition", lambda: self.at(f"X{self.some()}[column"), isChecked)
        assert len(reply) == 1, reply
        return seconds

    def references(self, isChecked=True):
        seconds, reply = self.request("references", lambda: {**self.at(f"X{self.some()}[column"), "context": {"includeDeclaration": True}}, isChecked)
        assert len(reply) == 2, reply
        return seconds

    def rename(self, isChecked=True):
        seconds, reply = self.request("rename", lambda: {**self.at(f"X{self.some()}[column"), "newName": "Renamed"}, isChecked)
        assert len(reply["changes"][self.document["uri"]]) == 2, reply
        return seconds

    def completion(self, isChecked=True):
        seconds, reply = self.request("completion", lambda: self.at(f"X{self.some()}[column") | {"position": self.inside()}, isChecked)
        assert any(one["label"].startswith("Hidden") for one in reply["items"]), reply["items"][:3]
        return seconds

    def inside(self):
        """Behind the first letters of a name."""
        text = self.client.texts["program.tl"]
        return place(text, text.index(f"\nHidden{self.some()}[") + 4)

    def formatting(self, isChecked=True):
        return self.request("formatting", lambda: {"textDocument": self.document, "options": {"tabSize": 2, "insertSpaces": True}}, isChecked)[0]

    def outline(self, isChecked=True):
        seconds, reply = self.request("documentSymbol", lambda: {"textDocument": self.document}, isChecked)
        assert len(reply) > 300, len(reply)
        return seconds

    def repairs(self, isChecked=True):
        k = self.some()
        found, _ = self.client.replace("program.tl", f"Hidden{k}[row] = relu(", f"Hidden{k}[row] = rleu(")
        parameters = {"textDocument": self.document, "range": found[0]["range"], "context": {"diagnostics": []}}
        start = time.monotonic()
        reply = self.client.call("textDocument/codeAction", parameters)
        seconds = time.monotonic() - start
        assert any(action["edit"]["changes"][self.document["uri"]][0]["newText"] == "relu" for action in reply), reply
        self.client.replace("program.tl", f"Hidden{k}[row] = rleu(", f"Hidden{k}[row] = relu(")
        return seconds


REQUESTS = ["diagnostics", "mistake", "hover", "definition", "references", "rename", "completion", "formatting", "outline", "repairs"]
WHILE_CHECKING = ["hover", "definition", "references", "rename", "completion", "formatting", "outline"]


def rows(binary, rounds):
    for program, text in (("flat", flat()), ("mixed", mixed())):
        with tempfile.TemporaryDirectory() as folder:
            client = Client(binary, "--stdlib", os.path.join(ROOT, "stdlib"), folder=os.path.realpath(folder))
            editor = Editor(client, text, random.Random(7))
            for request, options in [(name, ()) for name in REQUESTS] + [(name, (False,)) for name in WHILE_CHECKING]:
                times = sorted(1000 * getattr(editor, request)(*options) for _ in range(rounds))
                yield {"name": f"lsp {program} {request}" + (" while checking" if options else ""), "lines": text.count("\n"), "ms": round(statistics.median(times), 1),
                       "p95_ms": round(times[min(rounds - 1, int(0.95 * rounds))], 1), "limit_ms": LIMITS.get(request, LIMIT), "load": round(os.getloadavg()[0], 2)}
            client.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", nargs="?", default=os.path.join(ROOT, "build"))
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--limits", action="store_true")
    parser.add_argument("--results")
    options = parser.parse_args()
    slow = 0
    for row in rows(os.path.join(os.path.abspath(options.build), "bin/tl"), options.rounds):
        print(json.dumps(row), flush=True)
        slow += row["p95_ms"] > row["limit_ms"]
        if options.results:
            with open(options.results, "a") as file:
                file.write(json.dumps(row) + "\n")
    sys.exit(1 if slow and options.limits else 0)


if __name__ == "__main__":
    main()
