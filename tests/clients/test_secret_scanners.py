"""Scanners that people run find our tokens, all of them, and nothing else: detect-secrets, and RE2 for those in Go.

Principles: AUTHZ-3.2
"""

import json
import subprocess
from pathlib import Path

import pytest
from tests.clients.environments import environment_of
from tests.leaky_files import leaky, real_lines
from tools.scanner_rules import FOLDER

from strongroom.authz.tokens import PATTERN

pytestmark = [pytest.mark.client, pytest.mark.principle("AUTHZ-3.2")]

#: Searches each of the texts that come by standard input with the engine of Go's regular expressions.
RE2 = """
import json, sys, re2
pattern, texts = json.load(sys.stdin)
rule = re2.compile(pattern)
json.dump([[found.group(0) for found in rule.finditer(text)] for text in texts], sys.stdout)
"""


def scanned(folder: Path) -> dict[str, int]:
    """Return how many of our tokens detect-secrets finds in each file of a folder."""
    plugin = FOLDER / "strongroom_token.py"
    command: list[str | Path] = [
        environment_of("detect-secrets") / "detect-secrets",
        "scan",
        "--all-files",
        "-p",
        plugin,
        ".",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)
    found = json.loads(done.stdout)["results"]
    kinds = {Path(name).name: [each["type"] for each in all_] for name, all_ in found.items()}
    return {name: many for name, said in kinds.items() if (many := said.count("Strongroom token"))}


def test_detect_secrets_finds_a_thousand_tokens_in_files_and_none_in_ten_thousand_real_lines(tmp_path: Path) -> None:
    leaks, clean = tmp_path / "leaks", tmp_path / "clean"
    leaks.mkdir()
    clean.mkdir()
    for place, (_, text) in enumerate(leaky(1000)):
        (leaks / f"{place}.txt").write_text(text)
    (clean / "lines.txt").write_text("\n".join(real_lines(10_000)))
    assert scanned(leaks) == {f"{place}.txt": 1 for place in range(1000)}
    assert scanned(clean) == {}


def test_the_engine_of_scanners_in_go_reads_the_pattern_and_finds_the_same() -> None:
    files = leaky(1000)
    spoken = json.dumps([PATTERN, [*(text for _, text in files), *real_lines(10_000)]])
    command: list[str | Path] = [environment_of("detect-secrets") / "python", "-c", RE2]
    done = subprocess.run(command, input=spoken, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert found[:1000] == [[token] for token, _ in files]
    assert [each for each in found[1000:] if each] == []
