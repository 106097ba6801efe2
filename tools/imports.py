"""Which modules of the repository a module imports, directly or through others, read from the source.

Principles: none
"""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path


class Imports:
    """The import graph of one repository: its `src`, and its `tests`, `tools` and the like from the root."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._direct = cache(self._read)

    def reached_from(self, starts: Iterable[Path]) -> set[Path]:
        """Return the files of every module that `starts` lead to, themselves among them."""
        reached: set[Path] = set()
        waiting = list(starts)
        while waiting:
            path = waiting.pop()
            if path not in reached:
                reached.add(path)
                waiting.extend(self._direct(path))
        return reached

    def _read(self, path: Path) -> frozenset[Path]:
        found = {file for module in _imported(path, self._root) for file in self._files(module)}
        # pytest loads each conftest.py above a test by itself.
        found.update(file for folder in path.parents if (file := folder / "conftest.py").exists())
        return frozenset(found)

    def _files(self, module: str) -> Iterator[Path]:
        """Yield the files that importing `module` runs: every package on the way, then the module."""
        parts = module.split(".")
        for base in (self._root / "src", self._root):
            for length in range(1, len(parts) + 1):
                place = base.joinpath(*parts[:length])
                yield from (file for file in (place / "__init__.py", place.with_suffix(".py")) if file.exists())


def _imported(path: Path, root: Path) -> Iterator[str]:
    base = root / "src" if path.is_relative_to(root / "src") else root
    package = path.relative_to(base).parent.parts
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                parts = [*package[: len(package) - level + 1], *filter(None, [module])] if level else [module or ""]
                yield from (".".join([*parts, name.name]) for name in names)
