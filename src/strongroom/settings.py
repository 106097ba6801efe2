"""Settings, and the only readers of clock, chance and environment.

One TOML file; environment variables (`STRONGROOM_PUBLIC_URL`, `STRONGROOM_LIMITS__FILE_BYTES` …) override it, and what
the command line says overrides both. An unknown key is an error. Secrets are read from files whose paths are settings.

Principles: none
"""

import os
import secrets
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, FilePath, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

MEBIBYTE: Final = 1024 * 1024
CONFIG_FILE: Final = "strongroom.toml"


class Section(BaseModel):
    """One table of the file: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class LimitSettings(Section):
    """What a stranger, or a project, may cost."""

    file_bytes: int = Field(100 * MEBIBYTE, ge=1024, description="largest file that is taken")
    project_bytes: int = Field(10 * 1024 * MEBIBYTE, ge=1024, description="largest sum of a project's files")
    form_bytes: int = Field(8 * MEBIBYTE, ge=1024, description="largest sum of an upload's other fields")
    unpacked_bytes: int = Field(1024 * MEBIBYTE, ge=1024, description="largest unpacked size of an archive")
    archive_ratio: int = Field(200, ge=2, description="largest ratio of unpacked to packed size")
    archive_members: int = Field(100_000, ge=10, description="most members of an archive")
    connections: int = Field(2000, ge=10, description="most connections at once")
    header_seconds: float = Field(10, gt=0, description="longest time a client may take over a request's head")
    body_grace_seconds: float = Field(20, gt=0, description="time before a slow body is judged by its speed")
    body_bytes_per_second: int = Field(4096, ge=1, description="slowest speed of a body after that")
    keep_alive_seconds: int = Field(15, ge=1, description="longest rest between two requests of a connection")


class S3Settings(Section):
    """An S3-compatible store for blobs; none unless `bucket` is set."""

    bucket: str = ""
    endpoint: str = ""
    region: str = "us-east-1"
    access_key_file: Path | None = None
    secret_key_file: Path | None = None


class SecuritySettings(Section):
    """Whom researchers tell of a weakness: /.well-known/security.txt (RFC 9116); none unless `contact` is set."""

    contact: str = Field("", pattern=r"^(|(mailto:|tel:|https://)[!-~]+)$", description="mailto:…, tel:… or https://…")
    expires: date | None = Field(None, description="last day for which you promise that the contact is read")
    policy: str = Field("", pattern=r"^(|https://[!-~]+)$", description="page of the disclosure policy")
    safe_harbour: bool = Field(False, description="whether that page gives good faith a legal safe harbour")

    @model_validator(mode="after")
    def _whole(self) -> "SecuritySettings":
        # "This field indicates the date and time after which the data contained … SHOULD NOT be used": only whoever
        # answers the contact can say until when.
        if self.contact and self.expires is None:
            raise ValueError("a contact needs the day on which it expires")
        if not self.contact and (self.expires or self.policy or self.safe_harbour):
            raise ValueError("without a contact there is no security.txt that could say this")
        return self


class AccountSettings(Section):
    """Who may register, and how accounts are recovered."""

    registration: Literal["closed", "invited", "open"] = Field("invited", description="who may register")
    recovery_wait_hours: int = Field(72, ge=24, le=24 * 30, description="waiting time of a recovery")
    quorum: int = Field(2, ge=1, le=10, description="administrators who must vouch for a person in a recovery")


class MailSettings(Section):
    """The relay that takes our letters; while `host` is empty they are kept in the folder `outbox` of the data."""

    host: str = Field("", description="SMTP relay")
    port: int = Field(587, ge=1, le=65535)
    security: Literal["none", "starttls", "tls"] = Field("starttls", description="how the line is encrypted")
    username: str = ""
    password_file: Path | None = None
    sender: str = Field("strongroom@localhost", description="address that letters come from")


class BreachSettings(Section):
    """Who is asked whether a password has leaked. A list that was imported answers alone; nobody else is asked then."""

    service: str = Field(
        "https://api.pwnedpasswords.com/range/",
        pattern=r"^(|https?://[!-~]+/)$",
        description="range service: only five digits of a hash are ever sent; empty for none",
    )


class DomainSettings(Section):
    """How the domains of e-mail addresses are watched."""

    nameservers: tuple[str, ...] = Field((), description="resolvers to ask, as IP or IP:PORT; the system's when empty")
    rdap_bootstrap: str = Field("https://data.iana.org/rdap/dns.json", description="where registries are found")
    check_days: int = Field(7, ge=1, le=90, description="days after which a domain is looked at again")
    trusted: tuple[str, ...] = Field((), description="domains of your own, which need not be looked at")


class CriticalSettings(Section):
    """Which projects are critical, beside those that the operator names."""

    top_share: float = Field(0.01, ge=0, le=1, description="share of all projects, by downloads in 180 days")
    dependents_share: float = Field(0.05, gt=0, le=1, description="share of all projects that depend on one")
    least_dependents: int = Field(10, ge=1, description="but at least so many")


class LeakSettings(Section):
    """Who may report leaked tokens, beside those whom `strongroom admin reporter trust` has added.

    A key is written `ID: PEM`, or `ID: /path/of/the.pem`.
    """

    reporters: tuple[str, ...] = Field((), description="public keys of your own scanners")
    github_keys: tuple[str, ...] = Field((), description="public keys of GitHub's secret scanning, pinned")
    github_keys_url: str = Field(
        "",
        pattern=r"^(|https?://[!-~]+)$",
        description="where GitHub publishes them; empty where no programme reports to this repository",
    )


class OrganisationSettings(Section):
    """Sign-in by your organisation's OpenID provider; off unless `issuer` is set."""

    issuer: str = Field("", pattern=r"^(|https?://[!-~]+)$")
    client_id: str = ""
    client_secret_file: Path | None = None
    title: str = Field("your organisation", max_length=60, description="what the button says")
    groups_claim: str = "groups"
    administrators: tuple[str, ...] = Field((), description="groups whose members administer this repository")
    members: tuple[str, ...] = Field((), description="groups whose members may sign in; everybody when empty")
    domains: tuple[str, ...] = Field((), description="domains of e-mail addresses that are taken; any when empty")
    phishing_resistant: tuple[str, ...] = Field((), description="values of acr or amr that are as good as a passkey")
    multi_factor: tuple[str, ...] = Field((), description="values of acr or amr that are as good as a one-time code")

    @model_validator(mode="after")
    def _whole(self) -> "OrganisationSettings":
        if self.issuer and not self.client_id:
            raise ValueError("an issuer needs the client_id that it knows this repository by")
        return self


