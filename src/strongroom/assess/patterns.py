"""Strangers' regular expressions, tried where a costly one cannot hold anything up.

Principles: none
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

LONGEST_PATTERN: Final = 500
SECONDS: Final = 10

_TRY: Final = """
import json, re, sys
pattern, texts = json.load(sys.stdin)
tried = re.compile(pattern)
json.dump([tried.fullmatch(text) is not None for text in texts], sys.stdout)
"""


def matches(pattern: str, texts: Sequence[str]) -> list[bool]:
    """Return, for each text, whether the whole of it matches the pattern.

    ValueError when the pattern is none, is too long, or takes too long. It runs in a process of its own, which gets the
    texts by its standard input, so that they stand in no list of processes.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise ValueError(f"a pattern of {len(pattern)} characters is not tried")
    spoken = json.dumps([pattern, list(texts)])
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", _TRY], input=spoken, capture_output=True, text=True, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        raise ValueError("the pattern takes too long to match") from None
    if done.returncode:
        raise ValueError("the pattern is no regular expression")
    found: list[bool] = json.loads(done.stdout)
    return found
