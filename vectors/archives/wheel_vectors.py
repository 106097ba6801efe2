"""Wheels that are good zip archives, and yet not what they say.

Principles: GEN-2.1
"""

from collections.abc import Iterator

from vectors.archives.zip_building import CODE, FOLDER, METADATA, WHEEL, record_of, wheel_entries, zipped

Vector = tuple[str, str, str, bytes]


def wheel_vectors() -> Iterator[Vector]:
    """Yield each vector: its name, the refusal's code, what is wrong in a sentence, and the file."""
    yield from _layouts()
    yield from _landings()
    yield from _records()
    yield from _texts()


def _wheel(files: dict[str, bytes] | None = None, record: bytes | None = None) -> bytes:
    return zipped(wheel_entries(files, record))


def _layouts() -> Iterator[Vector]:
    for name in ("METADATA", "WHEEL"):
        missing = _wheel({f"{FOLDER}/{name}": b""})
        yield f"wheel-no-{name.lower()}", "wheel-incomplete", f"The {name} file is missing.", missing
    yield "wheel-no-record", "wheel-incomplete", "The RECORD file is missing.", _wheel(record=b"")
    second = _wheel({"hammer-1.0.dist-info/METADATA": METADATA})
    yield "wheel-two-dist-infos", "wheel-layout", "A second project's metadata is in the wheel.", second
    entries = [entry for entry in wheel_entries() if b"dist-info" not in entry.name]
    yield "wheel-no-dist-info", "wheel-layout", "The wheel has no metadata folder.", zipped(entries)
    named = {f"{FOLDER}/METADATA": METADATA.replace(b"anvil", b"hammer")}
    yield "wheel-other-name", "filename-mismatch", "The metadata is of another project.", _wheel(named)
    versioned = {f"{FOLDER}/METADATA": METADATA.replace(b"1.0", b"2.0")}
    yield "wheel-other-version", "filename-mismatch", "The metadata is of another version.", _wheel(versioned)


def _landings() -> Iterator[Vector]:
    own = "anvil-1.0.data"
    cases = {
        "purelib": ("archive-path-twice", f"{own}/purelib/anvil/__init__.py", "A file is installed over another."),
        "platlib": ("archive-path-twice", f"{own}/platlib/anvil/__init__.py", "A file is installed over another."),
        "case": ("archive-paths-collide", f"{own}/purelib/Anvil/__INIT__.py", "It is the same file on Windows."),
        "below": ("archive-paths-collide", f"{own}/purelib/anvil/__init__.py/a", "A file is also a folder."),
        "through": ("archive-path-twice", f"{own}/data/lib/python3.11/site-packages/anvil/__init__.py",
                    "A file is installed over another, by way of the root of the environment."),
        "metadata": ("wheel-layout", f"{own}/purelib/{FOLDER}/METADATA", "Other metadata is installed than was read."),
        "metadata-through": ("wheel-layout", f"{own}/data/Lib/site-packages/{FOLDER}/METADATA",
                             "Other metadata is installed than was read, on Windows."),
        "metadata-other": ("wheel-layout", f"{own}/platlib/anvil-2.0.dist-info/METADATA", "A second version is there."),
        "metadata-case": ("wheel-layout", "anvil-1.0.DIST-INFO/direct_url.json", "It is metadata on Windows."),
        "metadata-egg": ("wheel-layout", "anvil-1.0.egg-info/PKG-INFO", "There is metadata of an older kind."),
        "other": ("wheel-data", "zzz-9.data/scripts/pip", "A command is installed in the name of another project."),
        "other-case": ("wheel-data", "anvil-1.0.DATA/scripts/pip", "A command is installed on Windows alone."),
        "other-spelling": ("wheel-data", "anvil-1.0.0.data/scripts/pip", "Some tools install it, others do not."),
        "key": ("wheel-data", f"{own}/stdlib/os.py", "A file goes to a destination that is none."),
        "key-case": ("wheel-data", f"{own}/PURELIB/a.py", "The destination is one on Windows alone."),
        "key-none": ("wheel-data", f"{own}/a.py", "A file has no destination."),
        "key-file": ("wheel-data", f"{own}/scripts", "A file is named as a destination."),
    }  # fmt: skip
    for name, (code, path, says) in cases.items():
        yield f"wheel-data-{name}", code, says, _wheel({path: b"WEIGHT_KG = 51\n"})
    both = {f"{own}/purelib/a.py": CODE, f"{own}/platlib/a.py": CODE + CODE}
    yield "wheel-data-both", "archive-path-twice", "Two files are installed as one.", _wheel(both)
    programs = {f"{own}/scripts/a": CODE, f"{own}/data/bin/a": CODE + CODE}
    yield "wheel-data-programs", "archive-path-twice", "Two commands are installed as one.", _wheel(programs)