class ProvenanceSettings(Section):
    """Against whose word attestations of builds are verified."""

    trust_root: FilePath | None = Field(
        None, description="trusted_root.json of your own Sigstore; the public one that its client ships when not set"
    )


class IssuerSettings(Section):
    """An issuer beside a provider's own: a GitLab or Forgejo of yours, GitHub Enterprise, a cluster."""

    provider: str = Field(pattern=r"^[a-z]{3,20}$", description="github, gitlab, forgejo, kubernetes …")
    issuer: str = Field(pattern=r"^https?://[!-~]+$", description="exactly as its tokens name it (iss)")


class ProviderSettings(Section):
    """A provider of your own: what its identity tokens must say."""

    name: str = Field(pattern=r"^[a-z0-9-]{2,30}$", description="its owners see it as generic:NAME")
    title: str = Field("", max_length=60)
    issuer: str = Field(pattern=r"^https?://[!-~]+$", description="exactly as its tokens name it (iss)")
    required: tuple[str, ...] = Field(min_length=1, description="claims for which a project's owner names the value")
    immutable: tuple[str, ...] = Field((), description="claims that nobody can take over: kept from the first use on")
    denied: dict[str, tuple[str, ...]] = Field({}, description="values that a claim must not have")
    algorithms: tuple[Literal["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"], ...] = ("RS256",)
    has_jti: bool = Field(False, description="whether every token has a jti; else each is taken once as a whole")


class PublishingSettings(Section):
    """Trusted publishing: whose builds may publish, once a project's owner names them."""

    trusted: bool = Field(True, description="whether identity tokens are exchanged at all")
    providers: tuple[str, ...] = Field(
        ("github", "gitlab", "forgejo", "google", "activestate", "circleci", "buildkite", "kubernetes"),
        description="providers that are trusted",
    )
    audience: str = Field("", max_length=200, description="what tokens are made for; host and port when empty")
    demands: tuple[Literal["trusted-publishing", "attestations", "two-people"], ...] = Field(
        (), description="what every upload to every project needs: trusted-publishing, attestations, two-people"
    )
    issuers: tuple[IssuerSettings, ...] = ()
    generic: tuple[ProviderSettings, ...] = ()


