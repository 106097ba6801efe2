"""Empty one rule in a copy of the source, and hear from pytest which tests of its principles then fail.

Principles: none
"""

import ast
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tools.marks import ID, upheld

#: Tests with these marks drive other programs, which would run the rules of the installed source, not of the copy.
SLOW = frozenset({"client", "browser"})
SECONDS_FOR_ONE_RULE = 300


@dataclass(frozen=True, slots=True)
class Rule:
    """A function marked with `@upholds`: where it is, and whose principles it says it upholds."""

    path: str
    name: str
    line: int
    ids: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.name}"


class Outcome(StrEnum):
    """What the tests of one principle say when a rule of it does nothing."""

    HELD = "held"  # a test failed: the rule is demonstrated
    HOLLOW = "HOLLOW"  # every test passed: the tests, or the rule, demonstrate nothing
    UNTESTED = "UNTESTED"  # the principle has no test that could have failed
    BROKEN = "BROKEN"  # the module, or a test file, no longer imports: the rule runs before anything is asked of it


def rules_in(text: str, path: str) -> list[Rule]:
    """Return the marked functions of one module, methods too. A clause in a mark counts as its principle."""
    rules = []
    for node in ast.walk(ast.parse(text, path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            ids = [ID.sub(r"\1", id) for mark in node.decorator_list for id in upheld(mark)]
            if ids:
                rules.append(Rule(path, node.name, node.lineno, tuple(dict.fromkeys(ids))))
    return sorted(rules, key=lambda rule: rule.line)


def disarmed(text: str, rule: Rule) -> str:
    """Return the module with the rule's body replaced by `return None`, every other line where it was."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.name, node.lineno) == (
            rule.name,
            rule.line,
        ):
            lines = text.splitlines(keepends=True)
            first, last = node.body[0], node.end_lineno or node.lineno
            head = lines[first.lineno - 1].encode()[: first.col_offset].decode()  # ast counts columns in bytes
            blank = ["\n"] * (last - first.lineno)
            return "".join([*lines[: first.lineno - 1], head, "return None\n", *blank, *lines[last:]])
    raise ValueError(f"there is no {rule}")


def outcomes(root: Path, rule: Rule, tests: dict[str, tuple[str, ...]]) -> dict[str, Outcome]:
    """Return what becomes of each principle of `rule` when it is emptied.

    `tests` maps the id of each fast test to the principles that it is marked with. Raises SubprocessError when pytest
    itself breaks, or when the tests of one rule do not end.
    """
    relevant = [test for test, ids in tests.items() if set(ids) & set(rule.ids)]
    with tempfile.TemporaryDirectory() as room:
        # With the bytecode: what is unchanged is not compiled again for every rule.
        shutil.copytree(root / "src", Path(room) / "src")
        changed = Path(room) / rule.path
        changed.write_text(disarmed(changed.read_text("utf-8"), rule), "utf-8")
        if not _imports(room, rule):
            return dict.fromkeys(rule.ids, Outcome.BROKEN)
        failed = _failed(root, room, relevant, rule) if relevant else set()
    if failed is None:
        return dict.fromkeys(rule.ids, Outcome.BROKEN)
    return {id: _outcome(id, tests, failed) for id in rule.ids}


def _outcome(id: str, tests: dict[str, tuple[str, ...]], failed: set[str]) -> Outcome:
    if id in failed:
        return Outcome.HELD
    return Outcome.HOLLOW if any(id in ids for ids in tests.values()) else Outcome.UNTESTED


def _imports(room: str, rule: Rule) -> bool:
    module = rule.path.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    command = [sys.executable, "-c", f"import {module}"]
    return subprocess.run(command, env=_environment(room), cwd=room, capture_output=True).returncode == 0


def _failed(root: Path, room: str, relevant: list[str], rule: Rule) -> set[str] | None:
    """Return the principles that had a failed test; None when a test file did not even import."""
    environment = _environment(room) | {"DISARMED_IDS": json.dumps(rule.ids), "DISARMED_REPORT": f"{room}/failed.json"}
    # Whole files are named, not tests: a command line has an end. The plugin leaves out what has no mark of the rule.
    tests_in = Counter(test.partition("::")[0] for test in relevant)
    near = {file: nearness(rule, (root / file).read_text("utf-8")) for file in tests_in}
    files = sorted(near, key=lambda file: (-near[file], -tests_in[file], file))
    run = _pytest(root, environment, f"{room}/src", *files)
    if run.returncode not in (0, 1, 2):  # passed, failed, or stopped by the plugin
        raise subprocess.CalledProcessError(run.returncode, run.args, run.stdout, run.stderr)
    report = json.loads(Path(f"{room}/failed.json").read_text())
    return None if report is None else set(report)


def nearness(rule: Rule, text: str) -> int:
    """Return how near a test file is to a rule: it names the rule, its module, its package, or none of them.

    The nearest are the likeliest to fail, then those with most tests; and the run ends when one has.
    """
    module = rule.path.removeprefix("src/").removesuffix(".py").replace("/", ".")
    return 4 * (rule.name in text) + 2 * (module in text) + (module.rpartition(".")[0] in text)


def collect(root: Path) -> dict[str, tuple[str, ...]]:
    """Return every fast test of a rule that has a principle's mark, with its principles.

    Tests of the assessor are none: they show that a probe sees a rule, on repositories of their own.
    """
    with tempfile.TemporaryDirectory() as room:
        environment = _environment(str(root)) | {"DISARMED_COLLECTION": f"{room}/tests.json"}
        run = _pytest(root, environment, str(root / "src"), "--collect-only", "tests", "--ignore=tests/assess")
        if run.returncode not in (0, 5):  # 5: no test is marked
            raise subprocess.CalledProcessError(run.returncode, run.args, run.stdout, run.stderr)
        return {test: tuple(ids) for test, ids in json.loads(Path(f"{room}/tests.json").read_text()).items()}


def _pytest(root: Path, environment: dict[str, str], source: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    options = [
        "-q",
        "--tb=no",
        "-p",
        "tools.disarming_plugin",
        "-p",
        "no:cacheprovider",
        "-o",
        f"pythonpath={source} .",
    ]
    command = [sys.executable, "-m", "pytest", *options, *arguments]
    return subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, timeout=SECONDS_FOR_ONE_RULE
    )


def _environment(room: str) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": f"{room}/src", "PYTHONDONTWRITEBYTECODE": "1"}
