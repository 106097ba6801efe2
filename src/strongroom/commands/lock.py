"""Whoever serves from a data folder, or makes it anew, holds its lock.

Principles: none
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the folder, made if it is missing, until the block or the process ends; ClickException when another does."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o711)
    lock = os.open(folder / "serving.lock", os.O_RDWR | os.O_CREAT, 0o640)
    try:
        _take(lock, folder)
        yield
    finally:
        os.close(lock)


def _take(lock: int, folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise click.ClickException(f"Another Strongroom serves from {folder}.") from None
