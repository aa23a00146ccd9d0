#!/usr/bin/python3
"""Checks that `tl doc` shows the whole library: every definition with its comment and equations, on the terminal and on the page.

usage: library.py BUILD_FOLDER
"""
import glob
import html.parser
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEFINITION = re.compile(r"^((?:///.*\n)+)def (\w+)\([^{]*\{\n((?:.*\n)*?)\}", re.M)
ANY = re.compile(r"^def (\w+)", re.M)


def modules():
    folder = os.path.join(ROOT, "stdlib")
    for path in sorted(glob.glob(os.path.join(folder, "**/*.tl"), recursive=True)):
        with open(path, encoding="utf-8") as file:
            yield "std." + os.path.relpath(path, folder)[:-3].replace(os.sep, "."), file.read()


class Page(html.parser.HTMLParser):
    """Collects ids, the text of code, and elements that are not closed in order."""
    def __init__(self):
        super().__init__()
        self.ids, self.code, self.open, self.wrong = set(), [], [], []

    def handle_starttag(self, tag, attributes):
        self.ids |= {value for name, value in attributes if name == "id"}
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.ids |= {value for name, value in attributes if name == "id"}

    def handle_data(self, data):
        if self.open and self.open[-1] == "pre":
            self.code.append(data)


def call(binary, *arguments):
    return subprocess.run([binary, "doc", *arguments, "--stdlib", os.path.join(ROOT, "stdlib")], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)


def flat(text):
    return " ".join(text.split())


def problems(binary):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "library.html")
        done = call(binary, "--html", path)
        if done.returncode or done.stderr:
            yield f"--html: exit {done.returncode}: {done.stderr}"
            return
        with open(path, encoding="utf-8") as file:
            page = Page()
            page.feed(file.read())
    if page.wrong or page.open:
        yield f"the page is not well-formed: {page.wrong} {page.open}"
    code, listing = "".join(page.code), call(binary)
    if listing.returncode or listing.stderr:
        yield f"exit {listing.returncode}: {listing.stderr}"
    for module, text in modules():
        shown = call(binary, module).stdout
        if module + "\n" not in listing.stdout:
            yield f"{module} is not listed"
        found = DEFINITION.findall(text)
        if len(found) != len(ANY.findall(text)):
            yield f"{module}: {len(ANY.findall(text)) - len(found)} definitions have no comment"
        for comment, name, body in found:
            words = flat(comment.replace("///", ""))
            if f"{module}.{name}" not in page.ids:
                yield f"{module}.{name} is not on the page"
            if body not in code or body not in shown:
                yield f"{module}.{name}: the equations are not shown"
            if words not in flat(shown):
                yield f"{module}.{name}: the comment is not shown"
    for query, wanted in [("sliding windows sinks", "std.attention.attend"), ("EXPERTS queues", "std.moe.grouped_experts")]:
        done = call(binary, "--search", query)
        if wanted not in done.stdout:
            yield f"--search {query} does not find {wanted}"
    done = call(binary, "attention.rope")
    if "std.attention.rope\n" not in done.stdout or "cos(Angle" not in done.stdout:
        yield "tl doc attention.rope does not show it"
    for arguments in (["nonesuch"], ["--search", "nonesuch"]):
        done = call(binary, *arguments)
        if done.returncode != 2 or "nonesuch" not in done.stderr:
            yield f"tl doc {' '.join(arguments)}: exit {done.returncode}: {done.stderr}"


def main():
    failures = list(problems(os.path.join(sys.argv[1], "bin/tl")))
    for failure in failures:
        print("FAIL", failure)
    count = sum(len(ANY.findall(text)) for _, text in modules())
    print(f"{count - min(count, len(failures))} passed, {len(failures)} failed")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
