"""Rules about the repository itself that no linter knows. Each message says what to do instead.

Principles: none
"""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
LONGEST_MODULE = 400
LARGEST_BYTES = 5 * 1024 * 1024
PYTHON_FOLDERS = ("src", "tests", "tools", "benchmarks", "examples", "fuzz", "vectors")
BANNED_NAME = re.compile(r"(utils?|helpers?|common|managers?|services?|misc|base|info|data)")
BANNED_CLASS = re.compile(r"\w*(Manager|Service|Helper|Util|Utils|Handler|Base)")
# Put together here, so that this file keeps the rule too.
REGISTRY_HOSTS = re.compile(
    rb"|".join(
        re.escape(b".".join(parts))
        for parts in (
            (b"pypi", b"org"),
            (b"pythonhosted", b"org"),
            (b"debian", b"org"),
            (b"registry", b"npmjs", b"org"),
            (b"npmjs", b"com"),
            (b"crates", b"io"),
            (b"rubygems", b"org"),
        )
    ),
    re.IGNORECASE,
)
LEFT_BEHIND = re.compile(rb"\b(" + rb"|".join((b"TO" + b"DO", b"FIX" + b"ME", b"XX" + b"X")) + rb")\b")


@cache
def tracked() -> tuple[Path, ...]:
    """Return every file of the repository: git's list, or in an unpacked sdist all that lies there."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True)
    if listed.returncode:
        return tuple(path for path in ROOT.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return tuple(path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file())


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


MODULES = [path for path in tracked() if path.suffix == ".py" and shown(path).startswith(PYTHON_FOLDERS)]
SOURCE = [path for path in MODULES if shown(path).startswith("src/")]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), shown(path))


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_a_module_says_what_it_is_for_and_which_principles_it_serves(path: Path) -> None:
    docstring = ast.get_docstring(tree(path))
    if path.name == "__init__.py" and not path.read_text().strip():
        assert not shown(path).startswith("src/"), "a package says in one sentence what it holds"
        return
    assert docstring, "begin with a docstring: one sentence, a blank line, `Principles: …`"
    first = docstring.partition("\n")[0]
    assert re.search(r"[.:?]( \([A-Z0-9., -]+\))?$", first), "the first line of the docstring is a whole sentence"
    if path != ROOT / "src/strongroom/__init__.py":
        assert re.search(r"^Principles: \S", docstring, re.MULTILINE), "name the principles it serves, or `none`"


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_a_module_is_short_enough_to_be_one_idea(path: Path) -> None:
    lines = path.read_text("utf-8").count("\n")
    assert lines <= LONGEST_MODULE, f"{lines} lines: make it a folder of the same name"


def test_names_say_what_a_thing_is() -> None:
    bad = [
        shown(path) for path in MODULES if BANNED_NAME.fullmatch(path.stem) or BANNED_NAME.fullmatch(path.parent.name)
    ]
    for path in SOURCE:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef) and BANNED_CLASS.fullmatch(node.name):
                bad.append(f"{shown(path)}:{node.lineno} {node.name}")
    assert not bad, "call it by what it is: a port is a noun (Shelf), an adapter SqliteShelf, a check require_x"


def refused_codes(path: Path) -> Iterator[tuple[str, int]]:
    """Yield each refusal's code with its line; the source itself where the code is no literal."""
    for node in refusals(tree(path)):
        code = node.args[0] if node.args else node
        for each in choices(code, path):
            yield ast.literal_eval(each) if isinstance(each, ast.Constant) else ast.unparse(each), node.lineno


def refusals(module: ast.Module) -> Iterator[ast.Call]:
    """Yield each call that makes a refusal: of `Refused`, or of `super().__init__` in a class made from it."""
    for node in ast.walk(module):
        match node:
            case ast.Call(func=ast.Name(id="Refused")):
                yield node
            case ast.ClassDef(bases=[ast.Name(id="Refused")]):
                made = [each for each in ast.walk(node) if isinstance(each, ast.Call)]
                yield from (each for each in made if ast.unparse(each.func) == "super().__init__")


def choices(code: ast.expr, path: Path) -> list[ast.expr]:
    """Return what a code can be: itself, both sides of a choice, or the same of the one assignment that made it."""
    match code:
        case ast.Name(id=name):
            made = [
                n.value for n in ast.walk(tree(path)) if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == name
            ]
            return choices(made[0], path) if len(made) == 1 else [code]
        case ast.IfExp(body=one, orelse=other):
            return [one, other]
    return [code]


