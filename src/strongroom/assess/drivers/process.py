"""A driver in a process of its own, in any language: lines of JSON, as docs/assess-drivers.md has them.

Principles: none
"""

import base64
import binascii
import json
import queue
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from strongroom.assess.artefacts import Artefact
from strongroom.assess.drivers.engine import parts_of
from strongroom.assess.drivers.operations import PARAMETERS_THAT_ARE_SECRET, Answer, Kind, Op
from strongroom.assess.drivers.specification import Specification
from strongroom.assess.wire import Unreachable, Wire

PROTOCOL: Final = 1
LIMIT_LINE_BYTES: Final = 40 << 20
ANSWER_SECONDS: Final = 60.0
END_SECONDS: Final = 5.0


class DriverProcess:
    """One running driver. `ask` may be called from one thread at a time."""

    def __init__(self, command: Sequence[str], *, answer_seconds: float = ANSWER_SECONDS) -> None:
        """Start the command; ValueError when it cannot be started. Its errors go where ours go."""
        self._seconds = answer_seconds
        self._lines: queue.Queue[bytes] = queue.Queue()
        self._number = 0
        try:
            # In a session of its own: Ctrl-C is for us, and what was made is then taken away through the driver.
            self._process = subprocess.Popen(
                list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
            )
        except OSError as wrong:
            raise ValueError(f"the driver {command[0]} could not be started: {wrong}") from None
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        while line := self._process.stdout.readline(LIMIT_LINE_BYTES + 1):
            self._lines.put(line)
        self._lines.put(b"")

    def ask(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Send one message and return the answer that has its number.

        Raises Unreachable when none comes in time or the driver has ended, ValueError when what comes is no answer.
        """
        assert self._process.stdin is not None
        self._number += 1
        try:
            self._process.stdin.write(json.dumps({"id": self._number, **message}).encode() + b"\n")
            self._process.stdin.flush()
            line = self._lines.get(timeout=self._seconds)
        except (OSError, ValueError):
            raise Unreachable("the driver has ended") from None
        except queue.Empty:
            raise Unreachable(f"the driver gave no answer within {self._seconds:.0f} seconds") from None
        if not line:
            raise Unreachable("the driver has ended")
        return self._answer(line)

    def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            found = _decoded(line) if len(line) <= LIMIT_LINE_BYTES else None
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise ValueError("the driver's answer is no line of JSON that is an object")
        # An answer that came too late for its question must not be taken for that of the next.
        if found.get("id") != self._number:
            raise ValueError(f"the driver's answer has the number {found.get('id')!r}, not {self._number}")
        return found

    def end(self) -> None:
        """End the driver: nothing more is said to it, and after a while it is stopped."""
        if self._process.stdin is not None:
            try:
                self._process.stdin.close()
            except OSError:
                self._process.terminate()
        for stop in (self._process.terminate, self._process.kill):
            try:
                self._process.wait(END_SECONDS)
                break
            except subprocess.TimeoutExpired:
                stop()
        self._process.wait()
        # The pipe of a grandchild that lives on may stay open: the reader is then left to end with us.
        self._reader.join(END_SECONDS)
        if self._process.stdout is not None and not self._reader.is_alive():
            self._process.stdout.close()


@dataclass(frozen=True, slots=True)
class ProcessTarget:
    """A target spoken to through a driver process. `operations` are those that it says it knows."""

    specification: Specification
    operations: frozenset[Op]
    process: DriverProcess
    wire: Wire

    @property
    def title(self) -> str:
        """The product, as people call it."""
        return self.specification.title

    def can(self, op: Op) -> bool:
        """Report whether the driver knows this operation."""
        return op in self.operations

    def lacks(self, op: Op) -> str:
        """Return why the product is documented not to have this operation; empty when it is not."""
        return self.specification.lacks.get(op, "")

    def on(self, wire: Wire) -> "ProcessTarget":
        """Return the same target over another probe's wire."""
        return replace(self, wire=wire)

    def perform(self, op: Op, **given: Any) -> Answer:
        """Do one operation and return what the answer means; KeyError for one that `can` denies."""
        if not self.can(op):
            raise KeyError(f"the driver for {self.title} cannot {op}")
        self._hide(given)
        self.wire.begin()
        began = time.monotonic()
        try:
            said = self.process.ask({"op": op.value, "given": {name: _plain(value) for name, value in given.items()}})
        except Unreachable as lost:
            self.wire.note("DO", op.value, 0, str(lost).encode(), time.monotonic() - began)
            raise
        seconds = time.monotonic() - began
        answer = _answer_from(said, seconds)
        self._hide(answer.values)
        number = self.wire.note("DO", op.value, answer.status, answer.body, seconds)
        return replace(answer, exchange=number)

    def _hide(self, values: Mapping[str, Any]) -> None:
        for name in PARAMETERS_THAT_ARE_SECRET & set(values):
            for part in parts_of(values[name]):
                self.wire.learn(part)


def greet(process: DriverProcess, wire: Wire, run: str) -> ProcessTarget:
    """Return the target that a driver process says it drives; ValueError when it does not say so."""
    said = process.ask({"op": "hello", "protocol": PROTOCOL, "base": wire.base, "run": run})
    if said.get("protocol") != PROTOCOL:
        raise ValueError(f"the driver does not speak version {PROTOCOL} of the protocol")
    try:
        specification = Specification(
            id=str(said["driver"]),
            title=str(said["title"]),
            ecosystem=str(said.get("ecosystem", "")),
            about="",
            read_only=False,
            clients=tuple(map(str, said.get("clients", ()))),
            taxonomy={str(key): frozenset(map(str, value)) for key, value in said.get("taxonomy", {}).items()},
            signs=(),
            operations={},
            steps={},
            lacks={Op(name): str(why) for name, why in said.get("lacks", {}).items()},
        )
        return ProcessTarget(specification, frozenset(map(Op, said["can"])), process, wire)
    except (KeyError, TypeError, AttributeError) as wrong:
        raise ValueError(f"the driver's hello is not whole: {wrong}") from None


def _decoded(line: bytes) -> Any:
    """Return what a line of JSON says; half a surrogate pair, which JSON can say and no file can hold, becomes `?`."""
    found = json.loads(line)
    if b"\\ud" not in line.lower():
        return found
    return json.loads(json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"))


def _plain(value: Any) -> Any:
    if isinstance(value, Artefact):
        return {
            "project": value.project,
            "version": value.version,
            "filename": value.filename,
            "content": base64.b64encode(value.content).decode(),
            "form": value.form,
        }
    return value


def _files_from(listed: Any) -> list[dict[str, Any]]:
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise ValueError("the files of a driver's answer are a list of objects")
    texts = ("filename", "url", "sha256", "version", "provenance")
    return [{name: str(each.get(name, "")) for name in texts} | {"yanked": bool(each.get("yanked"))} for each in listed]


def _answer_from(said: Mapping[str, Any], seconds: float) -> Answer:
    if "error" in said:
        text = str(said["error"])
        return Answer(Kind.FAILED, text=text, body=text.encode(), seconds=seconds)
    values, headers = said.get("values", {}), said.get("headers", {})
    if not isinstance(values, dict) or not isinstance(headers, dict):
        raise ValueError("the values and the headers of a driver's answer are objects")
    if "files" in values:
        values = {**values, "files": _files_from(values["files"])}
    text = str(said.get("text", ""))
    try:
        body = base64.b64decode(str(said["body"]), validate=True) if "body" in said else text.encode()
    except binascii.Error:
        raise ValueError("the body of a driver's answer is base64") from None
    return Answer(
        Kind(str(said.get("kind"))),
        int(said.get("status", 0)),
        values,
        text or body.decode("utf-8", "replace"),
        body,
        {str(name).lower(): str(value) for name, value in headers.items()},
        seconds=seconds,
    )