def _records() -> Iterator[Vector]:
    bodies = {"anvil/__init__.py": CODE, f"{FOLDER}/METADATA": METADATA, f"{FOLDER}/WHEEL": WHEEL}
    good = record_of(bodies)
    without = record_of({name: body for name, body in bodies.items() if "anvil/" not in name})
    swapped = record_of({**bodies, "anvil/__init__.py": b"WEIGHT_KG = 51\n"})
    sized = good.replace(f",{len(CODE)}\n".encode(), b",16\n", 1)
    cases = {
        "unlisted": (without, "A file is not listed."),
        "missing": (record_of({**bodies, "anvil/gone.py": CODE}), "A listed file is not there."),
        "digest": (swapped, "A file was changed after the wheel was built."),
        "size": (sized, "A file has another size than listed."),
        "twice": (good + good, "A file is listed twice."),
        "columns": (good.replace(b",,", b","), "A line has two columns."),
        "not-utf8": (b"\xff\xfe" + good, "The list is not UTF-8."),
        "parent": (good + b"../evil,,\n", "The list names a file outside, without a digest."),
    }
    for name, (record, says) in cases.items():
        code = "record-digest" if name == "parent" else "record-mismatch"
        yield f"wheel-record-{name}", code, says, _wheel(record=record)
    weak = b"anvil/__init__.py,md5=1B2M2Y8AsgTpgAmY7PhCfg,15\n" + without
    yield "wheel-record-md5", "record-digest", "A digest is by MD5.", _wheel(record=weak)
    bare = b"anvil/__init__.py,,\n" + without
    yield "wheel-record-bare", "record-digest", "A file is listed without a digest.", _wheel(record=bare)
    vendored = "anvil/_vendor/hammer-1.0.dist-info/RECORD"
    wheel = _wheel({vendored: CODE}, good + f"{vendored},,\n".encode())
    yield "wheel-record-vendored", "record-digest", "A vendored project's list has no digest.", wheel


def _texts() -> Iterator[Vector]:
    texts = {
        "tags": ("WHEEL", WHEEL.replace(b"py3-none-any", b"cp311-cp311-win32"), "wheel-tags", "Other tags inside."),
        "more-tags": ("WHEEL", WHEEL + b"Tag: py2-none-any\n", "wheel-tags", "There are more tags inside."),
        "build": ("WHEEL", WHEEL + b"Build: 2\n", "wheel-tags", "The build number is another one inside."),
        "version": ("WHEEL", WHEEL.replace(b": 1.0", b": 2.0"), "wheel-version", "The wheel is of a future version."),
        "many-tags": ("WHEEL", WHEEL + b"Tag: " + b".".join(b"p%d" % n for n in range(99)) + b"-"
                      + b".".join(b"a%d" % n for n in range(99)) + b"-any\n", "file-unreadable", "Tags explode."),
        "not-utf8": ("WHEEL", b"\xff" + WHEEL, "file-unreadable", "The WHEEL file is not UTF-8."),
        "script": ("entry_points.txt", b"[console_scripts]\n../evil = anvil:main\n", "entry-points-invalid",
                   "A script is written outside of its folder."),
        "no-ini": ("entry_points.txt", b"console_scripts", "entry-points-invalid", "The entry points are no INI file."),
        "no-version": ("METADATA", METADATA.replace(b"Version: 1.0\n", b""), "metadata-invalid", "No version."),
        "two-names": ("METADATA", METADATA + b"Name: hammer\n", "metadata-malformed", "Two names are given."),
        "future": ("METADATA", METADATA.replace(b"2.4", b"9.9"), "metadata-version", "The metadata is of the future."),
        "multipart": ("METADATA", METADATA + b"Content-Type: multipart/mixed; boundary=a\n", "metadata-malformed",
                      "The metadata is an e-mail with parts."),
        "license-file": ("METADATA", METADATA + b"License-File: LICENSE\n", "license-file-missing",
                         "A licence is named and not there."),
        "direct": ("METADATA", METADATA + b"Requires-Dist: evil @ https://example.org/e.whl\n", "direct-requirement",
                   "A requirement is fetched from anywhere."),
    }  # fmt: skip
    for name, (file, body, code, says) in texts.items():
        yield (
            f"wheel-{file.split('.')[0].lower().replace('_', '-')}-{name}",
            code,
            says,
            _wheel({f"{FOLDER}/{file}": body}),
        )
