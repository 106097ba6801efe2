"""What strangers wrote, made fit to stand in a letter: of one line, of bounded length, and in words.

Principles: AUTHN-1.4
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from strongroom.kernel.records import Demand

LONGEST: Final = 300

#: The details of events that letters speak of; whatever else an event holds is not told.
_NAMES: Final = ("account", "by", "change", "offered_by", "organisation", "role", "status", "team", "to", "token")
_FREE: Final = ("label", "reason", "way")
_TIMES: Final = ("enforced_from", "expires", "until")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


class Row(NamedTuple):
    """One fact of a letter, with the word in front of it."""

    name: str
    value: str


def one_line(text: object) -> str:
    """Return a text without control, format or separating characters, at most `LONGEST` characters long."""
    # "C": control, format (the ones that turn text around, too), private, unassigned; "Z": every kind of space.
    plain = "".join(" " if unicodedata.category(each)[0] in "CZ" else each for each in str(text)[: 4 * LONGEST])
    words = " ".join(plain.split())
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"


def free_text(text: object) -> str:
    """Return what somebody could choose freely, as one line in which no reader of mail finds a link to follow."""
    # "hxxps://" is how those who tell of bad addresses write them: read as one, and followed by no program.
    plain = re.sub(r"http(?=s?://)", "hxxp", one_line(text), flags=re.IGNORECASE)
    plain = re.sub(r"(?<!hxxp)(?<!hxxps)://", "[:]//", plain)
    return re.sub(r"(?<=\w)[.](?=[^\W\d_])", "[.]", plain)


def actor_in_words(actor: str) -> str:
    """Return who acted, where it was no account: `whoever held it`, `a trusted build (da1fe93f)`."""
    kind, _, rest = actor.partition(":")
    match kind if rest else "":
        case "holder":
            return "whoever held it"
        case "reporter":
            return f"a signed report ({one_line(rest.partition(':')[0])})"
        case "publisher":
            return f"a trusted build ({one_line(rest[:8])})"
        case _:
            return one_line(actor)


def in_words(when: datetime) -> str:
    """Return a moment in UTC as people say it: `3 November 2026, 14:22 UTC`."""
    moment = when.astimezone(UTC)
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}, {moment:%H:%M} UTC"


def device_in_words(agent: str) -> str:
    """Return what a browser or a program says that it is: `Firefox on Linux`; of what is unknown, its name at most.

    Whoever signs in chooses these words, and a letter of ours is read as ours.
    """
    browser = next((name for sign, name in _BROWSERS if sign in agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in agent), "")
    if browser and system:
        return f"{browser} on {system}"
    # RFC 9110, 10.1.5: "User-Agent = product *( RWS ( product / comment ) )", a product's name first.
    named = re.match(r"[A-Za-z][A-Za-z0-9_-]{0,19}(?=[/ ]|$)", agent)
    if named:
        return f"“{named[0]}”"
    return "a program that does not say what it is" if one_line(agent) else ""


def said_in(detail: Mapping[str, object]) -> dict[str, str]:
    """Return the details of an event as a letter shows them, "" for each that it does not have."""
    said = {key: one_line(_of(detail, key)) for key in _NAMES}
    said |= {key: free_text(_of(detail, key)) for key in _FREE}
    said |= {key: _moment(_of(detail, key)) for key in _TIMES}
    said["source"] = one_line(_of(detail, "source"))
    said["device"] = device_in_words(str(_of(detail, "device")))
    said["rights"] = _listed(detail.get("rights"))
    said["ended"] = _kinds(detail.get("ended"))
    said["projects"] = _listed(detail.get("projects"))
    said["policy"] = _listed(_demanded(detail.get("policy")))
    said["lifted"] = _listed(_demanded(detail.get("lifted")))
    hidden = detail.get("private")
    said["visibility"] = "" if not isinstance(hidden, bool) else "private" if hidden else "public"
    if "projects" in detail and detail["projects"] is None:
        said["projects"] = "every project of the account, new ones too"
    given = detail.get("administrator")
    said["administrator"] = "" if not isinstance(given, bool) else "given" if given else "taken"
    return said


def rows_of(said: Mapping[str, str], when: datetime | None, address: str, shows_source: bool) -> Sequence[Row]:
    """Return the facts that stand below what happened, those that are known."""
    by = said["by"] or said["actor"]
    seen = ", ".join(each for each in (said["source"], said["device"]) if each) if shows_source else ""
    rows = (
        Row("When", "" if when is None else in_words(when)),
        Row("Account", said["account"]),
        Row("By", "" if by == said["account"] else by),
        Row("From", seen),
        Row("E-mail", one_line(address)),
        Row("Project", said["project"]),
        Row("Version", said["version"]),
        Row("File", said["filename"]),
        Row("Name", f"“{said['label']}”" if said["label"] else ""),
        Row("Role", said["role"]),
        Row("Team", said["team"]),
        Row("Token", "" if said["ended"] == "device" else said["token"]),
        Row("Rights", said["rights"]),
        Row("Projects", said["projects"]),
        Row("Expires", said["expires"]),
        Row("Reason", f"“{said['reason']}”" if said["reason"] else ""),
    )
    return [row for row in rows if row.value]


def _of(detail: Mapping[str, object], key: str) -> object:
    value = detail.get(key)
    return "" if value is None else value


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        return in_words(value)
    try:
        when = datetime.fromisoformat(str(value))
    except ValueError:
        return one_line(value)
    return in_words(when if when.tzinfo else when.replace(tzinfo=UTC))


def _demanded(value: object) -> object:
    """Return what a policy demands in words; an event of an older version may demand what is none any more."""
    known = {each.value: each.words for each in Demand}
    return [known.get(str(each), each) for each in value] if isinstance(value, list | tuple) else value


def _kinds(value: object) -> str:
    """Return what kinds of secrets were ended, each once: `device, token`."""
    ended = value if isinstance(value, list | tuple) else ()
    return _listed({each["what"] for each in ended if isinstance(each, Mapping) and isinstance(each.get("what"), str)})


def _listed(value: object) -> str:
    if isinstance(value, list | tuple | set | frozenset):
        shown = sorted(one_line(each) for each in value)
        return one_line(", ".join(shown[:10]) + (f" and {len(shown) - 10} others" if len(shown) > 10 else ""))
    return "" if value is None else one_line(value)
