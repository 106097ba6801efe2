"""Who may vouch for builds is a setting; what the handbook shows is taken as it stands there.

Principles: AUTHZ-3.1
"""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from strongroom import settings
from strongroom.authz.providers import PROVIDERS
from strongroom.commands.main import cli
from strongroom.household import trusted_of
from strongroom.settings import IssuerSettings, PublishingSettings, Settings

pytestmark = pytest.mark.principle("AUTHZ-3.1")

HANDBOOK = Path(__file__).parents[3] / "docs/trusted-publishing.md"


def chosen(folder: Path, **said: object) -> Settings:
    return settings.load(data=folder, publishing=PublishingSettings.model_validate(said))


def test_every_provider_is_trusted_unless_the_operator_says_which(tmp_path: Path) -> None:
    assert set(trusted_of(chosen(tmp_path)).providers) == set(PROVIDERS)
    assert set(trusted_of(chosen(tmp_path, providers=("gitlab",))).providers) == {"gitlab"}
    assert trusted_of(chosen(tmp_path, trusted=False)).providers == {}


@pytest.mark.parametrize(
    "wrong", [{"providers": ("nobody",)}, {"issuers": ({"provider": "x" * 3, "issuer": "https://a"},)}]
)
def test_a_provider_that_is_none_stops_the_start(tmp_path: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="there is no such provider"):
        trusted_of(chosen(tmp_path, **wrong))


def test_an_issuer_of_a_provider_that_is_turned_off_stops_the_start(tmp_path: Path) -> None:
    issuers = (IssuerSettings(provider="gitlab", issuer="https://gitlab.example"),)
    with pytest.raises(ValueError, match="gitlab"):
        trusted_of(chosen(tmp_path, providers=("github",), issuers=issuers))


def test_what_the_handbook_shows_is_taken_and_shown_again(tmp_path: Path) -> None:
    (shown,) = re.findall(r"```toml\n(.*?)```", HANDBOOK.read_text(), re.DOTALL)
    (tmp_path / "strongroom.toml").write_text(shown)
    loaded = settings.load(data=tmp_path)
    trusted = trusted_of(loaded)
    assert set(trusted.providers) == {"github", "gitlab", "generic:jenkins"}
    assert trusted.provider_of("https://gitlab.example.org", {}).name == "gitlab"
    own = trusted.provider_of("https://ci.example.org", {})
    assert (own.algorithms, own.immutable) == (("ES256",), ("job_id",))
    assert own.denied == {"trigger": frozenset({"pull-request"})}
    again = CliRunner().invoke(cli, ["config", "show", "--data", str(tmp_path)])
    assert again.exit_code == 0
    (tmp_path / "again").mkdir()
    (tmp_path / "again/strongroom.toml").write_text(again.output)
    assert settings.load(data=tmp_path / "again").publishing == loaded.publishing
