"""The room's public feed of events, and the Merkle tree over it (RFC 6962).

Principles: none
"""

import hashlib
import json
from typing import Any

from tests.assess.weakroom.room import Request, Room, flaw, route

NO_PUBLICATIONS = flaw("GEN-3.2a misses-publications")
NO_REMOVALS = flaw("GEN-3.2a misses-removals")
NO_YANKS = flaw("GEN-3.2a misses-yanks")
NO_PEOPLE = flaw("GEN-3.2a misses-changes-of-people")
FORGETS = flaw("GEN-3.2a forgets-what-was-removed")
REWRITES = flaw("GEN-3.2a rewrites-its-beginning")
FORKS = flaw("GEN-3.2a forks-its-log")

_MISSING = {"publish": NO_PUBLICATIONS, "remove": NO_REMOVALS, "yank": NO_YANKS, "member": NO_PEOPLE}


def public(room: Room) -> list[dict[str, Any]]:
    """Return the events that the feed tells of."""
    told = [each for each in room.events if not room.has(_MISSING.get(each["kind"], NO_PUBLICATIONS))]
    removed = {(each["project"], each.get("version")) for each in room.events if each["kind"] == "remove"}
    if room.has(FORGETS):
        told = [e for e in told if e["kind"] != "publish" or (e["project"], e.get("version")) not in removed]
    if room.has(REWRITES) and removed:
        told = [{**told[0], "project": "another"}, *told[1:]]
    return told


@route("GET", "/events")
def events(room: Room, request: Request) -> Any:
    """List the events after a serial."""
    since = int(request.query.get("since") or 0)
    told = [each for each in public(room) if each["serial"] > since]
    return {"events": told, "cursor": told[-1]["serial"] if told else since}


def leaf(event: dict[str, Any]) -> bytes:
    """Return the hash of one entry."""
    return hashlib.sha256(b"\x00" + json.dumps(event, sort_keys=True).encode()).digest()


def root(leaves: list[bytes]) -> bytes:
    """Return the root of a tree (RFC 6962, section 2.1)."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    half = _split(len(leaves))
    return hashlib.sha256(b"\x01" + root(leaves[:half]) + root(leaves[half:])).digest()


def _split(size: int) -> int:
    """Return the largest power of two below `size`."""
    return int(1 << ((size - 1).bit_length() - 1))


def consistency(before: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    """Return the proof that the first `before` leaves are the beginning of the tree (RFC 6962, section 2.1.2)."""
    if before == len(leaves):
        return [] if whole else [root(leaves)]
    half = _split(len(leaves))
    if before <= half:
        return [*consistency(before, leaves[:half], whole), root(leaves[half:])]
    return [*consistency(before - half, leaves[half:], False), root(leaves[:half])]


@route("GET", "/log")
def log(room: Room, request: Request) -> Any:
    """Show the tree's size and root, and that it holds an earlier one."""
    told = room.events
    if room.has(FORKS) and any(each["kind"] == "remove" for each in told):
        told = [{**told[0], "project": "another"}, *told[1:]]
    leaves = [leaf(each) for each in told]
    before = int(request.query.get("size_before") or 0)
    proof = consistency(before, leaves) if 0 < before <= len(leaves) else []
    return {"size": len(leaves), "root": root(leaves).hex(), "proof": [each.hex() for each in proof]}
