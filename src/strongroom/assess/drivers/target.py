"""The target as probes see it: operations in, normalised answers out.

Principles: none
"""

from typing import Any, Protocol

from strongroom.assess.drivers.operations import Answer, Op
from strongroom.assess.drivers.specification import Specification
from strongroom.assess.wire import Wire


class Target(Protocol):
    """One repository, spoken to through one driver, on behalf of one probe.

    `perform` never raises for what the product answers; it raises Unreachable, BudgetSpent and SafetyAbort as the
    wire does, KeyError for an operation that `can` denies, and ValueError for parameters that the operation lacks.
    """

    @property
    def title(self) -> str:
        """The product, as people call it."""

    def can(self, op: Op) -> bool:
        """Report whether the driver knows this operation."""

    def lacks(self, op: Op) -> str:
        """Return why the product is documented not to have this operation; empty when it is not."""

    def perform(self, op: Op, **given: Any) -> Answer:
        """Do one operation and return what the answer means."""


class Driven(Target, Protocol):
    """A target as a whole run has it: each probe then gets its own, on its own wire."""

    @property
    def specification(self) -> Specification:
        """What the driver says of itself and of its product."""

    def on(self, wire: Wire) -> "Driven":
        """Return the same target over another probe's wire."""