def statuses() -> dict[str, int]:
    """Return the table STATUS of the web edge, read from its source: it must be a literal."""
    problems = ROOT / "src/strongroom/web/problems.py"
    for node in tree(problems).body:
        match node:
            case ast.AnnAssign(target=ast.Name(id="STATUS"), value=ast.expr() as table):
                return {str(code): int(status) for code, status in ast.literal_eval(table).items()}
    raise AssertionError("web/problems.py has no literal table STATUS: Final[dict[str, int]]")


def test_every_refusal_has_a_status_and_every_status_a_refusal() -> None:
    # The client refuses people at their own terminal: no HTTP there. What a format refuses is a bad file: 400, always.
    terminal, formats = ("src/strongroom/client/", "src/strongroom/assess/"), "src/strongroom/formats/"
    codes = {
        code: f"{shown(path)}:{line}"
        for path in SOURCE
        if not shown(path).startswith(terminal)
        for code, line in refused_codes(path)
    }
    known = statuses()
    missing = {code: place for code, place in codes.items() if code not in known and not place.startswith(formats)}
    assert not missing, "give the code a status in STATUS"
    assert not set(known) - set(codes), "no refusal has this code any more: take it out of STATUS"
    assert all(400 <= status < 600 for status in known.values())


def test_a_refusal_code_is_kebab_case() -> None:
    codes = [(code, f"{shown(path)}:{line}") for path in SOURCE for code, line in refused_codes(path)]
    assert not [each for each in codes if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", each[0])]


def test_everything_is_caught_only_at_the_web_edge() -> None:
    broad = [
        f"{shown(path)}:{node.lineno}"
        for path in SOURCE
        if not shown(path).startswith("src/strongroom/web/")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler)
        and (
            node.type is None
            or {"Exception", "BaseException"} & {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)}
        )
    ]
    assert not broad, "catch what you expect; a bug is for the web edge to turn into a 500 with an id"


def test_no_registry_is_named() -> None:
    named = [shown(path) for path in tracked() if REGISTRY_HOSTS.search(path.read_bytes())]
    assert not named, "take the public index's address from pypi_simple.PYPI_SIMPLE_ENDPOINT, others from settings"


def test_nothing_is_left_behind() -> None:
    left = [shown(path) for path in tracked() if LEFT_BEHIND.search(path.read_bytes())]
    assert not left, "do it, or open an issue"


def test_no_file_is_large() -> None:
    assert not [shown(path) for path in tracked() if path.stat().st_size > LARGEST_BYTES], "make it when it is needed"


def test_tests_with_real_clients_and_browsers_are_marked_so() -> None:
    for folder, mark in (("clients", "client"), ("browser", "browser")):
        for path in (ROOT / "tests" / folder).rglob("test_*.py"):
            assert f"mark.{mark}" in path.read_text(), f"{shown(path)}: pytestmark = pytest.mark.{mark}"


def test_every_file_has_a_licence() -> None:
    reuse = tomllib.loads((ROOT / "REUSE.toml").read_text())
    assert [(each["path"], each["SPDX-License-Identifier"]) for each in reuse["annotations"]] == [
        ("**", "Apache-2.0"),
        ("vectors/oscal/**", "CC0-1.0"),  # NIST's schemas, in the public domain
    ]
    assert "Apache License" in (ROOT / "LICENSE").read_text()


def test_the_locks_hold_what_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *(line for lines in project["optional-dependencies"].values() for line in lines)]
    lines = re.findall(r"^([\w.-]+)==([\w.+!-]+)", (ROOT / "requirements/server.txt").read_text(), re.MULTILINE)
    locked = {name.lower(): version for name, version in lines}
    for requirement in map(Requirement, asked):
        version = locked.get(re.sub(r"[-_.]+", "-", requirement.name).lower())
        assert version and requirement.specifier.contains(version), f"{requirement} is not locked: ./run lock"


def test_the_locks_agree_with_each_other_and_record_no_address() -> None:
    server, demo, dev = ((ROOT / f"requirements/{name}.txt").read_text() for name in ("server", "demo", "dev"))
    pinned = re.compile(r"^[\w.-]+==\S+", re.MULTILINE)
    assert set(pinned.findall(server)) <= set(pinned.findall(demo)) <= set(pinned.findall(dev)), "./run lock"
    assert "://" not in server + demo + dev
