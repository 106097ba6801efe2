"""Wheels: file name, layout, `WHEEL`, `RECORD`, entry points.

Source: the binary distribution format (PEP 427, 491), PEP 425 (tags).

Principles: GEN-2.1, GEN-2.3
"""

import configparser
import re
from collections.abc import Mapping
from typing import BinaryIO

from packaging.tags import Tag, parse_tag
from packaging.utils import canonicalize_name, parse_wheel_filename

from strongroom.formats import Limits, Offered
from strongroom.formats.exposure import Lookout
from strongroom.formats.pypi.archives.paths import shown
from strongroom.formats.pypi.archives.zips import ZipMember, read_member, read_zip
from strongroom.formats.pypi.files import Opened
from strongroom.formats.pypi.landing import require_own_places
from strongroom.formats.pypi.names import parse_name, parse_version
from strongroom.formats.pypi.platforms import require_known_platforms
from strongroom.formats.pypi.record import require_record_agrees
from strongroom.kernel.refusals import Refused
from strongroom.principles import upholds

SUFFIX = ".whl"
TAGS_LIMIT = 1000
_SCRIPT = re.compile(r"[\w.-]+")


def open_wheel(offered: Offered, content: BinaryIO, limits: Limits, lookout: Lookout) -> Opened:
    """Return what a wheel holds; Refused when its name, layout, record or any member breaks a rule.

    `lookout` sees every byte of every member.
    """
    project, version, build, tag = _named(offered.filename)
    members = {member.path: member for member in read_zip(content, offered.size_bytes, limits)}
    folder = _dist_info(members, project, version)
    require_own_places(((path, member.is_folder) for path, member in members.items()), folder)
    texts = {
        name: _text(content, members, f"{folder}/{name}", limits)
        for name in ("WHEEL", "METADATA", "entry_points.txt")
        if name != "entry_points.txt" or f"{folder}/{name}" in members
    }
    _require_wheel_file(texts["WHEEL"], build, tag)
    require_record_agrees(content, members, folder, lookout)
    if "entry_points.txt" in texts:
        _require_entry_points(texts["entry_points.txt"])
    return Opened(
        project=project,
        version=version,
        kind="bdist_wheel",
        tag=tag,
        metadata_file=texts["METADATA"],
        members=frozenset(members),
        license_folder=f"{folder}/licenses",
    )


@upholds("GEN-2.1")
def _named(filename: str) -> tuple[str, str, str, str]:
    """Return name, version, build tag ("" without) and tags of a wheel's file name, the first two canonical.

    Refused when the version is not in its canonical spelling, or a part is malformed. The name may have capitals and
    dots: widely used tools still write them.
    """
    stem = filename.removesuffix(SUFFIX)
    try:
        parse_tag("-".join(stem.split("-")[-3:]), limit=TAGS_LIMIT)
        name, parsed, _, _ = parse_wheel_filename(filename)
        project, version = parse_name(name), parse_version(str(parsed))
    except ValueError:
        raise _misnamed(filename, "{name}-{version}(-{build})-{python}-{abi}-{platform}.whl") from None
    spelled, _, *build, python, abi, platform = stem.split("-")
    expected = "-".join([spelled, version, *build, python, abi, platform]) + SUFFIX
    if filename != expected:
        raise _misnamed(filename, expected)
    require_known_platforms(platform.split("."))
    return project.text, version, "".join(build), f"{python}-{abi}-{platform}"


def _dist_info(members: Mapping[str, ZipMember], project: str, version: str) -> str:
    """Return the name of the one `.dist-info` folder; Refused when it is missing, doubled or of another release."""
    folders = {path.split("/", 1)[0] for path in members if path.split("/", 1)[0].endswith(".dist-info")}
    if len(folders) != 1:
        raise Refused(
            "wheel-layout", f"A wheel has one .dist-info folder, this one has {len(folders)}; build it again."
        )
    folder = folders.pop()
    name, _, spelled = folder.removesuffix(".dist-info").partition("-")
    try:
        is_own = canonicalize_name(name) == project and parse_version(spelled) == version
    except ValueError:
        is_own = False
    if not is_own:
        raise Refused(
            "wheel-layout",
            f"The folder {shown(folder)} is not of {project} {version}, as the file name says; build it again.",
        )
    return folder


def _text(content: BinaryIO, members: Mapping[str, ZipMember], path: str, limits: Limits) -> bytes:
    if path not in members:
        raise Refused("wheel-incomplete", f"The file {shown(path)} is missing; build the wheel again.")
    return read_member(content, members[path], limits.metadata_bytes)


@upholds("GEN-2.1")
def _require_wheel_file(raw: bytes, build: str, tag: str) -> None:
    """Refuse a wheel whose `WHEEL` file is of an unknown version, or has other tags than the file name."""
    headers = _headers(raw.decode("utf-8"))
    version = "".join(headers.get("wheel-version", ()))
    # "a wheel installer should warn if Wheel-Version is greater than the version it supports, and must fail if [it]
    # has a greater major version"
    if not re.fullmatch(r"1\.[0-9]{1,3}", version):
        raise Refused("wheel-version", f"The wheel is of version {shown(version)}; 1.x is understood.")
    written: frozenset[Tag] = frozenset()
    for value in headers.get("tag", ()):
        written |= parse_tag(value, limit=TAGS_LIMIT)
        if len(written) > TAGS_LIMIT:
            raise Refused("wheel-tags", f"The WHEEL file has more than {TAGS_LIMIT} tags.")
    if written != parse_tag(tag) or "".join(headers.get("build", ())) != build:
        raise Refused(
            "wheel-tags",
            f"The WHEEL file has other tags than the file name, which says {shown(tag)}; rename with `wheel tags`.",
            principle="GEN-2.1",
        )


def _headers(text: str) -> dict[str, list[str]]:
    """Return the values of each header of a `WHEEL` file, which has no continuation lines, by its lower-case name."""
    headers: dict[str, list[str]] = {}
    for line in text.splitlines():
        name, _, value = line.partition(":")
        headers.setdefault(name.strip().lower(), []).append(value.strip())
    return headers


def _require_entry_points(raw: bytes) -> None:
    parser = configparser.ConfigParser(delimiters=("=",), interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(raw.decode("utf-8"))
    except (ValueError, configparser.Error):
        raise _bad_entry_points("it is no UTF-8 INI file") from None
    for section in ("console_scripts", "gui_scripts"):
        for name in dict(parser[section]) if parser.has_section(section) else ():
            if not _SCRIPT.fullmatch(name):
                raise _bad_entry_points(f"the script name {shown(name)} is not of letters, digits, _, . and -")


def _bad_entry_points(why: str) -> Refused:
    return Refused("entry-points-invalid", f"The file entry_points.txt is invalid: {why}; correct it.")


def _misnamed(filename: str, expected: str) -> Refused:
    return Refused(
        "filename-invalid",
        f"The wheel should be named {expected}, not {shown(filename)}; build it with a current tool.",
        principle="GEN-2.1",
    )
