"""The refusals in plain words, for the page that lists them.

Principles: none
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal as the page lists it; `explained` is "" when nobody has explained it."""

    code: str
    status: int
    explained: str


_BAD_FILE: Final = 400
_TO_DO: Final = {
    400: "Correct the request and send it again. The sentence above says what is wrong with it.",
    401: "Send a token: the user name is __token__, the password is the token.",
    403: "Use a token and an account that may do this, or ask an owner of the project.",
    404: "Check the spelling, or search for the project by a word of its name.",
    405: "This address cannot be used in this way. Start from the front page.",
    409: "Publish under a new version number.",
    410: "This will not come back. Start from the front page.",
    413: "Make the file smaller, or ask the operator of this repository for more room.",
    429: "Wait a while, then try again.",
    500: "Try again in a while. If it happens again, send the number above to the operator of this repository.",
    503: "Try again in a while.",
}


def grouped(codes: Iterable[tuple[str, int]]) -> list[tuple[str, list[Refusal]]]:
    """Return every refusal in groups, by code, those that no group explains last.

    `codes` are pairs of code and HTTP status; a refusal that is not among them is one that a format makes of a file.
    """
    left = dict(codes)
    groups = [
        (title, [Refusal(code, left.pop(code, _BAD_FILE), explained[code]) for code in sorted(explained)])
        for title, explained in _explanations().items()
    ]
    others = [Refusal(code, status, "") for code, status in sorted(left.items())]
    return [*groups, ("Others", others)] if others else groups


def what_to_do(status: int) -> str:
    """Return what a person can do about an answer of this HTTP status."""
    return _TO_DO.get(status, _TO_DO[500] if status >= 500 else _TO_DO[400])


@cache
def _explanations() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("refusals.toml").read_text("utf-8"))
