"""File names are spelled in one way, and say what is inside.

Principles: GEN-2.1
"""

import pytest
from tests.vectors.offering import SDIST_NAME, inspect
from vectors.archives.tar_building import sdist
from vectors.archives.zip_building import FOLDER, WHEEL, wheel_entries, zipped

from strongroom.formats.pypi.platforms import require_known_platforms
from strongroom.kernel.refusals import Refused


@pytest.mark.principle("GEN-2.1")
@pytest.mark.parametrize(
    "name",
    [
        "Anvil-1.0.tar.gz",
        "anvil-v1.0.tar.gz",
        "anvil-1.00.tar.gz",
        "anvil-1.0+local.tar.gz",
        "anvil-1.0.zip",
        "anvil.tar.gz",
        "-1.0.tar.gz",
        "../anvil-1.0.tar.gz",
        "anvil-1.0.tar.gz\n",
        "a" * 300 + "-1.0.tar.gz",
        "",
    ],
)
def test_a_source_distribution_has_one_name(name: str) -> None:
    with pytest.raises(Refused, match="filename-invalid"):
        inspect(sdist(), name)


@pytest.mark.principle("GEN-2.1")
@pytest.mark.parametrize(
    "name",
    [
        "anvil-1.0.whl",
        "anvil-1.00-py3-none-any.whl",
        "anvil-1.0+local-py3-none-any.whl",
        "anvil-1.0-py3-none-any.WHL",
        "anvil-1.0-x-py3-none-any.whl",
        "an/vil-1.0-py3-none-any.whl",
        "anvil-1.0-py3-none-.whl",
        "anvil-1.0-" + "a." * 60 + "a-" + "b." * 40 + "b-any.whl",
    ],
)
def test_a_wheels_name_follows_the_specification(name: str) -> None:
    with pytest.raises(Refused, match="filename-invalid"):
        inspect(zipped(wheel_entries()), name)


@pytest.mark.principle("GEN-2.1")
@pytest.mark.parametrize("name", ["hammer-1.0.tar.gz", "anvil-1.1.tar.gz"])
def test_a_source_distribution_is_not_of_another_release_than_its_name(name: str) -> None:
    with pytest.raises(Refused, match="sdist-layout"):
        inspect(sdist(), name)


def test_a_wheel_may_have_capitals_and_a_build_number() -> None:
    built = wheel_entries({f"{FOLDER}/WHEEL": WHEEL + b"Build: 2\n"})
    assert inspect(zipped(built), "Anvil-1.0-2-py3-none-any.whl").tag == "py3-none-any"


@pytest.mark.parametrize(
    "platform",
    [
        "any",
        "win_amd64",
        "manylinux1_i686",
        "manylinux2014_aarch64",
        "manylinux_2_28_riscv64",
        "musllinux_1_2_x86_64",
        "macosx_10_9_x86_64",
        "macosx_11_0_arm64",
        "macosx_26_0_universal2",
        "ios_13_0_arm64_iphoneos",
        "android_21_arm64_v8a",
        "pyodide_2025_0_wasm32",
        "linux_armv7l",
    ],
)
def test_platforms_that_installers_ask_for_are_taken(platform: str) -> None:
    require_known_platforms([platform])


@pytest.mark.parametrize("platform", ["linux_x86_64", "macosx_12_3_arm64", "solaris", "manylinux_2_x86_64", "any\n"])
def test_platforms_that_nobody_asks_for_are_refused(platform: str) -> None:
    with pytest.raises(Refused, match="platform-unknown"):
        require_known_platforms([platform])


def test_a_good_source_distribution_is_read() -> None:
    inspected = inspect(sdist(), SDIST_NAME)
    assert (str(inspected.project), inspected.version, inspected.is_prerelease) == ("anvil", "1.0", False)