class Settings(BaseSettings):
    """Everything an operator can choose. Each default is the safe one."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix="STRONGROOM_",
        env_nested_delimiter="__",
        nested_model_default_partial_update=True,
    )

    data: Path = Field(Path("data"), description="folder of everything that is kept")
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="port to listen on")
    public_url: AnyHttpUrl | None = Field(
        None, description="address that people and clients use, when a proxy is in front"
    )
    private: bool = Field(False, description="whether nobody reads anything here without an account")
    title: str = Field("Strongroom", max_length=60, description="name of this repository, on its pages")
    token_infix: str = Field("", pattern=r"^(|[a-z0-9]{2,12})$", description="mark of this instance in its tokens")
    database_url: str = Field("", description="postgresql://…; SQLite in the data folder when empty", repr=False)
    database_url_file: Path | None = Field(None, description="file that holds the database's address")
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    limits: LimitSettings = LimitSettings()
    s3: S3Settings = S3Settings()
    security: SecuritySettings = SecuritySettings()
    accounts: AccountSettings = AccountSettings()
    mail: MailSettings = MailSettings()
    breaches: BreachSettings = BreachSettings()
    domains: DomainSettings = DomainSettings()
    critical: CriticalSettings = CriticalSettings()
    organisation: OrganisationSettings = OrganisationSettings()
    publishing: PublishingSettings = PublishingSettings()
    provenance: ProvenanceSettings = ProvenanceSettings()
    leaks: LeakSettings = LeakSettings()
    trusted_proxies: tuple[str, ...] = Field(
        (), description="addresses or networks of proxies whose X-Forwarded-For is believed"
    )

    @field_validator("data")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: command line, environment, file."""
        file = TomlConfigSettingsSource(settings_cls, toml_file=_config_file.path)
        return init_settings, env_settings, file

    @property
    def site_url(self) -> str:
        """The address of the site, ending in a slash."""
        if self.public_url is not None:
            return str(self.public_url).rstrip("/") + "/"
        # A passkey is bound to a name, never to a number (WebAuthn 3, 5.1.2: a "valid domain string").
        host = "localhost" if self.host in ("127.0.0.1", "::1") else self.host
        host = f"[{host}]" if ":" in host else host
        return f"{'https' if self.tls_certificate else 'http'}://{host}:{self.port}/"

    @property
    def database(self) -> str:
        """The address of the database, with its password if it has one: never print it."""
        if self.database_url_file is not None:
            return self.database_url_file.read_text().strip()
        return self.database_url or f"sqlite:///{self.data / 'strongroom.db'}"


class _ConfigFile:
    path: Path | None = None


_config_file: Final = _ConfigFile()


def load(config: Path | None = None, **chosen: Any) -> Settings:
    """Return the settings in force. `config` None: `strongroom.toml` in the data folder when there is one.

    `chosen` are settings said on the command line; None means not said. Raises pydantic's ValidationError, and
    ValueError for a variable that begins as ours and is no setting.
    """
    said = {key: value for key, value in chosen.items() if value is not None}
    data = Path(said.get("data") or os.environ.get("STRONGROOM_DATA") or "data").expanduser()  # noqa: TID251
    if config is None and (data / CONFIG_FILE).is_file():
        config = data / CONFIG_FILE
    _config_file.path = config
    _require_known_variables()
    return Settings(**said)


def _require_known_variables() -> None:
    known = {f"STRONGROOM_{name.upper()}" for name in Settings.model_fields}
    for name in os.environ:  # noqa: TID251
        if name.startswith("STRONGROOM_") and name.partition("__")[0].upper() not in known:
            raise ValueError(f"{name} is no setting; `strongroom config show` lists them all.")


def now() -> datetime:
    """Return this moment, in UTC."""
    return datetime.now(UTC)  # noqa: TID251


def random_bytes(count: int) -> bytes:
    """Return bytes that nobody can guess."""
    return secrets.token_bytes(count)  # noqa: TID251


def boot_id() -> str:
    """Return what names this start of the machine; "" where the system does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
