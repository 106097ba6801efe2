"""Read from the source, without running it, which principle is spoken of where.

Principles: none
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

ID = re.compile(r"((?:AUTHN|AUTHZ|GEN|CLI)-\d\.\d)([a-z]?)")
PROBES = "src/strongroom/assess/probes/"


class Kind(StrEnum):
    """The pieces of a principle's thread, in the order in which a thread is told."""

    MODULE = "module"  # a module's `Principles:` line
    CODE = "code"  # @upholds(…)
    REFUSAL = "refusal"  # Refused(…, principle=…)
    TEST = "test"  # @pytest.mark.principle(…)
    PROBE = "probe"  # an id written in the assessor's probes


@dataclass(frozen=True, slots=True)
class Mark:
    """One place that speaks of a principle, or of one clause of it; `path` is relative to the repository."""

    kind: Kind
    id: str
    path: str
    line: int
    function: str = ""


def marks_in(root: Path) -> Iterator[Mark]:
    """Yield every mark in the source and the tests of the repository at `root`."""
    for folder in ("src", "tests"):
        for path in sorted((root / folder).rglob("*.py")):
            yield from marks_of(path.read_text("utf-8"), path.relative_to(root).as_posix())


def marks_of(text: str, path: str) -> Iterator[Mark]:
    """Yield every mark in one module; a string that is no id at all is yielded too, for the caller to reject."""
    tree = ast.parse(text, path)
    for id in ids_of_module(ast.get_docstring(tree) or ""):
        yield Mark(Kind.MODULE, id, path, 1)
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                for decorator in node.decorator_list:
                    for id in upheld(decorator):
                        yield Mark(Kind.CODE, id, path, node.lineno, node.name)
            case ast.Call(func=ast.Attribute(attr="principle"), args=args) if path.startswith("tests/"):
                yield from (Mark(Kind.TEST, text_of(each), path, node.lineno) for each in args)
            case ast.keyword(arg="principle", value=ast.Constant(value=str(id))) if id and path.startswith("src/"):
                yield Mark(Kind.REFUSAL, id, path, node.value.lineno)
            case ast.Constant(value=str(id)) if path.startswith(PROBES) and ID.fullmatch(id):
                yield Mark(Kind.PROBE, id, path, node.lineno)


def upheld(decorator: ast.expr) -> tuple[str, ...]:
    """Return the ids that a decorator marks its function with: none when the decorator is another one."""
    match decorator:
        case ast.Call(func=ast.Name(id="upholds") | ast.Attribute(attr="upholds"), args=args):
            return tuple(text_of(each) for each in args)
    return ()


def text_of(argument: ast.expr) -> str:
    """Return a literal string's value, and the source of anything else: a mark that cannot be read is an unknown id."""
    match argument:
        case ast.Constant(value=str(text)):
            return text
    return ast.unparse(argument)


def ids_of_module(docstring: str) -> tuple[str, ...]:
    """Return the ids of a module docstring's `Principles:` line, which may run on over several lines."""
    found = re.search(r"^Principles: ((?:.+\n?)+)", docstring, re.MULTILINE)
    return tuple(match[0] for match in ID.finditer(found[1])) if found else ()
