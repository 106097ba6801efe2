"""The table: injects shown in their order, a clock, and quick keys for what is decided.

Principles: none
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from strongroom.assess.exercise.log import Entry, What, append, parse_day, read
from strongroom.assess.exercise.scenario import Inject, Scenario

KEYS = """\
  d TEXT                 a decision
  g TEXT                 a gap: what was missing
  a OWNER YYYY-MM-DD TEXT  an action: who does what until when
  o ID yes|no            an objective is met, or is not
  t TEXT                 anything else worth a note
  n                      the next inject
  q                      stop here; the same log goes on later
"""


@dataclass
class Table:
    """One exercise being played: its log on disk, its clock, and where it reads and writes.

    `hear` returns the next line, None at the end of the input.
    """

    scenario: Scenario
    path: Path
    now: Callable[[], datetime]
    hear: Callable[[str], str | None]
    say: Callable[[str], None]
    actor: str = "facilitator"
    began: datetime | None = field(default=None)

    def play(self) -> bool:
        """Play from where the log ends; return whether the exercise came to its end."""
        entries = read(self.path) if self.path.exists() else ()
        self.began = next((each.at for each in entries if each.what is What.BEGUN), None)
        if self.began is None:
            self.began = self.now()
            self._keep(What.BEGUN, text=self.scenario.id)
        shown = {each.inject for each in entries if each.what is What.SHOWN}
        self.say(f"{self.scenario.title}\n\n{self.scenario.about}\n\n{KEYS}")
        for inject in self._to_come(shown, entries):
            if not self._inject(inject, again=inject.id in shown):
                return False
        self._keep(What.ENDED)
        return True

    def _to_come(self, shown: set[str], entries: tuple[Entry, ...]) -> Iterator[Inject]:
        if any(each.what is What.ENDED for each in entries):
            return
        last = next((each.inject for each in reversed(entries) if each.what is What.SHOWN), "")
        yield from (each for each in self.scenario.injects if each.id not in shown or each.id == last)

    def _inject(self, inject: Inject, *, again: bool) -> bool:
        if not again:
            self._keep(What.SHOWN, inject.id)
        to = f" to {', '.join(inject.to)}" if inject.to else ""
        self.say(f"\n── {inject.id}  planned at {inject.at} min, now at {self._minutes()} min: {inject.kind}{to}")
        self.say(f"{inject.text}\n\n{inject.ask}")
        while (line := self.hear(f"[{self._minutes()} min, {inject.minutes} for this] ")) is not None:
            match line.split(maxsplit=1):
                case ["n"]:
                    for each in inject.expect:
                        self.say(f"   worth having heard: {each}")
                    return True
                case ["q"]:
                    return False
                case _:
                    self._take(inject, line)
        return False

    def _take(self, inject: Inject, line: str) -> None:
        key, _, text = line.strip().partition(" ")
        text = " ".join(text.split())
        simple = {"d": What.DECISION, "g": What.GAP, "t": What.NOTE}
        if key in simple and text:
            self._keep(simple[key], inject.id, text)
        elif key == "a" and len(text.split()) >= 3:
            self._action(inject, *text.split(maxsplit=2))
        elif key == "o" and text.split()[1:] in (["yes"], ["no"]) and self._is_objective(text.split()[0]):
            self._keep(What.OBJECTIVE, text.split()[0], text.split()[1])
        elif line.strip():
            self.say(KEYS)

    def _is_objective(self, id: str) -> bool:
        return any(each.id == id for each in self.scenario.objectives)

    def _action(self, inject: Inject, owner: str, due: str, text: str) -> None:
        try:
            day = parse_day(due)
        except ValueError:
            self.say(f"{due} is no day, as in 2027-01-31")
            return
        main = inject.principles[0] if inject.principles else ""
        append(self.path, Entry(self.now(), What.ACTION, inject.id, self.actor, text, owner, day, main))

    def _keep(self, what: What, inject: str = "", text: str = "") -> None:
        append(self.path, Entry(self.now(), what, inject, self.actor, text))

    def _minutes(self) -> int:
        return int((self.now() - (self.began or self.now())).total_seconds() // 60)
