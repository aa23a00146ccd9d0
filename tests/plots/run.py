#!/usr/bin/python3
"""Checks the pictures of `tl run --plot`: each is well-formed and shows what its answer says.

usage: run.py BUILD_FOLDER
"""
import os
import resource
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SECONDS = 10
SVG = "{http://www.w3.org/2000/svg}"
PROGRAM = """
Line[i] = sin(i / 3), i < 40
Line?
Two[k, t] = (k + 1) t, k < 2, t < 9
Two?
Map[i, j.] = softmax(i j / 4), i < 8, j < 6
Map?
Heads[h, i, j] = h + i j, h < 5, i < 6, j < 4
Heads?
Price[Pen] = 3
Price["A < B & C"] = -12.5
Price?
Edge(Ann, Bob); Edge(Bob, Cid); Edge(Ann, Cid); Edge(Cid, Cid); Edge(Dan, "Fay & <x>")
Edge(x, y)?
Next(1, 2); Next(2, 3)
Next(x, y)?
Gap[0] max= 1
Gap[3] max= 4
Gap?
One = 3
One?
Big[i, j] = i j, i < 300, j < 300
Big?
Chain(i, j) <- i < 500, j = i + 1
Chain(i, j)?
Person(Ann)
Person(x)?
"""


def elements(image, name):
    return image.findall(f".//{SVG}{name}")


def texts(image):
    return {"".join(element.itertext()) for element in elements(image, "text")}


def problems(folder, done):
    if done.returncode:
        yield f"exit {done.returncode}: {done.stderr}"
        return
    images = {}
    for name in sorted(os.listdir(folder)):
        try:
            images[int(name[:-4])] = xml.parse(os.path.join(folder, name)).getroot()
        except xml.ParseError as error:
            yield f"{name}: {error}"
    if sorted(images) != list(range(8)):
        yield f"pictures {sorted(images)}, expected the first 8 answers"
        return
    for number, title in enumerate(["Line", "Two", "Map", "Heads", "Price", "Edge(x,y)", "Next(x,y)", "Gap"]):
        if not any(text.startswith(title) for text in texts(images[number])):
            yield f"{number}.svg does not say '{title}'"
    counts = [("path of a line", len(elements(images[0], "path")), 1), ("paths of two lines", len(elements(images[1], "path")), 2),
              ("cells", len(elements(images[2], "rect")), 1 + 48), ("cells of five maps", len(elements(images[3], "rect")), 1 + 5 * 24),
              ("bars", len(elements(images[4], "rect")), 1 + 2), ("nodes and a loop", len(elements(images[5], "circle")), 5 + 1),
              ("arrows", len(elements(images[5], "line")), 4), ("nodes of numbers", len(elements(images[6], "circle")), 3)]
    for what, found, wanted in counts:
        if found != wanted:
            yield f"{what}: {found}, expected {wanted}"
    if "A < B & C" not in texts(images[4]) or "Fay & <x>" not in texts(images[5]) or "2" not in texts(images[6]):
        yield "a name is missing"
    drawn = elements(images[0], "path")[0].get("d")
    if drawn.count("L") != 39 or drawn.count("M") != 1:
        yield f"the line has {drawn.count('L')} pieces, expected 39"
    if elements(images[7], "path")[0].get("d").count("M") != 2:
        yield "an absent element is no gap"
    if done.stderr.count("note: no picture of") != 4 or "90000 numbers" not in done.stderr or "501 nodes" not in done.stderr:
        yield f"the notes are {done.stderr}"


def gallery(binary):
    """Every program of the gallery: it takes less than ten seconds of a processor, has a picture, and its pictures parse."""
    folder = os.path.join(ROOT, "examples/gallery")
    for name in sorted(os.listdir(folder)):
        with tempfile.TemporaryDirectory() as plots:
            before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
            done = subprocess.run([binary, "run", os.path.join(folder, name), "--plot", plots], capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
            if done.returncode:
                yield f"{name}: exit {done.returncode}: {done.stderr[:500]}"
            seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
            if seconds > SECONDS:
                yield f"{name}: {seconds:.1f} seconds"
            if not os.listdir(plots):
                yield f"{name}: no picture"
            for image in os.listdir(plots):
                try:
                    xml.parse(os.path.join(plots, image))
                except xml.ParseError as error:
                    yield f"{name}, {image}: {error}"


def main():
    binary = os.path.join(sys.argv[1], "bin/tl")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "case.tl")
        with open(path, "w", encoding="utf-8") as file:
            file.write(PROGRAM)
        plots = os.path.join(folder, "plots")
        os.mkdir(plots)
        done = subprocess.run([binary, "run", path, "--plot", plots], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        failures = list(problems(plots, done)) + list(gallery(binary))
    for failure in failures:
        print("FAIL", failure)
    print(f"{max(0, 2 - len(failures))} passed, {len(failures)} failed")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
