"""Rendering descriptions in a child process, with a deadline: what a stranger wrote may cost more than anybody has.

The child is started when it is first needed, takes one text at a time, and is ended when it is too slow.

Principles: none
"""

import hashlib
import json
import os
import selectors
import struct
import subprocess
import sys
import threading
import time
from typing import Final

from strongroom.formats.pypi.description import render
from strongroom.kernel.refusals import Refused

_LENGTH: Final = struct.Struct(">Q")
_MEMORY_BYTES: Final = 2 * 1024 * 1024 * 1024
_LONGEST_HTML_BYTES: Final = 64 * 1024 * 1024
_REMEMBERED: Final = 4096


class ChildRenderer:
    """Renders as `formats.pypi.description.render` does, within `seconds`; callable from many threads."""

    def __init__(self, seconds: float = 5.0, patience_seconds: float = 15.0) -> None:
        self._seconds: Final = seconds
        self._patience: Final = patience_seconds
        self._turn: Final = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._too_slow: set[bytes] = set()

    def __call__(self, text: str, content_type: str) -> str:
        """Return sanitised HTML; Refused when the text does not render, takes too long, or too many are waiting."""
        mark = hashlib.sha256(f"{content_type}\n{text}".encode("utf-8", "surrogatepass")).digest()
        if not self._turn.acquire(timeout=self._patience):
            raise Refused("try-again", "Too many descriptions are being rendered just now. Try again in a minute.")
        try:
            if mark in self._too_slow:
                raise _too_slow()
            answer = self._ask({"text": text, "content_type": content_type})
            if answer is None:
                self._remember(mark)
                raise _too_slow()
        finally:
            self._turn.release()
        if "says" in answer:
            raise Refused("description-does-not-render", answer["says"])
        return answer["html"]

    def close(self) -> None:
        """End the child, if there is one."""
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None

    def _ask(self, request: dict[str, str]) -> dict[str, str] | None:
        child = self._child if self._child is not None and self._child.poll() is None else self._start()
        deadline = time.monotonic() + self._seconds
        try:
            return _exchange(child, json.dumps(request).encode(), deadline)
        except (OSError, EOFError, TimeoutError):
            self.close()
            return None

    def _start(self) -> "subprocess.Popen[bytes]":
        self.close()
        command = [sys.executable, "-m", "strongroom.outbound.rendering"]
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self._child = child
        # Importing the renderers takes a while on a busy machine; that is not the text's fault.
        _exchange(child, json.dumps({"text": "ready", "content_type": "text/x-rst"}).encode(), time.monotonic() + 60)
        return child

    def _remember(self, mark: bytes) -> None:
        if len(self._too_slow) >= _REMEMBERED:
            self._too_slow.clear()
        self._too_slow.add(mark)


def _too_slow() -> Refused:
    return Refused(
        "description-too-slow",
        "The description takes too long to render. Make it simpler: fewer nested quotes, lists, tables.",
    )


def _exchange(child: "subprocess.Popen[bytes]", request: bytes, deadline: float) -> dict[str, str]:
    """Send one request and return the answer; EOFError when the child has ended, TimeoutError at the deadline."""
    if child.stdin is None or child.stdout is None:
        raise EOFError
    child.stdin.write(_LENGTH.pack(len(request)) + request)
    child.stdin.flush()
    (length,) = _LENGTH.unpack(_read(child.stdout.fileno(), _LENGTH.size, deadline))
    if length > _LONGEST_HTML_BYTES:
        raise EOFError
    found: dict[str, str] = json.loads(_read(child.stdout.fileno(), length, deadline))
    return found


def _read(descriptor: int, length: int, deadline: float) -> bytes:
    found = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while len(found) < length:
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise TimeoutError
            piece = os.read(descriptor, min(length - len(found), 1024 * 1024))
            if not piece:
                raise EOFError
            found += piece
    return bytes(found)


def main() -> None:
    """Be the child: answer each request on standard input, until it ends."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    source, out = sys.stdin.buffer, sys.stdout.buffer
    while head := source.read(_LENGTH.size):
        request = json.loads(source.read(_LENGTH.unpack(head)[0]))
        answer: dict[str, str]
        try:
            answer = {"html": render(request["text"], request["content_type"])}
        except Refused as refused:
            answer = {"says": refused.says}
        body = json.dumps(answer).encode()
        out.write(_LENGTH.pack(len(body)) + body)
        out.flush()


if __name__ == "__main__":
    main()
