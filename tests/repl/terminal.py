"""A program behind a pseudo-terminal, and what the terminal shows."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

SEQUENCE = re.compile(r"\x1b(?:\[([?>0-9;]*)([@-~])|[()][A-Z0-9]|[=>78cDEM]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
UNFINISHED = re.compile(r"\x1b(?:\[[?>0-9;]*|[()]|\][^\x07\x1b]*\x1b?)?$")


class Screen:
    """Rows and columns of characters, changed by what a program writes: the control sequences that line editors use for TERM=xterm.
    A sequence that it does not know is an error, so that a comparison never rests on a guess."""

    def __init__(self, rows, columns):
        self.rows, self.columns = rows, columns
        self.cells = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0
        self.isPastEnd = False  # a character in the last column; the next one wraps
        self.rest = ""

    def lines(self):
        """What is shown, without the blanks at the ends of lines and of the screen."""
        return "\n".join("".join(line).rstrip() for line in self.cells).rstrip("\n").split("\n")

    def line(self):
        """The text before the cursor."""
        return "".join(self.cells[self.row][:self.column])

    def feed(self, text):
        text, self.rest = self.rest + text, ""
        at = 0
        while at < len(text):
            if text[at] != "\x1b":
                self.write(text[at])
                at += 1
            elif UNFINISHED.match(text, at):
                self.rest = text[at:]
                return
            else:
                found = SEQUENCE.match(text, at)
                assert found, f"unknown control sequence {text[at:at + 12]!r}"
                if found[2]:
                    self.control(found[1], found[2])
                at = found.end()

    def write(self, character):
        if character == "\r":
            self.column, self.isPastEnd = 0, False
        elif character == "\n":
            self.down()
        elif character == "\b":
            self.column, self.isPastEnd = max(0, self.column - 1), False
        elif character == "\t":
            self.column = min(self.columns - 1, self.column // 8 * 8 + 8)
        elif character >= " ":
            if self.isPastEnd:
                self.column, self.isPastEnd = 0, False
                self.down()
            self.cells[self.row][self.column] = character
            self.isPastEnd = self.column == self.columns - 1
            self.column = min(self.columns - 1, self.column + 1)
        else:
            assert character in "\a\0", f"unknown control character {character!r}"

    def down(self):
        if self.row == self.rows - 1:
            self.cells = self.cells[1:] + [[" "] * self.columns]
        self.row = min(self.rows - 1, self.row + 1)

    def control(self, parameters, final):
        if final in "mhlntqu":  # colours and modes
            return
        numbers = [int(one or 0) for one in parameters.split(";")]
        count = max(1, numbers[0])
        self.isPastEnd = False
        line = self.cells[self.row]
        if final in "AB":
            self.row = max(0, self.row - count) if final == "A" else min(self.rows - 1, self.row + count)
        elif final in "CD":
            self.column = min(self.columns - 1, self.column + count) if final == "C" else max(0, self.column - count)
        elif final == "G":
            self.column = min(self.columns, count) - 1
        elif final == "H":
            self.row, self.column = min(self.rows, count) - 1, min(self.columns, max(1, (numbers + [1])[1])) - 1
        elif final == "K":
            begin, end = [(self.column, self.columns), (0, self.column + 1), (0, self.columns)][numbers[0]]
            line[begin:end] = [" "] * (end - begin)
        elif final == "J":
            assert numbers[0] in (0, 2), f"unknown way to clear: {numbers[0]}"
            for row in range(self.row + 1 if numbers[0] == 0 else 0, self.rows):
                self.cells[row] = [" "] * self.columns
            if numbers[0] == 0:
                line[self.column:] = [" "] * (self.columns - self.column)
        elif final == "P":
            self.cells[self.row] = line[:self.column] + line[self.column + count:] + [" "] * min(count, self.columns - self.column)
        elif final == "@":
            self.cells[self.row] = (line[:self.column] + [" "] * count + line[self.column:])[:self.columns]
        elif final == "X":
            end = min(self.columns, self.column + count)
            line[self.column:end] = [" "] * (end - self.column)
        else:
            raise AssertionError(f"unknown control sequence: {parameters}{final}")


class Terminal:
    """`command` behind a pseudo-terminal, in the folder `home`."""

    def __init__(self, command, home, size=(24, 80)):
        self.pid, self.handle = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
            os.chdir(home)
            os.execve(command[0], command, {**os.environ, "HOME": home, "TERM": "xterm", "LC_ALL": "C.UTF-8"})
        self.seen, self.screen, self.bytes = "", Screen(*size), b""
        self.isOver = False

    def send(self, text):
        """Keys; what the program writes meanwhile is read, so that neither waits for the other."""
        rest = text.encode("utf-8", "surrogateescape")
        while rest:
            readable, writable, _ = select.select([self.handle], [self.handle], [], 60)
            if readable and not self.read(0):
                return
            if writable:
                rest = rest[os.write(self.handle, rest[:256]):]

    def read(self, seconds):
        """Takes what is there; false when there was nothing or the program is over."""
        if not select.select([self.handle], [], [], seconds)[0]:
            return False
        try:
            self.bytes += os.read(self.handle, 65536)
        except OSError:
            self.isOver = True
            return False
        whole = len(self.bytes) - self.cut()
        text, self.bytes = self.bytes[:whole].decode("utf-8", "replace"), self.bytes[whole:]
        self.seen += text
        self.screen.feed(text)
        return True

    def cut(self):
        """How many bytes at the end begin a character that is not there in full."""
        for back in range(1, min(3, len(self.bytes)) + 1):
            byte = self.bytes[-back]
            if byte >= 0xC0:
                return back if back < (2 if byte < 0xE0 else 3 if byte < 0xF0 else 4) else 0
            if byte < 0x80:
                return 0
        return 0

    def wait(self, wanted, seconds=60):
        """Reads until `wanted` shows, and forgets what came up to it."""
        until = time.monotonic() + seconds
        while wanted not in self.seen and time.monotonic() < until:
            self.read(0.2)
        assert wanted in self.seen, f"'{wanted}' does not show; seen: {self.seen[-1500:]!r}"
        before, self.seen = self.seen.split(wanted, 1)
        return before

    def settle(self, wanted, quiet=0.3, seconds=60):
        """Reads until the text before the cursor ends in `wanted` and nothing more comes; the screen then."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if not self.read(quiet) and self.screen.line().rstrip().endswith(wanted.rstrip()):
                return self.screen.lines()
        raise AssertionError(f"the cursor never stands behind {wanted!r}:\n" + "\n".join(self.screen.lines()))

    def end(self):
        """The exit code; None when it had to be killed."""
        for _ in range(300):
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.handle)
                return os.waitstatus_to_exitcode(status)
            if not self.read(0.1):
                time.sleep(0.02)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.handle)
        return None
