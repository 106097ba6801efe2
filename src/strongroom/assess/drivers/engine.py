"""The engine that turns a driver's data into requests and commands, and their answers into normalised ones.

Principles: none
"""

import base64
import json
import re
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlencode

from strongroom.assess.artefacts import Artefact, version_in
from strongroom.assess.drivers.batch import Batch
from strongroom.assess.drivers.codecs import CODECS
from strongroom.assess.drivers.operations import PARAMETERS_THAT_ARE_SECRET, Answer, Kind, Op
from strongroom.assess.drivers.specification import Operation, Rule, Specification, writes
from strongroom.assess.drivers.templates import arguments, fill, is_given, read
from strongroom.assess.wire import Unreachable, Wire

COMMAND_SECONDS: Final = 60
SHORTEST_IN_LINK: Final = 12
_OF_SOME_RUNS: Final = re.compile(r"\{(data|program|nameserver|rdap|registrar)(?::[a-z0-9]+)?\}")

_BY_STATUS: Final[Mapping[int, Kind]] = {
    401: Kind.UNAUTHENTICATED,
    403: Kind.FORBIDDEN,
    404: Kind.MISSING,
    405: Kind.UNSUPPORTED,
    409: Kind.EXISTS,
    410: Kind.MISSING,
    429: Kind.THROTTLED,
    501: Kind.UNSUPPORTED,
}


@dataclass(frozen=True, slots=True)
class DrivenTarget:
    """A target spoken to as its specification says. `constants` are what templates may name besides what is given."""

    specification: Specification
    wire: Wire
    constants: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The product, as people call it."""
        return self.specification.title

    def can(self, op: Op) -> bool:
        """Report whether the driver knows this operation."""
        operation = self.specification.operations.get(op)
        # A read-only driver is for repositories that nobody here may change: it knows no operation that writes.
        if operation is None or (self.specification.read_only and writes(operation)):
            return False
        # What acts on the data folder, or needs a registrar, the driver does not know in a run that has none.
        return named(self.specification, operation) <= self.constants.keys()

    def lacks(self, op: Op) -> str:
        """Return why the product is documented not to have this operation; empty when it is not."""
        return self.specification.lacks.get(op, "")

    def on(self, wire: Wire) -> "DrivenTarget":
        """Return the same target over another probe's wire."""
        return replace(self, wire=wire)

    def perform(self, op: Op, **given: Any) -> Answer:
        """Do one operation and return what the answer means; KeyError for one that `can` denies."""
        if not self.can(op):
            raise KeyError(f"the driver for {self.title} cannot {op}")
        return self._perform(self.specification.operations[op], given)

    def _perform(self, operation: Operation, given: Mapping[str, Any]) -> Answer:
        for name in PARAMETERS_THAT_ARE_SECRET & set(given):
            self._hide(given[name])
        values = {**self.constants, **_of_the_file(given.get("file")), **_as_called(operation, given)}
        for name in operation.first:
            before = self.specification.steps.get(name) or self.specification.operations[Op(name)]
            answer = self._perform(before, values)
            if not answer.kind.is_yes:
                return answer
            values |= answer.values
        answer = self._each_version(operation, values) if operation.each_version else self._once(operation, values)
        for name in PARAMETERS_THAT_ARE_SECRET & set(answer.values):
            self._hide(answer.values[name])
        return answer

    def _hide(self, secret: Any) -> None:
        for part in parts_of(secret):
            self.wire.learn(part)

    def _each_version(self, operation: Operation, given: Mapping[str, Any]) -> Answer:
        listed = self.perform(Op.FILES, project=given["project"])
        found = listed.values.get("files")
        if not listed.kind.is_yes or not isinstance(found, list):
            return listed
        answer = Answer(Kind.MISSING)
        for version in sorted({each["version"] or version_in(each["filename"]) for each in found}):
            answer = self._once(operation, {**given, "version": version})
            if not answer.kind.is_yes:
                return answer
        return answer

    def _once(self, operation: Operation, given: Mapping[str, Any]) -> Answer:
        if operation.paths:
            if given.get("about") not in operation.paths:
                return Answer(Kind.MISSING)
            given = {**given, "page": operation.paths[given["about"]]}
        if operation.command:
            answer = self._command(operation, given)
        elif operation.method:
            answer = self._request(operation, given)
        else:
            answer = Answer(Kind.ACCEPTED)
        known = {name: where.removeprefix("given:") for name, where in operation.values.items() if is_given(where)}
        if not known or not answer.kind.is_yes:
            return answer
        return replace(answer, values={**answer.values, **fill(known, {**given, **answer.values})})

    def _request(self, operation: Operation, given: Mapping[str, Any]) -> Answer:
        headers = {name: str(fill(value, given)).strip() for name, value in operation.headers.items()}
        content: bytes | None = None
        if operation.codec:
            kind, content = CODECS[operation.codec](given)
            headers["Content-Type"] = kind
        elif operation.json is not None:
            content = json.dumps(fill(operation.json, given)).encode()
            headers.setdefault("Content-Type", "application/json")
        elif operation.form is not None:
            content = urlencode({key: str(fill(value, given)) for key, value in operation.form.items()}).encode()
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        elif operation.content:
            content = str(fill(operation.content, given)).encode()
        if operation.auth:
            headers["Authorization"] = authorization(str(fill(operation.auth, given)))
        reply = self.wire.send(
            operation.method,
            str(fill(operation.path, given)),
            headers=headers,
            content=content,
            elsewhere=operation.elsewhere,
            expects_refusals=True,
            reveals=lambda body, headers: secrets_in(operation, body.decode("utf-8", "replace"), headers),
        )
        return answer_of(
            operation, reply.status, reply.text, reply.body, reply.headers, reply.number, reply.seconds
        )  # fmt: skip

    def _command(self, operation: Operation, given: Mapping[str, Any]) -> Answer:
        command = arguments(operation.command, given)
        began = time.monotonic()
        said = str(fill(operation.stdin, given))
        done = self._ran(command, said)
        seconds = time.monotonic() - began
        text = done.stdout + done.stderr
        for secret in secrets_in(operation, done.stdout, {}):
            self._hide(secret)
        number = self.wire.transcript.add(
            self.wire.probe, "RUN", " ".join(command), done.returncode, {}, text.encode(), seconds
        )
        return answer_of(operation, done.returncode, text, done.stdout.encode(), {}, number, seconds, exit_code=True)

    def _ran(self, command: list[str], said: str) -> "subprocess.CompletedProcess[str]":
        batch = self.constants.get("batch")
        if isinstance(batch, Batch) and batch.takes(command) and not said:
            return batch.run(command)
        try:
            return subprocess.run(command, input=said, capture_output=True, text=True, timeout=COMMAND_SECONDS)
        except subprocess.TimeoutExpired:
            raise Unreachable(f"{command[0]} did not end within {COMMAND_SECONDS} seconds") from None


