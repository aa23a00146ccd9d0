"""A client of the language server protocol, as an editor is one."""
import json
import os
import queue
import subprocess
import threading
import time


class Client:
    def __init__(self, tl, *arguments, folder):
        self.process = subprocess.Popen([tl, "lsp", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.folder, self.texts, self.versions, self.number = folder, {}, {}, 0
        self.replies, self.published = queue.Queue(), queue.Queue()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        self.call("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        self.notify("initialized", {})

    def read(self):
        stream = self.process.stdout
        while True:
            length = None
            while (line := stream.readline()) not in (b"\r\n", b""):
                name, _, value = line.decode().partition(":")
                length = int(value) if name.lower() == "content-length" else length
            if length is None:
                self.replies.put(None)
                return
            message = json.loads(stream.read(length))
            if message.get("method") == "textDocument/publishDiagnostics":
                self.published.put((time.monotonic(), message["params"]))
            else:
                self.replies.put(message)

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def notify(self, method, parameters):
        self.send({"method": method, "params": parameters})

    def call(self, method, parameters, fails=False):
        self.number += 1
        self.send({"id": self.number, "method": method, "params": parameters})
        reply = self.replies.get(timeout=60)
        assert reply is not None, f"the server ended at {method}: {self.process.stderr.read().decode()}"
        assert reply["id"] == self.number, reply
        assert ("error" in reply) == fails, reply
        return reply["error"]["message"] if fails else reply["result"]

    def uri(self, name):
        return "file://" + os.path.join(self.folder, name)

    def open(self, name, text):
        self.texts[name], self.versions[name] = text, 1
        self.notify("textDocument/didOpen", {"textDocument": {"uri": self.uri(name), "languageId": "tl", "version": 1, "text": text}})
        return self.diagnostics(name)

    def edit(self, name, begin, end, text, waits=True):
        """Replaces characters [begin, end) of the document, as an incremental change; seconds until its diagnostics came."""
        old = self.texts[name]
        change = {"range": {"start": place(old, begin), "end": place(old, end)}, "text": text}
        self.texts[name] = old[:begin] + text + old[end:]
        self.versions[name] += 1
        start = time.monotonic()
        self.notify("textDocument/didChange", {"textDocument": {"uri": self.uri(name), "version": self.versions[name]}, "contentChanges": [change]})
        if not waits:
            return None, None
        found = self.diagnostics(name)
        return found, self.when - start

    def replace(self, name, old, new, waits=True):
        begin = self.texts[name].index(old)
        return self.edit(name, begin, begin + len(old), new, waits)

    def diagnostics(self, name):
        """Those of the latest version."""
        while True:
            when, params = self.published.get(timeout=60)
            if params["uri"] == self.uri(name) and params["version"] == self.versions[name]:
                self.when = when
                return params["diagnostics"]

    def at(self, name, text, inside=0, **more):
        """The parameters of a request at the first place of `text`."""
        offset = self.texts[name].index(text) + inside
        return {"textDocument": {"uri": self.uri(name)}, "position": place(self.texts[name], offset), **more}

    def slice(self, name, range_):
        return self.texts[name][offset_of(self.texts[name], range_["start"]):offset_of(self.texts[name], range_["end"])]

    def close(self):
        self.call("shutdown", None)
        self.notify("exit", None)
        code = self.process.wait(timeout=30)
        assert code == 0, f"exit {code}"


def units(text):
    """The length in UTF-16, which places count in."""
    return len(text.encode("utf-16-le")) // 2


def place(text, offset):
    before = text[:offset]
    return {"line": before.count("\n"), "character": units(before[before.rfind("\n") + 1:])}


def offset_of(text, where):
    offset = 0
    for _ in range(where["line"]):
        offset = text.index("\n", offset) + 1
    line = text[offset:].split("\n", 1)[0]
    count = 0
    while units(line[:count]) < where["character"]:
        count += 1
    return offset + count


def apply(text, edits):
    for edit in sorted(edits, key=lambda one: offset_of(text, one["range"]["start"]), reverse=True):
        text = text[:offset_of(text, edit["range"]["start"])] + edit["newText"] + text[offset_of(text, edit["range"]["end"]):]
    return text
