"""Numbers for Prometheus.

Principles: none
"""

from collections.abc import Callable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector


class Metrics:
    """What this process counts. `shortcuts` is a plain number: it is counted where a lock would be felt."""

    def __init__(self, counts: Callable[[], dict[str, int]]) -> None:
        self.shortcuts = 0
        self._counts: Final = counts
        self._registry: Final = CollectorRegistry()
        self.answers: Final = Counter(
            "strongroom_answers", "Answers by kind of address and status", ["kind", "status"], registry=self._registry
        )
        self.seconds: Final = Histogram("strongroom_upload_seconds", "Time that uploads took", registry=self._registry)
        self._registry.register(_Live(self))

    def exposition(self) -> bytes:
        """Return every number, in the text format of Prometheus."""
        return generate_latest(self._registry)

    def live(self) -> dict[str, int]:
        """Return the numbers that are read from the books."""
        return self._counts()


class _Live(Collector):
    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> "list[CounterMetricFamily | GaugeMetricFamily]":
        shortcuts = CounterMetricFamily(
            "strongroom_shortcuts", "Index pages and short files answered by the connection itself"
        )
        shortcuts.add_metric([], self._metrics.shortcuts)
        gauges = [
            GaugeMetricFamily(f"strongroom_{name}", f"Number of {name}", value=value)
            for name, value in self._metrics.live().items()
        ]
        return [shortcuts, *gauges]
