"""The policies of the repository: only those that the software keeps today.

Principles: AUTHN-1.2, AUTHN-2.3, AUTHN-3.3, AUTHZ-3.2, GEN-2.1
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from markupsafe import Markup

from strongroom.principles import upholds


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy: `templates/policies/<slug>.html` holds its text. `since` is the day of this version of it.

    `clauses` are those that the page speaks of: the repository's self-description says so. `file` names the text where
    it is written in Markdown, so that it can be read beside the code as well.
    """

    title: str
    says: str
    version: int
    since: str
    principle: str
    clauses: tuple[str, ...]
    file: str = ""

    @property
    def text(self) -> Markup:
        """The text that was written in Markdown, as HTML, without its heading and its version."""
        return _rendered(self.file)


@cache
@upholds("AUTHN-1.2a")
def _rendered(file: str) -> Markup:
    # Slow to import, and only this page needs it.
    from readme_renderer import markdown

    whole = files("strongroom.web.pages").joinpath("templates", "policies", file).read_text("utf-8")
    # The page has the heading, the version and what it says in its own head: each is written there once.
    page = markdown.render(whole[whole.index("\n## ") :]) or ""
    # A mark in front of an id, and a link to itself in each heading, are for the descriptions of strangers.
    page = re.sub(r'<a href="#[^"]*"[^>]*></a>', "", page.replace('id="user-content-', 'id="'))
    page = page.replace("<table>", '<table class="list">')
    return Markup(page)  # noqa: S704 (our own text, and sanitised)


POLICIES: Final[Mapping[str, Policy]] = {
    "removal": Policy(
        "Removal and yanking",
        "What can be taken away and by whom, and what stays for ever.",
        version=1,
        since="2026-11-21",
        principle="GEN-2.1",
        clauses=("GEN-2.1c",),
    ),
    "recovery": Policy(
        "Account recovery",
        "What it takes to get back into an account whose password or second factor is lost, and how long.",
        version=1,
        since="2026-11-22",
        principle="AUTHN-1.2",
        clauses=("AUTHN-1.2a",),
        file="recovery.md",
    ),
    "leaked-tokens": Policy(
        "Leaked tokens",
        "How a token is recognised wherever it lies, who may report it, and what becomes of it.",
        version=1,
        since="2026-11-22",
        principle="AUTHZ-3.2",
        clauses=("AUTHZ-3.2a", "AUTHZ-3.2b"),
        file="leaked-tokens.md",
    ),
    "critical": Policy(
        "Critical projects",
        "Which projects many depend on, by which rule, and what their maintainers sign in with.",
        version=1,
        since="2026-11-22",
        principle="AUTHN-3.3",
        clauses=("AUTHN-2.3a", "AUTHN-3.3a", "AUTHN-3.3b"),
    ),
}
