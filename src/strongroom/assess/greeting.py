"""Greeting a target: is anybody there, and which product is it?

Principles: none
"""

from collections.abc import Iterable

from strongroom.assess.drivers.specification import Sign, Specification
from strongroom.assess.wire import Unreachable, Wire

FALLBACK = "generic-pypi"


def recognise(wire: Wire, drivers: Iterable[Specification]) -> Specification | None:
    """Return the driver all of whose signs the target shows, None when it shows no product's.

    Each distinct address is asked once. Raises Unreachable when the target does not answer its own front page.
    """
    front = wire.send("GET", "")
    pages: dict[str, tuple[int, str, dict[str, str]]] = {"": (front.status, front.text, dict(front.headers))}

    def shows(sign: Sign) -> bool:
        if sign.path not in pages:
            try:
                reply = wire.send("GET", sign.path)
                pages[sign.path] = (reply.status, reply.text, dict(reply.headers))
            except Unreachable:
                pages[sign.path] = (0, "", {})
        status, text, headers = pages[sign.path]
        return status == sign.status and sign.body in text and (not sign.header or sign.header in headers)

    known = [each for each in drivers if each.signs]
    # The driver with the most signs first: a product that is built on another shows the other's too.
    return next((d for d in sorted(known, key=lambda d: -len(d.signs)) if all(map(shows, d.signs))), None)
