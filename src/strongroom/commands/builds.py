"""`strongroom admin issuer …` and `strongroom admin sigstore …`: who is believed about builds.

Principles: AUTHZ-3.1, AUTHZ-3.3
"""

from pathlib import Path
from typing import IO

import click

from strongroom.commands.ending import Absent
from strongroom.commands.options import ACTOR, common, load_settings, read_text, say
from strongroom.commands.people import desk
from strongroom.kernel.digests import Sha256


@click.group("issuer")
def issuer() -> None:
    """Say which issuers of identity tokens are trusted beside the providers' own. A server takes note at once."""


@issuer.command("trust")
@click.argument("address")
@click.option("--provider", required=True, help="Whose kind of issuer it is: github, gitlab, kubernetes …")
@common
def trust_issuer_command(address: str, provider: str, data: Path | None, config: Path | None, as_json: bool) -> None:
    """Exchange identity tokens of the issuer ADDRESS, exactly as they name it; all administrators hear of it."""
    from strongroom.people.issuers import believe_issuer

    with desk(data, config) as (repository, there), repository.vault.writing() as books:
        believe_issuer(there, books, ACTOR, address, provider)
    say(as_json, {"trusted": address, "provider": provider}, f"{address} is trusted, as an issuer of {provider}.")


@issuer.command("distrust")
@click.argument("address")
@common
def distrust_issuer_command(address: str, data: Path | None, config: Path | None, as_json: bool) -> None:
    """Exchange none of its identity tokens from now on."""
    from strongroom.people.issuers import disbelieve_issuer

    with desk(data, config) as (repository, there), repository.vault.writing() as books:
        disbelieve_issuer(there, books, ACTOR, address)
    say(as_json, {"distrusted": address}, f"{address} is no longer trusted.")


@issuer.command("list")
@common
def list_issuers_command(data: Path | None, config: Path | None, as_json: bool) -> None:
    """List the issuers that are trusted beside the providers' own."""
    from strongroom.people.issuers import issuers_of

    with desk(data, config) as (_, there):
        for provider, addresses in sorted(issuers_of(there).items()):
            for address in addresses:
                say(as_json, {"issuer": address, "provider": provider}, f"{provider:14} {address}")


@click.group("sigstore")
def sigstore() -> None:
    """Say which Sigstores are believed beside the one of the settings. A server takes note at once."""


def _folder(data: Path | None, config: Path | None) -> Path:
    from strongroom.outbound.trust_roots import SIGSTORES
    from strongroom.repository import is_there

    chosen = load_settings(config, data=data)
    if not is_there(chosen):
        raise click.ClickException(f"There is no repository in {chosen.data}. Say which folder with --data.")
    return chosen.data / SIGSTORES


@sigstore.command("trust")
@click.argument("name")
@click.argument("root", type=click.File("r"), default="-")
@common
def trust_sigstore_command(name: str, root: IO[str], data: Path | None, config: Path | None, as_json: bool) -> None:
    """Believe attestations under the trust root in the file ROOT (standard input without), known as NAME.

    All administrators hear of it.
    """
    from strongroom.outbound.trust_roots import LARGEST_BYTES, trust
    from strongroom.people.administration import tell_of_trust_root

    folder, text = _folder(data, config), read_text(root, LARGEST_BYTES, "a trust root")
    with desk(data, config) as (repository, there), repository.vault.writing() as books:
        trust(folder, name, text)
        tell_of_trust_root(there, books, ACTOR, f"{name}, SHA-256 {Sha256.of(text.encode())}", is_trusted=True)
    say(as_json, {"trusted": name}, f"Attestations under the trust root {name} are believed.")


@sigstore.command("distrust")
@click.argument("name")
@common
def distrust_sigstore_command(name: str, data: Path | None, config: Path | None, as_json: bool) -> None:
    """Believe no attestation under this trust root any more; what was verified stays verified."""
    from strongroom.outbound.trust_roots import distrust
    from strongroom.people.administration import tell_of_trust_root

    folder = _folder(data, config)
    with desk(data, config) as (repository, there), repository.vault.writing() as books:
        if not distrust(folder, name):
            raise Absent("no-such-sigstore", f"{name} is not in the folder of trust roots.")
        tell_of_trust_root(there, books, ACTOR, name, is_trusted=False)
    say(as_json, {"distrusted": name}, f"Attestations under the trust root {name} are believed no more.")


@sigstore.command("list")
@common
def list_sigstores_command(data: Path | None, config: Path | None, as_json: bool) -> None:
    """List the trust roots that were added by command; the one of the settings stands there."""
    from strongroom.outbound.trust_roots import trusted

    for name in trusted(_folder(data, config)):
        say(as_json, {"sigstore": name}, name)


COMMANDS = (issuer, sigstore)
