"""Write the rules by which secret scanners find tokens, out of the one pattern that there is.

`python -m tools.scanner_rules` writes `docs/secret-scanning/` anew. `--infix acme --to FOLDER` writes rules that know
the tokens of one instance alone.

Principles: AUTHZ-3.2
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from strongroom.authz.leaks import pattern_of
from strongroom.authz.tokens import PREFIX

FOLDER: Final = Path(__file__).parents[1] / "docs" / "secret-scanning"
_MADE: Final = "Made by tools/scanner_rules.py; change the pattern there, not here."
#: It has the form of a token, and its checksum does not hold: no scanner that looks closer takes it for one.
EXAMPLE: Final = f"{PREFIX}uEXAMPLE{'0' * 36}000000"

_GITLEAKS: Final = """\
# {made}
# gitleaks detect --config gitleaks.toml, or below [extend] useDefault = true in a configuration of your own.
title = "Tokens of Strongroom repositories"

[[rules]]
id = "strongroom-token"
description = "A token of a Strongroom package repository: whoever has it may be able to publish packages."
regex = '''{pattern}'''
keywords = ["{prefix}"]
tags = ["token", "strongroom"]
"""

_TRUFFLEHOG: Final = """\
# {made}
# trufflehog filesystem --config=trufflehog.yaml PATH
detectors:
  - name: Strongroom
    keywords:
      - "{prefix}"
    regex:
      token: '{pattern}'
"""

_DETECT_SECRETS: Final = '''\
"""Find tokens of Strongroom package repositories with detect-secrets: `detect-secrets scan -p strongroom_token.py`.

{made}

Principles: AUTHZ-3.2
"""

import re
import zlib
from collections.abc import Iterator

from detect_secrets.plugins.base import RegexBasedDetector

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class StrongroomTokenDetector(RegexBasedDetector):
    """Finds tokens whose checksum holds, so that what only looks like a token is none."""

    secret_type = "Strongroom token"  # noqa: S105 (the name of a kind)
    denylist = (re.compile(r"{pattern}"),)

    def analyze_string(self, string: str) -> Iterator[str]:
        """Yield the tokens in a line."""
        for token in super().analyze_string(string):
            if checksum(token[:-6]) == token[-6:]:
                yield token


def checksum(body: str) -> str:
    """Return the last six characters of a token: the CRC-32 of all before them, in base 62."""
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = _DIGITS[digit] + digits
    return digits
'''

_GITHUB: Final = """\
# A custom pattern for GitHub's secret scanning

{made}

For a repository, an organisation or an enterprise: *Settings → Code security → Custom patterns → New pattern*.

| Field | Value |
|---|---|
| Pattern name | `Strongroom token` |
| Secret format | `{pattern}` |
| Before secret | `\\A\\|[^0-9A-Za-z]` |
| After secret | `\\z\\|[^0-9A-Za-z]` |
| Test string | `{example}` |

The backslashes before `|` belong to this table, not to the pattern. Switch on push protection for the pattern once a
dry run has found what it should.

GitHub sends what it finds to you, not to the repository: pass it on with `strongroom token revoke-leaked`, or have
your own scanner report it with a signature (see [leaked tokens](../leaked-tokens.md)).
"""

RULES: Final[Mapping[str, str]] = {
    "gitleaks.toml": _GITLEAKS,
    "trufflehog.yaml": _TRUFFLEHOG,
    "strongroom_token.py": _DETECT_SECRETS,
    "github-custom-pattern.md": _GITHUB,
}


def rules(infix: str | None = None) -> Mapping[str, str]:
    """Return each file of rules by its name; with an `infix`, for the tokens of that instance alone."""
    fields = {"made": _MADE, "pattern": pattern_of(infix), "prefix": PREFIX, "example": EXAMPLE}
    made = {}
    for name, text in RULES.items():
        for field, value in fields.items():
            text = text.replace(f"{{{field}}}", value)
        made[name] = text
    return made


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description="Write the rules for secret scanners.")
    parser.add_argument("--infix", default=None, help="mark of one instance in its tokens")
    parser.add_argument("--to", type=Path, default=FOLDER, help="folder to write to")
    said = parser.parse_args()
    said.to.mkdir(parents=True, exist_ok=True)
    for name, text in rules(said.infix).items():
        (said.to / name).write_text(text)


if __name__ == "__main__":
    main()
