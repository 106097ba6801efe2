"""Where the members of a wheel land when it is installed, which is not where they lie in it.

Source: the binary distribution format (PEP 427), "The .data directory".

Principles: GEN-2.1, GEN-2.3
"""

from collections.abc import Iterable

from strongroom.formats.pypi.archives.paths import folded, require_distinct_paths, shown
from strongroom.kernel.refusals import Refused
from strongroom.principles import upholds

SCHEMES = frozenset({"purelib", "platlib", "headers", "scripts", "data"})
# "Each subdirectory of distribution-1.0.data/ is a key into a dict of destination directories": these two are the
# folder into which the rest of the wheel is unpacked, or beside it.
_LIBRARIES = frozenset({"purelib", "platlib"})
# "data" is the root of the environment, in which the other destinations are ordinary folders.
_PACKAGES = frozenset({"site-packages", "dist-packages"})
_PROGRAMS = frozenset({"bin", "scripts"})
_METADATA = (".dist-info", ".egg-info", ".egg", ".egg-link")


@upholds("GEN-2.1")
def require_own_places(members: Iterable[tuple[str, bool]], folder: str) -> None:
    """Refuse a wheel of which a member would land on another, or on metadata, so that other files count than were read.

    `members` are pairs of a path and whether it is a folder; `folder` is the wheel's `.dist-info` folder. The `.data`
    folder is of the same name and version, spelled alike, and has destinations of the specification only.
    """
    own = folder.removesuffix(".dist-info") + ".data"
    folders: dict[str, str] = {}
    files: list[str] = []
    for path, is_folder in members:
        place = _place(path, is_folder, own)
        if place is None:
            continue
        _require_no_metadata(path, place, folder)
        if is_folder:
            folders[folded(place)] = place
        else:
            files.append(place)
    require_distinct_paths([*((place, False) for place in files), *((place, True) for place in folders.values())])


def _place(path: str, is_folder: bool, own: str) -> str | None:
    """Return where a member lands, below the folder of libraries or below that of its destination; None for nowhere."""
    top, *rest = path.removesuffix("/").split("/")
    if not folded(top).endswith(".data"):
        return path
    if top != own:
        raise _misplaced(path, f"the one .data folder of this wheel is {shown(own)}")
    if not rest and is_folder:
        return None
    scheme, *inner = rest or [""]
    if scheme not in SCHEMES or not (inner or is_folder):
        raise _misplaced(path, f"the .data folder has folders {', '.join(sorted(SCHEMES))} and nothing else")
    keys = [folded(part) for part in inner]
    if scheme == "data" and (at := next((at for at, key in enumerate(keys) if key in _PACKAGES), None)) is not None:
        scheme, inner = "purelib", inner[at + 1 :]
    elif scheme == "data" and keys[:1] and keys[0] in _PROGRAMS:
        scheme, inner = "scripts", inner[1:]
    if scheme in _LIBRARIES:
        return "/".join(inner) or None
    return "/".join([own, scheme, *inner])


def _require_no_metadata(path: str, place: str, folder: str) -> None:
    """Refuse a member that would land in metadata, but for those that lie in the wheel's own folder for it."""
    if folded(place.split("/", 1)[0]).endswith(_METADATA) and path.split("/", 1)[0] != folder:
        raise Refused(
            "wheel-layout",
            f"The member {shown(path)} would be installed as metadata, which belongs into {shown(folder)}; rebuild it.",
            principle="GEN-2.1",
        )


def _misplaced(path: str, how: str) -> Refused:
    return Refused(
        "wheel-data", f"The member {shown(path)} is misplaced: {how}; build the wheel again.", principle="GEN-2.1"
    )
