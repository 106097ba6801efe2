"""The stage on which one probe plays: its target, its people, its packages, its mailbox and its clocks.

Principles: none
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urljoin

from strongroom.assess.artefacts import Artefact, version_in
from strongroom.assess.drivers.operations import Answer, Kind, Op
from strongroom.assess.drivers.target import Target
from strongroom.assess.journal import Journal, Thing
from strongroom.assess.probing import ControlFailed, Inconclusive, Safety
from strongroom.assess.wire import Wire


@dataclass(frozen=True, slots=True)
class Message:
    """One mail: to whom, its subject, and all of its text."""

    to: str
    subject: str
    text: str


class Mailbox(Protocol):
    """Where the mail of the run's own people arrives. `domain` is the one that their addresses end in."""

    domain: str

    def messages(self, address: str) -> list[Message]:
        """Return what has arrived for an address, the oldest first."""


class Chance(Protocol):
    """Randomness, handed in so that a run can be played again."""

    def text(self, length: int) -> str:
        """Return so many random characters, lower-case letters and digits."""


@dataclass
class Person:
    """A throw-away person of the run; what is empty the person does not have."""

    name: str
    email: str
    password: str = ""
    totp_secret: str = ""
    session: str = ""
    token: str = ""
    passkey_id: str = ""

    def renew(self, answer: Answer) -> Answer:
        """Take the session that an answer brings, where it brings another than before; return the answer."""
        self.session = answer.value("session") or self.session
        return answer


@dataclass
class Stage:
    """Everything that a probe works with; one for each probe, so that none sees another's people.

    `tools` holds what only some probes need and only some runs have: `issuer`, `authenticator`, `client` …; asking for
    one that is not there makes the probe inconclusive. `accounts` are people whom the operator has given, each used by
    one role of the probe. `leave` is how far this run may go: a probe that can tell more when it may do more looks
    there.
    """

    target: Target
    base: str
    wire: Wire
    prefix: str
    journal: Journal
    chance: Chance
    sleep: Callable[[float], None]
    clock: Callable[[], float]
    mailbox: Mailbox | None = None
    tools: Mapping[str, Any] = field(default_factory=dict)
    accounts: list[Person] = field(default_factory=list)
    leave: Safety = Safety.PASSIVE
    exchanges: list[int] = field(default_factory=list)

    def perform(self, op: Op, **given: Any) -> Answer:
        """Do one operation, and remember the exchange as part of what this probe saw."""
        if not self.target.can(op):
            raise Inconclusive(f"the driver for {self.target.title} cannot {op.value.replace('_', ' ')}")
        answer = self.target.perform(op, **given)
        if answer.exchange:
            self.exchanges.append(answer.exchange)
        return answer

    def demand(self, op: Op, saw: str, **given: Any) -> Answer:
        """Do what must work for anything to follow; ControlFailed with `saw` and the answer when it does not."""
        answer = self.perform(op, **given)
        if not answer.kind.is_yes:
            raise ControlFailed(f"{saw}: {answer.kind.value} (status {answer.status})")
        return answer

    def tool(self, name: str) -> Any:
        """Return a tool of the run; Inconclusive when this run has none."""
        if name not in self.tools:
            raise Inconclusive(f"this run has no {name}")
        return self.tools[name]

    def project(self, label: str = "") -> str:
        """Return a name for a throw-away project: this stage's prefix, which looks like no real name, and a label."""
        return f"{self.prefix}{label or self.chance.text(4)}"

    def newcomer(self, label: str = "") -> Person:
        """Return a person whom the target does not know yet, with an address where the run can read mail."""
        name = f"{self.prefix}{label}{self.chance.text(5)}"
        domain = self.mailbox.domain if self.mailbox else "strongroom-probe.invalid"
        return Person(name, f"{name}@{domain}", f"{self.chance.text(10)}-{self.chance.text(10)}")

    def publish(self, token: str, file: Artefact, **given: Any) -> Answer:
        """Publish a file, its project written down before it is made."""
        self.journal.about_to_make(Thing.PROJECT, file.project, token)
        return self.perform(Op.PUBLISH, token=token, file=file, **given)

    def must_publish(self, token: str, file: Artefact, saw: str = "a plain publish did not work") -> Answer:
        """Publish a file as a positive control; ControlFailed when it is refused."""
        answer = self.publish(token, file)
        if not answer.kind.is_yes:
            raise ControlFailed(f"{saw}: {answer.kind.value} (status {answer.status}) {answer.text[:200]}")
        return answer

    def files(self, project: str) -> list[dict[str, Any]]:
        """Return the files that the index lists of a project; none when the project is not there."""
        answer = self.perform(Op.FILES, project=project)
        if answer.kind is Kind.MISSING:
            return []
        found = answer.values.get("files")
        if not answer.kind.is_yes or not isinstance(found, list):
            raise Inconclusive(f"the list of {project}'s files could not be read (status {answer.status})")
        return found

    def served(self, project: str, filename: str) -> bytes | None:
        """Return the bytes that a reader gets for a file of a project; None when it is not listed or not served."""
        # Where a version is one archive whatever it was called (npm), its entry tells the version.
        version = version_in(filename)
        listed = self.files(project)
        entry = next((f for f in listed if f["filename"] == filename or f["version"] == version != ""), None)
        if entry is None:
            return None
        url = urljoin(urljoin(self.base, f"simple/{project}/"), entry["url"]).partition("#")[0]
        answer = self.perform(Op.FETCH, url=url)
        return answer.body if answer.kind.is_yes else None

    def mail(self, address: str, seconds: float, holds: Callable[[Message], bool] = lambda _: True) -> Message | None:
        """Return the first mail to an address of which `holds` is true, waiting for it; None when none came."""
        if self.mailbox is None:
            raise Inconclusive("this run cannot read the mail of its own people")
        until = self.clock() + seconds
        while True:
            found = next(filter(holds, self.mailbox.messages(address)), None)
            if found is not None or self.clock() >= until:
                return found
            self.sleep(0.1)

    def wait_until(self, holds: Callable[[], bool], seconds: float, every: float = 0.5) -> bool:
        """Report whether something came to hold within so many seconds."""
        until = self.clock() + seconds
        while not holds():
            if self.clock() >= until:
                return False
            self.sleep(every)
        return True
