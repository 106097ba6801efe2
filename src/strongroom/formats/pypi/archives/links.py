"""Where the symbolic links of an archive may point.

Principles: GEN-2.3
"""

from collections.abc import Mapping

from strongroom.formats.pypi.archives.paths import folded, shown
from strongroom.kernel.refusals import Refused
from strongroom.principles import upholds

LINKS_LIMIT = 1000
TARGET_LIMIT_CHARACTERS = 255


@upholds("GEN-2.3")
def require_links_inside(links: Mapping[str, str]) -> None:
    """Refuse symbolic links that lead out of the top folder of their archive, alone or together.

    `links` maps each link's path to its target. A target is relative and stays below the top folder at every step;
    it may end at another link, never go through one, since then `..` would not mean what it says.
    """
    if len(links) > LINKS_LIMIT:
        raise Refused(
            "tar-too-many-links",
            f"The archive has more than {LINKS_LIMIT} symbolic links; ship the files themselves.",
            principle="GEN-2.3",
        )
    linked = {folded(path) for path in links}
    for path, target in links.items():
        if not _is_plain(target):
            raise _escapes(path, target)
        here = path.split("/")[:-1]
        for part in target.split("/"):
            if folded("/".join(here)) in linked:
                raise _escapes(path, target)
            if part == "..":
                here = here[:-1]
            elif part not in ("", "."):
                here = [*here, part]
            if not here:
                raise _escapes(path, target)


def _is_plain(target: str) -> bool:
    is_text = 0 < len(target) <= TARGET_LIMIT_CHARACTERS and target.isprintable()
    return is_text and not target.startswith("/") and "\\" not in target and ":" not in target


def _escapes(path: str, target: str) -> Refused:
    return Refused(
        "tar-link-escapes",
        f"The link {shown(path)} points to {shown(target)}, which may lie out of the archive; ship the file itself.",
        principle="GEN-2.3",
    )
