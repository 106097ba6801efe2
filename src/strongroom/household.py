"""The composition of everything that concerns people: desk, postbox, watch on domains, chores.

Principles: none
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from strongroom import settings
from strongroom.authn.assurance import Strength
from strongroom.authn.notices import Postbox
from strongroom.authn.organisation import USUAL_ACR, USUAL_AMR, Provider
from strongroom.authn.passkeys import RelyingParty
from strongroom.authn.passwords import Hashing
from strongroom.authz.leaks import Signatures
from strongroom.authz.policies import parse_policy
from strongroom.authz.providers import PROVIDERS, generic
from strongroom.authz.publishers import Trusted
from strongroom.kernel.secrets import Secret
from strongroom.outbound.breach_files import OfflineList
from strongroom.outbound.breaches import Breaches, RangeList
from strongroom.outbound.mail import FolderPostbox, SmtpPostbox
from strongroom.packages.approval import forget_stale
from strongroom.packages.criticality import Rule
from strongroom.people import demands
from strongroom.people.criticality import reckon
from strongroom.people.desk import Desk, House, Registration
from strongroom.people.domains import Watch, check_domains
from strongroom.people.organisation import Organisation
from strongroom.people.post_office import make_letters, send_letters
from strongroom.people.publishers import sweep_publishers
from strongroom.people.registration import forget_unfinished
from strongroom.people.routine import Chore, run_due, sweep
from strongroom.people.tokens import warn_of_ends
from strongroom.repository import Repository
from strongroom.settings import Settings

BREACHES: Final = "breaches"
OUTBOX: Final = "outbox"
REPORTERS: Final = "reporters"
#: Where a server notes at which address it serves, for commands beside it.
SITE_URL: Final = "site-url"
_LONGEST_URL: Final = 2000


def desk_of(repository: Repository, hashing: Hashing, *, is_beside: bool = False) -> Desk:
    """Return the desk of a repository; `is_beside`: of a command beside the server, which serves at its own address."""
    chosen = repository.settings
    house = chosen.accounts
    return Desk(
        vault=repository.vault,
        clock=settings.now,
        chance=settings.random_bytes,
        infix=chosen.token_infix,
        hashing=hashing,
        breaches=breaches_of(chosen),
        party=party_of(chosen),
        site_url=served_at(chosen) if is_beside else chosen.site_url,
        house=House(
            Registration(house.registration),
            timedelta(hours=house.recovery_wait_hours),
            house.quorum,
            chosen.organisation.title if chosen.organisation.issuer else "",
            trusted_of(chosen),
            chosen.publishing.audience or urlsplit(chosen.site_url).netloc,
            parse_policy(list(chosen.publishing.demands)),
        ),
        domain_of=_registrable,
    )


def served_at(chosen: Settings) -> str:
    """Return the address of the site for links in letters: as set, else as it was last served, else the default."""
    noted = chosen.data / SITE_URL
    if chosen.public_url is not None or not noted.is_file():
        return chosen.site_url
    with noted.open() as file:
        return file.read(_LONGEST_URL) or chosen.site_url


def trusted_of(chosen: Settings) -> Trusted:
    """Return whose builds may publish: the providers of the settings, and their issuers. ValueError for a wrong one."""
    said = chosen.publishing
    known = {name: PROVIDERS[name] for name in said.providers if name in PROVIDERS}
    for each in said.generic:
        denied = {claim: frozenset(values) for claim, values in each.denied.items()}
        own = generic(
            each.name, each.title, each.issuer, each.required, each.immutable, denied, each.algorithms,
            has_jti=each.has_jti,
        )  # fmt: skip
        known[own.name] = own
    unknown = {*said.providers, *(each.provider for each in said.issuers)} - known.keys()
    if unknown:
        raise ValueError(f"publishing: {', '.join(sorted(unknown))}: there is no such provider, or it is not trusted")
    return Trusted(known if said.trusted else {}, {each.issuer: each.provider for each in said.issuers})


def _registrable(domain: str) -> str:
    from strongroom.outbound.domains import registrable_domain

    return registrable_domain(domain)


def party_of(chosen: Settings) -> RelyingParty:
    """Return the WebAuthn relying party: the host of the site, and its one origin."""
    parts = urlsplit(chosen.site_url)
    return RelyingParty(parts.hostname or "localhost", chosen.title, f"{parts.scheme}://{parts.netloc}")


def breaches_of(chosen: Settings) -> Breaches:
    """Return the breach list: what was imported, else the service that the settings name."""
    service = RangeList(chosen.breaches.service) if chosen.breaches.service else None
    return Breaches(OfflineList(chosen.data / BREACHES), service)


def postbox_of(chosen: Settings) -> Postbox:
    """Return where letters are posted: the relay of the settings, else a folder in the data folder."""
    mail = chosen.mail
    if not mail.host:
        return FolderPostbox(chosen.data / OUTBOX, sender=mail.sender, clock=settings.now)
    password = Secret(mail.password_file.read_text().strip()) if mail.password_file else None
    return SmtpPostbox(
        mail.host,
        mail.port,
        mail.security,
        sender=mail.sender,
        clock=settings.now,
        username=mail.username,
        password=password,
    )


def signatures_of(chosen: Settings) -> Signatures:
    """Return who may report leaked tokens; ValueError for a key of the settings that is none."""
    from strongroom.outbound.signatures import GitHubKeys, ReporterKeys, read_keys

    said = chosen.leaks
    published = GitHubKeys(said.github_keys_url, settings.now) if said.github_keys_url else None
    own, github = read_keys(said.reporters), read_keys(said.github_keys)
    return ReporterKeys(chosen.data / REPORTERS, own, github, published)


def watch_of(chosen: Settings, nameservers: tuple[str, ...] = (), rdap: str = "") -> Watch:
    """Return the watch on domains, asked of other servers than the settings name when some are given."""
    from strongroom.outbound.domains import DomainInspector

    said = chosen.domains
    asked = nameservers or said.nameservers
    inspector = DomainInspector(asked, rdap or said.rdap_bootstrap, clock=settings.now)
    return Watch(inspector, said.trusted, timedelta(days=said.check_days), keeps_unknown=not nameservers)


def rule_of(chosen: Settings) -> Rule:
    """Return the rule by which projects are critical."""
    said = chosen.critical
    return Rule(said.top_share, said.dependents_share, said.least_dependents)


def organisation_of(chosen: Settings) -> Organisation | None:
    """Return the organisation whose members sign in through its provider; None when none is configured."""
    said = chosen.organisation
    if not said.issuer:
        return None
    from strongroom.outbound.oidc import RelyingParty as Client

    worth = dict.fromkeys(said.multi_factor, Strength.TOTP)
    worth |= dict.fromkeys(said.phishing_resistant, Strength.PHISHING_RESISTANT)
    provider = Provider(
        issuer=said.issuer,
        client_id=said.client_id,
        title=said.title,
        groups_claim=said.groups_claim,
        acr={**USUAL_ACR, **worth},
        amr={**USUAL_AMR, **worth},
        administrators=frozenset(said.administrators),
        members=frozenset(said.members),
        email_domains=frozenset(said.domains),
    )
    secret = Secret(said.client_secret_file.read_text().strip()) if said.client_secret_file else None
    return Organisation(provider, Client(provider, secret, f"{chosen.site_url}organisation/finish", settings.now))


@dataclass(frozen=True, slots=True)
class Staff:
    """What works beside the server: letters each second, chores by the clock."""

    desk: Desk
    postbox: Postbox
    chores: tuple[Chore, ...]

    def post(self) -> None:
        """Make the letters of new events, and send what is due."""
        make_letters(self.desk)
        send_letters(self.desk, self.postbox)

    def work(self) -> None:
        """Do the chores that are due."""
        run_due(self.desk, self.chores)


def chores_of(repository: Repository, desk: Desk, watch: Callable[[], Watch]) -> tuple[Chore, ...]:
    """Return everything that is done by the clock."""
    rule = rule_of(repository.settings)
    hour, day = timedelta(hours=1), timedelta(days=1)
    return (
        Chore("sweep", hour, lambda: sweep(desk)),
        Chore("criticality", day, lambda: reckon(desk, repository.format, rule)),
        Chore("ending tokens", day, lambda: warn_of_ends(desk)),
        Chore("trusted publishers", hour, lambda: sweep_publishers(desk)),
        Chore("uploads that wait", hour, lambda: forget_stale(repository.road())),
        Chore("policies that wait", hour, lambda: demands.forget_stale(desk, repository.road())),
        Chore("unfinished registrations", day, lambda: forget_unfinished(desk)),
        # Last: it waits for others.
        Chore("domains", hour, lambda: check_domains(desk, watch())),
    )


def staff_of(repository: Repository, desk: Desk) -> Staff:
    """Return what works beside the server."""
    chosen = repository.settings
    return Staff(desk, postbox_of(chosen), chores_of(repository, desk, lambda: watch_of(chosen)))
