"""The page of refusals knows every refusal there is, and no other.

Principles: none
"""

import re
from pathlib import Path

from strongroom.web.pages.refusals import grouped

SOURCE = Path(__file__).parents[4] / "src" / "strongroom"
CODE = r"[a-z0-9]+(?:-[a-z0-9]+)+"


def sources() -> str:
    """Return the source of everything that refuses over HTTP."""
    apart = {"client", "assess", "commands"}
    paths = [path for path in SOURCE.rglob("*.py") if path.relative_to(SOURCE).parts[0] not in apart]
    return "\n".join(path.read_text("utf-8") for path in paths if "pages" not in path.parts)


EXPLAINED = {refusal.code: refusal for _, refusals in grouped([]) for refusal in refusals}


def test_every_refusal_is_explained() -> None:
    # Refused("code", …) itself, a class made from it, or a function of the module that makes one.
    made = set(re.findall(rf'(?:Refused|super\(\).__init__|\b_(?!deed)[a-z_]+)\(\s*"({CODE})",\s', sources()))
    assert len(made) > 50
    assert made - set(EXPLAINED) == set(), "explain it in web/pages/refusals.toml"


def test_nothing_is_explained_that_is_never_refused() -> None:
    source = sources()
    assert [code for code in EXPLAINED if f'"{code}"' not in source] == [], "take it out of web/pages/refusals.toml"


def test_what_a_format_refuses_is_a_bad_request_and_what_the_edge_knows_has_its_status() -> None:
    told = {refusal.code: refusal.status for _, refusals in grouped([("file-exists", 409)]) for refusal in refusals}
    assert (told["file-exists"], told["zip-end"]) == (409, 400)