def named(specification: Specification, operation: Operation) -> set[str]:
    """Return what an operation's templates, and those of what is done before it, name of what only some runs have."""
    every: dict[str, Operation] = {}
    waiting = [operation]
    while waiting:
        each = waiting.pop()
        if each.name not in every:
            every[each.name] = each
            waiting += [specification.steps.get(name) or specification.operations[Op(name)] for name in each.first]
    templates = [
        (each.command, each.stdin, each.path, each.paths, each.headers, each.json, each.form, each.content, each.auth)
        for each in every.values()
    ]
    return set(_OF_SOME_RUNS.findall(repr(templates)))


def _of_the_file(file: Artefact | None) -> dict[str, str]:
    return {"project": file.project, "version": file.version} if file is not None else {}


def _as_called(operation: Operation, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is given in the words that the product has for it; of a list, those that it has any word for."""
    return {name: _called(operation.calls.get(name, {}), value) for name, value in given.items()}


def _called(words: Mapping[str, str], value: Any) -> Any:
    if isinstance(value, list):
        called = (words.get(str(each), each) for each in value)
        return [each for each in called if each != ""]
    return words.get(str(value), value)


def secrets_in(operation: Operation, text: str, headers: Mapping[str, str]) -> list[str]:
    """Return the values of an answer that must stand in no transcript."""
    document = _json_of(text)
    secret = [where for name, where in operation.values.items() if name in PARAMETERS_THAT_ARE_SECRET]
    places = [where for where in secret if not is_given(where)]
    found = [read(where, text, document, headers) for where in places]
    return [part for value in found if value is not None for part in parts_of(value)]


def parts_of(secret: Any) -> list[str]:
    """Return each text that would give a secret away: of a list every item, of a link what makes it nobody else's."""
    if isinstance(secret, list):
        return [part for each in secret for part in parts_of(each)]
    text = str(secret)
    if text.startswith(("http://", "https://")):
        return [part for part in re.split(r"[/?&=#]", text.partition("://")[2])[1:] if len(part) >= SHORTEST_IN_LINK]
    return [*text.split(":"), base64.b64encode(text.encode()).decode()]


def authorization(text: str) -> str:
    """Return the header for `basic NAME:PASSWORD`, `bearer TOKEN`, or any other scheme as it stands."""
    scheme, _, rest = text.partition(" ")
    if scheme == "basic":
        return "Basic " + base64.b64encode(rest.encode()).decode()
    return f"{scheme.capitalize()} {rest}".strip()


def answer_of(
    operation: Operation,
    status: int,
    text: str,
    body: bytes,
    headers: Mapping[str, str],
    number: int,
    seconds: float,
    *,
    exit_code: bool = False,
) -> Answer:
    """Return what an answer means: the first rule that holds, else what its status usually means."""
    document = _json_of(body)
    places = {name: where for name, where in operation.values.items() if not is_given(where)}
    found = {name: read(where, text, document, headers) for name, where in places.items()}
    values = {name: in_words(value, operation.words) for name, value in found.items() if value is not None}
    rule = next((each for each in operation.answers if _holds(each, status, text, values)), None)
    kind = rule.kind if rule else _usual(status, exit_code)
    return Answer(kind, status, values, text, body, headers, number, seconds)


def in_words(value: Any, words: Mapping[str, str]) -> Any:
    """Return a list of things with each `kind` in the vocabulary's words: the first whose pattern it matches."""
    if not words or not isinstance(value, list):
        return value
    return [{**each, "kind": _word(str(each.get("kind", "")), words)} for each in value if isinstance(each, Mapping)]


def _word(said: str, words: Mapping[str, str]) -> str:
    return next((word for word, pattern in words.items() if re.search(pattern, said, re.IGNORECASE)), said)


def _holds(rule: Rule, status: int, text: str, values: Mapping[str, Any]) -> bool:
    return (
        (not rule.status or status in rule.status)
        and (not rule.value or rule.value in values)
        and (not rule.body or re.search(rule.body, text, re.IGNORECASE) is not None)
    )


def _usual(status: int, exit_code: bool) -> Kind:
    if exit_code:
        return Kind.ACCEPTED if status == 0 else Kind.REFUSED if status == 1 else Kind.FAILED
    if 200 <= status < 300:
        return Kind.ACCEPTED
    return _BY_STATUS.get(status, Kind.REFUSED if 400 <= status < 500 else Kind.FAILED)


def _json_of(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
