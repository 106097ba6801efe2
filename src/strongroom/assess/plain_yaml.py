"""YAML that people hand to the assessor: plain values, no aliases, no depth that exhausts anything.

Principles: none
"""

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


class _Plain(yaml.SafeLoader):  # type: ignore[misc]  # yaml tells no types
    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("it has an alias, which is not read here")
        return super().compose_node(parent, index)
