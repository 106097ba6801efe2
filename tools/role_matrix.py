"""Write the tables of `docs/roles.md`, out of the one table of roles and rights that the repository decides by.

`python -m tools.role_matrix` writes them anew, between their marks; the words around them are written by hand.

Principles: AUTHZ-2.1
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from strongroom.authz.roles import ORGANISATION_RIGHTS, RIGHTS, OrganisationRight, Right
from strongroom.authz.tokens import TOKEN_RIGHTS

PAGE: Final = Path(__file__).parents[1] / "docs" / "roles.md"

#: What each right is asked for, among the deeds of forms and of the JSON interface.
DEEDS: Final[Mapping[Right, Sequence[str]]] = {
    Right.READ: ("projects/look",),
    Right.PUBLISH: ("uploads/approve", "uploads/decline"),
    Right.YANK: ("releases/yank", "releases/unyank"),
    Right.REMOVE: ("releases/remove", "projects/remove"),
    Right.MANAGE_PEOPLE: ("members/add", "members/remove", "invitations/withdraw", "projects/transfer"),
    Right.MANAGE_PUBLISHERS: ("publishers/add", "publishers/remove", "publishers/list"),
    Right.SET_POLICY: ("projects/policy", "policies/confirm", "policies/decline", "projects/visibility"),
    Right.REPORT: (),
}
#: What else it is asked for, or brings.
ELSE: Final[Mapping[Right, str]] = {
    Right.READ: "pages and files of a private project",
    Right.PUBLISH: "uploads (`/legacy/`); an upload that waits, read before it is approved",
    Right.REPORT: "letters about leaked tokens that reach the project",
}
#: By which credential, where a token carries the right.
BY_TOKEN: Final[Mapping[Right, str]] = {
    Right.READ: "pip, uv, poetry read what is private",
    Right.YANK: "`releases/yank` and `releases/unyank`, with `Authorization: Bearer`",
    Right.PUBLISH: "twine, uv, poetry publish; so do the tokens of trusted publishers, for one project",
}
ORGANISATION_DEEDS: Final[Mapping[OrganisationRight, Sequence[str]]] = {
    OrganisationRight.SEE: ("organisations/look",),
    OrganisationRight.MANAGE_TEAMS: (
        "organisations/teams/add", "organisations/teams/remove", "organisations/teams/join",
        "organisations/teams/leave",
    ),
    OrganisationRight.MANAGE_MEMBERS: ("organisations/members/set", "organisations/members/remove"),
    OrganisationRight.MANAGE_PROJECTS: ("organisations/teams/give", "organisations/teams/take", "projects/transfer"),
    OrganisationRight.SET_POLICY: ("organisations/policy", "policies/confirm", "policies/decline"),
}  # fmt: skip
#: What needs a session and no role: it concerns whoever asks, and nobody else.
OWN_DEEDS: Final = (
    "invitations", "invitations/accept", "invitations/decline", "organisations/create", "publishers/pending",
)  # fmt: skip


def tables() -> Mapping[str, str]:
    """Return each table in Markdown, by the name of its mark."""
    return {
        "roles": _matrix("role in a project", RIGHTS, Right),
        "organisation-roles": _matrix("role in an organisation", ORGANISATION_RIGHTS, OrganisationRight),
        "rights": _table(
            ("right", "deeds", "and", "by token"),
            ((f"`{each}`", _listed(DEEDS[each]), ELSE.get(each, ""), _by_token(each)) for each in Right),
        ),
        "organisation-rights": _table(
            ("right", "deeds"), ((f"`{each}`", _listed(ORGANISATION_DEEDS[each])) for each in OrganisationRight)
        ),
        "own": _listed(OWN_DEEDS),
    }


def renewed(page: str) -> str:
    """Return the page with every table made anew; ValueError when the mark of one is missing."""
    for name, table in tables().items():
        marks = re.compile(rf"(<!-- {name}: .*? -->\n).*?(<!-- end -->)", re.DOTALL)
        page, found = marks.subn(rf"\1\n{table}\n\n\2", page)
        if found != 1:
            raise ValueError(f"the page has {found} marks of {name}")
    return page


def _matrix(corner: str, rights: Mapping[Any, Collection[StrEnum]], every: type[StrEnum]) -> str:
    rows = ((f"**{role}**", *("yes" if right in held else "–" for right in every)) for role, held in rights.items())
    return _table((corner, *(f"`{right}`" for right in every)), rows)


def _by_token(right: Right) -> str:
    if right not in TOKEN_RIGHTS:
        return "never: in a session alone"
    return BY_TOKEN[right]


def _listed(deeds: Iterable[str]) -> str:
    return ", ".join(f"`{each}`" for each in deeds) or "none"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text("utf-8")), "utf-8")
