"""Files as people really write them, with a token in each; and real lines that hold none.

Principles: none
"""

import random
import re
import site
from collections.abc import Sequence
from functools import cache
from itertools import count
from pathlib import Path
from typing import Final

from strongroom.authz.tokens import Kind, mint

#: The ways in which tokens get into files: `{token}` is where it stands.
WAYS: Final = (
    "[pypi]\nusername = __token__\npassword = {token}\n",
    "TWINE_PASSWORD={token}\n",
    "export UV_PUBLISH_TOKEN='{token}'\n",
    "env:\n  UV_PUBLISH_TOKEN: {token}\n",
    'ENV TWINE_PASSWORD="{token}"\n',
    "machine packages.example.org login __token__ password {token}\n",
    "[global]\nindex-url = https://__token__:{token}@packages.example.org/simple/\n",
    '{"auth": {"packages.example.org": "{token}"}}\n',
    "token = '{token}'  # remove before the release\n",
    "curl -H 'Authorization: Bearer {token}' https://packages.example.org/\n",
    "2026-11-22T06:15:00Z DEBUG password={token}&user=__token__\n",
    "https://packages.example.org/account/verify/{token}\n",
    "<password>{token}</password>\n",
    "    --password {token} \\\n",
    "`{token}`\n",
    "PASSWORD:={token};\n",
    'token=\\"{token}\\"\\n\n',
    "%3D{token}%26\n",
    "x{token}\n",
    "{token}\r\n",
)


def tokens(many: int) -> Sequence[str]:
    """Return fresh tokens of every kind, of instances with and without an infix; the same in each run."""
    chance, kinds, infixes = random.Random(2025), list(Kind), ("", "acme", "a1", "abcdefghijkl")
    return [
        mint(chance.randbytes(32), kind=kinds[number % len(kinds)], infix=infixes[number % len(infixes)]).reveal()
        for number in range(many)
    ]


@cache
def leaky(many: int) -> Sequence[tuple[str, str]]:
    """Return tokens, each with the text of a file that it stands in, among lines that hold none."""
    lines, numbers = real_lines(3 * many), count()
    return [
        (
            token,
            f"{lines[next(numbers)]}\n{WAYS[place % len(WAYS)].replace('{token}', token)}{lines[next(numbers)]}\n",
        )
        for place, token in enumerate(tokens(many))
    ]


@cache
def real_lines(many: int) -> Sequence[str]:
    """Return lines of installed packages and of our own locks, long and secret-looking ones among them."""
    chance, found = random.Random(7), list[str]()
    places = [Path(each) for each in site.getsitepackages()]
    files = sorted(
        path for place in places for kind in ("*.py", "*.js", "*.pem", "RECORD") for path in place.rglob(kind)
    )
    root = Path(__file__).parents[1]
    files = [*chance.sample(files, min(len(files), 1500)), *sorted((root / "requirements").glob("*.txt"))]
    for path in files:
        lines = path.read_text(errors="replace").splitlines()
        found += [line[:2000] for line in chance.sample(lines, min(len(lines), 40)) if line.strip()]
    chance.shuffle(found)
    # What scanners take for secrets first: long runs of letters and digits, names with underscores.
    found.sort(key=lambda line: "_" not in line and max(map(len, re.split(r"[\s/]", line))) <= 30)
    assert len(found) >= many, len(found)
    return found[:many]
