"""Models of sentencepiece: small ones trained by its own commands, which also say what the tokens and texts are."""
import os
import random
import subprocess

from shared import Failure, answers, expect, run

HARD = ["a", "  two  blanks ", "don't WON'T", "1234567 12 3,000.50", "tabs\tand", "end  ", "naïve Ångström", "日本語 text 한국어", "emoji 🙂🙂 and ½ ²", "<s>x</s>", "▁mark", "x" * 300]


def texts():
    """Of one line each, as the commands read lines."""
    source, pool = random.Random(5), "abzAZ019 .,'-_éßñ日🙂½"
    return HARD + ["".join(source.choice(pool) for _ in range(60)) for _ in range(30)]


def command(folder, *words):
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise Failure(f"{words[0]}: {done.stderr[-500:]}")
    return done.stdout


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as file:
        file.write(text)


def read(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8", newline="") as file:
        return file.read()


def field(number, content):
    """A field of a protocol buffer: a number, or bytes with their length."""
    if isinstance(content, int):
        return bytes([number << 3, content])
    return bytes([number << 3 | 2, len(content)]) + content


def write_letters(path, letters):
    """A model whose tokens are single letters, by number, then the unknown one and the marks of the beginning and the end. No blank is put in front."""
    def piece(text, kind):
        return field(1, field(1, text.encode()) + field(3, kind))
    pieces = [piece(letter, 1) for letter in letters] + [piece("<unk>", 2), piece("<s>", 3), piece("</s>", 3)]
    with open(path, "wb") as file:
        file.write(b"".join(pieces) + field(2, field(3, 2)) + field(3, field(1, b"identity") + field(3, 0) + field(4, 0)))


def trained(kind):
    def check(binary, folder):
        write(folder, "corpus.txt", read("/usr/share/common-licenses", "GPL-3")[:20000])
        command(folder, "spm_train", "--input=corpus.txt", "--model_prefix=tokenizer", "--vocab_size=500", f"--model_type={kind}", "--byte_fallback=true", "--hard_vocab_limit=false")
        write(folder, "lines.txt", "\n".join(texts()) + "\n")
        numbers = command(folder, "spm_encode", "--model=tokenizer.model", "--output_format=id", "lines.txt")
        write(folder, "numbers.txt", numbers)
        back = command(folder, "spm_decode", "--model=tokenizer.model", "--input_format=id", "numbers.txt").split("\n")
        program = []
        for n, text in enumerate(texts()):
            write(folder, f"t{n}.txt", text)
            program.append(f'T{n} = "tokenizer.model:t{n}.txt"\nT{n}?\n"tokenizer.model:o{n}.txt" = T{n}')
        given = answers(run(binary, folder, "\n".join(program)))
        for n, (tokens, line) in enumerate(zip(given, numbers.split("\n"))):
            expect(tokens, [int(word) for word in line.split()], repr(texts()[n]))
            expect(read(folder, f"o{n}.txt"), back[n], f"{texts()[n]!r} written back")
        done = run(binary, folder, 'T = "tokenizer.model:rules and tensors"\nT?')
        write(folder, "lines.txt", "rules and tensors\n")
        expect(answers(done)[0], [int(word) for word in command(folder, "spm_encode", "--model=tokenizer.model", "--output_format=id", "lines.txt").split()], "a text in the program")
        check_errors(binary, folder)
    return check


def check_errors(binary, folder):
    done = run(binary, folder, 'A = [1, 100000]\n"tokenizer.model:out.txt" = A')
    if done.returncode != 1 or "no token 100000" not in done.stderr:
        raise Failure(f"an unknown token: exit {done.returncode}: {done.stderr[:400]}")
    with open(os.path.join(folder, "tokenizer.model"), "rb") as file:
        good = file.read()
    for name, content in {"nothing": b"", "text": b"hello", "half": good[:len(good) // 2 + 3], "the middle": good[1000:4000], "not there": None}.items():
        path = os.path.join(folder, "bad.model")
        if content is None:
            os.remove(path)
        else:
            with open(path, "wb") as file:
                file.write(content)
        done = run(binary, folder, 'T = "bad.model:hello"\nT?')
        if done.returncode != 3 or "bad.model" not in done.stderr:
            raise Failure(f"{name}: exit {done.returncode}: {done.stderr[:400]}")


CHECKS = {f"subwords, {kind}": trained(kind) for kind in ("unigram", "bpe")}
