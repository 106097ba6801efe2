"""What the upload form says must be what the file says.

Principles: GEN-2.1
"""

import pytest
from tests.vectors.offering import SDIST_NAME, digests_of, inspect
from vectors.archives.tar_building import TOP, member, sdist

from strongroom.kernel.refusals import Refused

METADATA = """\
Metadata-Version: 2.4
Name: Anvil
Version: 1.0
Summary: Falls on coyotes
Keywords: iron,heavy
Home-page: UNKNOWN
Author-email: Wile <wile@example.org>
License-Expression: mit
License-File: LICENSE
Classifier: Programming Language :: Python :: 3
Classifier: Topic :: Security
Requires-Dist: Iron[forged] >=2, <3 ; python_version<"3.12"
Requires-Dist: coal
Requires-Python: >=3.9,<4
Provides-Extra: my-extra
Project-URL: Homepage, https://example.org
Description-Content-Type: text/markdown; charset=UTF-8; variant=GFM

# Anvil

It is *heavy*.
"""
FILE = sdist(member(f"{TOP}/LICENSE", b"MIT"), metadata=METADATA.encode())

HONEST = {
    "name": ["anvil", "ANVIL"],
    "version": ["1.0", "1.0.0"],
    "summary": ["Falls  on coyotes\r\n"],
    "keywords": ["iron, heavy", "heavy,iron"],
    "home_page": ["UNKNOWN", ""],
    "license_expression": ["MIT"],
    "requires_python": ["<4,>=3.9"],
    "provides_extra": ["my_extra"],
    "provides_extras": ["my-extra"],
    "license_file": ["LICENSE"],
    "license_files": ["LICENSE"],
    "project_urls": ["Homepage,https://example.org"],
    "description_content_type": ["text/markdown;variant=GFM;charset=utf-8"],
    "description": ["# Anvil\r\n\r\nIt is *heavy*."],
    "metadata_version": ["2.1"],
    "provides": ["anvil"],
    "import_names": [""],
    "no_such_field": ["whatever"],
    "filetype": ["sdist"],
    "pyversion": ["source"],
    "sha256_digest": [digests_of(FILE).sha256.hex],
    "md5_digest": [digests_of(FILE).md5.upper()],
}
LIES = {
    "name": "hammer",
    "version": "1.1",
    "summary": "Falls on birds",
    "keywords": "gold",
    "home_page": "https://evil.example",
    "author_email": "road@example.org",
    "license_expression": "Apache-2.0",
    "requires_python": ">=3.8",
    "provides_extra": "other",
    "license_file": "COPYING",
    "project_urls": "Homepage, https://evil.example",
    "description_content_type": "text/plain",
    "description": "# Hammer",
    "platform": "win32",
    "supported_platforms": "win32",
    "import_name": "hammer",
    "import_namespaces": "tools",
    "dynamic": "description",
    "requires_external": "C",
    "maintainer": "Road Runner",
}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in HONEST.items() for value in values])
def test_another_spelling_of_the_same_is_taken(field: str, value: str) -> None:
    assert inspect(FILE, SDIST_NAME, {field: [value]}).display_name == "Anvil"


def test_lists_may_come_in_any_order_and_requirements_in_any_spelling() -> None:
    claims = {
        "classifiers": ["Topic :: Security", "Programming Language :: Python :: 3"],
        "requires_dist": ["coal", "iron[forged] (<3,>=2) ; python_version < '3.12'"],
    }
    assert inspect(FILE, SDIST_NAME, claims).version == "1.0"


@pytest.mark.principle("GEN-2.1")
@pytest.mark.parametrize("field", LIES)
def test_a_claim_that_the_file_contradicts_is_refused_by_its_name(field: str) -> None:
    with pytest.raises(Refused, match=r"metadata-mismatch: The form says ") as refusal:
        inspect(FILE, SDIST_NAME, {field: [LIES[field]]})
    assert refusal.value.principle == "GEN-2.1"
    assert LIES[field] in refusal.value.says


@pytest.mark.principle("GEN-2.1")
@pytest.mark.parametrize(
    "requirements",
    [["coal"], ["coal", "iron[forged]>=2,<3"], ["coal", "iron[forged]>=2,<3;python_version<'3.12'", "evil"]],
)
def test_a_dependency_left_out_weakened_or_added_is_refused(requirements: list[str]) -> None:
    with pytest.raises(Refused, match=r"metadata-mismatch.*requires_dist"):
        inspect(FILE, SDIST_NAME, {"requires_dist": requirements})


@pytest.mark.principle("GEN-2.1")
@pytest.mark.parametrize("field", ["sha256_digest", "blake2_256_digest", "md5_digest", "filetype"])
def test_a_digest_or_file_type_of_another_file_is_refused(field: str) -> None:
    claim = "bdist_wheel" if field == "filetype" else "0" * 64
    with pytest.raises(Refused, match=rf"metadata-mismatch.*{field}"):
        inspect(FILE, SDIST_NAME, {field: [claim]})


def test_what_is_kept_is_what_the_file_says() -> None:
    inspected = inspect(FILE, SDIST_NAME, {"summary": ["Falls on coyotes"], "comment": ["ours is better"]})
    assert inspected.metadata["summary"] == "Falls on coyotes"
    assert inspected.metadata["project_urls"] == {"Homepage": "https://example.org"}
    assert "description" not in inspected.metadata
    assert "comment" not in inspected.metadata
    assert inspected.metadata_file == METADATA.encode()
    assert (inspected.kind, inspected.tag, inspected.requires_python) == ("sdist", "source", ">=3.9,<4")
