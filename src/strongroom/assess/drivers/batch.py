"""One program that does many commands, instead of one program for each: a line in, a line out.

Principles: none
"""

import json
import os
import select
import subprocess
import threading
import time
from collections.abc import Sequence
from typing import Final

from strongroom.assess.wire import Unreachable

LIMIT_BYTES: Final = 16 << 20
END_SECONDS: Final = 5.0


class Batch:
    """A program that takes the words of a command as a line of JSON, and answers with exit code and output.

    It is started when it is needed first; a command that does not end in time ends the program.
    """

    def __init__(self, command: Sequence[str], prefix: Sequence[str], seconds: float) -> None:
        self._command: Final = tuple(command)
        self._prefix: Final = tuple(prefix)
        self._seconds: Final = seconds
        self._program: subprocess.Popen[bytes] | None = None
        self._lock: Final = threading.Lock()

    def takes(self, command: Sequence[str]) -> bool:
        """Report whether the program does this command."""
        return tuple(command[: len(self._prefix)]) == self._prefix

    def run(self, command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
        """Do one command and return what it left; Unreachable when the program died or took too long."""
        with self._lock:
            line = self._asked(list(command[len(self._prefix) :]))
        try:
            found = json.loads(line)
            return subprocess.CompletedProcess(
                list(command), int(found["exit"]), str(found["stdout"]), str(found["stderr"])
            )
        except (ValueError, KeyError, TypeError):
            raise Unreachable(f"{self._command[0]} answered what is no answer") from None

    def _asked(self, words: list[str]) -> bytes:
        program = self._program
        if program is None or program.poll() is not None:
            program = self._program = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for us: what was made is then taken away through it
            )
        assert program.stdin is not None
        assert program.stdout is not None
        try:
            program.stdin.write(json.dumps(words).encode() + b"\n")
            program.stdin.flush()
            return self._answer(program.stdout.fileno())
        except (OSError, Unreachable):
            self.close(0)
            raise Unreachable(f"{self._command[0]} died, or did not end within {self._seconds:.0f} seconds") from None

    def _answer(self, descriptor: int) -> bytes:
        until, line = time.monotonic() + self._seconds, bytearray()
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([descriptor], [], [], max(0.0, until - time.monotonic()))
            part = os.read(descriptor, 1 << 16) if ready else b""
            line += part
            if not part or len(line) > LIMIT_BYTES:
                raise Unreachable("no whole line")
        return bytes(line)

    def close(self, patience_seconds: float = END_SECONDS) -> None:
        """End the program, if it runs; it may take so long to end by itself."""
        program, self._program = self._program, None
        if program is not None:
            if program.stdin is not None:
                program.stdin.close()
            try:
                program.wait(timeout=patience_seconds)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()
            if program.stdout is not None:
                program.stdout.close()
