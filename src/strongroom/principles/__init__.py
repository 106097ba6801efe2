"""The OpenSSF/CISA framework as data, and the mark that ties code to it.

Principles: none
"""

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def upholds(*ids: str) -> Callable[[F], F]:
    """Mark a function as a place where the principles `ids` are upheld.

    The mark changes nothing at run time. `tools/trace.py` reads it from the source and fails when an id is
    unknown; `tools/disarm.py` empties the function and demands that a test of each principle then fails.
    """

    def mark(function: F) -> F:
        return function

    return mark
