"""Two hundred real files of the public index pass, with the claims that twine sends of them.

Principles: none
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name
from pypi_simple import PYPI_SIMPLE_ENDPOINT, PyPISimple
from tests.vectors.offering import inspect
from twine.package import PackageFile
from twine.repository import Repository

from strongroom.formats import Limits
from strongroom.kernel.refusals import Refused

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "real-files"
LINES = (ROOT / "vectors" / "real-files.txt").read_text(encoding="utf-8").splitlines()
EXPECTED = {name: digest for name, digest in (line.split() for line in LINES if not line.startswith("#"))}
AT_ONCE = 8


def claims_of(path: Path) -> dict[str, list[str]]:
    """Return the form that twine sends of the file at `path`."""
    form: dict[str, list[str]] = defaultdict(list)
    metadata = PackageFile.from_filename(str(path), None).metadata_dictionary()
    for field, value in Repository._convert_metadata_to_list_of_tuples(metadata):
        form[field].append(value)
    return dict(form)


@pytest.fixture(scope="module")
def files() -> list[Path]:
    """Return the files, fetched where they are not in the cache yet; fails when one cannot be had as it was."""
    CACHE.mkdir(parents=True, exist_ok=True)
    missing = defaultdict(list)
    for name, digest in EXPECTED.items():
        if not _is_true(CACHE / name, digest):
            missing[project_of(name)].append(name)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda project: _fetch(project, missing[project]), sorted(missing)))
    assert [name for name, digest in EXPECTED.items() if not _is_true(CACHE / name, digest)] == []
    return [CACHE / name for name in EXPECTED]


def project_of(filename: str) -> str:
    """Return the project of a file by its name, up to the version."""
    match = re.match(r"(.+?)-[0-9]", filename)
    assert match
    return canonicalize_name(match[1])


def _fetch(project: str, names: Iterable[str]) -> None:
    with PyPISimple(PYPI_SIMPLE_ENDPOINT) as index:
        found = {package.filename: package for package in index.get_project_page(project).packages}
        for name in names:
            index.download_package(found[name], CACHE / name, verify=True)


def _is_true(path: Path, digest: str) -> bool:
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


def test_two_hundred_real_files_pass_with_the_claims_of_twine(files: list[Path]) -> None:
    refused = {}
    for path in files:
        try:
            inspected = inspect(path.read_bytes(), path.name, claims_of(path), Limits())
            assert inspected.project.text == project_of(path.name)
        except Refused as refusal:
            refused[path.name] = str(refusal)
    assert refused == {}
    assert len(files) >= 200


@pytest.mark.principle("GEN-2.1")
def test_a_real_file_with_another_files_claims_is_refused(files: list[Path]) -> None:
    wheels = [path for path in files if path.suffix == ".whl"][:20]
    for mine, other in pairwise(wheels):
        claims = {field: values for field, values in claims_of(other).items() if not field.endswith("digest")}
        if project_of(mine.name) != project_of(other.name):
            with pytest.raises(Refused, match="metadata-mismatch"):
                inspect(mine.read_bytes(), mine.name, claims, Limits())
