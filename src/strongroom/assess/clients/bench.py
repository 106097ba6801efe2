"""The bench on which a client is tried: an index that lies, a folder of its own, an environment without settings.

Principles: none
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from strongroom.assess.clients.lying_index import LyingIndex, running
from strongroom.assess.clients.specification import ClientSpecification, Verb, shipped
from strongroom.assess.drivers.templates import fill

COMMAND_SECONDS: Final = 90
OUTPUT_CHARACTERS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of one verb: exit code of the last command that ran, and everything that was said."""

    code: int
    said: str

    @property
    def worked(self) -> bool:
        """Whether the client says that it worked."""
        return self.code == 0


@dataclass(frozen=True, slots=True)
class Client:
    """A client that is on this machine: the command that starts it, and its version as it gives it."""

    specification: ClientSpecification
    command: tuple[str, ...]
    version: str
    environment: Mapping[str, str]

    @property
    def title(self) -> str:
        """What people call it, with its version."""
        return f"{self.specification.title} {self.version}".strip()

    def can(self, verb: Verb) -> bool:
        """Report whether the client knows this verb."""
        return verb in self.specification.verbs

    def run(self, verb: Verb, **given: str) -> Ran:
        """Do one verb; KeyError when the client does not know it. A command that hangs is ended and has not worked."""
        said, code = "", 0
        for template in self.specification.verbs[verb]:
            ran = _run(_words(template, self.command, given), self.environment)
            said, code = (said + ran.said)[-OUTPUT_CHARACTERS:], ran.code
            if code:
                break
        return Ran(code, said)


def _words(template: tuple[str, ...], command: tuple[str, ...], given: Mapping[str, str]) -> list[str]:
    places = {"python": sys.executable, "bin": str(Path(sys.executable).parent), **given}
    words: list[str] = []
    for part in template:
        words += command if part == "{client}" else [str(fill(part, places))]
    return words


def _run(words: list[str], environment: Mapping[str, str]) -> Ran:
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, errors="replace", timeout=COMMAND_SECONDS, env=dict(environment)
        )
    except subprocess.TimeoutExpired:
        return Ran(124, f"it was ended after {COMMAND_SECONDS} seconds")
    except OSError as error:
        return Ran(127, str(error))
    return Ran(done.returncode, (done.stdout + done.stderr)[-OUTPUT_CHARACTERS:])


def find(specification: ClientSpecification, environment: Mapping[str, str]) -> Client | None:
    """Return the client when it is on this machine, else None."""
    for template in specification.find:
        command = tuple(_words(template, (), {}))
        if shutil.which(command[0], path=environment.get("PATH")) is None:
            continue
        ran = _run([*command, *specification.version], environment)
        if ran.worked:
            words = ran.said.split()
            version = next((word.strip(",") for word in words if word[:1].isdigit()), "")
            return Client(specification, command, version, environment)
    return None


def bare_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which no setting of pip, uv or a person's home reaches a client."""
    kept = {
        name: value
        for name, value in environment.items()
        if not name.upper().startswith(("PIP_", "UV_", "PYTHON", "STRONGROOM_", "VIRTUAL_ENV", "XDG_"))
        and not name.lower().endswith("_proxy")
    }
    return {
        **kept,
        "HOME": "/nonexistent",
        "PIP_CONFIG_FILE": "/dev/null",
        "NO_PROXY": "*",
        "NO_COLOR": "1",
        "LC_ALL": "C.UTF-8",
    }


class Clients:
    """The clients that a repository names, looked for on this machine when somebody asks, once."""

    def __init__(self, names: Sequence[str], environment: Mapping[str, str]) -> None:
        self._names = tuple(names)
        self._environment = environment
        self._found: list[Client] | None = None

    def here(self) -> list[Client]:
        """Return those that are on this machine, in the order in which they were named."""
        if self._found is None:
            known, bare = shipped(), bare_environment(self._environment)
            wanted = (known[name] for name in self._names if name in known)
            self._found = [client for each in wanted if (client := find(each, bare)) is not None]
        return self._found


@dataclass(frozen=True, slots=True)
class Bench:
    """One client's place: its index, and a folder that goes away with it."""

    client: Client
    index: LyingIndex
    folder: Path

    def target(self, name: str) -> Path:
        """Return a fresh folder of this name."""
        path = self.folder / name
        path.mkdir()
        return path

    def installed(self, target: Path, project: str) -> str | None:
        """Return the text of a project's module in a target, None when it was not installed."""
        path = target / f"{project.replace('-', '_')}.py"
        return path.read_text("utf-8") if path.is_file() else None


@contextmanager
def bench(client: Client) -> Iterator[Bench]:
    """Set up a bench for one client."""
    with running() as index, tempfile.TemporaryDirectory(prefix="strongroom-client-") as folder:
        yield Bench(client, index, Path(folder))
