"""YAML that people hand to the assessor: plain values, no aliases, no depth that exhausts anything.

Principles: none
"""

from datetime import date, datetime
from typing import Any

import yaml


def parse_yaml(text: str) -> Any:
    """Return the value of a YAML text; ValueError says what is wrong with it.

    Ten lines of aliases can stand for more than any memory holds, so there are none.
    """
    try:
        return yaml.load(text, _Plain)  # noqa: S506 - a safe loader that takes less
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except yaml.YAMLError as wrong:
        raise ValueError(f"it is no YAML: {wrong}") from None


def parse_day(found: Any) -> date:
    """Return the day that a value of YAML names: a date, the day of a moment as it was written, or text (ISO 8601).

    ValueError for anything else.
    """
    # YAML reads 2027-03-01 12:00:00 as a moment, which is a date too, and cannot be compared with one.
    if isinstance(found, datetime):
        return found.date()
    if isinstance(found, date):
        return found
    try:
        return date.fromisoformat(found if isinstance(found, str) else "")
    except ValueError:
        raise ValueError(f"{str(found)[:40]!r} is no day, as in 2027-03-01") from None


class _Plain(yaml.SafeLoader):  # type: ignore[misc]  # yaml tells no types
    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("it has an alias, which is not read here")
        return super().compose_node(parent, index)
